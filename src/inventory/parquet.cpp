// Rows in CSV to a Parquet file, by the engine, over files in memory.
#include <cstring>

#include "base/encoding.h"
#include "duck/engine.h"
#include "inventory/rows.h"

namespace tarn::inventory {
namespace {

constexpr const char* rows_path = "s3://inventory/rows.csv";
constexpr const char* report_path = "s3://inventory/report.parquet";

class MemoryFile : public duck::File {
 public:
  MemoryFile(const std::string& bytes, std::string path) : bytes_(bytes) {
    info_ = {.path = std::move(path), .size = bytes.size(), .etag = "rows", .modified = {}};
  }
  const duck::FileInfo& info() const override { return info_; }
  Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) override {
    std::memcpy(buffer.data(), bytes_.data() + offset, buffer.size());
    co_return;
  }

 private:
  const std::string& bytes_;
  duck::FileInfo info_;
};

class MemoryWriter : public duck::FileWriter {
 public:
  explicit MemoryWriter(std::string& to) : to_(to) {}
  Task<void> append(std::span<const std::byte> bytes) override {
    to_ += as_text(bytes);
    co_return;
  }
  Task<void> finish() override { co_return; }

 private:
  std::string& to_;
};

class MemoryFiles : public duck::Files {
 public:
  explicit MemoryFiles(std::string rows) : rows_(std::move(rows)) {}
  Task<std::unique_ptr<duck::File>> open(std::string path) override {
    if (path != rows_path) throw std::runtime_error("an inventory reads its own rows only");
    co_return std::make_unique<MemoryFile>(rows_, std::move(path));
  }
  Task<std::vector<duck::FileInfo>> list(std::string) override { co_return std::vector<duck::FileInfo>{}; }
  Task<std::unique_ptr<duck::FileWriter>> create(std::string path) override {
    if (path != report_path) throw std::runtime_error("an inventory writes its own report only");
    co_return std::make_unique<MemoryWriter>(report_);
  }
  std::string take_report() { return std::move(report_); }

 private:
  std::string rows_;
  std::string report_;
};

}  // namespace

std::string to_parquet(duck::Engine& engine, const Configuration& configuration, std::string csv) {
  const auto files = std::make_shared<MemoryFiles>(std::move(csv));
  const auto connection = engine.connect(files);
  std::string names, selected;
  for (const std::string& column : columns_of(configuration)) {
    const SqlColumn sql = sql_column(column);
    names += (names.empty() ? "" : ", ") + duck::quote_text(sql.name) + ": 'VARCHAR'";
    const std::string value = "nullif(" + duck::quote_name(sql.name) + ", '')";
    selected +=
        (selected.empty() ? "" : ", ") + ("CAST(" + value + " AS " + sql.type + ") AS ") + duck::quote_name(sql.name);
  }
  connection->execute("COPY (SELECT " + selected + " FROM read_csv(" + duck::quote_text(rows_path) +
                      ", header = false, delim = ',', quote = '\"', escape = '\"', auto_detect = false, columns = {" +
                      names + "})) TO " + duck::quote_text(report_path) + " (FORMAT parquet, COMPRESSION 'snappy')");
  return files->take_report();
}

}  // namespace tarn::inventory
