#include "aws/dispatch.h"

#include <algorithm>
#include <chrono>

#include "aws/audit_json.h"
#include "aws/body.h"
#include "aws/body_digest.h"
#include "aws/exchange.h"
#include "aws/metrics.h"
#include "aws/observed.h"
#include "aws/permissions.h"
#include "aws/protocol.h"
#include "aws/request_ids.h"
#include "aws/router.h"
#include "aws/validate.h"
#include "base/encoding.h"
#include "base/log.h"

namespace tarn::aws {
namespace {

// A queue's message of 1 MiB may be three times as long as a form.
constexpr std::uint64_t kFormLimit = 4 << 20;
constexpr ErrorCode kTooLarge{"EntityTooLarge", 400};
constexpr ErrorCode kTooLargeElsewhere{"RequestEntityTooLargeException", 413};
constexpr ErrorCode kMethodNotAllowed{"MethodNotAllowed", 405};
constexpr ErrorCode kUnknownOperation{"UnknownOperationException", 400};
constexpr ErrorCode kInvalidAction{"InvalidAction", 400};
constexpr ErrorCode kMissingToken{"MissingAuthenticationToken", 403};

// An answer is sent after its handler and the exchange have ended; the rights that its stream may lean on have not.
class AccessKeepingStream : public ByteStream {
 public:
  AccessKeepingStream(std::unique_ptr<ByteStream> stream, std::shared_ptr<const policy::Access> access)
      : access_(std::move(access)), stream_(std::move(stream)) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override { return stream_->read(buffer); }
  std::optional<FileSlice> next_slice() override { return stream_->next_slice(); }

 private:
  std::shared_ptr<const policy::Access> access_;
  std::unique_ptr<ByteStream> stream_;
};

[[noreturn]] void refuse_unknown(const Exchange& exchange) {
  const Route& route = exchange.route;
  if (route.operation) {
    throw Error(errors::not_implemented, "Tarn does not implement " + std::string(route.operation->name) + " of " +
                                             std::string(route.model->name) + ".");
  }
  if (!route.model) {
    throw Error(errors::not_implemented, "Tarn does not implement the service '" + route.unknown + "'.");
  }
  if (route.protocol == Protocol::query) {
    throw Error(kInvalidAction,
                "Could not find operation " + route.unknown + " for version " + std::string(route.model->version));
  }
  if (exchange.is_s3() || route.method_not_allowed) {
    throw Error(kMethodNotAllowed, "The specified method is not allowed against this resource.")
        .with("Method", std::string(exchange.request.method));
  }
  throw Error(kUnknownOperation,
              "The service " + std::string(route.model->name) + " has no operation '" + route.unknown + "'.");
}

void check_length(const Exchange& exchange, std::optional<std::uint64_t> length) {
  const std::uint64_t limit = exchange.route.operation->body_limit;
  if (!length || *length <= limit) return;
  throw Error(exchange.is_s3() ? kTooLarge : kTooLargeElsewhere,
              "Your proposed upload exceeds the maximum allowed size")
      .with("ProposedSize", std::to_string(*length))
      .with("MaxSizeAllowed", std::to_string(limit));
}

// What of the body is a stream goes into the request struct as it is; its length is that of the bytes themselves, not
// of their signed chunks.
void hand_over_stream(Exchange& exchange, const Member& member, void* request) {
  *static_cast<std::unique_ptr<ByteStream>*>(make_member(member, request)) = std::move(exchange.authenticated.body);
  if (!exchange.authenticated.body_length) return;
  for (const Member& length : exchange.route.operation->input->members) {
    if (length.wire != "Content-Length" || length.shape->kind != Kind::int64) continue;
    *static_cast<std::int64_t*>(make_member(length, request)) =
        static_cast<std::int64_t>(*exchange.authenticated.body_length);
  }
}

void read_and_validate(Exchange& exchange, std::string_view body, Object& request) {
  const Route& route = exchange.route;
  const ReplyContext context = exchange.reply_context();
  Reading reading;
  try {
    read_request(*route.model, route.protocol, *route.operation,
                 {.http = exchange.post ? exchange.post->head() : exchange.request,
                  .labels = route.labels,
                  .body = body,
                  .form = route.form},
                 request.get(), reading);
  } catch (const Malformed& malformed) {
    throw malformed_error(context, malformed);
  }
  validate(request.shape(), request.get(), reading);
  if (!reading.violations.empty()) throw violation_error(context, reading.violations);
}

}  // namespace

struct Dispatcher::State {
  State(DispatchOptions with, DispatchParts of) : options(std::move(with)), parts(of), ids(of.random) {}

