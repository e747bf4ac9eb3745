#include "app/internal.h"

#include <nlohmann/json.hpp>

#include "aws/sigv4.h"
#include "base/blocking.h"
#include "base/error.h"
#include "base/log.h"

namespace tarn::app {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t max_body = 4096;
constexpr std::string_view credentials_path = "/_tarn/credentials/";
constexpr std::int64_t most_seconds = 100LL * 366 * 86'400;

http::Response json_response(int status, const ordered_json& document) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.text = document.dump() + "\n";
  return response;
}

http::Response refusal(int status, std::string_view code, std::string_view message) {
  return json_response(status, {{"code", code}, {"message", message}});
}

// The service that the signature was made for: there is none that owns this path, so any will do.
std::string scope_service(const http::Request& request) {
  const std::string_view header = request.header("authorization").value_or("");
  const std::size_t start = header.find("Credential=");
  if (start == std::string_view::npos) return "tarn";
  const std::string_view rest = header.substr(start + 11);
  const auto scope = aws::parse_credential_scope(rest.substr(0, rest.find(',')));
  return scope ? std::string(scope->service) : "tarn";
}

Task<std::string> read_some(ByteStream* body) {
  std::string text;
  std::array<std::byte, 1024> buffer;
  while (body && text.size() < max_body) {
    const std::size_t size = co_await body->read(buffer);
    if (size == 0) break;
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
  co_return text;
}

}  // namespace

Task<http::Response> Internal::handle(http::Request& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/_tarn/health/live" && reads) co_return health(true);
  if (request.path == "/_tarn/health/ready" && reads) co_return health(ready_);
  if (request.path == "/_tarn/metrics" && reads) co_return metrics_text();
  const bool asks_cost = request.path == "/_tarn/cost" && request.method == "GET";
  const bool moves_clock = request.path == "/_tarn/test/clock" && parts_.options.test_clock && request.method == "POST";
  const bool asks_credentials = request.path.starts_with(credentials_path) && request.method == "GET";
  const bool asks_notifications = request.path.starts_with("/_tarn/notifications/");
  if (asks_cost || moves_clock || asks_credentials || asks_notifications) {
    // No co_await in a catch: the refusal is kept.
    std::optional<Error> refused;
    try {
      co_return co_await (asks_cost            ? cost(request)
                          : moves_clock        ? move_clock(request)
                          : asks_notifications ? notifications(request)
                                               : credentials(request));
    } catch (const Error& error) {
      refused = error;
    }
    co_return refusal(refused->code().status, refused->code().name, refused->message());
  }
  co_return refusal(404, "NotFound", "Nothing is here.");
}

http::Response Internal::health(bool ready) const {
  ordered_json document = {{"status", ready ? "ok" : "ending"}};
  if (parts_.options.test_clock) {
    document["test_clock"] = true;
    document["lake_time"] = iso8601(parts_.lake.now());
    document["lake_advanced_seconds"] = parts_.lake.advanced().count() / 1000;
  }
  if (parts_.options.lifecycle_day_seconds) {
    document["test_lifecycle_day_seconds"] = *parts_.options.lifecycle_day_seconds;
  }
  if (parts_.options.relaxed) document["relaxed"] = true;
  return json_response(ready ? 200 : 503, document);
}

http::Response Internal::metrics_text() const {
  http::Response response;
  response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.text = parts_.dispatcher.metrics() + parts_.metrics.text() + parts_.traffic.metrics();
  return response;
}

