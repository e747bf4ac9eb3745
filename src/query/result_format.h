// How Athena writes results: CSV with every field in quotes, text for statements about the catalog, and the .metadata
// file beside either.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duck/types.h"
#include "query/model.h"

namespace tarn::query {

// What ColumnInfo says of a column of this type.
ResultColumn result_column(std::string name, const duck::Type& type);

// `"it ""is"""`; nothing for NULL.
void append_csv_field(const std::optional<std::string_view>& value, std::string& text);

// The .metadata file: protobuf, as Athena's JDBC driver reads it.
std::string metadata_file(std::string_view query_id, std::string_view update_type, std::uint64_t update_count,
                          const std::vector<ResultColumn>& columns);

// Rows out of a result file, from any row's start on.
class ResultReader {
 public:
  explicit ResultReader(bool csv) : csv_(csv) {}

  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole row; none until more was fed. `last`: no more comes, so that a row may lack its line feed.
  std::optional<std::vector<std::optional<std::string>>> next(bool last);
  // Bytes of the rows that next() has returned.
  std::uint64_t consumed() const { return consumed_; }

 private:
  bool csv_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t consumed_ = 0;
};

}  // namespace tarn::query
