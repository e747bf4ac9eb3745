// Access logs as S3 writes them: where a bucket wants them, how their objects are called, what a line says.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/observer.h"
#include "objects/bucket.h"

namespace tarn::traffic {

// Which time stands in a log object's partitioned key.
enum class DateSource : std::uint8_t { event_time = 1, delivery_time = 2 };

struct LoggingConfiguration {
  std::string target_bucket;
  std::string prefix;
  bool simple_prefix = false;             // Said, not only meant.
  std::optional<DateSource> partitioned;  // None: keys are the prefix and a time.
  friend bool operator==(const LoggingConfiguration&, const LoggingConfiguration&) = default;
};

// The document of objects::ConfigurationKind::logging.
std::string pack(const LoggingConfiguration& configuration);
// Throws std::runtime_error on bytes that are none.
LoggingConfiguration unpack_logging(std::string_view document);

// The key of a log object. `day` is that of its lines, where they are kept apart by it; `unique` makes it differ.
std::string log_key(const LoggingConfiguration& configuration, const objects::Bucket& source, Timestamp delivered,
                    std::optional<Timestamp> day, std::string_view unique);

// One request as a line, with its end; after DeleteObjects, a line more for each key.
std::string log_lines(const objects::Bucket& bucket, const aws::ServedRequest& request);
std::string log_line(const objects::Bucket& bucket, const aws::ServedRequest& request);

// "REST.GET.OBJECT"
std::string log_operation(const aws::ServedRequest& request);

}  // namespace tarn::traffic
