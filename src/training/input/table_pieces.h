// Tables as records: Parquet and CSV objects streamed as RecordIO-protobuf, without a conversion step before.
//
// A channel asks for it by its ContentType:
//   application/x-recordio-protobuf; from=parquet; label=late; features=a,b,c
// from=parquet|csv. `label` is a column's name. `features` names columns in order; without it all columns but the label
// are features, in the table's order. `columns=s3://…/columns.json` is the same for long lists: {"label": "late",
// "features": ["a", "b"]}. nulls=fail (the default: the job fails and names the column), zero, or mean (of the
// channel). Columns of a Hive-style path (…/month=1/x.parquet) may be named as features; by themselves they are none.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duck/engine.h"
#include "training/input/byte_pieces.h"

namespace tarn::training {

struct TableOptions {
  enum class From { parquet, csv };
  enum class Nulls { fail, zero, mean };
  From from = From::parquet;
  Nulls nulls = Nulls::fail;
  std::string label;                  // Empty: records without a label.
  std::vector<std::string> features;  // Empty: all but the label.
  std::string columns_uri;            // Names an object that gives label and features.
};

// None: the content type does not ask for a table. Throws InputError for parameters that cannot be.
std::optional<TableOptions> parse_table_options(std::string_view content_type);

// Reads what `columns=` names into label and features.
void load_columns(Lake& lake, TableOptions& options, std::vector<LakeObject>& lineage);

// What a table stream keeps over the epochs of a job: its columns and their means.
class TableSource {
 public:
  TableSource(duck::Engine& engine, Lake& lake, TableOptions options, std::vector<LakeObject> objects);
  ~TableSource();

  // The objects (indexes into those given) as records, in this order.
  std::unique_ptr<PieceStream> pieces(std::vector<std::size_t> order);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tarn::training
