#include "aws/observed.h"

#include <algorithm>
#include <charconv>

#include "aws/value.h"

namespace tarn::aws {
namespace {

// Tells the observer when the answer has been sent, or was given up.
class ObservedStream : public ByteStream {
 public:
  ObservedStream(std::unique_ptr<ByteStream> stream, std::function<void(ServedRequest)> watcher, ServedRequest served,
                 std::chrono::steady_clock::time_point started)
      : stream_(std::move(stream)), watcher_(std::move(watcher)), served_(std::move(served)), started_(started) {}
  ~ObservedStream() override {
    served_.total = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started_);
    watcher_(std::move(served_));
  }
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = co_await stream_->read(buffer);
    served_.bytes_sent += size;
    co_return size;
  }
  std::optional<FileSlice> next_slice() override {
    auto slice = stream_->next_slice();
    if (slice) served_.bytes_sent += slice->length;
    return slice;
  }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::function<void(ServedRequest)> watcher_;
  ServedRequest served_;
  std::chrono::steady_clock::time_point started_;
};

// The size of the object that an answer is of: what stands behind the slash of "bytes 0-9/10", or its length.
std::optional<std::uint64_t> object_size_of(const Exchange& exchange, const http::Response& response) {
  if (!exchange.route.operation || response.status >= 300) return std::nullopt;
  const std::string_view operation = exchange.route.operation->name;
  if (operation == "PutObject" || operation == "UploadPart") return exchange.authenticated.body_length;
  if (operation != "GetObject" && operation != "HeadObject") return std::nullopt;
  const auto range = response.headers.find("Content-Range");
  if (!range) return response.length;
  std::uint64_t size = 0;
  const std::string_view text = range->substr(std::min(range->size(), range->find('/') + 1));
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
  return problem == std::errc() ? std::optional(size) : std::nullopt;
}

// A member of a structure, where it is said.
const void* find_member(const Shape& shape, const void* object, std::string_view name, const Shape** found = nullptr) {
  const auto member = std::ranges::find(shape.members, name, &Member::name);
  if (!object || member == shape.members.end()) return nullptr;
  if (found) *found = member->shape;
  return member_value(*member, object);
}

std::string text_member(const Shape& shape, const void* object, std::string_view name) {
  const void* const value = find_member(shape, object, name);
  return value ? *static_cast<const std::string*>(value) : std::string();
}

ServedRequest served_request(const Exchange& exchange, const http::Response& response, Timestamp now,
                             Milliseconds took) {
  const http::Request& request = exchange.request;
  const auto header = [&](std::string_view name) { return std::string(request.header(name).value_or("")); };
  ServedRequest served;
  served.received = now - took;
  served.request_id = exchange.request_id;
  if (exchange.route.operation) served.operation = exchange.route.operation->name;
  served.website = exchange.website;
  served.method = request.method;
  served.target = request.target;
  for (const Label& label : exchange.route.labels) {
    if (label.name == "Key") served.key = label.value;
  }
  if (exchange.website) served.key = request.path.substr(std::min<std::size_t>(1, request.path.size()));
  if (exchange.post) served.key = exchange.post->key();
  served.principal = exchange.authenticated.principal;
  served.peer_ip = request.peer_ip;
  served.host = request.host;
  served.referer = header("Referer");
  served.user_agent = header("User-Agent");
  served.tls_version = request.tls_version;
  served.tls_cipher = request.tls_cipher;
  served.signature_version = exchange.authenticated.signature_version;
  served.auth_type = exchange.authenticated.auth_type;
  served.status = response.status;
  served.error_code = exchange.error_code;
  served.version_id = response.headers.find("x-amz-version-id").value_or("");
  served.bytes_received = request.content_length.value_or(0);
  served.bytes_sent = response.stream || request.method == "HEAD" ? 0 : response.text.size();
  served.object_size = object_size_of(exchange, response);
  served.turn_around = served.total = took;
  served.items = exchange.items;
  return served;
}

}  // namespace

std::vector<ServedRequest::Item> items_of(const Operation& operation, const void* request) {
  std::vector<ServedRequest::Item> items;
  if (operation.name != "DeleteObjects") return items;
  const Shape *deletion = nullptr, *list = nullptr;
  const void* const asked = find_member(*operation.input, request, "Delete", &deletion);
  const void* const objects = asked ? find_member(*deletion, asked, "Objects", &list) : nullptr;
  for (std::size_t i = 0; objects && i < list->list->size(objects); ++i) {
    const void* const object = list->list->at(objects, i);
    items.push_back({.key = text_member(*list->element, object, "Key"),
                     .version_id = text_member(*list->element, object, "VersionId"),
                     .error_code = {}});
  }
  return items;
}

void note_refused(const Operation& operation, const void* output, std::vector<ServedRequest::Item>& items) {
  const Shape* list = nullptr;
  const void* const refused = items.empty() ? nullptr : find_member(*operation.output, output, "Errors", &list);
  for (std::size_t i = 0; refused && i < list->list->size(refused); ++i) {
    const void* const error = list->list->at(refused, i);
    const std::string key = text_member(*list->element, error, "Key");
    const std::string version = text_member(*list->element, error, "VersionId");
    const auto item = std::ranges::find_if(items, [&](const ServedRequest::Item& each) {
      return each.error_code.empty() && each.key == key && each.version_id == version;
    });
    if (item != items.end()) item->error_code = text_member(*list->element, error, "Code");
  }
}

void tell_when_served(const Exchange& exchange, http::Response& response, Timestamp now,
                      std::chrono::steady_clock::time_point started, std::function<void(ServedRequest)> watcher) {
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
  ServedRequest served = served_request(exchange, response, now, took);
  if (!response.stream) {
    watcher(std::move(served));
    return;
  }
  response.stream =
      std::make_unique<ObservedStream>(std::move(response.stream), std::move(watcher), std::move(served), started);
}

}  // namespace tarn::aws
