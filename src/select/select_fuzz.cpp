// Any bytes: before the first line's end an expression, behind it what it is asked of, as CSV and as JSON. Only Error
// may come out.
#include <cstddef>
#include <cstdint>

#include "select/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::select;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string expression = text.substr(0, end);
  const std::string bytes = end < text.size() ? text.substr(end + 1) : "";
  Request csv{.expression = expression};
  csv.csv.header = CsvInput::Header::use;
  csv.csv.quoted_record_delimiters = true;
  csv.csv_output.emplace();
  testing::answer(std::move(csv), bytes, 64);
  testing::answer({.expression = expression, .format = Request::Format::json_document}, bytes, 64);
  return 0;
}
