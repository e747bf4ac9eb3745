#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/encoding.h"
#include "base/names.h"
#include "base/unicode.h"
#include "formats/csv_types.h"
#include "formats/sniff.h"

namespace tarn::formats {
namespace {

constexpr std::string_view delimiters{",|\t;\x01", 5};
constexpr std::size_t max_columns = 10'000;
// Lines that may have another number of fields before a file is no CSV: one in this many.
constexpr std::size_t broken_one_in = 20;
// How many rows decide on the delimiter.
constexpr std::size_t probe_rows = 200;

struct Record {
  std::vector<std::string> fields;
  std::uint64_t line = 0;
  bool quoted = false;
  bool complete = true;  // Ended with a line break or the text's end.
};

// Splits text into records: fields in double quotes may hold delimiters, doubled quotes and line breaks.
class CsvReader {
 public:
  CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  // False at the end. Empty lines are passed over.
  bool next(Record& record) {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) line_ += text_[at_++] == '\n';
    if (at_ >= text_.size()) return false;
    record.line = line_;
    record.quoted = false;
    record.complete = false;
    std::size_t count = 0;
    while (true) {
      if (record.fields.size() <= count) record.fields.emplace_back();
      std::string& field = record.fields[count++];
      field.clear();
      if (at_ < text_.size() && text_[at_] == '"') {
        record.quoted = true;
        read_quoted(field);
      }
      read_plain(field);
      if (at_ < text_.size() && text_[at_] == delimiter_ && count < max_columns) {
        ++at_;
        continue;
      }
      break;
    }
    record.fields.resize(count);
    if (at_ < text_.size()) {
      record.complete = true;
      if (text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++at_, ++line_;
    }
    return true;
  }

 private:
  void read_plain(std::string& field) {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    field.append(text_.substr(from, at_ - from));
  }
  void read_quoted(std::string& field) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        field += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        field += text_[++at_];
      } else {
        ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
};

struct Shape {
  char delimiter = ',';
  std::size_t columns = 0;
};

// What a delimiter makes of the first rows.
struct Probe {
  std::size_t rows = 0;
  std::size_t columns = 0;  // The number that most rows have …
  std::size_t like = 0;     // … and how many do.