// GET dead?bucket=B: notifications that were given up; POST retry?bucket=B: tries them again. For whoever may read and
// write the bucket's notification configuration.
Task<http::Response> Internal::notifications(http::Request& request) {
  const bool reads = request.path == "/_tarn/notifications/dead" && request.method == "GET";
  const bool retries = request.path == "/_tarn/notifications/retry" && request.method == "POST";
  if (!reads && !retries) co_return refusal(404, "NotFound", "Nothing is here.");
  aws::Authenticated caller = co_await parts_.authenticator.authenticate(request, scope_service(request));
  const auto access = co_await parts_.authorizer.access(caller.principal, {}, {});
  const auto name = BucketName::parse(request.parameter("bucket").value_or(""));
  if (!name) co_return refusal(400, "ValidationException", "The parameter 'bucket' must name a bucket.");
  const auto bucket =
      co_await parts_.objects.bucket(*access, *name, reads ? "s3:GetBucketNotification" : "s3:PutBucketNotification");
  if (retries) co_return json_response(200, {{"retried", co_await parts_.notifier.revive(*bucket)}});
  ordered_json dead = ordered_json::array();
  const auto found = co_await parts_.notifier.dead_deliveries(*bucket);
  for (const notify::DeadDelivery& each : found) {
    dead.push_back({{"deliveryId", each.id},
                    {"target", each.target},
                    {"event", each.event},
                    {"key", each.key},
                    {"configurationId", each.configuration},
                    {"error", each.error},
                    {"attempts", each.attempts},
                    {"created", iso8601(each.created)}});
  }
  co_return json_response(200, {{"dead", std::move(dead)}});
}

// What a month of keeping the bucket's versions costs, by storage class. Whoever may list them may ask.
Task<http::Response> Internal::cost(http::Request& request) {
  aws::Authenticated caller = co_await parts_.authenticator.authenticate(request, scope_service(request));
  const auto access = co_await parts_.authorizer.access(caller.principal, {}, {});
  const auto bucket = BucketName::parse(request.parameter("bucket").value_or(""));
  if (!bucket) co_return refusal(400, "ValidationException", "The parameter 'bucket' must name a bucket.");
  const tiers::Cost cost = co_await tiers::estimate_cost(parts_.objects, *access, *bucket, parts_.prices);
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.text = tiers::cost_json(cost);
  co_return response;
}

// What a job's or a model's program asks for its role's keys with.
Task<http::Response> Internal::credentials(http::Request& request) {
  auto found = co_await parts_.container_credentials.answer(std::string(request.path.substr(credentials_path.size())),
                                                            std::string(request.header("authorization").value_or("")));
  if (!found) co_return refusal(403, "AccessDenied", "No program has this address and this token.");
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.text = std::move(*found);
  co_return response;
}

Task<http::Response> Internal::move_clock(http::Request& request) {
  const std::string service = scope_service(request);
  aws::Authenticated caller = co_await parts_.authenticator.authenticate(request, service);
  if (!caller.principal.is_root()) {
    co_return refusal(403, "AccessDenied", "Only an account's root may move the clock.");
  }
  const std::string text = co_await read_some(caller.body.get());
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const auto seconds =
      document.is_object() && document.contains("advance_seconds") && document["advance_seconds"].is_number_integer()
          ? std::optional(document["advance_seconds"].get<std::int64_t>())
          : std::nullopt;
  if (!seconds || *seconds < 0 || *seconds > most_seconds) {
    co_return refusal(400, "ValidationException",
                      "The body must be {\"advance_seconds\": N}; the clock goes forward only.");
  }
  // Kept before it is felt: work that waits for the moved clock must not wait anew after a restart.
  const Milliseconds advanced = parts_.lake.advanced() + std::chrono::seconds(*seconds);
  co_await blocking([&] { parts_.folder.keep_lake_clock_advanced(advanced); });
  parts_.lake.advance(std::chrono::seconds(*seconds));
  parts_.queue.clock_moved();
  log::warning("the lake's clock was moved", {{"advance_seconds", *seconds}, {"now", iso8601(parts_.lake.now())}});
  co_return json_response(200, {{"lake_time", iso8601(parts_.lake.now())},
                                {"lake_advanced_seconds", parts_.lake.advanced().count() / 1000}});
}

}  // namespace tarn::app
