#include "training/algorithms/examples.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/encoding.h"
#include "formats/record_protobuf.h"
#include "formats/recordio.h"
#include "training/algorithms/client_error.h"

namespace tarn::algorithms {

namespace {

constexpr std::size_t max_line_bytes = 64 << 20;

// The first reader of a data set settles what the rest must be like.
void settle(Examples& examples, std::size_t dimension, bool sparse) {
  if (examples.dimension() == 0) examples = Examples(dimension, sparse);
}

[[noreturn]] void wrong_dimension(std::uint64_t record, std::size_t got, std::size_t wanted) {
  throw ClientError("Record " + std::to_string(record) + " has " + std::to_string(got) +
                    " features, but feature_dim is " + std::to_string(wanted) + ".");
}

void require_finite(std::span<const float> values, std::uint64_t record) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw ClientError("Feature " + std::to_string(i) + " of record " + std::to_string(record) +
                        " is not a finite number.");
    }
  }
}

class RecordReader : public ExampleReader {
 public:
  RecordReader(ByteSource source, std::optional<std::size_t> dimension)
      : reader_(std::move(source)), dimension_(dimension.value_or(0)) {}

  std::size_t read(Examples& examples, std::size_t count) override {
    std::size_t taken = 0;
    try {
      for (; taken < count; ++taken) {
        const auto payload = reader_.next();
        if (!payload) break;
        ++record_number_;
        formats::decode_record(*payload, record_);
        add(examples);
      }
    } catch (const formats::FormatError& error) {
      throw ClientError(
          "Unable to read data channel. Requested content-type is 'application/x-recordio-protobuf'. "
          "Record " +
          std::to_string(record_number_ + 1) + ": " + error.what());
    }
    return taken;
  }

 private:
  void add(Examples& examples) {
    const auto* features = record_.feature("values");
    if (!features && record_.features.size() == 1) features = &record_.features.front();
    if (!features || features->kind == formats::RecordValue::Kind::none ||
        features->kind == formats::RecordValue::Kind::bytes) {
      throw ClientError("Record " + std::to_string(record_number_) +
                        " has no tensor named 'values' among its features.");
    }
    const auto* label = record_.label_named("values");
    if (!label && record_.label.size() == 1) label = &record_.label.front();
    if (!label || label->size() != 1 || label->kind == formats::RecordValue::Kind::bytes) {
      throw ClientError("Record " + std::to_string(record_number_) + " has no label of one number.");
    }
    const auto label_number = static_cast<float>(label->number(0));
    std::span<const float> values = features->float32;
    if (features->kind != formats::RecordValue::Kind::float32) {
      numbers_.resize(features->size());
      for (std::size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = static_cast<float>(features->number(i));
      values = numbers_;
    }
    require_finite(values, record_number_);
    // A sparse vector of zeros has neither keys nor values.
    const bool dense = features->keys.empty() && (!values.empty() || features->shape.empty());
    if (dense) {
      if (dimension_ == 0) dimension_ = values.size();
      if (values.size() != dimension_) wrong_dimension(record_number_, values.size(), dimension_);
      settle(examples, dimension_, false);
      if (!examples.sparse()) {
        examples.add_dense(values, label_number);
        return;
      }
      // A dense record in a sparse data set: every index is named.
      indexes_.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) indexes_[i] = static_cast<std::uint32_t>(i);
    } else {
      read_keys(*features, values.size(), examples);
    }
    if (examples.sparse()) {
      examples.add_sparse(indexes_, values, label_number);
    } else {
      dense_.assign(dimension_, 0);
      for (std::size_t i = 0; i < values.size(); ++i) dense_[indexes_[i]] = values[i];
      examples.add_dense(dense_, label_number);
    }
  }

  void read_keys(const formats::RecordValue& features, std::size_t values, Examples& examples) {
    if (features.shape.empty()) {
      throw ClientError("Record " + std::to_string(record_number_) + " is sparse and has no shape.");
    }
    if (features.keys.size() != values) {
      throw ClientError("Record " + std::to_string(record_number_) + " has " + std::to_string(features.keys.size()) +
                        " keys for " + std::to_string(values) + " values.");
    }
    const std::uint64_t width = features.shape.back();
    if (dimension_ == 0) dimension_ = width;
    if (width != dimension_) wrong_dimension(record_number_, width, dimension_);
    settle(examples, dimension_, true);
    indexes_.resize(features.keys.size());
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      if (features.keys[i] >= dimension_) {
        throw ClientError("Record " + std::to_string(record_number_) + " has the key " +
                          std::to_string(features.keys[i]) + ", but feature_dim is " + std::to_string(dimension_) +
                          ".");
      }
      indexes_[i] = static_cast<std::uint32_t>(features.keys[i]);
    }
  }

  formats::RecordIoReader reader_;
  std::size_t dimension_;
  formats::Record record_;
  std::uint64_t record_number_ = 0;
  std::vector<float> numbers_;
  std::vector<float> dense_;
  std::vector<std::uint32_t> indexes_;
};

class CsvReader : public ExampleReader {
 public:
  CsvReader(ByteSource source, std::optional<std::size_t> dimension, std::size_t label_size)
      : source_(std::move(source)), dimension_(dimension.value_or(0)), label_size_(label_size), buffer_(1 << 20) {}

