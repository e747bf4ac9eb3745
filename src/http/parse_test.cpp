#include "http/parse.h"

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using Reason = Refusal::Reason;

// A head as a connection sees it: found, then parsed. Tells the refusal's reason, if any.
struct Parsed {
  explicit Parsed(std::string bytes, Limits limits = {}) : text(std::move(bytes)) {
    HeadScan scan;
    const auto found = find_head(text, scan, limits);
    if (!found) {
      refusal = found.error().reason;
      return;
    }
    complete = found->has_value();
    if (!complete) return;
    length = **found;
    const auto refused = parse_head(std::string_view(text).substr(0, length), limits, request, framing);
    if (refused) refusal = refused->reason;
  }
  std::string text;
  Request request;
  Framing framing;
  std::optional<Reason> refusal;
  bool complete = false;
  std::size_t length = 0;
};

std::string get_with(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

TEST(ParseHead, ReadsAWholeRequest) {
  const Parsed parsed(
      "PUT /bucket/a%20b+c//../d?partNumber=1&uploadId=x%2By+z&acl HTTP/1.1\r\n"
      "Host: localhost:9320\r\nX-Amz-Meta-Name: \t blank inside \t\r\nContent-Length: 12\r\n\r\nbody");
  ASSERT_FALSE(parsed.refusal);
  ASSERT_TRUE(parsed.complete);
  EXPECT_EQ(parsed.text.substr(parsed.length), "body");
  const Request& request = parsed.request;
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/bucket/a%20b+c//../d?partNumber=1&uploadId=x%2By+z&acl");
  EXPECT_EQ(request.raw_path, "/bucket/a%20b+c//../d");
  EXPECT_EQ(request.path, "/bucket/a b+c//../d");
  EXPECT_EQ(request.raw_query, "partNumber=1&uploadId=x%2By+z&acl");
  ASSERT_EQ(request.query.size(), 3u);
  EXPECT_EQ(request.parameter("uploadId"), "x+y z");
  EXPECT_EQ(request.parameter("acl"), "");
  EXPECT_EQ(request.parameter("ACL"), std::nullopt);
  EXPECT_EQ(request.header("x-amz-meta-NAME"), "blank inside");
  EXPECT_EQ(request.host, "localhost:9320");
  EXPECT_EQ(request.content_length, 12u);
  EXPECT_TRUE(parsed.framing.keep_alive);
}

TEST(ParseHead, AnAbsoluteTargetNamesTheHost) {
  const Parsed parsed("GET http://bucket.example:80/key?x=1 HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_FALSE(parsed.refusal);
  EXPECT_EQ(parsed.request.host, "bucket.example:80");
  EXPECT_EQ(parsed.request.target, "/key?x=1");
}

TEST(ParseHead, KeepsTheConnectionAsTheVersionSays) {
  EXPECT_FALSE(Parsed("GET / HTTP/1.0\r\n\r\n").framing.keep_alive);
  EXPECT_TRUE(Parsed("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(Parsed(get_with("Connection: CLOSE\r\n")).framing.keep_alive);
  EXPECT_TRUE(Parsed(get_with("Connection: closed\r\n")).framing.keep_alive);
}

TEST(ParseHead, ChunkedHasNoLength) {
  const Parsed parsed(get_with("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n"));
  ASSERT_FALSE(parsed.refusal);
  EXPECT_TRUE(parsed.framing.chunked);
  EXPECT_TRUE(parsed.framing.expects_continue);
  EXPECT_EQ(parsed.request.content_length, std::nullopt);
}

TEST(ParseHead, OtherExpectationsAreIgnored) {
  for (const char* const expectation : {"coffee", "", "200-ok"}) {
    const Parsed parsed(get_with("Expect: " + std::string(expectation) + "\r\n"));
    EXPECT_FALSE(parsed.refusal) << expectation;
    EXPECT_FALSE(parsed.framing.expects_continue);
  }
}

TEST(ParseHead, EveryPrefixIsIncompleteAndScannedOnce) {
  const std::string whole = get_with("A: b\r\n");
  HeadScan scan;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto found = find_head(std::string_view(whole).substr(0, size), scan, {});
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->has_value());
    EXPECT_EQ(scan.scanned, size);
  }
  EXPECT_EQ(**find_head(whole, scan, {}), whole.size());
}

struct Refused {
  const char* name;
  std::string bytes;
  Reason reason;
};

class ParseHeadRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ParseHeadRefuses, WithItsReason) {
  EXPECT_EQ(Parsed(GetParam().bytes).refusal, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    , ParseHeadRefuses,
    testing::Values(
        Refused{"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", Reason::bad_request},
        Refused{"BareLineFeedLater", "GET / HTTP/1.1\r\nHost: h\n\r\n", Reason::bad_request},
        Refused{"LeadingLineFeed", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"BareReturnInsideAValue", get_with("A: b\rc\r\n"), Reason::bad_request},
        Refused{"NulInsideAValue", get_with(std::string("A: b\0c\r\n", 8)), Reason::bad_request},
        Refused{"FoldedHeader", get_with("A: b\r\n c\r\n"), Reason::bad_request},
        Refused{"BlankBeforeColon", get_with("A : b\r\n"), Reason::bad_request},
        Refused{"NoColon", get_with("A\r\n"), Reason::bad_request},
        Refused{"EmptyName", get_with(": b\r\n"), Reason::bad_request},
        Refused{"BothLengths", get_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), Reason::bad_request},
        Refused{"TwoLengths", get_with("Content-Length: 1\r\ncontent-length: 1\r\n"), Reason::bad_request},
        Refused{"ListOfLengths", get_with("Content-Length: 1, 1\r\n"), Reason::bad_request},
        Refused{"SignedLength", get_with("Content-Length: +1\r\n"), Reason::bad_request},
        Refused{"HexLength", get_with("Content-Length: 0x1\r\n"), Reason::bad_request},
        Refused{"EmptyLength", get_with("Content-Length:\r\n"), Reason::bad_request},
        Refused{"HugeLength", get_with("Content-Length: 18446744073709551616\r\n"), Reason::bad_request},
        Refused{"TwoCodings", get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                Reason::bad_request},
        Refused{"UnknownCoding", get_with("Transfer-Encoding: gzip, chunked\r\n"), Reason::not_implemented},
        Refused{"HiddenCoding",
                get_with("Transfer-Encoding: \x0b"
                         "chunked\r\n"),
                Reason::bad_request},
        Refused{"ChunkedInOldHttp", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Reason::bad_request},
        Refused{"NoHost", "GET / HTTP/1.1\r\n\r\n", Reason::bad_request},
        Refused{"TwoHosts", get_with("Host: i\r\n"), Reason::bad_request},
        Refused{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Reason::bad_request},
        Refused{"NoTarget", "GET HTTP/1.1\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"TwoBlanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"BlankInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"NoVersion", "GET /\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"OtherVersion", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", Reason::version_not_supported},
        Refused{"BadMethod", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", Reason::bad_request},
        Refused{"BrokenEscape", "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", Reason::invalid_uri},
        Refused{"BrokenEscapeInQuery", "GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n", Reason::invalid_uri},
        Refused{"Fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", Reason::invalid_uri},
        Refused{"ControlInTarget", "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", Reason::invalid_uri},
        Refused{"AuthorityForm", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", Reason::not_implemented},
        Refused{"Tls", "\x16\x03\x01\x02\n", Reason::bad_request}),
    [](const auto& info) { return info.param.name; });

TEST(ParseHead, BoundsWhatItTakes) {
  Limits limits;
  limits.request_line_bytes = 64;
  limits.head_bytes = 256;
  limits.headers = 3;
  EXPECT_EQ(Parsed("GET /" + std::string(64, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits).refusal,
            Reason::uri_too_long);
  EXPECT_EQ(Parsed("GET /" + std::string(100, 'a'), limits).refusal, Reason::uri_too_long);
  EXPECT_EQ(Parsed(get_with("A: " + std::string(300, 'a') + "\r\n"), limits).refusal, Reason::headers_too_large);
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: " + std::string(300, 'a'), limits).refusal, Reason::headers_too_large);
  EXPECT_EQ(Parsed(get_with("A: 1\r\nB: 2\r\nC: 3\r\n"), limits).refusal, Reason::headers_too_large);
  EXPECT_EQ(Parsed(get_with("A: 1\r\nB: 2\r\n"), limits).refusal, std::nullopt);
}

// What a decoder makes of `bytes` that come in pieces of `piece` bytes; none if it refuses or wants more.
std::optional<std::string> decoded(std::string_view bytes, std::size_t piece) {
  ChunkedDecoder decoder;
  std::string out;
  std::string_view waiting;
  std::size_t given = 0;
  while (true) {
    const auto eaten = decoder.eat(waiting);
    if (!eaten) return std::nullopt;
    waiting.remove_prefix(*eaten);
    if (decoder.ended()) return waiting.empty() && given == bytes.size() ? std::optional(out) : std::nullopt;
    const auto data = waiting.substr(0, decoder.data_left());
    out += data;
    decoder.took(data.size());
    waiting.remove_prefix(data.size());
    if (!data.empty() || !waiting.empty()) continue;
    if (given == bytes.size()) return std::nullopt;
    waiting = bytes.substr(given, piece);
    given += waiting.size();
  }
}

TEST(ChunkedDecoder, JoinsTheChunksHoweverTheyArrive) {
  const std::string_view bytes = "4;name=value\r\nWiki\r\n05\r\npedia\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (const std::size_t piece : {1, 2, 3, 7, 100}) EXPECT_EQ(decoded(bytes, piece), "Wikipedia0123456789");
  EXPECT_EQ(decoded("0\r\n\r\n", 5), "");
}

TEST(ChunkedDecoder, RefusesWhatIsAmbiguous) {
  for (const std::string_view bytes :
       {"4\nWiki\r\n0\r\n\r\n", "4\r\nWikip\r\n0\r\n\r\n", "\r\n", ";x\r\n", "0x4\r\nWiki\r\n0\r\n\r\n", "-1\r\n",
        " 4\r\nWiki\r\n0\r\n\r\n", "4 \r\nWiki\r\n0\r\n\r\n", "4\r\nWiki\n0\r\n\r\n", "1234567890123456\r\n",
        "0\r\nA: b\n\r\n", "4;a\nb\r\nWiki\r\n0\r\n\r\n", "4\r\nWiki\r\n0\r\n"}) {
    EXPECT_EQ(decoded(bytes, 3), std::nullopt) << bytes;
  }
  EXPECT_EQ(decoded("1;" + std::string(300, 'x') + "\r\na\r\n0\r\n\r\n", 50), std::nullopt);
  EXPECT_EQ(decoded("0\r\nA: " + std::string(9000, 'x') + "\r\n\r\n", 50), std::nullopt);
}

TEST(Controls, AreFoundWhereverTheyStand) {
  const std::string harmless = "a value, of more than two words \x80\xff\xa0\x9f~";
  EXPECT_FALSE(has_controls(harmless));
  EXPECT_FALSE(has_controls(""));
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_control = byte < 0x20 || byte == 0x7f;
    for (std::size_t at = 0; at < harmless.size(); ++at) {
      std::string text = harmless;
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(has_controls(text), is_control) << byte << " at " << at;
    }
  }
}

TEST(ParseHead, TakesTabsAndBytesBeyondAsciiInsideValues) {
  EXPECT_EQ(Parsed(get_with("A: one\ttwo three\tfour, \xc3\xa4\r\n")).refusal, std::nullopt);
  EXPECT_EQ(Parsed(get_with("A: one\ttwo three\x7f\r\n")).refusal, Reason::bad_request);
}

TEST(ResponseHeaders, CannotBeSplitByAValue) {
  ResponseHeaders headers;
  headers.add("ETag", "\"a\"");
  headers.add("X-Amz-Meta-A", std::string_view("b\r\nSet-Cookie: c\0", 17));
  headers.add("X-Count", 12);
  EXPECT_EQ(headers.wire(), "ETag: \"a\"\r\nX-Amz-Meta-A: b  Set-Cookie: c \r\nX-Count: 12\r\n");
  EXPECT_EQ(headers.find("etag"), "\"a\"");
  EXPECT_EQ(headers.find("x-count"), "12");
  EXPECT_FALSE(headers.contains("Set-Cookie"));
}

}  // namespace
}  // namespace tarn::http
