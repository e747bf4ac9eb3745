// Any bytes as a browser's form, in pieces of any size, and as the policy that such a form brings.
#include <algorithm>
#include <cstdlib>

#include "aws/post_form.h"
#include "aws/post_policy.h"
#include "base/encoding.h"

namespace {

class Bytes : public tarn::ByteStream {
 public:
  Bytes(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  tarn::Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = std::min({out.size(), bytes_.size(), piece_});
    std::ranges::copy(tarn::as_bytes(bytes_.substr(0, size)), out.begin());
    bytes_.remove_prefix(size);
    co_return size;
  }

 private:
  std::string_view bytes_;
  std::size_t piece_;
};

// What was read, as text; the same however the bytes came.
std::string told(std::string_view bytes, std::size_t piece) {
  using namespace tarn;
  std::string text;
  try {
    aws::PostForm form = sync_wait(aws::read_post_form(std::make_unique<Bytes>(bytes, piece), "b"));
    for (const auto& [name, value] : form.fields) text += name + "=" + value + ";";
    text += form.file_name + ":";
    std::byte buffer[16];
    while (form.file) {
      const std::size_t size = sync_wait(form.file->read(buffer));
      if (size == 0) break;
      text += as_text(std::span(buffer).first(size));
    }
  } catch (const Error& error) {
    text += error.code().name;
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (told(bytes, 1000) != told(bytes, 1)) std::abort();
  (void)aws::form_boundary(bytes);
  try {
    const aws::PostPolicy policy = aws::parse_post_policy(bytes);
    (void)aws::check_post_policy(policy, {{"key", "a"}, {"Content-Type", "a,b"}}, "bucket", from_millis(0));
  } catch (const Error&) {
  }
  return 0;
}
