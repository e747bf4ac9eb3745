#include "crawl/classify.h"

#include <algorithm>

#include "base/blocking.h"
#include "base/encoding.h"
#include "catalog/errors.h"
#include "formats/format_error.h"
#include "formats/sniff.h"

namespace tarn::crawl {
namespace {

using formats::Sniffed;

// A file of up to this size is read whole; of a larger one its beginning and pieces spread over the rest, so that a
// column that is empty at first still gets its type.
constexpr std::uint64_t whole_bytes = 16 << 20;
constexpr std::uint64_t head_bytes = 8 << 20;
constexpr std::uint64_t piece_bytes = 1 << 20;
constexpr std::uint64_t pieces = 8;
// A Parquet footer beyond this is no file that people query.
constexpr std::uint64_t max_footer_bytes = 64 << 20;

class Sampler {
 public:
  Sampler(objects::Objects& objects, const policy::Access& access, const objects::ObjectVersion& version,
          std::stop_token stop)
      : objects_(objects), access_(access), version_(version), stop_(std::move(stop)) {}

  Task<std::string> read(std::uint64_t offset, std::uint64_t length) {
    std::string bytes(length, '\0');
    auto stream = co_await objects_.open(access_, version_, {.offset = offset, .length = length});
    if (!stream) throw std::runtime_error("the object was replaced while it was read");
    std::size_t filled = 0;
    while (filled < bytes.size()) {
      check_stop(stop_);
      const std::size_t got = co_await stream->read(std::as_writable_bytes(std::span(bytes).subspan(filled)));
      if (got == 0) break;
      filled += got;
    }
    bytes.resize(filled);
    co_return bytes;
  }

  // Text of whole lines from all over the object. `whole`: it is all of it.
  Task<std::string> sample(std::string head, bool& whole) {
    whole = head.size() == version_.size;
    if (whole || head.starts_with("\x1f\x8b")) co_return head;
    cut_to_lines(head, false);
    const std::uint64_t rest = version_.size - head_bytes;
    for (std::uint64_t i = 0; i < pieces; ++i) {
      const std::uint64_t at = head_bytes + i * (rest - piece_bytes) / (pieces - 1);
      std::string piece = co_await read(at, piece_bytes);
      cut_to_lines(piece, true);
      head += piece;
    }
    co_return head;
  }

 private:
  static void cut_to_lines(std::string& text, bool at_front) {
    const auto last = text.rfind('\n');
    text.resize(last == std::string::npos ? 0 : last + 1);
    if (!at_front) return;
    const auto first = text.find('\n');
    text.erase(0, first == std::string::npos ? text.size() : first + 1);
  }

