// system.trino.read_lines(serde, files, sizes, names, types, properties): the rows of text files, by Hive's serdes.
//
// Behind the columns stand "$path" and "$file_index", the file's place among `files`, as read_parquet() has it.
//
// Lines end with \n, \r or both, as Hadoop has them, and never within quotes, so a file may be cut anywhere: several
// threads read one large file. Compressed files are read from their front.
#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/encoding.h"
#include "base/gunzip.h"
#include "duck/trino/hive_rows.h"
#include "duck/trino/hive_values.h"
#include "duck/trino/registry.h"
#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/parsed_data/create_table_function_info.hpp"

namespace tarn::duck {
namespace {

using ::duckdb::ClientContext;
using ::duckdb::FunctionData;
using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::Value;
using ::duckdb::Vector;

constexpr std::uint64_t range_bytes = 8 << 20;
constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t max_line_bytes = 100 << 20;
constexpr std::size_t max_split_header = 100;  // Lines to skip that surely lie in a file's first range.

struct FileToRead {
  std::string path;
  std::uint64_t size = 0;
};

struct ScanData : FunctionData {
  std::string serde;
  std::vector<FileToRead> files;
  std::vector<Column> columns;
  HiveProperties properties;
  std::uint64_t header_lines = 0, footer_lines = 0;

  ::duckdb::unique_ptr<FunctionData> Copy() const override { return ::duckdb::make_uniq<ScanData>(*this); }
  bool Equals(const FunctionData& other) const override { return this == &other; }

  std::unique_ptr<RowReader> reader() const {
    if (serde == "delimited") return delimited_reader(columns, properties);
    if (serde == "open_csv") return open_csv_reader(columns, properties);
    return json_reader(columns, properties, serde == "openx_json");
  }
};

bool is_compressed(std::string_view path) {
  return path.ends_with(".gz") || path.ends_with(".zst");
}

// What a gzip file holds. The engine's own reader takes a file that is cut short for one that ends there.
class GzipReader {
 public:
  GzipReader(::duckdb::FileHandle& handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  // 0 at the end.
  std::size_t read(char* out, std::size_t size) try {
    while (true) {
      if (const std::size_t taken = stream_.take({out, size})) return taken;
      if (!refill()) return 0;
    }
  } catch (const GunzipError& error) {
    throw ::duckdb::InvalidInputException("HIVE_BAD_DATA: " + std::string(error.what()) + " in the gzip file " + path_ +
                                          ", at byte " + std::to_string(stream_.position()));
  }

 private:
  bool refill() {
    const auto count = handle_.Read(packed_.data(), packed_.size());
    if (count == 0 && !stream_.whole()) throw GunzipError("Unexpected end of input stream");
    stream_.push({packed_.data(), static_cast<std::size_t>(count)});
    return count > 0;
  }

  ::duckdb::FileHandle& handle_;
  std::string path_;
  std::vector<char> packed_ = std::vector<char>(256 << 10);
  Gunzip stream_;
};

// The lines of a file that begin within a range.
class Lines {
 public:
  Lines(ClientContext& context, const FileToRead& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), position_(begin), end_(end) {
    for (const std::string_view other : {".bz2", ".snappy", ".lz4", ".lzo", ".deflate", ".xz", ".Z", ".zip"}) {
      if (file.path.ends_with(other)) {
        throw ::duckdb::InvalidInputException("NOT_SUPPORTED: the compression of " + file.path + " is not supported");
      }
    }
    auto& system = ::duckdb::FileSystem::GetFileSystem(context);
    const bool gzip = file.path.ends_with(".gz"), packed = is_compressed(file.path) && !gzip;
    auto flags = ::duckdb::FileOpenFlags(::duckdb::FileOpenFlags::FILE_FLAGS_READ);
    flags.SetCompression(packed ? ::duckdb::FileCompressionType::AUTO_DETECT
                                : ::duckdb::FileCompressionType::UNCOMPRESSED);
    handle_ = system.OpenFile(file.path, flags);
    if (gzip) gzip_ = std::make_unique<GzipReader>(*handle_, file.path);
    if (begin == 0) return;
    // The line that began before is read by who reads the range before; it may end right before this one.
    position_ = offset_ = begin - 1;
    handle_->Seek(position_);
    at_line_ = false;
  }

