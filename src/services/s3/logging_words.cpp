#include "services/s3/logging_words.h"

namespace tarn::s3 {

traffic::LoggingConfiguration logging_in(const LoggingEnabled& asked) {
  if (asked.target_grants && !asked.target_grants->empty()) {
    throw Error(errors::not_implemented, "Tarn does not implement target grants; give rights on logs by a policy.");
  }
  traffic::LoggingConfiguration configuration{
      .target_bucket = asked.target_bucket, .prefix = asked.target_prefix, .partitioned = {}};
  // A key may have 1,024 bytes, of which a partitioned one needs some 150.
  if (configuration.prefix.size() > 800) {
    throw Error(errors::invalid_argument, "The target prefix is too long").with("ArgumentName", "TargetPrefix");
  }
  if (!asked.target_object_key_format) return configuration;
  const TargetObjectKeyFormat& format = *asked.target_object_key_format;
  if (format.simple_prefix.has_value() == format.partitioned_prefix.has_value()) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  configuration.simple_prefix = format.simple_prefix.has_value();
  if (format.partitioned_prefix) {
    const auto source = format.partitioned_prefix->partition_date_source;
    if (!source) {
      throw Error(errors::malformed_xml,
                  "The XML you provided was not well-formed or did not validate against our published schema");
    }
    configuration.partitioned = *source == PartitionDateSource::event_time ? traffic::DateSource::event_time
                                                                           : traffic::DateSource::delivery_time;
  }
  return configuration;
}

LoggingEnabled logging_out(const traffic::LoggingConfiguration& configuration) {
  LoggingEnabled out;
  out.target_bucket = configuration.target_bucket;
  out.target_prefix = configuration.prefix;
  if (configuration.simple_prefix) {
    out.target_object_key_format.emplace().simple_prefix.emplace();
  } else if (configuration.partitioned) {
    out.target_object_key_format.emplace().partitioned_prefix.emplace().partition_date_source =
        *configuration.partitioned == traffic::DateSource::event_time ? PartitionDateSource::event_time
                                                                      : PartitionDateSource::delivery_time;
  }
  return out;
}

}  // namespace tarn::s3
