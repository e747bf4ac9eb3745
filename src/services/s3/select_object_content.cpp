// SelectObjectContent: what an SQL expression finds in an object, as a stream of events.
//
// What is wrong with the request or with the object's beginning is answered as an error; what shows later ends the
// stream with one.
#include "api/s3/select_object_content.h"

#include <cstring>

#include "aws/event_stream.h"
#include "base/log.h"
#include "select/errors.h"
#include "select/select.h"
#include "services/s3/encryption.h"
#include "services/s3/reading.h"

namespace tarn::s3 {
namespace {

// Progress is told each time that so much more was read.
constexpr std::uint64_t progress_bytes = 16 << 20;

// One version of an object. The rights that it leans on live as long as the answer.
class VersionSource : public tarn::select::Source {
 public:
  VersionSource(const S3& s3, objects::ObjectVersion version, std::optional<objects::CustomerKey> key)
      : objects_(s3.objects), access_(s3.access), version_(std::move(version)), key_(std::move(key)) {}
  std::uint64_t size() const override { return version_.size; }
  Task<std::unique_ptr<ByteStream>> open(ByteRange range) override {
    auto stream = co_await objects_.open(access_, version_, range, key_);
    if (!stream) throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", version_.key.text());
    co_return stream;
  }

 private:
  objects::Objects& objects_;
  const policy::Access& access_;
  objects::ObjectVersion version_;
  std::optional<objects::CustomerKey> key_;
};

std::string counts(std::string_view name, const tarn::select::Statistics& statistics) {
  const std::string element(name);
  const std::string xml = "<" + element + " xmlns=\"\"><BytesScanned>" + std::to_string(statistics.scanned) +
                          "</BytesScanned><BytesProcessed>" + std::to_string(statistics.processed) +
                          "</BytesProcessed><BytesReturned>" + std::to_string(statistics.returned) +
                          "</BytesReturned></" + element + ">";
  return aws::event(name, "text/xml", xml);
}

class EventBody : public ByteStream {
 public:
  EventBody(std::unique_ptr<tarn::select::Run> run, bool progress, std::string first)
      : run_(std::move(run)), progress_(progress) {
    tell(std::move(first));
  }

  Task<std::size_t> read(std::span<std::byte> buffer) override {
    if (at_ == pending_.size() && !ended_) co_await go_on();
    const std::size_t count = std::min(buffer.size(), pending_.size() - at_);
    std::memcpy(buffer.data(), pending_.data() + at_, count);
    at_ += count;
    co_return count;
  }

 private:
  Task<void> go_on() {
    pending_.clear();
    at_ = 0;
    std::exception_ptr failure;
    std::string found;
    try {
      found = co_await run_->next();
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      fail(failure);
    } else {
      tell(std::move(found));
    }
  }

  void fail(const std::exception_ptr& failure) {
    ended_ = true;
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      pending_ = aws::event_error(error.code().name, error.message());
    } catch (const std::exception& error) {
      log::error("a selection broke off", {{"error", error.what()}});
      pending_ = aws::event_error("InternalError", "An internal error occurred. Please try again.");
    }
  }

  void tell(std::string found) {
    if (!found.empty()) pending_ += aws::event("Records", "application/octet-stream", found);
    const tarn::select::Statistics statistics = run_->statistics();
    if (progress_ && (run_->done() || statistics.processed - told_ >= progress_bytes)) {
      told_ = statistics.processed;
      pending_ += counts("Progress", statistics);
    }
    if (run_->done()) {
      ended_ = true;
      pending_ += counts("Stats", statistics) + aws::event("End", "", "");
    } else if (pending_.empty()) {
      // Keeps the connection while nothing is found.
      pending_ = aws::event("Cont", "", "");
    }
  }

