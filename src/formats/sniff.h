// Sniffing: what a file is, from its first bytes, and why.
//
// The crawler's classifiers csv, json and parquet (specs of AWS Glue: "Adding classifiers", and Tarn's own choices:
// spellings of null, ISO times, headers of all-text files). Pure functions of bytes; what they decide comes with its
// reason, because the crawler says why.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tarn::formats {

struct SniffedColumn {
  std::string name;  // Lower case; generated (col0 …) where the file names none.
  std::string type;  // Hive's spelling.
};

struct Sniffed {
  std::string classification = "UNKNOWN";  // csv, json, parquet.
  std::string compression = "none";        // gzip.
  std::vector<SniffedColumn> columns;
  std::vector<std::string> reasons;  // One sentence each.
  std::uint64_t rows = 0;            // Seen in the sample …
  std::uint64_t bytes = 0;           // … in so many (compressed) bytes. For Parquet: the whole file's.

  // CSV only.
  char delimiter = ',';
  bool has_header = false;
  std::uint64_t header_lines = 0;              // Up to the header's, with what stands before it.
  bool quoted = false;                         // Some field stands in double quotes.
  std::optional<std::string> null_text;        // The one spelling of null besides the empty field, if there is one.
  std::vector<std::string> null_texts;         // All spellings seen.
  std::vector<std::string> timestamp_formats;  // Of Hive's timestamp.formats, where ISO 8601 was seen.
};

struct SniffOptions {
  // AWS's answers exactly: no spelling of null but the empty field, no ISO times, no header of an all-text file.
  bool strict = false;
  // Called every few thousand rows, if there is one: what it throws ends the sniffing.
  std::function<void()> now_and_then;
};
inline constexpr std::uint64_t rows_between_calls = 4096;

// How much of a file's beginning sniff() wants. Less is fine where the file is shorter.
inline constexpr std::size_t sniff_bytes = 1 << 20;

// Is it gzip, by its magic? Unpacks what the beginning holds, at most `limit` bytes; a damaged stream gives what came
// before the damage, and `damage` says what and where.
struct Unpacked {
  bool gzip = false;
  bool ended = false;  // The stream's end was seen.
  std::string bytes;
  std::optional<std::string> damage;
};
Unpacked unpack(std::string_view beginning, std::size_t limit = 4 * sniff_bytes);

// `beginning` is the file's beginning, unpacked; `whole` says that it is all of the file, so that its last line counts.
// Tries json, then csv, in the order of AWS's built-in classifiers. What neither knows is UNKNOWN, with the reason.
Sniffed sniff_text(std::string_view beginning, bool whole, const SniffOptions& options = {});

// Parts of sniff_text.
std::optional<Sniffed> sniff_json(std::string_view beginning, bool whole, const SniffOptions& options = {});
std::optional<Sniffed> sniff_csv(std::string_view beginning, bool whole, const SniffOptions& options);
// Why sniff_csv gave none: what came nearest, and the first line that is otherwise.
std::string why_no_csv(std::string_view beginning, bool whole);

// A Parquet file by its last bytes: `tail` ends with the file's end and holds the whole footer. Throws Error
// (FormatError's code) that says what is wrong with a file that is cut short.
bool is_parquet(std::string_view beginning);
// Length of the footer with its trailer, from the file's last 8 bytes; none where they are no Parquet trailer.
std::optional<std::uint64_t> parquet_footer_bytes(std::string_view last_8_bytes);
Sniffed sniff_parquet(std::string_view footer, std::uint64_t file_size);

}  // namespace tarn::formats
