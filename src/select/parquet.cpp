#include "select/parquet.h"

#include <charconv>

#include "base/encoding.h"
#include "select/errors.h"

namespace tarn::select {
namespace {

constexpr const char* path = "s3://select/object";

[[noreturn]] void refuse(std::string_view why) {
  throw Error(errors::parquet_parsing_error,
              "Error parsing Parquet file. Please check the file and try again: " + std::string(why.substr(0, 300)));
}

// Calls the engine: what it cannot read is the file's fault.
template <typename Call>
auto engine(Call call) {
  try {
    return call();
  } catch (const duck::SqlError& error) {
    refuse(error.message());
  }
}

class ObjectFile : public duck::File {
 public:
  ObjectFile(std::shared_ptr<Source> source, std::string name) : source_(std::move(source)) {
    info_ = {.path = std::move(name), .size = source_->size(), .etag = "object", .modified = {}};
  }
  const duck::FileInfo& info() const override { return info_; }
  Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) override {
    const auto stream = co_await source_->open({.offset = offset, .length = buffer.size()});
    while (!buffer.empty()) {
      const std::size_t count = co_await stream->read(buffer);
      if (count == 0) throw std::runtime_error("an object is shorter than its row says");
      buffer = buffer.subspan(count);
    }
  }

 private:
  std::shared_ptr<Source> source_;
  duck::FileInfo info_;
};

class ObjectFiles : public duck::Files {
 public:
  explicit ObjectFiles(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  Task<std::unique_ptr<duck::File>> open(std::string name) override {
    if (name != path) throw std::runtime_error("a selection reads its own object only");
    co_return std::make_unique<ObjectFile>(source_, std::move(name));
  }
  Task<std::vector<duck::FileInfo>> list(std::string) override { co_return std::vector<duck::FileInfo>{}; }
  Task<std::unique_ptr<duck::FileWriter>> create(std::string) override {
    throw std::runtime_error("a selection writes nothing");
  }

 private:
  std::shared_ptr<Source> source_;
};

bool is_nested(const duck::Type& type) {
  using Kind = duck::TypeKind;
  return type.kind == Kind::array || type.kind == Kind::map || type.kind == Kind::row || type.kind == Kind::json;
}

// "2001-08-22 03:04:05.321 UTC", as the engine writes times, as ISO 8601 has them.
std::optional<Moment> moment_of(std::string text) {
  if (text.ends_with(" UTC")) text.resize(text.size() - 4);
  if (const std::size_t blank = text.find(' '); blank != std::string::npos) {
    text[blank] = 'T';
    text += 'Z';
  }
  return parse_moment(text);
}

Value value_of(const duck::Chunk& chunk, std::size_t column, std::size_t row, const duck::Type& type) {
  using Kind = duck::TypeKind;
  std::string text;
  if (!chunk.append_text(column, row, text)) return Null{};
  switch (type.kind) {
    case Kind::boolean:
      return text == "true";
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
    case Kind::decimal:
      if (auto number = parse_number(text)) return std::move(*number);
      break;
    case Kind::real:
    case Kind::double_precision: {
      double value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc() && end == text.data() + text.size()) return value;
      break;
    }
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamp_with_time_zone:
      if (const auto moment = moment_of(text)) return *moment;
      break;
    default:
      if (is_nested(type)) return parse_json(text);
  }
  return text_value(std::move(text));
}

}  // namespace

ParquetReader::ParquetReader(duck::Engine& from, std::shared_ptr<Source> source)
    : connection_(from.connect(std::make_shared<ObjectFiles>(std::move(source)))) {
  types_ = engine([&] { return connection_->describe("SELECT * FROM read_parquet(" + duck::quote_text(path) + ")"); });
  columns_.count = types_.size();
  for (const duck::Column& column : types_) columns_.names.push_back(column.name);
}

ParquetReader::~ParquetReader() = default;

// The condition that keeps the rows of the row groups that begin in the range.
std::string ParquetReader::rows_in(const ScanRange& range) {
  const auto groups = engine([&] {
    return connection_->run(
        "SELECT row_group_id, min(coalesce(nullif(dictionary_page_offset, 0), data_page_offset)), "
        "any_value(row_group_num_rows) FROM parquet_metadata(" +
        duck::quote_text(path) + ") GROUP BY 1 ORDER BY 1");
  });
  std::string condition = "false";
  std::uint64_t row = 0;
  while (auto chunk = engine([&] { return groups->next(); })) {
    for (std::size_t i = 0; i < chunk->rows(); ++i) {
      const std::uint64_t begins = std::stoull(chunk->text(1, i).value_or("0"));
      const std::uint64_t rows = std::stoull(chunk->text(2, i).value_or("0"));
      if (begins >= range.start && begins < range.end) {
        condition += " OR file_row_number BETWEEN " + std::to_string(row) + " AND " + std::to_string(row + rows - 1);
      }
      row += rows;
    }
  }
  return condition;
}

void ParquetReader::begin(std::vector<bool> wanted, std::optional<ScanRange> range) {
  std::string list;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (!wanted.empty() && !wanted[i]) continue;
    const std::string name = duck::quote_name(types_[i].name);
    list += (list.empty() ? "" : ", ") + (is_nested(types_[i].type) ? "CAST(to_json(" + name + ") AS VARCHAR)" : name);
    read_.push_back(i);
  }
  // COUNT(*) reads rows and no column.
  if (list.empty()) list = "1";
  std::string sql = "SELECT " + list + " FROM read_parquet(" + duck::quote_text(path);
  sql += range ? ", file_row_number = true) WHERE " + rows_in(*range) : ")";
  result_ = engine([&] { return connection_->run(sql); });
}

bool ParquetReader::next(Row& row) {
  if (!chunk_ || at_ == chunk_->rows()) {
    chunk_ = engine([&] { return result_->next(); });
    at_ = 0;
    if (!chunk_) return false;
  }
  row.columns.resize(types_.size());
  for (std::size_t i = 0; i < read_.size(); ++i) {
    row.columns[read_[i]] = value_of(*chunk_, i, at_, types_[read_[i]].type);
  }
  ++at_;
  return true;
}

}  // namespace tarn::select