  // False at the end. The line is good until the next call.
  bool next(std::string_view& line) {
    if (!at_line_ && !skip_partial()) return false;
    for (;;) {
      if (start_ == filled_ && !fill()) return false;
      if (position_ >= end_) return false;
      const char* from = buffer_.data() + start_;
      const auto* newline = static_cast<const char*>(std::memchr(from, '\n', filled_ - start_));
      if (!newline) {
        if (fill()) continue;
        from = buffer_.data() + start_;  // It moved.
      }
      std::size_t length = newline ? static_cast<std::size_t>(newline - from) : filled_ - start_;
      std::size_t taken = newline ? length + 1 : length;
      // A lone \r ends a line as well.
      if (const auto* feed = static_cast<const char*>(std::memchr(from, '\r', length))) {
        length = static_cast<std::size_t>(feed - from);
        if (from + length + 1 != newline) taken = length + 1;
      }
      line = {from, length};
      line_position_ = offset_;
      start_ += taken;
      offset_ += taken;
      // Ranges are cut after \n only: what a lone \r leaves of a line is still this range's.
      if (taken == length + 1 && newline == from + length) position_ = offset_;
      if (newline && taken > length + 1) position_ = offset_;
      ++number_;
      if (line_position_ == 0 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
      return true;
    }
  }

  std::string place() const {
    if (counts_) return "line " + std::to_string(number_) + " of " + file_.path;
    return "byte " + std::to_string(line_position_) + " of " + file_.path;
  }

 private:
  bool skip_partial() {
    at_line_ = true;
    counts_ = false;
    for (;;) {
      if (start_ == filled_ && !fill()) return false;
      const char* from = buffer_.data() + start_;
      const auto* newline = static_cast<const char*>(std::memchr(from, '\n', filled_ - start_));
      const std::size_t length = newline ? static_cast<std::size_t>(newline - from) + 1 : filled_ - start_;
      start_ += length;
      offset_ += length;
      position_ = offset_;
      if (newline) return true;
    }
  }

  // Reads more behind what is not taken yet; false at the end of the file.
  bool fill() {
    if (finished_) return false;
    if (start_ > 0) {
      buffer_.erase(0, start_);
      filled_ -= start_;
      start_ = 0;
    }
    if (filled_ > max_line_bytes) {
      throw ::duckdb::InvalidInputException("HIVE_CURSOR_ERROR: a line of more than 100 MiB in " + file_.path);
    }
    buffer_.resize(filled_ + block_bytes);
    char* const free = buffer_.data() + filled_;
    const auto count =
        gzip_ ? static_cast<std::int64_t>(gzip_->read(free, block_bytes)) : handle_->Read(free, block_bytes);
    filled_ += static_cast<std::size_t>(count);
    buffer_.resize(filled_);
    finished_ = count == 0;
    return count > 0;
  }

  FileToRead file_;
  std::uint64_t position_, end_;  // Where the present line begins, counting from the last \n.
  std::uint64_t offset_ = 0, line_position_ = 0, number_ = 0;
  bool at_line_ = true, counts_ = true, finished_ = false;
  ::duckdb::unique_ptr<::duckdb::FileHandle> handle_;
  std::unique_ptr<GzipReader> gzip_;  // Reads of the handle.
  std::string buffer_;
  std::size_t start_ = 0, filled_ = 0;
};

struct Range {
  std::size_t file;
  std::uint64_t begin, end;
};

struct SharedState : ::duckdb::GlobalTableFunctionState {
  std::mutex mutex;
  std::vector<Range> ranges;
  std::size_t next = 0;