  bool regular() const { return rows - like <= rows / broken_one_in + (rows < broken_one_in ? 0 : 1); }
};

Probe probe(std::string_view text, bool whole, char delimiter) {
  CsvReader reader(text, delimiter);
  Record record;
  std::map<std::size_t, std::size_t> counts;
  Probe probe;
  while (probe.rows < probe_rows && reader.next(record)) {
    if (!record.complete && !whole && probe.rows > 0) break;
    ++counts[record.fields.size()], ++probe.rows;
  }
  if (probe.rows == 0) return probe;
  std::tie(probe.columns, probe.like) =
      *std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return probe;
}

// The delimiter that gives most rows the same number of columns, two at least; the more columns the better.
std::optional<Shape> find_shape(std::string_view text, bool whole) {
  std::optional<Shape> best;
  for (const char delimiter : delimiters) {
    const Probe found = probe(text, whole, delimiter);
    if (found.rows < 2 || found.columns < 2 || !found.regular() || (best && best->columns >= found.columns)) continue;
    best = Shape{.delimiter = delimiter, .columns = found.columns};
  }
  return best;
}

std::string name_of_delimiter(char delimiter) {
  switch (delimiter) {
    case ',':
      return "comma";
    case '|':
      return "pipe";
    case '\t':
      return "tab";
    case ';':
      return "semicolon";
    default:
      return "Ctrl-A";
  }
}

// "line 2 has 1"
std::string first_other_line(std::string_view text, const Shape& shape) {
  CsvReader reader(text, shape.delimiter);
  Record record;
  while (reader.next(record)) {
    if (record.fields.size() == shape.columns) continue;
    return "line " + std::to_string(record.line) + " has " + std::to_string(record.fields.size());
  }
  return "no line has another number";
}

struct Vote {
  std::vector<ColumnVote> columns;  // All rows but the first.
  Record first;
  std::map<std::string, std::uint64_t> nulls;
  std::uint64_t rows = 0, broken = 0, first_broken_line = 0;
  bool quoted = false;
  bool first_repeats = false;
};

Vote take_votes(std::string_view text, bool whole, const Shape& shape, const SniffOptions& options) {
  Vote vote;
  vote.columns.assign(shape.columns, ColumnVote(!options.strict));
  CsvReader reader(text, shape.delimiter);
  Record record;
  bool have_first = false;
  while (reader.next(record)) {
    if (options.now_and_then && vote.rows % rows_between_calls == 0) options.now_and_then();
    // The sample's last line may be cut.
    if (!record.complete && !whole) break;
    if (record.fields.size() != shape.columns) {
      if (vote.broken++ == 0) vote.first_broken_line = record.line;
      continue;
    }
    vote.quoted = vote.quoted || record.quoted;
    ++vote.rows;
    if (!have_first) {
      vote.first = record;
      have_first = true;
      continue;
    }
    for (std::size_t i = 0; i < shape.columns; ++i) {
      const std::string_view value = trim(record.fields[i]);
      if (!options.strict && is_null_text(value)) {
        ++vote.nulls[std::string(value)];
        continue;
      }
      vote.columns[i].add(value);
      vote.first_repeats = vote.first_repeats || (!value.empty() && value == vote.first.fields[i]);
    }
  }
  return vote;
}

// Could the first row be names? All text, short enough, of characters a name may have.
bool can_be_names(const Record& first, std::string& why_not) {
  for (std::size_t i = 0; i < first.fields.size(); ++i) {
    const std::string_view field = trim(first.fields[i]);
    const bool last = i + 1 == first.fields.size();
    if (field.empty() && last) continue;
    if (field.empty()) return why_not = "column " + std::to_string(i + 1) + " of the first row is empty", false;
    if (!last && field.size() >= 150)
      return why_not = "column " + std::to_string(i + 1) + " of the first row is too long for a name", false;
    for (const CsvType type :
         {CsvType::bigint, CsvType::double_, CsvType::boolean, CsvType::date, CsvType::timestamp}) {
      if (fits(type, field, true)) {
        return why_not = "'" + std::string(field) + "' in the first row is a " + std::string(hive_name(type)) +
                         " and no name",
               false;
      }
    }
    if (std::ranges::any_of(field, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
      return why_not = "the first row holds control characters", false;
    }
  }
  return true;
}

bool unique_names(const Record& first) {
  std::set<std::string> names;
  return std::ranges::all_of(
      first.fields, [&](const std::string& name) { return names.insert(to_lower_letters(trim(name))).second; });
}

bool decide_header(const Vote& vote, const SniffOptions& options, std::vector<std::string>& reasons) {
  std::string why_not;
  if (!can_be_names(vote.first, why_not)) return reasons.push_back("no header: " + why_not), false;
  for (std::size_t i = 0; i < vote.columns.size(); ++i) {
    const CsvType type = vote.columns[i].type();
    if (type == CsvType::string) continue;
    reasons.push_back("header: the first row is all text, and below '" + vote.first.fields[i] + "' every value is a " +
                      std::string(hive_name(type)));
    return true;
  }
  if (options.strict) return reasons.push_back("no header: every column is text (AWS's rule, by compat=strict)"), false;
  if (unique_names(vote.first) && !vote.first_repeats && vote.rows > 1) {
    reasons.push_back(
        "header: every column is text, but the first row's values are unique and none comes again below it");
    return true;
  }
  reasons.push_back(
      "no header: every column is text and the first row is like the others; a custom CSV classifier could say "
      "otherwise");
  return false;
}

std::vector<SniffedColumn> name_columns(const Vote& vote, bool header) {
  std::vector<SniffedColumn> columns;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < vote.columns.size(); ++i) {
    std::string name = header ? to_lower_letters(trim(vote.first.fields[i])) : "";
    if (name.empty()) name = "col" + std::to_string(i);
    const std::string wanted = name;
    for (int n = 1; !taken.insert(name).second; ++n) name = wanted + "_" + std::to_string(n);
    columns.push_back({.name = std::move(name), .type = std::string(hive_name(vote.columns[i].type()))});
  }
  return columns;
}

void note_nulls(Sniffed& sniffed, const Vote& vote) {
  std::string spelled;
  for (const auto& [text, count] : vote.nulls) {
    sniffed.null_texts.push_back(text);
    spelled += (spelled.empty() ? "" : ", ") + text + " (" + std::to_string(count) + " times)";
  }
  if (sniffed.null_texts.size() == 1) sniffed.null_text = sniffed.null_texts[0];
  if (!spelled.empty()) sniffed.reasons.push_back("null is spelled " + spelled);
}

}  // namespace

std::string why_no_csv(std::string_view text, bool whole) {
  std::optional<Shape> nearest;
  std::size_t like = 0, rows = 0;
  for (const char delimiter : delimiters) {
    const Probe found = probe(text, whole, delimiter);
    if (found.columns < 2 || found.like <= like) continue;
    nearest = Shape{.delimiter = delimiter, .columns = found.columns};
    like = found.like, rows = found.rows;
  }
  if (!nearest || like < 2)
    return "no delimiter of comma, pipe, tab, semicolon and Ctrl-A gives two rows the same number of columns, two or "
           "more";
  return "by " + name_of_delimiter(nearest->delimiter) + ", " + std::to_string(like) + " of " + std::to_string(rows) +
         " rows have " + std::to_string(nearest->columns) + " columns, but " + first_other_line(text, *nearest) +
         ", and one row in " + std::to_string(broken_one_in) + " may be broken at most";
}

std::optional<Sniffed> sniff_csv(std::string_view text, bool whole, const SniffOptions& options) {
  const auto shape = find_shape(text, whole);
  if (!shape) return std::nullopt;
  Vote vote = take_votes(text, whole, *shape, options);
  if (vote.rows < 2 || vote.broken > vote.rows / broken_one_in + 1) return std::nullopt;
  Sniffed sniffed;
  sniffed.classification = "csv";
  sniffed.delimiter = shape->delimiter;
  sniffed.quoted = vote.quoted;
  sniffed.has_header = decide_header(vote, options, sniffed.reasons);
  if (!sniffed.has_header) {
    // The first row is data and votes too.
    for (std::size_t i = 0; i < vote.columns.size(); ++i) {
      const std::string_view value = trim(vote.first.fields[i]);
      if (options.strict || !is_null_text(value)) vote.columns[i].add(value);
    }
  }
  if (sniffed.has_header) sniffed.header_lines = vote.first.line;
  if (sniffed.header_lines > 1) {
    sniffed.reasons.push_back("the header stands in line " + std::to_string(sniffed.header_lines) +
                              ": what is before it is skipped too");
  }
  sniffed.columns = name_columns(vote, sniffed.has_header);
  sniffed.rows = vote.rows - (sniffed.has_header ? 1 : 0);
  sniffed.bytes = text.size();
  note_nulls(sniffed, vote);
  if (std::ranges::any_of(vote.columns, [](const ColumnVote& column) {
        return column.type() == CsvType::timestamp && column.saw_iso();
      })) {
    sniffed.timestamp_formats = {"yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"};
    sniffed.reasons.push_back("times are ISO 8601 with T");
  }
  if (sniffed.quoted) {
    // OpenCSVSerDe reads dates and timestamps as numbers of days and milliseconds, which these are not.
    for (SniffedColumn& column : sniffed.columns) {
      if (column.type == "date" || column.type == "timestamp") column.type = "string";
    }
    sniffed.reasons.push_back("some fields stand in double quotes: OpenCSVSerDe");
  }
  if (vote.broken > 0) {
    sniffed.reasons.push_back(std::to_string(vote.broken) + " lines do not have " + std::to_string(shape->columns) +
                              " fields, the first of them line " + std::to_string(vote.first_broken_line));
  }
  return sniffed;
}

}  // namespace tarn::formats