  std::unique_ptr<tarn::select::Run> run_;
  const bool progress_;
  std::uint64_t told_ = 0;
  std::string pending_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

std::string one_mark(const std::optional<std::string>& asked, std::string otherwise, std::size_t most,
                     const char* name) {
  if (!asked) return otherwise;
  if (asked->empty() || asked->size() > most) {
    throw Error(tarn::select::errors::invalid_request_parameter,
                std::string("The value of a parameter in the SelectRequest element is not valid: ") + name);
  }
  return *asked;
}

tarn::select::CsvInput csv_input(const CSVInput& asked) {
  tarn::select::CsvInput csv;
  if (asked.file_header_info == FileHeaderInfo::use) csv.header = tarn::select::CsvInput::Header::use;
  if (asked.file_header_info == FileHeaderInfo::ignore) csv.header = tarn::select::CsvInput::Header::ignore;
  csv.comments = one_mark(asked.comments, csv.comments, 4, "Comments");
  csv.quote = one_mark(asked.quote_character, csv.quote, 4, "QuoteCharacter");
  csv.quote_escape = one_mark(asked.quote_escape_character, csv.quote_escape, 4, "QuoteEscapeCharacter");
  csv.record_delimiter = one_mark(asked.record_delimiter, csv.record_delimiter, 2, "RecordDelimiter");
  csv.field_delimiter = one_mark(asked.field_delimiter, csv.field_delimiter, 4, "FieldDelimiter");
  csv.quoted_record_delimiters = asked.allow_quoted_record_delimiter.value_or(false);
  if (csv.record_delimiter == csv.field_delimiter) {
    throw Error(tarn::select::errors::invalid_request_parameter,
                "The value of a parameter in the SelectRequest element is not valid: both delimiters are the same");
  }
  return csv;
}

tarn::select::CsvOutput csv_output(const CSVOutput& asked) {
  tarn::select::CsvOutput csv;
  csv.always_quote = asked.quote_fields == QuoteFields::always;
  csv.quote = one_mark(asked.quote_character, csv.quote, 4, "QuoteCharacter");
  csv.quote_escape = one_mark(asked.quote_escape_character, csv.quote_escape, 4, "QuoteEscapeCharacter");
  csv.record_delimiter = one_mark(asked.record_delimiter, csv.record_delimiter, 128, "RecordDelimiter");
  csv.field_delimiter = one_mark(asked.field_delimiter, csv.field_delimiter, 128, "FieldDelimiter");
  return csv;
}

[[noreturn]] void refuse_serialization(std::string_view which) {
  throw Error(tarn::select::errors::object_serialization_conflict,
              "The " + std::string(which) +
                  " specifies more than one format, or none. An object can be serialized in only one format.");
}

void take_input(const InputSerialization& asked, tarn::select::Request& request) {
  using Format = tarn::select::Request::Format;
  using Packing = tarn::select::Request::Packing;
  if (int{asked.csv.has_value()} + int{asked.json.has_value()} + int{asked.parquet.has_value()} != 1) {
    refuse_serialization("InputSerialization");
  }
  if (asked.compression_type == CompressionType::gzip) request.packing = Packing::gzip;
  if (asked.compression_type == CompressionType::bzip2) request.packing = Packing::bzip2;
  if (asked.csv) {
    request.csv = csv_input(*asked.csv);
  } else if (asked.json) {
    if (!asked.json->type) {
      throw Error({"InvalidJsonType", 400}, "The JsonType is not valid. Only DOCUMENT and LINES are supported.");
    }
    request.format = *asked.json->type == JSONType::lines ? Format::json_lines : Format::json_document;
  } else {
    if (request.packing != Packing::none) {
      throw Error(tarn::select::errors::invalid_compression_format,
                  "The file is not in a supported compression format. A Parquet object is not compressed as a whole.");
    }
    request.format = Format::parquet;
  }
}

void take_output(const OutputSerialization& asked, tarn::select::Request& request) {
  if (asked.csv.has_value() == asked.json.has_value()) refuse_serialization("OutputSerialization");
  if (asked.csv) {
    request.csv_output = csv_output(*asked.csv);
  } else {
    request.json_output.record_delimiter = one_mark(asked.json->record_delimiter, "\n", 128, "RecordDelimiter");
  }
}

// Start alone: to the end; End alone: so many bytes before the end; both: End is inside.
tarn::select::ScanRange range_of(const ScanRange& asked, const tarn::select::Request& request, std::uint64_t size) {
  using Format = tarn::select::Request::Format;
  const bool divisible = request.format == Format::parquet || request.format == Format::json_lines ||
                         (request.format == Format::csv && !request.csv.quoted_record_delimiters);
  if (!divisible || request.packing != tarn::select::Request::Packing::none) {
    throw Error(tarn::select::errors::unsupported_scan_range_input,
                "Scan range queries are not supported on this type of object. Scan range queries are supported for "
                "uncompressed CSV and JSON objects, and Parquet objects.");
  }
  const std::int64_t start = asked.start.value_or(0), end = asked.end.value_or(0);
  const bool good = (asked.start || asked.end) && start >= 0 && end >= 0 &&
                    (!asked.start || !asked.end || start <= end) &&
                    (!asked.start || start < static_cast<std::int64_t>(size));
  if (!good) {
    throw Error(tarn::select::errors::invalid_scan_range,
                "The provided scan range is not valid. Check the range against the length of the object.");
  }
  if (!asked.end) return {.start = static_cast<std::uint64_t>(start), .end = size};
  const std::uint64_t last = static_cast<std::uint64_t>(end);
  if (!asked.start) return {.start = size - std::min(last, size), .end = size};
  return {.start = static_cast<std::uint64_t>(start), .end = last + 1};
}

}  // namespace

Task<SelectObjectContentOutput> select_object_content(S3& s3, SelectObjectContentRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto customer_key = customer_key_of(s3, request);
  const BucketName bucket = bucket_name(request.bucket);
  const ObjectKey key = object_key(request.key);
  tarn::select::Request asked{.expression = std::move(request.expression)};
  take_input(request.input_serialization, asked);
  take_output(request.output_serialization, asked);
  const auto object = co_await s3.objects.find_to_read(s3.access, bucket, key);
  if (!object) co_await refuse_unread(s3, bucket, key, {});
  s3.objects.check_customer_key(*object, customer_key);
  if (request.scan_range) asked.range = range_of(*request.scan_range, asked, object->size);
  auto run = tarn::select::start(std::move(asked), std::make_shared<VersionSource>(s3, *object, customer_key),
                                 s3.engine, s3.clock.now());
  // Read before the answer begins, so that what is wrong at once is an answer of its own.
  std::string first = co_await run->next();
  const bool progress = request.request_progress && request.request_progress->enabled.value_or(false);
  SelectObjectContentOutput output;
  output.payload = std::make_unique<EventBody>(std::move(run), progress, std::move(first));
  co_return output;
}

}  // namespace tarn::s3
