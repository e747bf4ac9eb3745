#include "aws/post_request.h"

#include <algorithm>
#include <pugixml.hpp>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

constexpr ErrorCode malformed_xml{"MalformedXML", 400};
constexpr std::string_view file_name_variable = "${filename}";

// Beside x-amz-…: what a form may say of an object, and how PutObject spells it.
struct KnownField {
  std::string_view field;
  std::string_view header;
};
constexpr KnownField known_fields[] = {{"key", "key"},
                                       {"acl", "x-amz-acl"},
                                       {"cache-control", "Cache-Control"},
                                       {"content-type", "Content-Type"},
                                       {"content-disposition", "Content-Disposition"},
                                       {"content-encoding", "Content-Encoding"},
                                       {"content-language", "Content-Language"},
                                       {"content-md5", "Content-MD5"},
                                       {"expires", "Expires"},
                                       {"success_action_status", "success_action_status"},
                                       {"success_action_redirect", "success_action_redirect"},
                                       {"redirect", "success_action_redirect"}};

[[noreturn]] void refuse(std::string message, std::string_view name, std::string value) {
  throw Error(post_errors::invalid_argument, std::move(message))
      .with("ArgumentName", std::string(name))
      .with("ArgumentValue", std::move(value));
}

void replace_all(std::string& text, std::string_view variable, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(variable, at)) != std::string::npos; at += value.size()) {
    text.replace(at, variable.size(), value);
  }
}

// A field that came twice could be checked as one and used as the other.
void check_fields(const PostForm& form) {
  std::vector<std::string> names;
  for (const auto& [name, value] : form.fields) names.push_back(to_lower(name));
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(
      names, [](const std::string& a, const std::string& b) { return a == b && !a.starts_with("x-ignore-"); });
  if (twice != names.end()) refuse("A form field may be given only once.", *twice, "");
  const std::string* key = form.find("key");
  if (!key) {
    refuse("Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
           "key", "");
  }
  if (!form.file) refuse("POST requires exactly one file upload per request.", "file", "0");
}

class MeasuredFile : public ByteStream {
 public:
  MeasuredFile(std::unique_ptr<ByteStream> file, LengthRange length) : file_(std::move(file)), length_(length) {}

  Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = co_await file_->read(out);
    total_ += size;
    if (total_ > length_.most) {
      throw Error(post_errors::entity_too_large, "Your proposed upload exceeds the maximum allowed size")
          .with("ProposedSize", std::to_string(total_))
          .with("MaxSizeAllowed", std::to_string(length_.most));
    }
    if (size == 0 && total_ < length_.least && !out.empty()) {
      throw Error(post_errors::entity_too_small, "Your proposed upload is smaller than the minimum allowed size")
          .with("ProposedSize", std::to_string(total_))
          .with("MinSizeAllowed", std::to_string(length_.least));
    }
    co_return size;
  }

 private:
  std::unique_ptr<ByteStream> file_;
  LengthRange length_;
  std::uint64_t total_ = 0;
};

}  // namespace

std::string tagging_text(const std::string& xml) {
  pugi::xml_document document;
  const auto refuse_xml = [] {
    throw Error(malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  };
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal | pugi::parse_escapes)) refuse_xml();
  const pugi::xml_node tags = document.child("Tagging").child("TagSet");
  if (!tags) refuse_xml();
  std::string text;
  for (const pugi::xml_node& tag : tags.children()) {
    if (std::string_view(tag.name()) != "Tag" || !tag.child("Key")) refuse_xml();
    text += (text.empty() ? "" : "&") + uri_encode(tag.child_value("Key")) + "=" + uri_encode(tag.child_value("Value"));
  }
  return text;
}

Task<std::unique_ptr<PostRequest>> PostRequest::open(http::Request& request) {
  auto boundary = form_boundary(request.header("Content-Type").value_or(""));
  if (!boundary) {
    throw Error(post_errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data");
  }
  auto post = std::make_unique<PostRequest>();
  post->form_ = co_await read_post_form(std::move(request.body), std::move(*boundary));
  check_fields(post->form_);
  for (auto& [name, value] : post->form_.fields) {
    if (!equal_ignoring_case(name, "policy")) replace_all(value, file_name_variable, post->form_.file_name);
  }
  if (post->form_.find("key")->empty()) refuse("User key must have a length greater than 0.", "key", "");
  post->head_.method = request.method;
  co_return post;
}

FormSignature PostRequest::signature() const {
  const auto said = [this](std::string_view name) {
    const std::string* value = form_.find(name);
    return value ? *value : std::string();
  };
  return {.policy = said("policy"),
          .algorithm = said("x-amz-algorithm"),
          .credential = said("x-amz-credential"),
          .date = said("x-amz-date"),
          .signature = said("x-amz-signature"),
          .session_token = said("x-amz-security-token"),
          .access_key_id = said("AWSAccessKeyId"),
          .version2_signature = said("signature")};
}

void PostRequest::check_policy(std::string_view bucket, Timestamp now) {
  const std::string* policy = form_.find("policy");
  if (!policy) return;
  std::string text = *policy;
  // Some encoders break lines.
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
  const auto json = from_base64(text);
  if (!json) throw Error(post_errors::invalid_policy_document, "Invalid Policy: Invalid Base64 Encoding.");
  if (const auto range = check_post_policy(parse_post_policy(*json), form_.fields, bucket, now)) length_ = *range;
}

void PostRequest::add(std::string_view header, std::string value) {
  head_.headers.push_back({header, texts_.emplace_back(std::move(value))});
}

const http::Request& PostRequest::head() {
  for (const auto& [name, value] : form_.fields) {
    const std::string field = to_lower(name);
    const auto* known = std::ranges::find(known_fields, std::string_view(field), &KnownField::field);
    if (known != std::end(known_fields)) {
      add(known->header, value);
    } else if (field == "tagging") {
      add("x-amz-tagging", tagging_text(value));
    } else if (field.starts_with("x-amz-")) {
      add(texts_.emplace_back(field), value);
    }
  }
  return head_;
}

std::unique_ptr<ByteStream> PostRequest::take_file(std::uint64_t limit) {
  length_.most = std::min(length_.most, limit);
  return std::make_unique<MeasuredFile>(std::move(form_.file), length_);
}

}  // namespace tarn::aws
