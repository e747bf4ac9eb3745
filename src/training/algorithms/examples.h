// Examples: feature vectors with their labels, read from the formats that linear-learner takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::algorithms {

// Some examples. Dense rows lie one after the other; sparse ones are lists of (index, value).
class Examples {
 public:
  explicit Examples(std::size_t dimension = 0, bool sparse = false) : dimension_(dimension), sparse_(sparse) {}

  std::size_t size() const { return labels_.size(); }
  std::size_t dimension() const { return dimension_; }
  bool sparse() const { return sparse_; }
  std::size_t bytes() const { return values_.size() * sizeof(float) + indexes_.size() * 4 + labels_.size() * 12; }
  void clear();

  void add_dense(std::span<const float> features, float label);
  void add_sparse(std::span<const std::uint32_t> indexes, std::span<const float> values, float label);

  float label(std::size_t row) const { return labels_[row]; }
  // Dense: all values. Sparse: those that indexes() names.
  std::span<const float> values(std::size_t row) const;
  std::span<const std::uint32_t> indexes(std::size_t row) const;

 private:
  std::size_t dimension_;
  bool sparse_;
  std::vector<float> values_;
  std::vector<std::uint32_t> indexes_;
  std::vector<std::size_t> starts_;  // Sparse only: where each row begins.
  std::vector<float> labels_;
};

// Bytes that are pulled: fills the buffer from its front, 0 at the end.
using ByteSource = std::function<std::size_t(std::span<std::byte>)>;

enum class ExampleFormat { csv, recordio_protobuf };

struct ContentType {
  ExampleFormat format = ExampleFormat::recordio_protobuf;
  std::size_t label_size = 1;
};

// "text/csv;label_size=1", "application/x-recordio-protobuf" (parameters that the channel acted on are passed over).
// Throws ClientError for others. An empty text is RecordIO-protobuf, SageMaker's default.
ContentType parse_content_type(std::string_view text);

// Reads examples one after the other.
class ExampleReader {
 public:
  virtual ~ExampleReader() = default;

  // Appends up to `count` examples; fewer only at the end of the data. The first call settles dimension and density.
  // Throws ClientError for what is no example: it names the record (counted from 1) and says why.
  virtual std::size_t read(Examples& examples, std::size_t count) = 0;
};

// `expected_dimension`: none is found out from the first example. `examples` of the first read() is made anew if its
// dimension is 0.
std::unique_ptr<ExampleReader> make_example_reader(ContentType type, ByteSource source,
                                                   std::optional<std::size_t> expected_dimension);

// One line of comma-separated numbers into `out` (cleared before). Throws ClientError without a record number.
void parse_csv_numbers(std::string_view line, std::vector<float>& out);

}  // namespace tarn::algorithms
