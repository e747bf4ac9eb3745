// Any bytes: parsed, and printed if they are a query. Only SqlError may come out.
#include <cstddef>
#include <cstdint>

#include "query/sql/test_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::sql;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto statement = parse(text);
    if (const auto* query = as<QueryPtr>(*statement)) {
      AnyTable tables;
      print_query(**query, tables, {.database = "db"});
    }
  } catch (const SqlError&) {
  }
  try {
    catalog_type(parse_catalog_type(text));
  } catch (const SqlError&) {
  }
  return 0;
}