  idx_t MaxThreads() const override { return std::max<idx_t>(1, ranges.size()); }
};

struct ThreadState : ::duckdb::LocalTableFunctionState {
  std::unique_ptr<RowReader> reader;
  std::unique_ptr<Lines> lines;
  std::size_t range = 0, file = 0;
  // Where the output's columns come from: a column, the path (columns.size()), the file's index (one more), or nothing.
  std::vector<idx_t> sources;
  std::vector<std::string> held;  // The last lines, which may be the footer.
  std::vector<Vector*> outputs;
};

std::uint64_t line_count(const HiveProperties& properties, const std::string& name) {
  const auto found = properties.find(name);
  if (found == properties.end() || found->second.empty()) return 0;
  const auto count = hive_integer(found->second, false);
  if (!count || *count < 0)
    throw ::duckdb::BinderException("HIVE_INVALID_METADATA: Invalid value for " + name + ": " + found->second);
  return static_cast<std::uint64_t>(*count);
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> texts;
  for (const auto& item : ::duckdb::ListValue::GetChildren(list)) texts.push_back(item.ToString());
  return texts;
}

::duckdb::unique_ptr<FunctionData> bind_scan(ClientContext&, ::duckdb::TableFunctionBindInput& input,
                                             ::duckdb::vector<LogicalType>& types,
                                             ::duckdb::vector<std::string>& names) {
  auto data = ::duckdb::make_uniq<ScanData>();
  data->serde = input.inputs[0].ToString();
  const auto paths = texts_of(input.inputs[1]), sizes = texts_of(input.inputs[2]);
  for (std::size_t i = 0; i < paths.size(); ++i) data->files.push_back({paths[i], std::stoull(sizes.at(i))});
  const auto column_names = texts_of(input.inputs[3]), column_types = texts_of(input.inputs[4]);
  for (std::size_t i = 0; i < column_names.size(); ++i) {
    const Type type = parse_hive_type(column_types.at(i));
    data->columns.push_back({.name = column_names[i], .type = type});
    types.push_back(engine_type(type));
    names.push_back(column_names[i]);
  }
  const auto properties = texts_of(input.inputs[5]);
  for (std::size_t i = 0; i + 1 < properties.size(); i += 2) data->properties[properties[i]] = properties[i + 1];
  data->header_lines = line_count(data->properties, "skip.header.line.count");
  data->footer_lines = line_count(data->properties, "skip.footer.line.count");
  if (data->footer_lines > 10'000) throw ::duckdb::BinderException("NOT_SUPPORTED: skip.footer.line.count above 10000");
  types.push_back(LogicalType::VARCHAR);
  names.push_back("$path");
  types.push_back(LogicalType::BIGINT);
  names.push_back("$file_index");
  data->reader();  // Refuses what the serde cannot read.
  return data;
}

::duckdb::unique_ptr<::duckdb::GlobalTableFunctionState> start_scan(ClientContext&,
                                                                    ::duckdb::TableFunctionInitInput& input) {
  const auto& data = input.bind_data->Cast<ScanData>();
  auto state = ::duckdb::make_uniq<SharedState>();
  for (std::size_t i = 0; i < data.files.size(); ++i) {
    const auto& file = data.files[i];
    const bool whole = is_compressed(file.path) || data.footer_lines > 0 || data.header_lines > max_split_header;
    const std::uint64_t parts = whole ? 1 : std::max<std::uint64_t>(1, file.size / range_bytes);
    for (std::uint64_t part = 0; part < parts; ++part) {
      state->ranges.push_back(
          {.file = i, .begin = part * range_bytes, .end = part + 1 == parts ? UINT64_MAX : (part + 1) * range_bytes});
    }
  }
  return state;
}

::duckdb::unique_ptr<::duckdb::LocalTableFunctionState> start_thread(::duckdb::ExecutionContext&,
                                                                     ::duckdb::TableFunctionInitInput& input,
                                                                     ::duckdb::GlobalTableFunctionState*) {
  const auto& data = input.bind_data->Cast<ScanData>();
  auto state = ::duckdb::make_uniq<ThreadState>();
  state->reader = data.reader();
  state->sources.assign(input.column_ids.begin(), input.column_ids.end());
  return state;
}

bool next_range(ClientContext& context, const ScanData& data, SharedState& shared, ThreadState& thread) {
  Range range;
  {
    const std::lock_guard lock(shared.mutex);
    if (shared.next == shared.ranges.size()) return false;
    thread.range = shared.next;
    range = shared.ranges[shared.next++];
  }
  thread.file = range.file;
  thread.held.clear();
  thread.lines = std::make_unique<Lines>(context, data.files[range.file], range.begin, range.end);
  std::string_view line;
  for (std::uint64_t i = 0; range.begin == 0 && i < data.header_lines; ++i) {
    if (!thread.lines->next(line)) break;
  }
  return true;
}

// The next line that is none of the footer's.
bool next_line(const ScanData& data, ThreadState& thread, std::string_view& line, std::string& kept) {
  if (data.footer_lines == 0) return thread.lines->next(line);
  while (thread.lines->next(line)) {
    thread.held.emplace_back(line);
    if (thread.held.size() <= data.footer_lines) continue;
    kept = std::move(thread.held.front());
    thread.held.erase(thread.held.begin());
    line = kept;
    return true;
  }
  return false;
}

void run_scan(ClientContext& context, ::duckdb::TableFunctionInput& input, ::duckdb::DataChunk& output) {
  const auto& data = input.bind_data->Cast<ScanData>();
  auto& shared = input.global_state->Cast<SharedState>();
  auto& thread = input.local_state->Cast<ThreadState>();
  thread.outputs.assign(data.columns.size(), nullptr);
  Vector *path = nullptr, *index = nullptr;
  for (std::size_t i = 0; i < thread.sources.size(); ++i) {
    if (thread.sources[i] < data.columns.size()) thread.outputs[thread.sources[i]] = &output.data[i];
    if (thread.sources[i] == data.columns.size()) path = &output.data[i];
    if (thread.sources[i] == data.columns.size() + 1) index = &output.data[i];
  }
  idx_t row = 0;
  std::string kept;
  while (row == 0) {
    if (!thread.lines && !next_range(context, data, shared, thread)) break;
    std::string_view line;
    try {
      while (row < STANDARD_VECTOR_SIZE && next_line(data, thread, line, kept)) {
        thread.reader->read(line, thread.outputs, row);
        ++row;
      }
    } catch (const BadRow& error) {
      throw ::duckdb::InvalidInputException(std::string(error.what()) + " (" + thread.lines->place() + ")");
    }
    if (row < STANDARD_VECTOR_SIZE) thread.lines.reset();
  }
  if (path) path->Reference(Value(data.files[thread.file].path));
  if (index) index->Reference(Value::BIGINT(static_cast<std::int64_t>(thread.file)));
  output.SetCardinality(row);
}

::duckdb::OperatorPartitionData partition_of(ClientContext&, ::duckdb::TableFunctionGetPartitionInput& input) {
  return ::duckdb::OperatorPartitionData(input.local_state->Cast<ThreadState>().range);
}

::duckdb::unique_ptr<::duckdb::NodeStatistics> estimate(ClientContext&, const FunctionData* bind_data) {
  std::uint64_t bytes = 0;
  for (const auto& file : bind_data->Cast<ScanData>().files) bytes += file.size * (is_compressed(file.path) ? 5 : 1);
  return ::duckdb::make_uniq<::duckdb::NodeStatistics>(bytes / 100 + 1);
}

}  // namespace

void install_hive_scan(::duckdb::Catalog& catalog, ::duckdb::CatalogTransaction transaction) {
  const LogicalType texts = LogicalType::LIST(LogicalType::VARCHAR);
  ::duckdb::TableFunction function(
      "read_lines", {LogicalType::VARCHAR, texts, LogicalType::LIST(LogicalType::BIGINT), texts, texts, texts},
      run_scan, bind_scan, start_scan, start_thread);
  function.projection_pushdown = true;
  function.get_partition_data = partition_of;
  function.cardinality = estimate;
  ::duckdb::CreateTableFunctionInfo info(std::move(function));
  info.schema = "trino";
  info.internal = true;
  catalog.CreateFunction(transaction, info);
}

}  // namespace tarn::duck
