// The rows of a report: one an object, in CSV as S3 writes it, and the same as Parquet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/configuration.h"
#include "objects/requests.h"

namespace tarn::duck {
class Engine;
}

namespace tarn::inventory {

// "Bucket", "Key", then those of versions where all are listed, then the optional ones.
std::vector<std::string> columns_of(const Configuration& configuration);

// manifest.json's fileSchema.
std::string schema_of(const Configuration& configuration);

// How a column is called in Parquet, and its type in SQL.
struct SqlColumn {
  std::string name;
  std::string type;
};
SqlColumn sql_column(const std::string& field);

// One line, every field in quotes. Keys are encoded as forms are (`plain_keys`: not, as Parquet has them).
// `replication_status` is what no listing tells: "COMPLETED"; empty: none.
void append_row(std::string& csv, const Configuration& configuration, const std::string& bucket,
                const objects::ListedObject& object, bool plain_keys, std::string_view replication_status = {});

// The file of rows that append_row wrote with plain keys. Blocks: for engine threads.
std::string to_parquet(duck::Engine& engine, const Configuration& configuration, std::string csv);

}  // namespace tarn::inventory