  DispatchOptions options;
  DispatchParts parts;
  RequestIds ids;
  Router router;
  Metrics metrics;
  struct Served {
    std::unique_ptr<Service> service;
    std::size_t place;  // In the metrics.
  };
  std::vector<Served> services;
  http::Handler* internal = nullptr;

  const Served* served(const Model* model) const {
    for (const Served& each : services) {
      if (&each.service->model() == model) return &each;
    }
    return nullptr;
  }

  Task<void> find_route(Exchange& exchange);
  Task<void> authenticate(Exchange& exchange);
  Task<Authenticated> authenticate_form(Exchange& exchange);
  Task<std::string> read_body(Exchange& exchange);
  Task<void> authorize(Exchange& exchange, const void* request);
  Task<http::Response> answer(Exchange& exchange);
  Task<http::Response> answer_website(Exchange& exchange);
  Task<void> observe(Exchange& exchange, http::Response& response, std::chrono::steady_clock::time_point started,
                     std::function<void(ServedRequest)> watcher);
  Task<std::optional<Error>> missing_bucket(const Exchange& exchange, const Error& refused);
  Task<void> tell_charged(const Exchange& exchange, http::Response& response);
  Task<void> run(Exchange& exchange, void* request, void* output);
  AuditEvent event_of(const Exchange& exchange) const;
  void audit(Exchange& exchange, const Error* refused);
  http::Response refusal(Exchange& exchange, const Error& error);
};

// Which service, which operation. A form is read first, since it names them.
Task<void> Dispatcher::State::find_route(Exchange& exchange) {
  http::Request& request = exchange.request;
  // Until it is known whom it is for, a refusal is worded as S3's, like all that is not plainly another's.
  exchange.route.protocol = request.header("X-Amz-Target") ? Protocol::json : Protocol::rest_xml;
  std::string form;
  if (exchange.bucket.empty() && has_action_form(request)) {
    exchange.route.protocol = Protocol::query;
    auto text = co_await read_all(request.body.get(), kFormLimit);
    if (!text) throw Error(kTooLargeElsewhere, "The request's form is too large.");
    // The signature covers the body as it came: it is put back to be read again.
    request.content_length = text->size();
    request.body = text_stream(*text);
    text = uncompressed(request, std::move(*text), kFormLimit);
    if (!text) throw Error(kTooLargeElsewhere, "The request's form is too large.");
    form = std::move(*text);
  }
  exchange.route = router.route(request, exchange.bucket, form);
  if (!exchange.route.operation || !exchange.route.operation->listed) refuse_unknown(exchange);
}

// A browser's form: whose it is, and what it may do, stand in fields before its file.
Task<Authenticated> Dispatcher::State::authenticate_form(Exchange& exchange) {
  exchange.post = co_await PostRequest::open(exchange.request);
  Authenticated authenticated = co_await parts.authenticator.authenticate_form(exchange.post->signature());
  exchange.post->check_policy(exchange.route.labels.front().value, parts.wall.now());
  authenticated.body = exchange.post->take_file(exchange.route.operation->body_limit);
  authenticated.body_length = std::nullopt;
  co_return authenticated;
}

Task<void> Dispatcher::State::authenticate(Exchange& exchange) {
  if (exchange.route.operation->form) {
    exchange.authenticated = co_await authenticate_form(exchange);
  } else {
    exchange.authenticated =
        co_await parts.authenticator.authenticate(exchange.request, exchange.route.model->signing_name);
  }
  if (!exchange.authenticated.region.empty()) exchange.region = exchange.authenticated.region;
  if (!exchange.anonymous() || exchange.route.operation->anonymous) co_return;
  if (exchange.is_s3()) throw Error(errors::access_denied, "Access Denied");
  throw Error(kMissingToken, "Missing Authentication Token");
}

// The whole body of an operation that does not stream it. Forms were read before.
Task<std::string> Dispatcher::State::read_body(Exchange& exchange) {
  const std::uint64_t limit = exchange.route.operation->body_limit;
  auto body = co_await read_all(exchange.authenticated.body.get(), limit);
  if (body && !exchange.is_s3()) body = uncompressed(exchange.request, std::move(*body), limit);
  if (!body) check_length(exchange, limit + 1);
  co_return std::move(*body);
}

Task<void> Dispatcher::State::authorize(Exchange& exchange, const void* request) {
  const Operation& operation = *exchange.route.operation;
  const policy::Principal& principal = exchange.authenticated.principal;
  const std::string account = principal.account ? principal.account->text() : std::string();
  const TemplateContext context{.region = exchange.region, .account = account};
  exchange.access = co_await parts.authorizer.access(principal, exchange.model().signing_name,
                                                     RequestFacts(exchange, parts.wall.now()));
  const std::vector<std::string_view> actions = needed_actions(operation, request);
  if (!operation.resources.empty()) exchange.resources = resources(operation, request, context);
  if (actions.empty()) co_return;
  const policy::Facts from_request = facts(operation, request, context);
  for (const std::string_view action : actions) {
    for (const std::string& resource : exchange.resources) {
      co_await exchange.access->require(std::string(action), resource, from_request);
    }
  }
}

// Pages are read by nobody in particular: whatever was signed, only what everyone may read is shown. For the audit it
// is a GetObject.
Task<http::Response> Dispatcher::State::answer_website(Exchange& exchange) {
  exchange.route = router.named("s3", "GetObject");
  exchange.access = co_await parts.authorizer.access(exchange.authenticated.principal, "s3",
                                                     RequestFacts(exchange, parts.wall.now()));
  WebsiteEndpoint::Answer answer =
      co_await parts.website->answer(exchange.request, std::string(exchange.bucket), *exchange.access);
  exchange.error_code = std::move(answer.error_code);
  if (answer.response.stream) {
    answer.response.stream = std::make_unique<AccessKeepingStream>(std::move(answer.response.stream), exchange.access);
  }
  co_return std::move(answer.response);
}

Task<http::Response> Dispatcher::State::answer(Exchange& exchange) {
  if (exchange.website) co_return co_await answer_website(exchange);
  if (exchange.request.method == "OPTIONS" && parts.cross_origin) {
    exchange.route.protocol = Protocol::rest_xml;
    co_return co_await parts.cross_origin->preflight(exchange.request, exchange.named_bucket());
  }
  co_await find_route(exchange);
  const Operation& operation = *exchange.route.operation;
  if (!operation.form) check_length(exchange, exchange.request.content_length);
  co_await authenticate(exchange);
  check_length(exchange, exchange.authenticated.body_length);

  Object request(*operation.input);
  const Member* stream = stream_member(*operation.input);
  std::string body;
  if (!stream) {
    // Most of S3's requests without a streamed body have none at all.
    if (exchange.authenticated.body || !exchange.is_s3()) body = co_await read_body(exchange);
    if (exchange.route.protocol == Protocol::rest_xml) {
      check_body_digests(operation, exchange.request, exchange.authenticated, body);
    }
  }
  read_and_validate(exchange, body, request);
  if (stream) hand_over_stream(exchange, *stream, request.get());

  exchange.audited = parts.audit.wants(*exchange.route.model, operation);
  if (exchange.audited) exchange.request_parameters = audit_json(*operation.input, request.get());
  co_await authorize(exchange, request.get());

  // The handler takes the request.
  const bool observed = parts.observer && exchange.is_s3() && parts.observer->active();
  if (observed) exchange.items = items_of(operation, request.get());
  Object output(*operation.output);
  co_await run(exchange, request.get(), output.get());
  note_refused(operation, output.get(), exchange.items);
  if (exchange.audited && operation.write) exchange.response_elements = audit_json(*operation.output, output.get());
  http::Response response = write_reply(exchange.reply_context(), output.get());
  if (response.stream) {
    response.stream = std::make_unique<AccessKeepingStream>(std::move(response.stream), exchange.access);
  }
  co_return response;
}

// The handler. What it changes carries the call's record.
Task<void> Dispatcher::State::run(Exchange& exchange, void* request, void* output) {
  const Operation& operation = *exchange.route.operation;
  auto handled = served(exchange.route.model)
                     ->service->run({.operation = operation,
                                     .access = *exchange.access,
                                     .http = exchange.request,
                                     .request_id = exchange.request_id,
                                     .region = exchange.region,
                                     .authenticated = exchange.authenticated},
                                    exchange.route.index, request, output);
  if (exchange.audited && operation.write) exchange.underway = parts.audit.begin(event_of(exchange));
  if (!exchange.underway) return handled;
  return std::move(handled).accompanied_by(*exchange.underway);
}

AuditEvent Dispatcher::State::event_of(const Exchange& exchange) const {
  return {.time = parts.wall.now(),
          .model = exchange.route.model,
          .operation = exchange.route.operation,
          .principal = exchange.authenticated.principal,
          .request_id = exchange.request_id,
          .region = exchange.region,
          .source_ip = std::string(exchange.request.peer_ip),
          .user_agent = std::string(exchange.request.header("User-Agent").value_or("")),
          .resources = exchange.resources,
          .request_parameters = exchange.request_parameters,
          .response_elements = exchange.response_elements,
          .error_code = {},
          .error_message = {},
          .denied = false,
          .denials = {}};
}

void Dispatcher::State::audit(Exchange& exchange, const Error* refused) {
  if (!exchange.route.operation || !exchange.route.operation->listed) return;
  // Items of a batch are refused without the request being so.
  std::vector<policy::Denial> denials;
  if (exchange.access) denials = exchange.access->take_denials();
  const bool denied = !denials.empty() || (refused && refused->code() == errors::access_denied);
  if (!exchange.audited && !denied) return;
  AuditEvent event = event_of(exchange);
  event.denied = denied;
  event.denials = std::move(denials);
  if (refused) {
    event.error_code = std::string(refused->code().name);
    event.error_message = refused->message();
  }
  parts.audit.record(std::move(event), std::move(exchange.underway));
}

http::Response Dispatcher::State::refusal(Exchange& exchange, const Error& error) {
  http::Response response = error_reply(exchange.reply_context(), error);
  for (const auto& [name, value] : error.headers()) response.headers.add(name, value);
  // Nobody will read a large body to its end: say so now instead of waiting for it.
  if (error.code().name == kTooLarge.name || error.code().name == kTooLargeElsewhere.name) response.close = true;
  return response;
}

// Whether a bucket is there is no secret on S3: its absence is told before any right is asked for.
Task<std::optional<Error>> Dispatcher::State::missing_bucket(const Exchange& exchange, const Error& refused) {
  const std::string name = exchange.named_bucket();
  // Only once the signature was believed.
  const bool hidden = refused.code() == errors::access_denied && parts.buckets && exchange.access && exchange.is_s3() &&
                      !name.empty() && exchange.route.operation->name != "CreateBucket";
  if (!hidden || co_await parts.buckets->find(name)) co_return std::nullopt;
  co_return Error(ErrorCode{"NoSuchBucket", 404}, "The specified bucket does not exist", "/" + name)
      .with("BucketName", name);
}

// Who comes from elsewhere to a bucket whose requesters pay hears that they did.
Task<void> Dispatcher::State::tell_charged(const Exchange& exchange, http::Response& response) {
  const http::Request& request = exchange.request;
  if (!request.header("x-amz-request-payer") && !request.parameter("x-amz-request-payer")) co_return;
  const auto known = co_await parts.buckets->find(exchange.named_bucket());
  if (!known || !known->requester_pays || exchange.authenticated.principal.account == known->owner) co_return;
  const auto& members = exchange.route.operation->output->members;
  if (std::ranges::find(members, "x-amz-request-charged", &Member::wire) != members.end()) {
    response.headers.add("x-amz-request-charged", "requester");
  }
}

Task<void> Dispatcher::State::observe(Exchange& exchange, http::Response& response,
                                      std::chrono::steady_clock::time_point started,
                                      std::function<void(ServedRequest)> watcher) {
  if (!watcher) watcher = co_await parts.observer->watcher(exchange.named_bucket(), exchange.named_key());
  if (watcher) tell_when_served(exchange, response, parts.wall.now(), started, std::move(watcher));
}

Dispatcher::Dispatcher(DispatchOptions options, DispatchParts parts)
    : state_(std::make_unique<State>(std::move(options), parts)) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::add(std::unique_ptr<Service> service) {
  const Model& model = service->model();
  state_->router.add(model);
  state_->services.push_back({.service = std::move(service), .place = state_->metrics.add(model)});
}

void Dispatcher::set_internal(http::Handler& handler) {
  state_->internal = &handler;
}

Task<http::Response> Dispatcher::handle(http::Request& request) {
  State& state = *state_;
  const auto started = std::chrono::steady_clock::now();
  Exchange exchange(request);
  if (state.parts.website) {
    exchange.bucket = bucket_of_website(request.host, state.options.region, state.options.domains);
    exchange.website = !exchange.bucket.empty();
  }
  if (!exchange.website) exchange.bucket = bucket_of_host(request.host, state.options.domains);
  if (state.internal && exchange.bucket.empty() && request.raw_path.starts_with("/_tarn/")) {
    co_return co_await state.internal->handle(request);
  }
  exchange.request_id = state.ids.next();
  exchange.region = state.options.region;

  http::Response response;
  std::optional<Error> refused;
  std::function<void(ServedRequest)> watcher;
  const bool observed = state.parts.observer && state.parts.observer->active();
  if (observed && request.method == "DELETE") {
    watcher = co_await state.parts.observer->watcher(exchange.named_bucket(), exchange.named_key());
  }
  try {
    response = co_await state.answer(exchange);
  } catch (const Error& error) {
    refused = error;
  } catch (const std::exception& accident) {
    log::error("a request failed by accident",
               {{"request_id", exchange.request_id},
                {"service", exchange.model().name},
                {"operation", exchange.route.operation ? exchange.route.operation->name : std::string_view("-")},
                {"what", accident.what()}});
    refused = Error(errors::internal_failure, "We encountered an internal error. Please try again.");
  }
  state.audit(exchange, refused ? &*refused : nullptr);
  if (refused) {
    if (auto missing = co_await state.missing_bucket(exchange, *refused)) refused = std::move(missing);
    response = state.refusal(exchange, *refused);
    exchange.error_code = refused->code().name;
  } else if (state.parts.buckets && exchange.is_s3() && exchange.route.operation) {
    co_await state.tell_charged(exchange, response);
  }
  if (state.parts.cross_origin && exchange.is_s3() && request.method != "OPTIONS" && request.header("Origin")) {
    co_await state.parts.cross_origin->decorate(request, exchange.named_bucket(), response);
  }

  if (exchange.is_s3()) {
    response.headers.add("x-amz-request-id", exchange.request_id);
    response.headers.add("x-amz-id-2", exchange.request_id);
  } else {
    response.headers.add("x-amzn-RequestId", exchange.request_id);
  }
  if (request.method == "HEAD") response.text.clear();
  if (observed && exchange.is_s3()) co_await state.observe(exchange, response, started, std::move(watcher));
  const auto took = std::chrono::steady_clock::now() - started;
  const State::Served* served = exchange.route.operation ? state.served(exchange.route.model) : nullptr;
  if (served) {
    state.metrics.count(served->place, exchange.route.index, response.status, took);
  } else {
    state.metrics.count_unrouted(response.status);
  }
  co_return response;
}

http::Response Dispatcher::refuse(const http::Refusal& refusal) {
  static constexpr std::string_view kNames[] = {"BadRequest",
                                                "InvalidURI",
                                                "RequestTimeout",
                                                "InvalidURI",
                                                "RequestHeaderSectionTooLarge",
                                                "InternalError",
                                                "NotImplemented",
                                                "ServiceUnavailable",
                                                "HttpVersionNotSupported"};
  const std::string id = state_->ids.next();
  const ErrorCode code{kNames[static_cast<std::size_t>(refusal.reason)], refusal.status()};
  http::Response response = error_reply({.model = kS3Format, .protocol = Protocol::rest_xml, .request_id = id},
                                        Error(code, std::string(refusal.message)));
  response.headers.add("x-amz-request-id", id);
  state_->metrics.count_unrouted(response.status);
  return response;
}

std::string Dispatcher::metrics() const {
  return state_->metrics.text();
}

}  // namespace tarn::aws
