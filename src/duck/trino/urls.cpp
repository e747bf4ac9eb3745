// URLs, taken apart as Java's URI does.
#include "base/encoding.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"

namespace tarn::duck {
namespace {

struct Url {
  Text protocol, host, port, path, query, fragment;
  bool has_query = false, has_fragment = false;
};

// None if it is no URL that Java would read.
std::optional<Url> parse(Text text) {
  if (text.find_first_of(" \"<>\\^`{|}") != text.npos) return std::nullopt;
  Url url;
  if (const std::size_t mark = text.find('#'); mark != text.npos) {
    url.fragment = text.substr(mark + 1);
    url.has_fragment = true;
    text = text.substr(0, mark);
  }
  if (const std::size_t mark = text.find('?'); mark != text.npos) {
    url.query = text.substr(mark + 1);
    url.has_query = true;
    text = text.substr(0, mark);
  }
  const std::size_t colon = text.find_first_of(":/");
  if (colon != text.npos && text[colon] == ':') {
    if (colon == 0) return std::nullopt;
    url.protocol = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    Text authority = text.substr(0, text.find('/'));
    text.remove_prefix(authority.size());
    if (const std::size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
    const std::size_t mark = authority.rfind(':');
    if (mark != authority.npos && authority.find(']', mark) == authority.npos) {
      url.port = authority.substr(mark + 1);
      authority = authority.substr(0, mark);
      if (url.port.find_first_not_of("0123456789") != url.port.npos) return std::nullopt;
    }
    url.host = authority;
  }
  url.path = text;
  return url;
}

// What Java decodes in the parts that it hands out.
std::string decoded(Text text) {
  return uri_decode(text).value_or(std::string(text));
}

std::optional<std::string> parameter(Text text, Text name) {
  const auto url = parse(text);
  if (!url || !url->has_query) return std::nullopt;
  for (Text rest = url->query; !rest.empty();) {
    const Text pair = rest.substr(0, rest.find('&'));
    const std::size_t mark = pair.find('=');
    if (decoded(pair.substr(0, mark)) == name)
      return mark == pair.npos ? std::string() : decoded(pair.substr(mark + 1));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  return std::nullopt;
}

// As a browser sends forms: blanks become +, and * . _ - stay.
std::string encode_form(Text text) {
  std::string result;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '*' || c == '.' || c == '_' || c == '-') {
      result += c;
    } else if (c == ' ') {
      result += '+';
    } else {
      char buffer[4];
      std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned char>(c));
      result += buffer;
    }
  }
  return result;
}

}  // namespace

void add_urls(Registry& registry) {
  const auto part = [&](const std::string& name, std::optional<std::string> (*get)(const Url&)) {
    registry.kernel("url_extract_" + name + "(varchar) -> varchar",
                    rows<Text>([get](Text text) -> std::optional<std::string> {
                      const auto url = parse(text);
                      return url ? get(*url) : std::nullopt;
                    }));
  };
  part("protocol", [](const Url& url) -> std::optional<std::string> { return std::string(url.protocol); });
  part("host", [](const Url& url) -> std::optional<std::string> { return std::string(url.host); });
  part("path", [](const Url& url) -> std::optional<std::string> { return decoded(url.path); });
  part("query", [](const Url& url) -> std::optional<std::string> { return decoded(url.query); });
  part("fragment", [](const Url& url) -> std::optional<std::string> { return decoded(url.fragment); });
  registry.kernel("url_extract_port(varchar) -> bigint", rows<Text>([](Text text) -> std::optional<std::int64_t> {
                    const auto url = parse(text);
                    if (!url || url->port.empty() || url->port.size() > 5) return std::nullopt;
                    return std::stoll(std::string(url->port));
                  }));
  registry.kernel("url_extract_parameter(varchar, varchar) -> varchar", rows<Text, Text>(parameter));
  registry.kernel("url_encode(varchar) -> varchar", rows<Text>(encode_form));
  registry.kernel("url_decode(varchar) -> varchar", rows<Text>([](Text text) {
                    const auto result = uri_decode(text, true);
                    if (!result) throw_invalid_argument("URLDecoder: Illegal hex characters in escape (%) pattern");
                    return *result;
                  }));
}

}  // namespace tarn::duck
