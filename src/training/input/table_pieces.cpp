#include "training/input/table_pieces.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "formats/record_protobuf.h"

namespace tarn::training {

namespace {

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t max_columns_bytes = 16 << 20;

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto name = trim(text.substr(0, comma));
    if (name.empty()) throw InputError("A column's name in features= is empty.");
    names.emplace_back(name);
    if (comma == text.size()) return names;
    text.remove_prefix(comma + 1);
  }
}

// A column as SQL gives it: from the file, or a constant of the object's path.
std::optional<double> path_value(const LakeObject& object, std::string_view name) {
  const std::string wanted = "/" + std::string(name) + "=";
  const std::string key = "/" + object.key;
  const std::size_t at = key.rfind(wanted);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t start = at + wanted.size();
  const std::size_t end = key.find('/', start);
  if (end == std::string::npos) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(key.data() + start, key.data() + end, value);
  if (error != std::errc() || stop != key.data() + end) {
    throw InputError("Column " + std::string(name) + " of " + object.uri() + " is no number: '" +
                     key.substr(start, end - start) + "'.");
  }
  return value;
}

std::string relation(const TableOptions& options, const LakeObject& object) {
  const std::string path = duck::quote_text(object.uri());
  if (options.from == TableOptions::From::parquet) return "read_parquet(" + path + ", hive_partitioning=false)";
  return "read_csv(" + path + ", header=true, nullstr=['', 'NA'], hive_partitioning=false)";
}

}  // namespace

std::optional<TableOptions> parse_table_options(std::string_view content_type) {
  TableOptions options;
  bool asked = false;
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    const std::size_t end = content_type.find(';', at + 1);
    const auto parameter = trim(content_type.substr(at + 1, end == std::string_view::npos ? end : end - at - 1));
    at = end;
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = to_lower(trim(parameter.substr(0, equals)));
    const std::string value(trim(parameter.substr(equals + 1)));
    if (name == "from") {
      asked = true;
      if (value != "parquet" && value != "csv")
        throw InputError("ContentType: from=" + value + " is neither parquet nor csv.");
      options.from = value == "csv" ? TableOptions::From::csv : TableOptions::From::parquet;
    } else if (name == "label") {
      options.label = value;
    } else if (name == "features") {
      options.features = split_list(value);
    } else if (name == "columns") {
      if (!parse_s3_uri(value)) throw InputError("ContentType: columns=" + value + " is no S3 URI.");
      options.columns_uri = value;
    } else if (name == "nulls") {
      if (value != "fail" && value != "zero" && value != "mean") {
        throw InputError("ContentType: nulls=" + value + " is none of fail, zero, mean.");
      }
      options.nulls = value == "zero"   ? TableOptions::Nulls::zero
                      : value == "mean" ? TableOptions::Nulls::mean
                                        : TableOptions::Nulls::fail;
    }
  }
  if (!asked) return std::nullopt;
  const std::string type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type != "application/x-recordio-protobuf") {
    throw InputError("ContentType: from= makes application/x-recordio-protobuf, not " + type + ".");
  }
  return options;
}

void load_columns(Lake& lake, TableOptions& options, std::vector<LakeObject>& lineage) {
  if (options.columns_uri.empty()) return;
  const auto uri = parse_s3_uri(options.columns_uri);
  const auto object = lake.find(uri->bucket, uri->key);
  if (!object) throw InputError(options.columns_uri + " does not exist.");
  lineage.push_back(*object);
  try {
    const auto json = nlohmann::json::parse(read_whole(lake, *object, max_columns_bytes));
    if (json.is_object()) {
      if (json.contains("label")) options.label = json.at("label").get<std::string>();
      if (json.contains("features")) options.features = json.at("features").get<std::vector<std::string>>();
      return;
    }
  } catch (const nlohmann::json::exception&) {
    // Told below.
  }
  throw InputError(options.columns_uri + R"( is not of the form {"label": "…", "features": ["…"]}.)");
}

struct TableSource::State {
  duck::Engine& engine;
  Lake& lake;
  TableOptions options;
  std::vector<LakeObject> objects;
  std::shared_ptr<duck::Files> files;
  std::vector<std::string> features;
  std::vector<double> feature_means;  // Only with nulls=mean, once known.
  double label_mean = 0;

  void settle();
  std::string select(const LakeObject& object, bool means) const;
  void measure_means();
};

namespace {

// Records of some objects, one statement an object, so that their order is ours and an error names its object.
class TablePieces : public PieceStream {
 public:
  TablePieces(std::shared_ptr<TableSource::State> state, std::vector<std::size_t> order)
      : state_(std::move(state)),
        order_(std::move(order)),
        connection_(state_->engine.connect(state_->files)),
        writer_(state_->features.size(), !state_->options.label.empty()) {}

  std::optional<Piece> next() override {
    Piece piece;
    while (piece.bytes.size() < piece_bytes) {
      if (!result_) {
        if (next_ == order_.size()) break;
        object_ = &state_->objects[order_[next_++]];
        result_ = connection_->run(state_->select(*object_, false));
        rows_before_ = 0;
      }
      const auto chunk = result_->next();
      if (!chunk) {
        result_.reset();
        continue;
      }
      append(*chunk, piece.bytes);
      rows_before_ += chunk->rows();
    }
    if (piece.bytes.empty()) return std::nullopt;
    return piece;
  }

