#include "aws/router.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

struct Segment {
  std::string_view text;  // Of a literal, or the label's name.
  bool label = false;
  bool greedy = false;  // {Key+}: all that follows.
};

std::vector<Segment> segments_of(std::string_view uri) {
  std::vector<Segment> segments;
  if (uri.starts_with('/')) uri.remove_prefix(1);
  while (!uri.empty()) {
    std::string_view part = uri.substr(0, uri.find('/'));
    uri.remove_prefix(std::min(uri.size(), part.size() + 1));
    Segment segment;
    if (part.starts_with('{')) {
      part = part.substr(1, part.size() - 2);
      segment.label = true;
      if (part.ends_with('+')) {
        part.remove_suffix(1);
        segment.greedy = true;
      }
    }
    segment.text = part;
    segments.push_back(segment);
  }
  return segments;
}

// The service of "Credential=AKID/20130524/us-east-1/s3/aws4_request, …".
std::string_view scope_service(std::string_view credential) {
  for (int skip = 0; skip < 3; ++skip) {
    const std::size_t slash = credential.find('/');
    if (slash == std::string_view::npos) return {};
    credential.remove_prefix(slash + 1);
  }
  return credential.substr(0, credential.find('/'));
}

std::string_view signed_service(const http::Request& request) {
  if (const auto authorization = request.header("Authorization")) {
    constexpr std::string_view kCredential = "Credential=";
    if (authorization->starts_with("AWS4-")) {
      const std::size_t at = authorization->find(kCredential);
      if (at != std::string_view::npos) return scope_service(authorization->substr(at + kCredential.size()));
    }
    return {};
  }
  if (const auto credential = request.parameter("X-Amz-Credential")) return scope_service(*credential);
  return {};
}

bool meets(const Requirement& requirement, const http::Request& request) {
  if (requirement.in == Requirement::In::header) return request.header(requirement.name).has_value();
  const auto value = request.parameter(requirement.name);
  return value && (requirement.value.empty() || *value == requirement.value);
}

const std::string* parameter(const form::Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

Route found(const Model& model, Protocol protocol, std::string_view operation) {
  Route route{.model = &model, .protocol = protocol};
  for (std::size_t i = 0; i < model.operations.size(); ++i) {
    if (model.operations[i].name != operation) continue;
    route.operation = &model.operations[i];
    route.index = i;
  }
  if (!route.operation) route.unknown = std::string(operation.substr(0, 128));
  return route;
}

bool is_rest(const Model& model) {
  return model.protocol == Protocol::rest_xml || model.protocol == Protocol::rest_json;
}

}  // namespace

// An API with its paths taken apart, by method.
struct Router::Entry {
  struct Pattern {
    std::size_t operation;
    std::vector<Segment> segments;
    std::size_t literals = 0;
  };
  const Model& model;
  std::map<std::string_view, std::vector<Pattern>> by_method;
  std::string_view first;  // The literal that every path of the API begins with; empty: there is none.
};

Router::Router() = default;
Router::~Router() = default;

void Router::add(const Model& model) {
  auto entry = std::make_unique<Entry>(Entry{.model = model, .by_method = {}, .first = {}});
  if (is_rest(model)) {
    for (std::size_t i = 0; i < model.operations.size(); ++i) {
      Entry::Pattern pattern{.operation = i, .segments = segments_of(model.operations[i].uri)};
      for (const Segment& segment : pattern.segments) pattern.literals += !segment.label;
      const bool literal = !pattern.segments.empty() && !pattern.segments.front().label;
      const std::string_view first = literal ? pattern.segments.front().text : std::string_view();
      if (i == 0 || first != entry->first) entry->first = i == 0 ? first : std::string_view();
      entry->by_method[model.operations[i].method].push_back(std::move(pattern));
    }
  }
  entries_.push_back(std::move(entry));
}

std::string_view bucket_of_host(std::string_view host, const std::vector<std::string>& domains) {
  if (host.starts_with('[')) return {};
  host = host.substr(0, host.find(':'));
  for (const std::string& domain : domains) {
    if (host.size() <= domain.size() + 1 || host[host.size() - domain.size() - 1] != '.') continue;
    if (equal_ignoring_case(host.substr(host.size() - domain.size()), domain)) {
      return host.substr(0, host.size() - domain.size() - 1);
    }
  }
  return {};
}