  std::size_t read(Examples& examples, std::size_t count) override {
    std::size_t taken = 0;
    while (taken < count) {
      const auto line = next_line();
      if (!line) break;
      if (line->empty()) continue;
      ++record_number_;
      try {
        parse_csv_numbers(*line, numbers_);
      } catch (const ClientError& error) {
        throw ClientError("Unable to read data channel. Requested content-type is 'text/csv'. Record " +
                          std::to_string(record_number_) + ": " + error.what());
      }
      if (numbers_.size() < label_size_ + 1) {
        throw ClientError("Record " + std::to_string(record_number_) + " has " + std::to_string(numbers_.size()) +
                          " columns: a label and at least one feature are wanted.");
      }
      const std::span<const float> features = std::span(numbers_).subspan(label_size_);
      if (dimension_ == 0) dimension_ = features.size();
      if (features.size() != dimension_) wrong_dimension(record_number_, features.size(), dimension_);
      settle(examples, dimension_, false);
      examples.add_dense(features, label_size_ > 0 ? numbers_[0] : 0);
      ++taken;
    }
    return taken;
  }

 private:
  // Without its end of line; none at the end.
  std::optional<std::string_view> next_line() {
    while (true) {
      const std::string_view rest(reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_);
      const std::size_t newline = rest.find('\n', searched_);
      if (newline != std::string_view::npos || (exhausted_ && !rest.empty())) {
        std::string_view line = rest.substr(0, std::min(newline, rest.size()));
        begin_ += std::min(line.size() + 1, rest.size());
        searched_ = 0;
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
      }
      if (exhausted_) return std::nullopt;
      searched_ = rest.size();
      if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
      }
      if (end_ == buffer_.size()) {
        if (buffer_.size() >= max_line_bytes) throw ClientError("A line of the CSV data is longer than 64 MiB.");
        buffer_.resize(buffer_.size() * 2);
      }
      const std::size_t got = source_(std::span(buffer_).subspan(end_));
      exhausted_ = got == 0;
      end_ += got;
    }
  }

  ByteSource source_;
  std::size_t dimension_;
  std::size_t label_size_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;
  bool exhausted_ = false;
  std::uint64_t record_number_ = 0;
  std::vector<float> numbers_;
};

}  // namespace

void Examples::clear() {
  values_.clear();
  indexes_.clear();
  starts_.clear();
  labels_.clear();
}

void Examples::add_dense(std::span<const float> features, float label) {
  values_.insert(values_.end(), features.begin(), features.end());
  labels_.push_back(label);
}

void Examples::add_sparse(std::span<const std::uint32_t> indexes, std::span<const float> values, float label) {
  starts_.push_back(values_.size());
  indexes_.insert(indexes_.end(), indexes.begin(), indexes.end());
  values_.insert(values_.end(), values.begin(), values.end());
  labels_.push_back(label);
}

std::span<const float> Examples::values(std::size_t row) const {
  if (!sparse_) return std::span(values_).subspan(row * dimension_, dimension_);
  const std::size_t end = row + 1 < starts_.size() ? starts_[row + 1] : values_.size();
  return std::span(values_).subspan(starts_[row], end - starts_[row]);
}

std::span<const std::uint32_t> Examples::indexes(std::size_t row) const {
  if (!sparse_) return {};
  const std::size_t end = row + 1 < starts_.size() ? starts_[row + 1] : indexes_.size();
  return std::span(indexes_).subspan(starts_[row], end - starts_[row]);
}

void parse_csv_numbers(std::string_view line, std::vector<float>& out) {
  out.clear();
  std::size_t start = 0;
  while (true) {
    const std::size_t comma = std::min(line.find(',', start), line.size());
    std::string_view cell = trim(line.substr(start, comma - start));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    if (cell.starts_with('+')) cell.remove_prefix(1);
    // As a double first: a number too small for a float is 0 and not an error.
    double number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    const auto value = static_cast<float>(number);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) {
      throw ClientError("column " + std::to_string(out.size() + 1) + " is not a number: '" +
                        std::string(cell.substr(0, 40)) + "'");
    }
    out.push_back(value);
    if (comma == line.size()) return;
    start = comma + 1;
  }
}

ContentType parse_content_type(std::string_view text) {
  ContentType type;
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  const std::string name = to_lower(trim(text.substr(0, semicolon)));
  if (name.empty() || name == "application/x-recordio-protobuf") {
    type.format = ExampleFormat::recordio_protobuf;
  } else if (name == "text/csv") {
    type.format = ExampleFormat::csv;
  } else {
    throw ClientError(
        "Unable to initialize the algorithm. Failed to validate input data configuration. (caused by "
        "ValidationError)\n\nCaused by: '" +
        name + "' is not one of ['application/x-recordio-protobuf', 'text/csv'] for ContentType");
  }
  std::string_view rest = text.substr(semicolon);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view parameter = rest.substr(0, std::min(rest.find(';'), rest.size()));
    rest.remove_prefix(parameter.size());
    const std::string_view trimmed = trim(parameter);
    if (!trimmed.starts_with("label_size=")) continue;
    const std::string_view value = trimmed.substr(11);
    if (value != "0" && value != "1") {
      throw ClientError("linear-learner takes label_size=1 (or 0 for inference), not label_size=" + std::string(value));
    }
    type.label_size = value == "1" ? 1 : 0;
  }
  return type;
}

std::unique_ptr<ExampleReader> make_example_reader(ContentType type, ByteSource source,
                                                   std::optional<std::size_t> expected_dimension) {
  if (type.format == ExampleFormat::csv) {
    return std::make_unique<CsvReader>(std::move(source), expected_dimension, type.label_size);
  }
  return std::make_unique<RecordReader>(std::move(source), expected_dimension);
}

}  // namespace tarn::algorithms
