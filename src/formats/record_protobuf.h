// The Record message of SageMaker's built-in algorithms (protobuf 2, package aialgs.data), written and read by hand
// because a training channel moves hundreds of megabytes of it a second.
//
//   Float32Tensor, Float64Tensor, Int32Tensor { repeated T values = 1; repeated uint64 keys = 2; repeated uint64 shape
//   = 3; } Bytes  { repeated bytes value = 1; optional string content_type = 2; } Value  { oneof { float32_tensor = 2;
//   float64_tensor = 3; int32_tensor = 7; bytes = 9; } } Record { map<string, Value> features = 1, label = 2; optional
//   string uid = 3, metadata = 4, configuration = 5; }
//
// https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/format_error.h"

namespace tarn::formats {

struct RecordValue {
  enum class Kind { none, float32, float64, int32, bytes };

  std::string name;
  Kind kind = Kind::none;
  // The vector of `kind` holds the values; the others are empty.
  std::vector<float> float32;
  std::vector<double> float64;
  std::vector<std::int32_t> int32;
  std::vector<std::string> bytes;
  std::string content_type;
  // Sparse: keys[i] is the flat index of value i. Dense: empty.
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> shape;

  std::size_t size() const;
  // Value `i` of a tensor, as a number.
  double number(std::size_t i) const;
  void clear();
};

struct Record {
  std::vector<RecordValue> features;
  std::vector<RecordValue> label;
  std::optional<std::string> uid;
  std::optional<std::string> metadata;
  std::optional<std::string> configuration;

  const RecordValue* feature(std::string_view name) const;
  const RecordValue* label_named(std::string_view name) const;
};

// Reads one message into `record`, whose memory is used again. Packed and unpacked values, unknown fields and maps in
// any order are taken; a map key that comes twice keeps its last value. Throws FormatError.
void decode_record(std::span<const std::byte> message, Record& record);

// Appends the message's bytes (not framed).
void encode_record(const Record& record, std::string& out);

// Writes framed records of one shape: a dense float32 vector named "values", and a float32 label when there is one.
// All records have the same length, so the frame is laid out once and only numbers change.
class DenseRecordWriter {
 public:
  DenseRecordWriter(std::size_t feature_count, bool has_label);

  // Bytes of one record with its frame, unless it had to be split.
  std::size_t record_bytes() const { return frame_.size(); }

  // Room for a record's numbers; fill features() (and label()) and append().
  std::span<float> features() { return features_; }
  float& label() { return label_; }
  void append(std::string& out);

  // `count` records whose numbers lie column by column, as a table's chunk has them.
  void append_columns(std::span<const float* const> columns, const float* labels, std::size_t count, std::string& out);

  std::uint64_t split_records() const { return split_records_; }

 private:
  void place(char* frame, const float* values, float label) const;

  std::string frame_;
  std::size_t features_at_ = 0;  // Offset in frame_ of the first feature's four bytes.
  std::size_t label_at_ = 0;     // 0: no label.
  std::vector<float> features_;
  float label_ = 0;
  std::uint64_t split_records_ = 0;
};

}  // namespace tarn::formats