 private:
  void append(const duck::Chunk& chunk, std::string& out) {
    const std::size_t count = state_->features.size();
    const bool labelled = !state_->options.label.empty();
    columns_.resize(count + (labelled ? 1 : 0));
    pointers_.clear();
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const bool is_label = column == count;
      const std::string& name = is_label ? state_->options.label : state_->features[column];
      auto& values = columns_[column];
      values.resize(chunk.rows());
      if (!chunk.read_numbers(column, values)) {
        throw InputError("Column " + name + " of " + object_->uri() + " is no number but " +
                         duck::trino_name(result_->columns()[column].type) + ".");
      }
      fill_nulls(values, name, is_label ? state_->label_mean : mean_of(column));
      if (!is_label) pointers_.push_back(values.data());
    }
    writer_.append_columns(pointers_, labelled ? columns_.back().data() : nullptr, chunk.rows(), out);
  }

  double mean_of(std::size_t column) const { return state_->feature_means.empty() ? 0 : state_->feature_means[column]; }

  void fill_nulls(std::vector<float>& values, const std::string& name, double mean) const {
    // One comparison a value where there is none, which is nearly always.
    float sum = 0;
    for (const float value : values) sum += value * 0;
    if (sum == 0) return;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (std::isfinite(values[row])) continue;
      const bool missing = std::isnan(values[row]);
      if (!missing || state_->options.nulls == TableOptions::Nulls::fail) {
        throw InputError("Column " + name + " of " + object_->uri() + (missing ? " is NULL" : " is infinite") +
                         " in row " + std::to_string(rows_before_ + row + 1) +
                         (missing ? ": say nulls=zero or nulls=mean in the channel's ContentType to go on." : "."));
      }
      values[row] = state_->options.nulls == TableOptions::Nulls::mean ? static_cast<float>(mean) : 0.0f;
    }
  }

  std::shared_ptr<TableSource::State> state_;
  std::vector<std::size_t> order_;
  std::unique_ptr<duck::Connection> connection_;
  formats::DenseRecordWriter writer_;
  std::size_t next_ = 0;
  const LakeObject* object_ = nullptr;
  std::unique_ptr<duck::Result> result_;
  std::uint64_t rows_before_ = 0;
  std::vector<std::vector<float>> columns_;
  std::vector<const float*> pointers_;
};

}  // namespace

// The columns of the first object decide where `features` does not.
void TableSource::State::settle() {
  files = lake.files(objects);
  features = options.features;
  if (features.empty()) {
    const auto connection = engine.connect(files);
    for (const auto& column : connection->describe("SELECT * FROM " + relation(options, objects.front()))) {
      if (column.name != options.label) features.push_back(column.name);
    }
  }
  if (features.empty()) throw InputError(objects.front().uri() + " has no column besides the label.");
  if (options.nulls == TableOptions::Nulls::mean) measure_means();
}

std::string TableSource::State::select(const LakeObject& object, bool means) const {
  std::string sql = "SELECT ";
  const auto add = [&](const std::string& name) {
    const auto constant = path_value(object, name);
    const std::string expression =
        constant ? "CAST(" + std::to_string(*constant) + " AS DOUBLE)" : duck::quote_name(name);
    if (means) {
      sql += "CAST(sum(" + expression + ") AS DOUBLE), CAST(count(" + expression + ") AS DOUBLE), ";
    } else {
      sql += expression + ", ";
    }
  };
  for (const auto& name : features) add(name);
  if (!options.label.empty()) add(options.label);
  sql.resize(sql.size() - 2);
  return sql + " FROM " + relation(options, object);
}

void TableSource::State::measure_means() {
  const std::size_t count = features.size() + (options.label.empty() ? 0 : 1);
  std::vector<double> sums(count);
  std::vector<double> counts(count);
  const auto connection = engine.connect(files);
  for (const auto& object : objects) {
    const auto result = connection->run(select(object, true));
    while (const auto chunk = result->next()) {
      std::vector<double> value(chunk->rows());
      for (std::size_t column = 0; column < 2 * count; ++column) {
        chunk->read_numbers(column, value);
        if (!std::isnan(value[0])) (column % 2 == 0 ? sums : counts)[column / 2] += value[0];
      }
    }
  }
  for (std::size_t i = 0; i < features.size(); ++i) feature_means.push_back(counts[i] > 0 ? sums[i] / counts[i] : 0);
  if (!options.label.empty()) label_mean = counts.back() > 0 ? sums.back() / counts.back() : 0;
}

TableSource::TableSource(duck::Engine& engine, Lake& lake, TableOptions options, std::vector<LakeObject> objects)
    : state_(std::make_shared<State>(
          State{.engine = engine, .lake = lake, .options = std::move(options), .objects = std::move(objects)})) {
  state_->settle();
}

TableSource::~TableSource() = default;

std::unique_ptr<PieceStream> TableSource::pieces(std::vector<std::size_t> order) {
  return std::make_unique<TablePieces>(state_, std::move(order));
}

}  // namespace tarn::training
