// select: one SQL expression over one object, as S3's SelectObjectContent has it.
//
// The object is read once, from front to end, and what the query says of it comes out as it is found: memory is bounded
// by the largest record (1 MiB), not by the object. Text is read here (CSV, JSON, packed or not); Parquet by the
// engine. All refusals are AWS's codes (errors.h); what the client is told and how it travels is its handler's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/stream.h"
#include "base/task.h"
#include "base/time.h"

namespace tarn::duck {
class Engine;
}

namespace tarn::select {

struct CsvInput {
  enum class Header : std::uint8_t { none, ignore, use };
  Header header = Header::none;
  std::string comments = "#";
  std::string quote = "\"";
  std::string quote_escape;             // Besides the quote itself, doubled.
  std::string record_delimiter = "\n";  // Of the default, a carriage return before it is no data either.
  std::string field_delimiter = ",";
  bool quoted_record_delimiters = false;
};

struct CsvOutput {
  bool always_quote = false;
  std::string quote = "\"";
  std::string quote_escape;  // Empty: the quote itself.
  std::string record_delimiter = "\n";
  std::string field_delimiter = ",";
};
struct JsonOutput {
  std::string record_delimiter = "\n";
};

// Records that begin in [start, end).
struct ScanRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

struct Request {
  enum class Format : std::uint8_t { csv, json_lines, json_document, parquet };
  enum class Packing : std::uint8_t { none, gzip, bzip2 };
  std::string expression;
  Format format = Format::csv;
  Packing packing = Packing::none;
  CsvInput csv;
  std::optional<CsvOutput> csv_output;  // None: JSON.
  JsonOutput json_output;
  std::optional<ScanRange> range;
};

// The object: one version, however often it is opened.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  // Throws where the version is gone.
  virtual Task<std::unique_ptr<ByteStream>> open(ByteRange range) = 0;
};

struct Statistics {
  std::uint64_t scanned = 0;    // Bytes of the object that were read.
  std::uint64_t processed = 0;  // The same, unpacked.
  std::uint64_t returned = 0;
};

// A query that runs.
class Run {
 public:
  virtual ~Run() = default;
  // More of the answer; empty where so much was read without finding any. Not after done(). Throws Error.
  virtual Task<std::string> next() = 0;
  virtual bool done() const = 0;
  virtual Statistics statistics() const = 0;
};

// Parses the request and what it can be held against before a record is read. `engine` reads Parquet and outlives the
// run; `now` is UTCNOW's.
std::unique_ptr<Run> start(Request request, std::shared_ptr<Source> source, duck::Engine* engine, Timestamp now);

}  // namespace tarn::select
