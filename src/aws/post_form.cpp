#include "aws/post_form.h"

#include <algorithm>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

constexpr std::size_t chunk_bytes = 128 << 10;
constexpr std::size_t most_header_bytes = 8 << 10;  // Of one part.
constexpr std::size_t most_fields = 200;
constexpr std::size_t longest_boundary = 200;

[[noreturn]] void fail_form() {
  throw Error(post_errors::malformed_post_request,
              "The body of your POST request is not well-formed multipart/form-data.");
}

// A parameter of a header: `form-data; name="key"; filename="a.txt"`. Browsers escape a quote as %22 or as \"; any
// other backslash is part of a Windows path.
std::optional<std::string> parameter_of(std::string_view header, std::string_view wanted) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    ++at;
    while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) ++at;
    const std::size_t equals = header.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(header.substr(at, equals - at));
    std::string value;
    at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        if (header[at] == '\\' && at + 1 < header.size() && header[at + 1] == '"') ++at;
        value += header[at];
      }
      if (at == header.size()) return std::nullopt;
      at = header.find(';', at);
    } else {
      const std::size_t end = std::min(header.find(';', at), header.size());
      value = trim(header.substr(at, end - at));
      at = end;
    }
    if (equal_ignoring_case(name, wanted)) return value;
  }
  return std::nullopt;
}

// "C:\photos\a.jpg" and "photos/a.jpg" are "a.jpg".
std::string without_folders(std::string name) {
  const std::size_t slash = name.find_last_of("/\\");
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

struct PartHead {
  std::string name;
  std::optional<std::string> file_name;
};

PartHead parse_part_head(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) fail_form();
    if (!equal_ignoring_case(trim(line.substr(0, colon)), "Content-Disposition")) continue;
    const std::string_view value = trim(line.substr(colon + 1));
    if (!equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data")) fail_form();
    const auto name = parameter_of(value, "name");
    if (!name) fail_form();
    return {.name = *name, .file_name = parameter_of(value, "filename")};
  }
  fail_form();
}

// The form's bytes, between delimiters.
class Parts {
 public:
  Parts(std::unique_ptr<ByteStream> body, const std::string& boundary)
      : body_(std::move(body)), delimiter_("\r\n--" + boundary) {
    // The first delimiter has no line before it.
    buffer_ = "\r\n";
  }

  // Up to the first byte of the next part's content; none: the form has ended.
  Task<std::optional<PartHead>> next() {
    while (view().size() < delimiter_.size() + 2) {
      if (!co_await fill()) fail_form();
    }
    if (!view().starts_with(delimiter_)) fail_form();
    if (co_await passed_last()) co_return std::nullopt;
    std::size_t end = 0;
    while ((end = view().find("\r\n\r\n")) == std::string_view::npos) {
      if (view().size() > most_header_bytes || !co_await fill()) fail_form();
    }
    if (end > most_header_bytes) fail_form();
    const PartHead head = parse_part_head(view().substr(0, end));
    at_ += end + 4;
    clear_ = 0;
    found_ = false;
    co_return head;
  }

  // Content, up to the next delimiter, which stays; 0 is the end.
  Task<std::size_t> read(std::span<std::byte> out) {
    while (clear_ == 0 && !found_) co_await look();
    const std::size_t size = std::min(out.size(), clear_);
    std::ranges::copy(as_bytes(view().substr(0, size)), out.begin());
    at_ += size;
    clear_ -= size;
    co_return size;
  }

  // Takes the delimiter that stands here, and what tells it from the last one. Was it the last?
  Task<bool> passed_last() {
    while (view().size() < delimiter_.size() + 2) {
      if (!co_await fill()) fail_form();
    }
    const std::string_view end = view().substr(delimiter_.size(), 2);
    if (end != "--" && end != "\r\n") fail_form();
    const bool last = end == "--";
    at_ += delimiter_.size() + 2;
    co_return last;
  }

 private:
  std::string_view view() const { return std::string_view(buffer_).substr(at_); }

  // How many of the next bytes are content for sure; that the delimiter follows them, if it does.
  Task<void> look() {
    const std::size_t place = view().find(delimiter_);
    found_ = place != std::string_view::npos;
    if (found_) {
      clear_ = place;
    } else if (view().size() >= delimiter_.size()) {
      clear_ = view().size() - delimiter_.size() + 1;
    } else if (!co_await fill()) {
      fail_form();
    }
  }

  Task<bool> fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + chunk_bytes);
    const std::size_t size = co_await body_->read(std::as_writable_bytes(std::span(buffer_.data() + had, chunk_bytes)));
    buffer_.resize(had + size);
    co_return size > 0;
  }

  std::unique_ptr<ByteStream> body_;
  const std::string delimiter_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t clear_ = 0;
  bool found_ = false;
};

class FileOfForm : public ByteStream {
 public:
  explicit FileOfForm(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

  Task<std::size_t> read(std::span<std::byte> out) override {
    if (ended_ || out.empty()) co_return 0;
    const std::size_t size = co_await parts_->read(out);
    if (size > 0) co_return size;
    // A form that was cut off within its last delimiter may have been cut anywhere.
    (void)co_await parts_->passed_last();
    ended_ = true;
    co_return 0;
  }

 private:
  std::unique_ptr<Parts> parts_;
  bool ended_ = false;
};

Task<std::string> read_value(Parts& parts, std::size_t limit) {
  std::string value;
  std::array<std::byte, 4096> buffer;
  while (const std::size_t size = co_await parts.read(buffer)) {
    if (value.size() + size > limit) {
      throw Error(post_errors::fields_too_large, "Your POST request fields preceding the upload file were too large.")
          .with("MaxPostPreDataLengthSize", std::to_string(most_post_field_bytes));
    }
    value += as_text(std::span(buffer).first(size));
  }
  co_return value;
}

}  // namespace

const std::string* PostForm::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
  return found == fields.end() ? nullptr : &found->second;
}

std::optional<std::string> form_boundary(std::string_view content_type) {
  if (!equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) {
    return std::nullopt;
  }
  auto boundary = parameter_of(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > longest_boundary) return std::nullopt;
  return boundary;
}

Task<PostForm> read_post_form(std::unique_ptr<ByteStream> body, std::string boundary) {
  if (!body) fail_form();
  auto parts = std::make_unique<Parts>(std::move(body), boundary);
  PostForm form;
  std::size_t left = most_post_field_bytes;
  while (auto head = co_await parts->next()) {
    if (equal_ignoring_case(head->name, "file")) {
      form.file_name = without_folders(head->file_name.value_or(""));
      form.file = std::make_unique<FileOfForm>(std::move(parts));
      break;
    }
    if (form.fields.size() == most_fields || head->name.size() > left) fail_form();
    left -= head->name.size();
    std::string value = co_await read_value(*parts, left);
    left -= value.size();
    form.fields.emplace_back(std::move(head->name), std::move(value));
  }
  co_return form;
}

}  // namespace tarn::aws