bool has_action_form(const http::Request& request) {
  if (request.method != "POST" || request.header("X-Amz-Target")) return false;
  // Older SDKs send to a queue's own URL.
  if (request.raw_path != "/" && signed_service(request) != "sqs") return false;
  const auto type = request.header("Content-Type");
  return type && to_lower(*type).starts_with("application/x-www-form-urlencoded");
}

Route Router::named(std::string_view service, std::string_view operation) const {
  for (const auto& entry : entries_) {
    if (entry->model.name == service) return found(entry->model, entry->model.protocol, operation);
  }
  return Route{.unknown = std::string(service)};
}

Route Router::by_target(std::string_view target) const {
  const std::size_t dot = target.rfind('.');
  const std::string_view prefix = target.substr(0, dot == std::string_view::npos ? 0 : dot);
  for (const auto& entry : entries_) {
    if (!entry->model.target_prefix.empty() && entry->model.target_prefix == prefix && entry->model.speaks_json) {
      return found(entry->model, Protocol::json, target.substr(dot + 1));
    }
  }
  return Route{.unknown = std::string(target.substr(0, 128))};
}

// /service/GraniteServiceVersion20100801/operation/PutMetricData
Route Router::by_cbor_path(std::string_view path) const {
  const auto segments = segments_of(path);
  if (segments.size() >= 4) {
    const std::string_view service = segments[segments.size() - 3].text;
    for (const auto& entry : entries_) {
      if (!entry->model.speaks_cbor || entry->model.cbor_name != service) continue;
      return found(entry->model, Protocol::rpc_cbor, segments.back().text);
    }
  }
  return Route{.protocol = Protocol::rpc_cbor, .unknown = std::string(path.substr(0, 128))};
}

Route Router::by_action(std::string_view scope, form::Parameters parameters) const {
  const std::string* action = parameter(parameters, "Action");
  const std::string* version = parameter(parameters, "Version");
  for (const auto& entry : entries_) {
    if (!entry->model.speaks_query) continue;
    if (scope.empty() ? !version || *version != entry->model.version : entry->model.signing_name != scope) continue;
    Route route = found(entry->model, Protocol::query, action ? std::string_view(*action) : "");
    route.form = std::move(parameters);
    return route;
  }
  return Route{.protocol = Protocol::query, .unknown = action ? action->substr(0, 128) : std::string(scope)};
}

Route Router::by_path(const Entry& entry, const http::Request& request, std::string_view raw_path) const {
  std::string_view rest = raw_path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (!entry.first.empty() && rest.substr(0, rest.find('/')) != entry.first) {
    return {.model = &entry.model, .protocol = entry.model.protocol, .unknown = std::string(raw_path.substr(0, 128))};
  }
  std::vector<std::string_view> parts;
  parts.reserve(8);
  for (std::string_view left = rest; !left.empty();) {
    parts.push_back(left.substr(0, left.find('/')));
    left.remove_prefix(std::min(left.size(), parts.back().size() + 1));
    if (parts.size() > 32) break;  // Only a greedy label reaches so far.
  }

  const Entry::Pattern* best = nullptr;
  std::size_t best_score = 0;
  const auto fits = [&](const Entry::Pattern& pattern) {
    const bool greedy = !pattern.segments.empty() && pattern.segments.back().greedy;
    if (greedy ? parts.size() < pattern.segments.size() : parts.size() != pattern.segments.size()) return false;
    for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
      if (!pattern.segments[i].label && pattern.segments[i].text != parts[i]) return false;
      if (parts[i].empty() && !pattern.segments[i].greedy) return false;
    }
    return true;
  };
  const auto of_method = entry.by_method.find(request.method);
  if (of_method != entry.by_method.end()) {
    for (const Entry::Pattern& pattern : of_method->second) {
      if (!fits(pattern)) continue;
      const auto& requirements = entry.model.operations[pattern.operation].requirements;
      const std::size_t score = 1 + pattern.literals * 16 + requirements.size();
      if (score <= best_score) continue;
      if (!std::ranges::all_of(requirements, [&](const Requirement& each) { return meets(each, request); })) continue;
      best_score = score;
      best = &pattern;
    }
  }
  Route route{.model = &entry.model, .protocol = entry.model.protocol};
  if (!best) {
    route.unknown = std::string(raw_path.substr(0, 128));
    for (const auto& [method, patterns] : entry.by_method) {
      if (method != request.method && std::ranges::any_of(patterns, fits)) route.method_not_allowed = true;
    }
    return route;
  }
  route.operation = &entry.model.operations[best->operation];
  route.index = best->operation;
  route.labels.reserve(best->segments.size());
  for (std::size_t i = 0; i < best->segments.size(); ++i) {
    const Segment& segment = best->segments[i];
    if (!segment.label) continue;
    const std::string_view raw =
        segment.greedy ? rest.substr(static_cast<std::size_t>(parts[i].data() - rest.data())) : parts[i];
    auto value = uri_decode(raw);
    if (!value) throw Error(ErrorCode{"InvalidURI", 400}, "Couldn't parse the specified URI.");
    route.labels.push_back({.name = segment.text, .value = std::move(*value)});
  }
  return route;
}

