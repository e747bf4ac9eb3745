#include "training/rows.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace nlohmann {

template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) {
      out = *value;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (in.is_null()) {
      value.reset();
    } else {
      value = in.get<T>();
    }
  }
};

template <>
struct adl_serializer<tarn::Timestamp> {
  static void to_json(json& out, const tarn::Timestamp& time) { out = tarn::to_millis(time); }
  static void from_json(const json& in, tarn::Timestamp& time) { time = tarn::from_millis(in.get<std::int64_t>()); }
};

}  // namespace nlohmann

namespace tarn::training {

NLOHMANN_JSON_SERIALIZE_ENUM(DataType, {{DataType::s3_prefix, "S3Prefix"},
                                        {DataType::manifest, "ManifestFile"},
                                        {DataType::augmented_manifest, "AugmentedManifestFile"}})
NLOHMANN_JSON_SERIALIZE_ENUM(InputMode,
                             {{InputMode::file, "File"}, {InputMode::pipe, "Pipe"}, {InputMode::fast_file, "FastFile"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ChannelSpec, name, data_type, uri, sharded, attribute_names,
                                                content_type, gzip, record_wrapper, mode, shuffle_seed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(MetricDefinition, name, regex)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(JobSpec, name, role_arn, image, input_mode, entrypoint, arguments,
                                                metric_definitions, hyperparameters, environment, channels, output_path,
                                                compress_output, instance_type, instance_count, volume_gigabytes,
                                                max_runtime_seconds, checkpoint_uri, checkpoint_path, network_isolation,
                                                not_acted_on)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Transition, status, start, end, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Metric, name, value, time)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Lineage, channel, uri, version, e_tag, size)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Job, spec, arn, status, secondary_status, failure_reason, created,
                                                modified, started, ended, transitions, metrics, model_uri, lineage,
                                                lineage_count, attempt, program_started)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Model, name, arn, image, model_data_url, environment,
                                                container_host_name, role_arn, network_isolation, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Variant, name, model, weight, instance_count, instance_type,
                                                startup_timeout_seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(EndpointConfig, name, arn, variants, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Endpoint, name, arn, config, pending_config, variants, status,
                                                failure_reason, created, modified, generation)

namespace {

constexpr char row_format = 1;

}  // namespace

template <typename T>
std::string to_row(const T& value) {
  // Text of a program's may be no UTF-8: it is kept with replacements and never refused.
  return row_format + nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename T>
T from_row(std::string_view row) {
  if (row.empty() || row[0] != row_format) throw std::runtime_error("a row of training has an unknown format");
  return nlohmann::json::parse(row.substr(1)).get<T>();
}

template std::string to_row(const Job&);
template std::string to_row(const Model&);
template std::string to_row(const EndpointConfig&);
template std::string to_row(const Endpoint&);
template std::string to_row(const TagMap&);
template Job from_row(std::string_view);
template Model from_row(std::string_view);
template EndpointConfig from_row(std::string_view);
template Endpoint from_row(std::string_view);
template TagMap from_row(std::string_view);

Task<std::vector<std::string>> Rows::new_jobs(AccountId account) {
  const std::string prefix = new_prefix;
  std::vector<std::string> names;
  std::string first = prefix;
  while (true) {
    const auto rows = co_await store_.scan(partition(account), first, meta::end_of_prefix(prefix), {});
    if (rows.empty()) co_return names;
    for (const auto& row : rows) names.push_back(row.key.substr(prefix.size()));
    first = rows.back().key + '\0';
  }
}

Task<void> Rows::forget_new(AccountId account, std::string name) {
  meta::Batch batch;
  batch.remove(new_prefix + name);
  (void)co_await store_.commit(partition(account), std::move(batch));
}

Task<std::vector<AccountId>> Rows::accounts() {
  static constexpr std::string_view prefix = "training/";
  std::vector<AccountId> found;
  std::string after;
  while (true) {
    const auto partitions = co_await store_.partitions(std::string(prefix), after, 1000);
    if (partitions.empty()) co_return found;
    after = partitions.back().name;
    for (const auto& one : partitions) {
      if (const auto account = AccountId::parse(std::string_view(one.name).substr(prefix.size())))
        found.push_back(*account);
    }
  }
}

void move_to(Job& job, const std::string& secondary_status, const std::string& message, Timestamp now) {
  if (!job.transitions.empty() && !job.transitions.back().end) job.transitions.back().end = now;
  job.transitions.push_back({.status = secondary_status, .start = now, .end = {}, .message = message});
  job.secondary_status = secondary_status;
  job.modified = now;
}

}  // namespace tarn::training
