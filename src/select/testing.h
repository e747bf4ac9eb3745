// For the tests of this folder: a query over bytes at hand.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "select/select.h"

namespace tarn::select::testing {

// Hands out its bytes a few at a time, so that records fall apart.
class StringSource : public Source {
 public:
  explicit StringSource(std::string bytes, std::size_t at_once = 7) : bytes_(std::move(bytes)), at_once_(at_once) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Task<std::unique_ptr<ByteStream>> open(ByteRange range) override {
    class Stream : public ByteStream {
     public:
      Stream(std::string_view left, std::size_t at_once) : left_(left), at_once_(at_once) {}
      Task<std::size_t> read(std::span<std::byte> buffer) override {
        const std::size_t count = std::min({buffer.size(), left_.size(), at_once_});
        std::memcpy(buffer.data(), left_.data(), count);
        left_.remove_prefix(count);
        co_return count;
      }

     private:
      std::string_view left_;
      std::size_t at_once_;
    };
    co_return std::make_unique<Stream>(std::string_view(bytes_).substr(range.offset, range.length), at_once_);
  }

 private:
  std::string bytes_;
  std::size_t at_once_;
};

inline std::string all_of(Run& run) {
  std::string out;
  while (!run.done()) out += sync_wait(run.next());
  return out;
}

// What comes out, or the code of what is refused.
inline std::string answer(Request request, std::string bytes, std::size_t at_once = 7, duck::Engine* engine = nullptr) {
  try {
    const auto run = start(std::move(request), std::make_shared<StringSource>(std::move(bytes), at_once), engine,
                           from_millis(1'700'000'000'000));
    return all_of(*run);
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

inline std::string csv(std::string expression, std::string bytes, CsvInput::Header header = CsvInput::Header::use) {
  Request request{.expression = std::move(expression)};
  request.csv.header = header;
  request.csv_output.emplace();
  return answer(std::move(request), std::move(bytes));
}

inline std::string json(std::string expression, std::string bytes) {
  return answer({.expression = std::move(expression), .format = Request::Format::json_document}, std::move(bytes));
}

// An expression without a record's help: what JSON shows of it.
inline std::string value(const std::string& expression) {
  std::string out = json("SELECT " + expression + " AS v FROM S3Object", "{}");
  if (out.starts_with("{\"v\":")) out = out.substr(5, out.size() - 7);
  return out;
}

}  // namespace tarn::select::testing