Route Router::route(const http::Request& request, std::string_view bucket, std::string_view form_body) const {
  const std::string_view service = signed_service(request);
  Route route = find(request, service, bucket, form_body);
  // "kms" says more to a reader than "TrentService.ListKeys".
  if (!route.model && !service.empty()) route.unknown = std::string(service.substr(0, 128));
  return route;
}

Route Router::find(const http::Request& request, std::string_view service, std::string_view bucket,
                   std::string_view form_body) const {
  if (bucket.empty()) {
    if (const auto target = request.header("X-Amz-Target")) return by_target(*target);
    if (request.header("smithy-protocol") == "rpc-v2-cbor") return by_cbor_path(request.raw_path);
  }
  const bool in_query = request.raw_path == "/" && request.parameter("Action");
  const bool action = bucket.empty() && (has_action_form(request) || in_query);
  if (action && service != "s3") {
    auto parameters = form::parse(form_body);
    if (!parameters)
      throw Error(ErrorCode{"MalformedQueryString", 400}, "The form in the request's body is malformed.");
    for (const http::Field& field : request.query) {
      if (!field.name.starts_with("X-Amz-")) parameters->emplace_back(field.name, field.value);
    }
    const bool names_queue = parameter(*parameters, "QueueUrl");
    if (service == "sqs" && request.raw_path != "/" && !names_queue) {
      parameters->emplace_back("QueueUrl", std::string(request.raw_path));
    }
    return by_action(service, std::move(*parameters));
  }
  if (service.empty() && bucket.empty()) {
    // "glue.eu-west-1.example.org", "runtime.sagemaker.…".
    for (const auto& entry : entries_) {
      const std::string_view prefix = entry->model.endpoint_prefix;
      if (prefix.empty() || !request.host.starts_with(prefix)) continue;
      if (request.host.substr(prefix.size()).starts_with('.')) service = entry->model.signing_name;
    }
  }
  if (service.empty()) service = "s3";

  const std::string in_bucket =
      bucket.empty() ? std::string() : "/" + std::string(bucket) + std::string(request.raw_path);
  const std::string_view raw_path = bucket.empty() ? request.raw_path : std::string_view(in_bucket);
  Route last{.protocol = Protocol::rest_json, .unknown = std::string(service)};
  if (service == "s3") last.protocol = Protocol::rest_xml;
  for (const auto& entry : entries_) {
    const Model& model = entry->model;
    if (model.signing_name != service) continue;
    if (!is_rest(model)) {
      if (!last.model)
        last = Route{.model = &model, .protocol = model.protocol, .unknown = std::string(raw_path.substr(0, 128))};
      continue;
    }
    Route route = by_path(*entry, request, raw_path);
    // s3control shares S3's scope: its paths are literal, and no bucket is called v20180820.
    // What neither knows is S3's to refuse.
    const bool literal = model.name != "s3";
    const bool better = route.operation ? !last.operation || literal : !last.model || (!last.operation && !literal);
    if (better) last = std::move(route);
  }
  return last;
}

}  // namespace tarn::aws
