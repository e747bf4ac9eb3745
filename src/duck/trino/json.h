// JSON text through yyjson, which DuckDB's library carries.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duck/trino/duckdb.h"
#include "yyjson.hpp"

namespace tarn::duck {

namespace yyjson = ::duckdb_yyjson;

struct JsonFree {
  void operator()(yyjson::yyjson_doc* document) const { yyjson::yyjson_doc_free(document); }
};
using JsonDocument = std::unique_ptr<yyjson::yyjson_doc, JsonFree>;

// Null if it is not JSON.
JsonDocument read_json(std::string_view text);

// As Trino keeps JSON: no blanks, the members of objects ordered by name, numbers as Java writes them.
void write_json(yyjson::yyjson_val* value, std::string& text);
void write_json_string(std::string_view value, std::string& text);

// A JSON path of the kind that json_extract takes: `$.store.book[0]["title"]`. Throws for others.
class JsonPath {
 public:
  explicit JsonPath(std::string_view text);
  // Null if it leads nowhere.
  yyjson::yyjson_val* find(yyjson::yyjson_val* root) const;

 private:
  struct Step {
    std::optional<std::size_t> index;
    std::string name;
  };
  std::vector<Step> steps_;
};

}  // namespace tarn::duck
