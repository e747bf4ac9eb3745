// Text: characters are code points, and what is beyond the text is NULL or empty as Trino has it.
#include <algorithm>
#include <vector>

#include "duck/trino/kernels.h"
#include "duck/trino/lists.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace duckdb {
// The Unicode tables that DuckDB's library carries; they have no public header.
std::int32_t utf8proc_toupper(std::int32_t c);
std::int32_t utf8proc_tolower(std::int32_t c);
}  // namespace duckdb

namespace tarn::duck {
namespace {

using ::duckdb::DataChunk;
using ::duckdb::ExpressionState;
using ::duckdb::FlatVector;
using ::duckdb::idx_t;
using ::duckdb::ListVector;
using ::duckdb::LogicalType;
using ::duckdb::Vector;

// No text that a function makes is longer.
constexpr std::size_t max_text = 64 << 20;

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}
std::int64_t count_characters(Text text) {
  return std::count_if(text.begin(), text.end(), starts_character);
}
// The byte at which the character with this number (from 0) begins.
std::size_t byte_of(Text text, std::int64_t character) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (starts_character(text[at]) && character-- == 0) break;
  }
  return at;
}
bool is_ascii(Text text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::int32_t take_code_point(Text& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::int32_t value = length == 1 ? first : first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length && i < text.size(); ++i)
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  text.remove_prefix(std::min(length, text.size()));
  return value;
}
void append_code_point(std::int32_t value, std::string& text) {
  if (value < 0x80) {
    text += static_cast<char>(value);
  } else if (value < 0x800) {
    text += static_cast<char>(0xC0 | value >> 6);
    text += static_cast<char>(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    text += static_cast<char>(0xE0 | value >> 12);
    text += static_cast<char>(0x80 | (value >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (value & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | value >> 18);
    text += static_cast<char>(0x80 | (value >> 12 & 0x3F));
    text += static_cast<char>(0x80 | (value >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (value & 0x3F));
  }
}
std::vector<std::int32_t> code_points(Text text) {
  std::vector<std::int32_t> points;
  while (!text.empty()) points.push_back(take_code_point(text));
  return points;
}

std::string change_case(Text text, bool upper) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::int32_t c = take_code_point(text);
    // One character for one: the sharp s has no capital here.
    append_code_point(upper ? (c == 0xDF ? c : ::duckdb::utf8proc_toupper(c)) : ::duckdb::utf8proc_tolower(c), result);
  }
  return result;
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
}
Text trim_left(Text text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
Text trim_right(Text text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

Text substring(Text text, std::int64_t start, std::int64_t length) {
  if (start == 0 || length <= 0 || text.empty()) return {};
  const std::int64_t size = count_characters(text);
  if (start < 0) {
    start += size;
    if (start < 0) return {};
  } else {
    --start;
  }
  if (start >= size) return {};
  const std::size_t first = byte_of(text, start);
  const Text rest = text.substr(first);
  return rest.substr(0, length >= size - start ? rest.size() : byte_of(rest, length));
}

// The 1-based character position of the given occurrence, from the end if negative; 0 if there is none.
std::int64_t position(Text text, Text wanted, std::int64_t occurrence) {
  if (occurrence == 0) throw_invalid_argument("'instance' must not be equal to 0");
  if (wanted.empty()) return 1;
  std::size_t at = text.npos;
  if (occurrence > 0) {
    at = text.find(wanted);
    while (--occurrence > 0 && at != text.npos) at = text.find(wanted, at + 1);
  } else {
    at = text.rfind(wanted);
    while (++occurrence < 0 && at != text.npos) at = at == 0 ? text.npos : text.rfind(wanted, at - 1);
  }
  return at == text.npos ? 0 : count_characters(text.substr(0, at)) + 1;
}

std::string replace_all(Text text, Text from, Text to) {
  std::string result;
  if (from.empty()) {
    // Before each character, and at the end.
    for (const char c : text) {
      if (starts_character(c)) result += to;
      result += c;
    }
    return result.append(to);
  }
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(from, at)) != text.npos; at = found + from.size()) {
    result.append(text.substr(at, found - at)).append(to);
    if (result.size() > max_text) throw_invalid_argument("the result is too long");
  }
  return result.append(text.substr(at));
}

std::string pad(Text text, std::int64_t size, Text with, bool left) {
  if (size < 0 || size > INT32_MAX) throw_invalid_argument("Target length must be in the range [0..2147483647]");
  if (with.empty()) throw_invalid_argument("Padding string must not be empty");
  const std::int64_t count = count_characters(text);
  if (size <= count) return std::string(text.substr(0, byte_of(text, size)));
  if (static_cast<std::size_t>(size) > max_text) throw_invalid_argument("the result is too long");
  const std::int64_t missing = size - count, unit = count_characters(with);
  std::string padding;
  for (std::int64_t i = 0; i < missing / unit; ++i) padding += with;
  padding += with.substr(0, byte_of(with, missing % unit));
  return left ? padding + std::string(text) : std::string(text) + padding;
}

std::vector<Text> split_text(Text text, Text mark, std::int64_t limit) {
  if (limit <= 0) throw_invalid_argument("limit must be positive");
  if (mark.empty()) throw_invalid_argument("The delimiter may not be the empty string");
  std::vector<Text> parts;
  while (static_cast<std::int64_t>(parts.size()) + 1 < limit) {
    const std::size_t found = text.find(mark);
    if (found == text.npos) break;
    parts.push_back(text.substr(0, found));
    text.remove_prefix(found + mark.size());
  }
  parts.push_back(text);
  return parts;
}

std::optional<std::string> split_part(Text text, Text mark, std::int64_t index) {
  if (index <= 0) throw_invalid_argument("Index must be greater than zero");
  if (mark.empty()) {
    if (index > count_characters(text)) return std::nullopt;
    return std::string(substring(text, index, 1));
  }
  for (std::int64_t i = 1;; ++i) {
    const std::size_t found = text.find(mark);
    if (i == index) return std::string(text.substr(0, found));
    if (found == text.npos) return std::nullopt;
    text.remove_prefix(found + mark.size());
  }
}

void split_kernel(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  const auto text = [&](idx_t column, idx_t row) {
    const auto& value = FlatVector::GetData<::duckdb::string_t>(arguments.data[column])[row];
    return Text(value.GetData(), value.GetSize());
  };
  idx_t total = ListVector::GetListSize(result);
  each_row(arguments, result, [&](idx_t row) {
    const std::int64_t limit =
        arguments.ColumnCount() > 2 ? FlatVector::GetData<std::int64_t>(arguments.data[2])[row] : INT64_MAX;
    const auto parts = split_text(text(0, row), text(1, row), limit);
    ListVector::Reserve(result, total + parts.size());
    for (idx_t i = 0; i < parts.size(); ++i) detail::store(ListVector::GetEntry(result), total + i, parts[i]);
    FlatVector::GetData<::duckdb::list_entry_t>(result)[row] = {total, parts.size()};
    total += parts.size();
    ListVector::SetListSize(result, total);
  });
}

// varchar || varchar || …: one pass, NULL if any is.
void concat_kernel(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  std::string joined;
  each_row(arguments, result, [&](idx_t row) {
    joined.clear();
    for (auto& column : arguments.data) {
      const auto& value = FlatVector::GetData<::duckdb::string_t>(column)[row];
      joined.append(value.GetData(), value.GetSize());
    }
    detail::store(result, row, joined);
  });
}

// concat_ws: NULLs among the texts are left out; a NULL separator makes NULL.
void concat_ws_kernel(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  const auto text = [&](Vector& column, idx_t row) {
    const auto& value = FlatVector::GetData<::duckdb::string_t>(column)[row];
    return Text(value.GetData(), value.GetSize());
  };
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (FlatVector::IsNull(arguments.data[0], row)) {
      FlatVector::SetNull(result, row, true);
      continue;
    }
    std::string joined;
    bool first = true;
    for (idx_t i = 1; i < arguments.ColumnCount(); ++i) {
      if (FlatVector::IsNull(arguments.data[i], row)) continue;
      if (!std::exchange(first, false)) joined += text(arguments.data[0], row);
      joined += text(arguments.data[i], row);
    }
    detail::store(result, row, joined);
  }
}

std::int64_t levenshtein(Text a, Text b) {
  const auto x = code_points(a), y = code_points(b);
  if (x.size() * y.size() > 100'000'000)
    throw_invalid_argument("The combined inputs for Levenshtein distance are too large");
  std::vector<std::int64_t> row(y.size() + 1);
  for (std::size_t j = 0; j <= y.size(); ++j) row[j] = static_cast<std::int64_t>(j);
  for (std::size_t i = 1; i <= x.size(); ++i) {
    std::int64_t diagonal = std::exchange(row[0], static_cast<std::int64_t>(i));
    for (std::size_t j = 1; j <= y.size(); ++j) {
      const std::int64_t changed = diagonal + (x[i - 1] != y[j - 1]);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::int64_t hamming(Text a, Text b) {
  const auto x = code_points(a), y = code_points(b);
  if (x.size() != y.size())
    throw_invalid_argument("The input strings to hamming_distance function must have the same length");
  std::int64_t count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) count += x[i] != y[i];
  return count;
}

std::string soundex(Text text) {
  constexpr std::string_view codes = "01230120022455012623010202";
  std::string result;
  char last = 0;
  for (const char raw : text) {
    if (!std::isalpha(static_cast<unsigned char>(raw))) continue;
    const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(raw)));
    const char code = codes[static_cast<std::size_t>(c - 'A')];
    if (result.empty()) {
      result += c;
    } else if (code != '0' && code != last) {
      result += code;
    }
    if (c != 'H' && c != 'W') last = code;
    if (result.size() == 4) break;
  }
  if (!result.empty()) result.resize(4, '0');
  return result;
}

std::string translate(Text text, Text from, Text to) {
  const auto source = code_points(from), target = code_points(to);
  std::string result;
  while (!text.empty()) {
    const std::int32_t c = take_code_point(text);
    const auto found = std::find(source.begin(), source.end(), c);
    if (found == source.end()) {
      append_code_point(c, result);
    } else if (const auto at = static_cast<std::size_t>(found - source.begin()); at < target.size()) {
      append_code_point(target[at], result);
    }
  }
  return result;
}

bool luhn(Text text) {
  int sum = 0;
  bool twice = false;
  for (auto c = text.rbegin(); c != text.rend(); ++c, twice = !twice) {
    if (*c < '0' || *c > '9') throw_invalid_argument("Input contains non-numeric characters");
    const int digit = (*c - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

std::string trim_characters(Text text, Text set, bool left, bool right) {
  const auto characters = code_points(set);
  auto points = code_points(text);
  const auto in_set = [&](std::int32_t c) {
    return std::find(characters.begin(), characters.end(), c) != characters.end();
  };
  std::size_t first = 0, end = points.size();
  while (left && first < end && in_set(points[first])) ++first;
  while (right && end > first && in_set(points[end - 1])) --end;
  std::string result;
  for (std::size_t i = first; i < end; ++i) append_code_point(points[i], result);
  return result;
}

}  // namespace

void add_text(Registry& registry) {
  registry.kernel("length(varchar) -> bigint", rows<Text>(count_characters)).is_infallible = true;
  registry.kernel("length(varbinary) -> bigint",
                  rows<Text>([](Text bytes) { return static_cast<std::int64_t>(bytes.size()); }));
  for (const bool upper : {true, false}) {
    registry
        .kernel(std::string(upper ? "upper" : "lower") + "(varchar) -> varchar", rows<Text>([upper](Text text) {
                  if (!is_ascii(text)) return change_case(text, upper);
                  std::string result(text);
                  for (char& c : result) {
                    if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z') c ^= 32;
                  }
                  return result;
                }))
        .is_infallible = true;
  }
  registry.kernel("trim(varchar) -> varchar",
                  rows<Text>([](Text text) { return std::string(trim_left(trim_right(text))); }));
  registry.kernel("ltrim(varchar) -> varchar", rows<Text>([](Text text) { return std::string(trim_left(text)); }));
  registry.kernel("rtrim(varchar) -> varchar", rows<Text>([](Text text) { return std::string(trim_right(text)); }));
  for (const auto& [name, left, right] :
       {std::tuple("trim", true, true), {"ltrim", true, false}, {"rtrim", false, true}}) {
    registry.kernel(
        std::string(name) + "(varchar, varchar) -> varchar",
        rows<Text, Text>([left, right](Text text, Text set) { return trim_characters(text, set, left, right); }));
  }
  registry
      .kernel("substr(varchar, bigint) -> varchar", rows<Text, std::int64_t>([](Text text, std::int64_t start) {
                return std::string(substring(text, start, INT64_MAX));
              }))
      .is_infallible = true;
  registry
      .kernel("substr(varchar, bigint, bigint) -> varchar",
              rows<Text, std::int64_t, std::int64_t>([](Text text, std::int64_t start, std::int64_t length) {
                return std::string(substring(text, start, length));
              }))
      .is_infallible = true;
  registry.alias("substring", "substr");
  registry.kernel("strpos(varchar, varchar) -> bigint",
                  rows<Text, Text>([](Text text, Text part) { return position(text, part, 1); }));
  registry.kernel("strpos(varchar, varchar, bigint) -> bigint", rows<Text, Text, std::int64_t>(position));
  registry.alias("position", "strpos");
  registry.kernel("starts_with(varchar, varchar) -> boolean",
                  rows<Text, Text>([](Text text, Text part) { return text.starts_with(part); }));
  registry.kernel("replace(varchar, varchar) -> varchar", rows<Text, Text>([](Text text, Text from) {
                    return from.empty() ? std::string(text) : replace_all(text, from, "");
                  }));
  registry.kernel("replace(varchar, varchar, varchar) -> varchar", rows<Text, Text, Text>(replace_all));
  registry.kernel("reverse(varchar) -> varchar", rows<Text>([](Text text) {
                    std::string result;
                    const auto points = code_points(text);
                    for (auto c = points.rbegin(); c != points.rend(); ++c) append_code_point(*c, result);
                    return result;
                  }));
  for (const bool left : {true, false}) {
    registry.kernel(std::string(left ? "lpad" : "rpad") + "(varchar, bigint, varchar) -> varchar",
                    rows<Text, std::int64_t, Text>(
                        [left](Text text, std::int64_t size, Text with) { return pad(text, size, with, left); }));
  }
  registry.kernel("concat(varchar, varchar...) -> varchar", plain(concat_kernel));
  registry.kernel("concat(varbinary, varbinary...) -> varbinary", plain(concat_kernel));
  registry.rewrite("concat(array(E), E) -> array(E)", [](Call& call) {
    auto item = call.call("list_value", list_of(std::move(call.arguments[1])));
    return call.call_trino("concat", list_of(std::move(call.arguments[0]), std::move(item)));
  });
  registry.rewrite("concat(E, array(E)) -> array(E)", [](Call& call) {
    auto item = call.call("list_value", list_of(std::move(call.arguments[0])));
    return call.call_trino("concat", list_of(std::move(item), std::move(call.arguments[1])));
  });
  registry.kernel("concat_ws(varchar, varchar...) -> varchar", plain(concat_ws_kernel)).sees_nulls = true;
  registry.rewrite("concat_ws(varchar, array(varchar)) -> varchar", [](Call& call) {
    return call.call_trino("array_join", list_of(std::move(call.arguments[1]), std::move(call.arguments[0])));
  });
  registry.kernel("split(varchar, varchar) -> array(varchar)", plain(split_kernel));
  registry.kernel("split(varchar, varchar, bigint) -> array(varchar)", plain(split_kernel));
  registry.kernel("split_part(varchar, varchar, bigint) -> varchar", rows<Text, Text, std::int64_t>(split_part));
  registry.kernel("chr(bigint) -> varchar", rows<std::int64_t>([](std::int64_t code) {
                    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
                      throw_invalid_argument("Not a valid Unicode code point: " + std::to_string(code));
                    }
                    std::string text;
                    append_code_point(static_cast<std::int32_t>(code), text);
                    return text;
                  }));
  registry.kernel("codepoint(varchar) -> integer", rows<Text>([](Text text) {
                    if (count_characters(text) != 1)
                      throw_invalid_argument("Input string must be a single character string");
                    return take_code_point(text);
                  }));
  registry.kernel("translate(varchar, varchar, varchar) -> varchar", rows<Text, Text, Text>(translate));
  registry.kernel("levenshtein_distance(varchar, varchar) -> bigint", rows<Text, Text>(levenshtein));
  registry.kernel("hamming_distance(varchar, varchar) -> bigint", rows<Text, Text>(hamming));
  registry.kernel("soundex(varchar) -> varchar", rows<Text>(soundex));
  registry.kernel("luhn_check(varchar) -> boolean", rows<Text>(luhn));
  registry.same_as("normalize(varchar) -> varchar", "nfc_normalize");
}

}  // namespace tarn::duck
