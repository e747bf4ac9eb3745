// Rows of a Parquet object, read by the engine.
#pragma once

#include <memory>

#include "duck/engine.h"
#include "select/evaluate.h"
#include "select/select.h"

namespace tarn::select {

// On engine threads only, one after the other.
class ParquetReader {
 public:
  ParquetReader(duck::Engine& engine, std::shared_ptr<Source> source);
  ~ParquetReader();

  // What columns there are.
  const Columns& columns() const { return columns_; }
  // Begins to read these columns (empty: all), of the row groups that begin in the range.
  void begin(std::vector<bool> wanted, std::optional<ScanRange> range);
  // The next row; false at the end.
  bool next(Row& row);
  std::uint64_t bytes_read() const { return connection_->progress().bytes_read; }

 private:
  std::string rows_in(const ScanRange& range);

  std::unique_ptr<duck::Connection> connection_;
  std::vector<duck::Column> types_;
  Columns columns_;
  std::vector<std::size_t> read_;  // The place of each column that is read.
  std::unique_ptr<duck::Result> result_;
  std::unique_ptr<duck::Chunk> chunk_;
  std::size_t at_ = 0;
};

}  // namespace tarn::select
