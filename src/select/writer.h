// Rows to the bytes of an answer.
#pragma once

#include <string>
#include <vector>

#include "select/evaluate.h"
#include "select/select.h"

namespace tarn::select {

class Writer {
 public:
  Writer(std::optional<CsvOutput> csv, JsonOutput json) : csv_(std::move(csv)), json_(std::move(json)) {}
  // Appends one record.
  void write(const std::vector<Cell>& cells, std::string& out) const;

 private:
  void field(std::string_view text, std::string& out) const;

  std::optional<CsvOutput> csv_;
  JsonOutput json_;
};

}  // namespace tarn::select