  objects::Objects& objects_;
  const policy::Access& access_;
  const objects::ObjectVersion& version_;
  const std::stop_token stop_;
};

void describe_csv(FileSchema& schema, const Sniffed& sniffed) {
  const std::string delimiter(1, sniffed.delimiter);
  schema.parameters["delimiter"] = delimiter;
  schema.parameters["areColumnsQuoted"] = sniffed.quoted ? "true" : "false";
  schema.parameters["columnsOrdered"] = "true";
  if (sniffed.has_header) schema.parameters["skip.header.line.count"] = std::to_string(sniffed.header_lines);
  if (sniffed.quoted) {
    schema.serde.library = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
    schema.serde.parameters = {{"separatorChar", delimiter}, {"quoteChar", "\""}};
  } else {
    schema.serde.library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
    schema.serde.parameters = {{"field.delim", delimiter}};
  }
  if (sniffed.null_text) schema.serde.parameters["serialization.null.format"] = *sniffed.null_text;
  // An empty field of a number is NULL in quoted files too, which OpenCSVSerDe does not know by itself.
  if (sniffed.null_texts.size() > 1 || sniffed.quoted) {
    std::string all;
    for (const std::string& text : sniffed.null_texts) all += (all.empty() ? "" : ",") + text;
    schema.parameters["tarn.null.formats"] = sniffed.quoted && !all.empty() ? all + "," : all;
  }
  if (!sniffed.timestamp_formats.empty()) {
    std::string all;
    for (const std::string& format : sniffed.timestamp_formats) all += (all.empty() ? "" : ",") + format;
    schema.serde.parameters["timestamp.formats"] = all;
  }
  schema.input_format = "org.apache.hadoop.mapred.TextInputFormat";
  schema.output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
}

void describe_json(FileSchema& schema) {
  schema.serde.library = "org.openx.data.jsonserde.JsonSerDe";
  std::string paths;
  for (const catalog::Column& column : schema.columns) paths += (paths.empty() ? "" : ",") + column.name;
  schema.serde.parameters = {{"paths", paths}};
  schema.input_format = "org.apache.hadoop.mapred.TextInputFormat";
  schema.output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
}

void describe_parquet(FileSchema& schema) {
  schema.serde.library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
  schema.serde.parameters = {{"serialization.format", "1"}};
  schema.input_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
  schema.output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
}

FileSchema schema_from(Sniffed sniffed) {
  FileSchema schema{.classification = sniffed.classification, .compression = sniffed.compression};
  for (formats::SniffedColumn& column : sniffed.columns) {
    schema.columns.push_back({.name = std::move(column.name), .type = std::move(column.type)});
  }
  if (sniffed.classification == "csv") describe_csv(schema, sniffed);
  if (sniffed.classification == "json") describe_json(schema);
  if (sniffed.classification == "parquet") describe_parquet(schema);
  schema.reasons = std::move(sniffed.reasons);
  schema.rows = sniffed.rows;
  schema.bytes = sniffed.bytes;
  return schema;
}

FileSchema unknown(std::string reason) {
  FileSchema schema{.classification = "UNKNOWN", .compression = "none"};
  schema.reasons.push_back(std::move(reason));
  return schema;
}

Sniffed sniff_sample(const std::string& sample, bool whole, bool strict, const std::stop_token& stop) {
  const formats::Unpacked unpacked = formats::unpack(sample, whole_bytes);
  // A gzip's text is whole where all of it was unpacked.
  const bool all = whole && !unpacked.damage && unpacked.bytes.size() < whole_bytes;
  Sniffed sniffed =
      formats::sniff_text(unpacked.bytes, all, {.strict = strict, .now_and_then = [&stop] { check_stop(stop); }});
  if (unpacked.gzip) {
    sniffed.compression = "gzip";
    sniffed.bytes = sample.size();
  }
  if (unpacked.damage) sniffed.reasons.push_back(*unpacked.damage);
  if (whole && unpacked.gzip && !unpacked.ended && !unpacked.damage && unpacked.bytes.size() < whole_bytes) {
    sniffed.reasons.push_back("the gzip stream is cut short: queries of it fail");
  }
  return sniffed;
}

Task<FileSchema> classify_parquet(Sampler& sampler, std::uint64_t size) {
  const std::string trailer = co_await sampler.read(size - std::min<std::uint64_t>(size, 8), 8);
  const auto footer = formats::parquet_footer_bytes(trailer);
  if (!footer || *footer > size) co_return unknown("it begins as Parquet but does not end so: it is cut short");
  if (*footer > max_footer_bytes) co_return unknown("its Parquet footer is larger than 64 MiB");
  const std::string tail = co_await sampler.read(size - *footer, *footer);
  std::string failure;
  try {
    co_return schema_from(formats::sniff_parquet(tail, size));
  } catch (const formats::FormatError& error) {
    failure = error.what();
  }
  co_return unknown(failure);
}

}  // namespace

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(catalog::errors::crawler_stopping, "The crawl was stopped.");
}

Task<FileSchema> classify(objects::Objects& objects, const policy::Access& access, BucketName bucket, ObjectKey key,
                          bool strict, std::stop_token stop) {
  const auto version = co_await objects.find(access, bucket, key);
  if (!version) co_return unknown("it was deleted while the crawl ran");
  Sampler sampler(objects, access, *version, stop);
  const std::uint64_t first = version->size <= whole_bytes ? version->size : head_bytes;
  std::string head = co_await sampler.read(0, first);
  if (formats::is_parquet(head)) co_return co_await classify_parquet(sampler, version->size);
  bool whole = false;
  const std::string sample = co_await sampler.sample(std::move(head), whole);
  co_return schema_from(co_await blocking([&] { return sniff_sample(sample, whole, strict, stop); }));
}

}  // namespace tarn::crawl
