#include <algorithm>

#include "base/names.h"
#include "select/errors.h"
#include "select/reader.h"

namespace tarn::select {
namespace {

constexpr std::size_t most_columns = 10'000;

[[noreturn]] void refuse_size() {
  throw Error(errors::over_max_record_size,
              "The length of a record in the input or result is greater than maxCharsPerRecord of 1 MB.");
}

}  // namespace

void check_utf8(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
  if (!plain && !is_utf8(text)) {
    throw Error(errors::invalid_text_encoding, "Invalid encoding type. Only UTF-8 encoding is supported.");
  }
}

CsvReader::CsvReader(CsvInput input, Extent extent) : input_(std::move(input)), extent_(extent) {}

void CsvReader::push(std::string_view bytes) {
  // Views into the buffer end here: a record that was seen is found again.
  if (have_record_) throw std::logic_error("bytes came before a record was taken");
  buffer_.erase(0, at_);
  extent_.offset += at_;
  at_ = 0;
  buffer_ += bytes;
}

void CsvReader::use_columns(Columns columns) {
  columns_ = std::move(columns);
  prepared_ = true;
}

bool CsvReader::skip_inside() {
  if (begun_) return true;
  if (extent_.inside) {
    const std::size_t found = buffer_.find(input_.record_delimiter, at_);
    if (found == std::string::npos) {
      // What may be the delimiter's beginning stays.
      const std::size_t keep = input_.record_delimiter.size() - 1;
      at_ = std::max(at_, buffer_.size() - std::min(keep, buffer_.size()));
      if (finished_) at_ = buffer_.size();
      return finished_;
    }
    at_ = found + input_.record_delimiter.size();
  } else if (extent_.offset == 0) {
    if (buffer_.size() < 3 && !finished_) return false;
    if (buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }
  begun_ = true;
  return true;
}

// Without a quote: what stands before the delimiter.
std::optional<std::size_t> CsvReader::plain_record(std::string_view rest, std::size_t end) {
  std::string_view line = rest.substr(0, end);
  if (input_.record_delimiter == "\n" && line.ends_with('\r')) line.remove_suffix(1);
  const std::string& delimiter = input_.field_delimiter;
  while (true) {
    const std::size_t found = delimiter.size() == 1 ? line.find(delimiter[0]) : line.find(delimiter);
    if (fields_.size() >= most_columns) {
      throw Error(errors::over_max_column,
                  "The number of columns in the result is greater than the maximum allowable number of columns.");
    }
    fields_.push_back({.text = line.substr(0, found)});
    if (found == std::string_view::npos) break;
    line.remove_prefix(found + delimiter.size());
  }
  return std::min(end + input_.record_delimiter.size(), rest.size());
}

std::optional<std::size_t> CsvReader::quoted_record(std::string_view rest) {
  std::size_t at = 0;
  const bool own_escape = !input_.quote_escape.empty() && input_.quote_escape != input_.quote;
  const auto starts = [&](const std::string& text) { return !text.empty() && rest.substr(at).starts_with(text); };
  while (true) {
    Field field;
    std::size_t start = at;
    if (fields_.size() >= most_columns) {
      throw Error(errors::over_max_column,
                  "The number of columns in the result is greater than the maximum allowable number of columns.");
    }
    if (starts(input_.quote)) {
      field.quoted = true;
      at += input_.quote.size();
      start = at;
      while (true) {
        if (at >= rest.size()) {
          if (!finished_) return std::nullopt;
          throw Error(errors::csv_unescaped_quote,
                      "Encountered an unescaped quote while parsing the CSV file. Check the file and try again.");
        }
        if (own_escape && starts(input_.quote_escape) && at + input_.quote_escape.size() < rest.size()) {
          field.escaped = true;
          at += input_.quote_escape.size() + 1;
        } else if (starts(input_.quote)) {
          // The last byte that came may be the first of two quotes.
          if (at + input_.quote.size() >= rest.size() && !finished_) return std::nullopt;
          const bool doubled = rest.substr(at + input_.quote.size()).starts_with(input_.quote);
          if (!doubled) break;
          field.escaped = true;
          at += 2 * input_.quote.size();
        } else if (!input_.quoted_record_delimiters && starts(input_.record_delimiter)) {
          throw Error(errors::csv_escaping_record_delimiter,
                      "A quoted record delimiter was found in the file. To allow quoted record delimiters, set "
                      "AllowQuotedRecordDelimiter to 'TRUE'.");
        } else {
          ++at;
        }
      }
      field.text = rest.substr(start, at - start);
      at += input_.quote.size();
    } else {
      while (at < rest.size() && !starts(input_.field_delimiter) && !starts(input_.record_delimiter)) ++at;
      field.text = rest.substr(start, at - start);
    }
    fields_.push_back(field);
    if (at >= rest.size()) return finished_ ? std::optional(at) : std::nullopt;
    if (starts(input_.field_delimiter)) {
      at += input_.field_delimiter.size();
      continue;
    }
    const bool carriage = input_.record_delimiter == "\n" && rest[at] == '\r';
    if (carriage && at + 1 >= rest.size() && !finished_) return std::nullopt;
    if (field.quoted && carriage) ++at;
    if (starts(input_.record_delimiter) || at >= rest.size()) {
      Field& last = fields_.back();
      if (!last.quoted && input_.record_delimiter == "\n" && last.text.ends_with('\r')) last.text.remove_suffix(1);
      return std::min(at + input_.record_delimiter.size(), rest.size());
    }
    throw Error(errors::csv_unescaped_quote,
                "Encountered an unescaped quote while parsing the CSV file. Check the file and try again.");
  }
}

bool CsvReader::take_record() {
  if (have_record_) return true;
  if (!skip_inside()) return false;
  while (at_ < buffer_.size()) {
    if (extent_.offset + at_ >= extent_.end) {
      past_end_ = true;
      return false;
    }
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    std::size_t end = input_.record_delimiter.size() == 1 ? rest.find(input_.record_delimiter[0])
                                                          : rest.find(input_.record_delimiter);
    if (end == std::string_view::npos) {
      if (!finished_) {
        if (rest.size() > max_record_bytes) refuse_size();
        return false;
      }
      end = rest.size();
    }
    const std::string_view line = rest.substr(0, end);
    const bool comment = !input_.comments.empty() && line.starts_with(input_.comments);
    const bool empty = line.empty() || (input_.record_delimiter == "\n" && line == "\r");
    if (comment || empty) {
      drop(std::min(end + input_.record_delimiter.size(), rest.size()));
      continue;
    }
    fields_.clear();
    const bool quotes = !input_.quote.empty() && line.find(input_.quote) != std::string_view::npos;
    const auto taken = quotes ? quoted_record(rest) : plain_record(rest, end);
    if (!taken) {
      if (rest.size() > max_record_bytes) refuse_size();
      return false;
    }
    if (*taken > max_record_bytes + input_.record_delimiter.size()) refuse_size();
    check_utf8(rest.substr(0, *taken));
    drop(*taken);
    return have_record_ = true;
  }
  return false;
}

std::string CsvReader::text_of(const Field& field) const {
  if (!field.escaped) return std::string(field.text);
  const std::string doubled = input_.quote + input_.quote;
  std::string text;
  for (std::size_t i = 0; i < field.text.size();) {
    const std::string_view rest = field.text.substr(i);
    if (rest.starts_with(doubled)) {
      i += input_.quote.size();
    } else if (!input_.quote_escape.empty() && rest.starts_with(input_.quote_escape) &&
               rest.size() > input_.quote_escape.size()) {
      i += input_.quote_escape.size();
    }
    text += field.text[i++];
  }
  return text;
}

bool CsvReader::prepare() {
  if (prepared_) return true;
  if (!take_record()) return prepared_ = finished_ || past_end_;
  columns_.count = fields_.size();
  if (input_.header != CsvInput::Header::none) {
    if (input_.header == CsvInput::Header::use) {
      for (const Field& field : fields_) columns_.names.push_back(text_of(field));
    }
    have_record_ = false;
  }
  return prepared_ = true;
}

bool CsvReader::next(Row& row) {
  if (!take_record()) return false;
  have_record_ = false;
  row.columns.resize(fields_.size());
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (wanted_.empty() || (i < wanted_.size() && wanted_[i])) {
      row.columns[i] = Text{.text = text_of(fields_[i]), .untyped = true};
    }
  }
  return true;
}

}  // namespace tarn::select
