#include "services/s3/inventory_words.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::string_view arn_prefix = "arn:aws:s3:::";

void check_id(const std::string& id, const std::string& inside) {
  const bool good = std::ranges::all_of(id, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
  if (!good || id.empty() || id.size() > 64 || id != inside) {
    throw Error(errors::invalid_argument, "The inventory's id is not valid, or differs from the request's")
        .with("ArgumentName", "id")
        .with("ArgumentValue", id);
  }
}

inventory::Format format_in(InventoryFormat format) {
  if (format == InventoryFormat::orc) {
    throw Error(errors::not_implemented, "Tarn writes no ORC: inventories are CSV or Parquet");
  }
  return format == InventoryFormat::csv ? inventory::Format::csv : inventory::Format::parquet;
}

}  // namespace

inventory::Configuration inventory_in(const std::string& id, const InventoryConfiguration& asked) {
  check_id(id, asked.id);
  const InventoryS3BucketDestination& destination = asked.destination.s3_bucket_destination;
  if (destination.encryption) {
    throw Error(errors::not_implemented, "Tarn does not encrypt inventories in a way of their own");
  }
  const std::string_view bucket(destination.bucket);
  if (!bucket.starts_with(arn_prefix) || !BucketName::parse(bucket.substr(arn_prefix.size()))) {
    throw Error(errors::invalid_argument, "The destination is not the ARN of a bucket")
        .with("ArgumentName", "Bucket")
        .with("ArgumentValue", destination.bucket);
  }
  inventory::Configuration configuration{
      .id = id,
      .enabled = asked.is_enabled,
      .all_versions = asked.included_object_versions == InventoryIncludedObjectVersions::all,
      .format = format_in(destination.format),
      .frequency = asked.schedule.frequency == InventoryFrequency::daily ? inventory::Frequency::daily
                                                                         : inventory::Frequency::weekly,
      .prefix = asked.filter ? asked.filter->prefix : "",
      .destination_bucket = std::string(bucket.substr(arn_prefix.size())),
      .destination_prefix = destination.prefix.value_or(""),
      .destination_account = destination.account_id.value_or("")};
  if (!asked.optional_fields) return configuration;
  for (const InventoryOptionalField field : *asked.optional_fields) {
    const std::string name(to_string(field));
    if (!inventory::is_field(name)) {
      throw Error(errors::not_implemented, "Tarn's inventories do not tell of " + name);
    }
    if (std::ranges::find(configuration.fields, name) == configuration.fields.end()) {
      configuration.fields.push_back(name);
    }
  }
  return configuration;
}

InventoryConfiguration inventory_out(const inventory::Configuration& configuration) {
  InventoryConfiguration out;
  out.id = configuration.id;
  out.is_enabled = configuration.enabled;
  out.included_object_versions =
      configuration.all_versions ? InventoryIncludedObjectVersions::all : InventoryIncludedObjectVersions::current;
  out.schedule.frequency =
      configuration.frequency == inventory::Frequency::daily ? InventoryFrequency::daily : InventoryFrequency::weekly;
  if (!configuration.prefix.empty()) out.filter.emplace().prefix = configuration.prefix;
  InventoryS3BucketDestination& destination = out.destination.s3_bucket_destination;
  destination.bucket = std::string(arn_prefix) + configuration.destination_bucket;
  destination.format = configuration.format == inventory::Format::csv ? InventoryFormat::csv : InventoryFormat::parquet;
  if (!configuration.destination_prefix.empty()) destination.prefix = configuration.destination_prefix;
  if (!configuration.destination_account.empty()) destination.account_id = configuration.destination_account;
  if (configuration.fields.empty()) return out;
  out.optional_fields.emplace();
  for (const std::string& field : configuration.fields) {
    if (const auto known = aws::parse_enum<InventoryOptionalField>(field)) out.optional_fields->push_back(*known);
  }
  return out;
}

Task<std::vector<inventory::Configuration>> inventories_of(S3& s3, BucketName bucket) {
  const auto found =
      co_await s3.objects.configuration(s3.access, std::move(bucket), objects::ConfigurationKind::inventory);
  co_return found ? inventory::unpack(found->document) : std::vector<inventory::Configuration>{};
}

void no_such_inventory(const std::string& bucket) {
  throw Error(errors::no_such_configuration, "The specified configuration does not exist.").with("BucketName", bucket);
}

}  // namespace tarn::s3
