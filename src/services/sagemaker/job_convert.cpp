#include "services/sagemaker/job_convert.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

namespace {

using training::ChannelSpec;
using training::JobSpec;

[[noreturn]] void invalid(const std::string& message) {
  throw Error(training::errors::validation, message);
}

training::InputMode mode_from(TrainingInputMode mode) {
  switch (mode) {
    case TrainingInputMode::pipe:
      return training::InputMode::pipe;
    case TrainingInputMode::file:
      return training::InputMode::file;
    case TrainingInputMode::fast_file:
      return training::InputMode::fast_file;
  }
  return training::InputMode::file;
}

TrainingInputMode mode_to(training::InputMode mode) {
  switch (mode) {
    case training::InputMode::pipe:
      return TrainingInputMode::pipe;
    case training::InputMode::file:
      return TrainingInputMode::file;
    case training::InputMode::fast_file:
      return TrainingInputMode::fast_file;
  }
  return TrainingInputMode::file;
}

ChannelSpec channel_from(Channel channel, TrainingInputMode mode) {
  refuse_if(channel.data_source.file_system_data_source.has_value(), "A channel's FileSystemDataSource");
  refuse_if(channel.data_source.dataset_source.has_value(), "A channel's DatasetSource");
  if (!channel.data_source.s3_data_source) invalid("Channel '" + channel.channel_name + "' has no S3DataSource.");
  S3DataSource source = std::move(*channel.data_source.s3_data_source);
  refuse_if(source.instance_group_names && !source.instance_group_names->empty(), "InstanceGroupNames");
  refuse_if(source.model_access_config || source.hub_access_config, "Access to models of a hub as a channel");
  refuse_if(source.s3_data_type == S3DataType::converse, "S3DataType Converse");
  ChannelSpec spec;
  spec.name = std::move(channel.channel_name);
  spec.data_type = source.s3_data_type == S3DataType::manifest_file             ? training::DataType::manifest
                   : source.s3_data_type == S3DataType::augmented_manifest_file ? training::DataType::augmented_manifest
                                                                                : training::DataType::s3_prefix;
  spec.uri = std::move(source.s3_uri);
  spec.sharded = source.s3_data_distribution_type.value_or(S3DataDistribution::fully_replicated) ==
                 S3DataDistribution::sharded_by_s3_key;
  spec.attribute_names = std::move(source.attribute_names).value_or(std::vector<std::string>{});
  spec.content_type = std::move(channel.content_type).value_or("");
  spec.gzip = channel.compression_type.value_or(CompressionType::none) == CompressionType::gzip;
  spec.record_wrapper = channel.record_wrapper_type.value_or(RecordWrapper::none) == RecordWrapper::record_io;
  spec.mode = mode_from(channel.input_mode.value_or(mode));
  if (channel.shuffle_config) spec.shuffle_seed = channel.shuffle_config->seed;
  return spec;
}

Channel channel_to(ChannelSpec spec) {
  Channel channel;
  channel.channel_name = std::move(spec.name);
  S3DataSource source;
  source.s3_data_type = spec.data_type == training::DataType::manifest             ? S3DataType::manifest_file
                        : spec.data_type == training::DataType::augmented_manifest ? S3DataType::augmented_manifest_file
                                                                                   : S3DataType::s3_prefix;
  source.s3_uri = std::move(spec.uri);
  source.s3_data_distribution_type =
      spec.sharded ? S3DataDistribution::sharded_by_s3_key : S3DataDistribution::fully_replicated;
  if (!spec.attribute_names.empty()) source.attribute_names = std::move(spec.attribute_names);
  channel.data_source.s3_data_source = std::move(source);
  if (!spec.content_type.empty()) channel.content_type = std::move(spec.content_type);
  channel.compression_type = spec.gzip ? CompressionType::gzip : CompressionType::none;
  channel.record_wrapper_type = spec.record_wrapper ? RecordWrapper::record_io : RecordWrapper::none;
  channel.input_mode = mode_to(spec.mode);
  if (spec.shuffle_seed) channel.shuffle_config = ShuffleConfig{.seed = *spec.shuffle_seed};
  return channel;
}

void refuse_what_is_not_acted_on(const CreateTrainingJobRequest& request) {
  refuse_if(request.vpc_config.has_value(), "VpcConfig");
  refuse_if(request.enable_managed_spot_training.value_or(false), "Managed spot training");
  refuse_if(request.debug_rule_configurations && !request.debug_rule_configurations->empty(),
            "DebugRuleConfigurations");
  refuse_if(request.retry_strategy.has_value(), "RetryStrategy");
  refuse_if(request.remote_debug_config && request.remote_debug_config->enable_remote_debug.value_or(false),
            "RemoteDebugConfig");
  refuse_if(request.serverless_job_config.has_value(), "ServerlessJobConfig");
  refuse_if(request.model_package_config.has_value(), "ModelPackageConfig");
  refuse_if(request.mlflow_config.has_value(), "MlflowConfig");
  refuse_if(request.session_chaining_config.has_value(), "SessionChainingConfig");
  refuse_if(request.output_data_config.kms_key_id && !request.output_data_config.kms_key_id->empty(),
            "OutputDataConfig.KmsKeyId");
}

void read_resources(const CreateTrainingJobRequest& request, JobSpec& spec) {
  if (!request.resource_config) invalid("ResourceConfig is missing.");
  const ResourceConfig& resources = *request.resource_config;
  refuse_if(resources.instance_groups && !resources.instance_groups->empty(), "InstanceGroups");
  refuse_if(resources.training_plan_arn.has_value(), "TrainingPlanArn");
  refuse_if(resources.volume_kms_key_id && !resources.volume_kms_key_id->empty(), "VolumeKmsKeyId");
  require_instance_type(resources.instance_type, "resourceConfig.instanceType");
  spec.instance_count = resources.instance_count.value_or(1);
  spec.instance_type = resources.instance_type.value_or("");
  spec.volume_gigabytes = resources.volume_size_in_gb.value_or(0);
}

}  // namespace

JobSpec job_from(CreateTrainingJobRequest request) {
  refuse_what_is_not_acted_on(request);
  if (!request.algorithm_specification) invalid("AlgorithmSpecification is missing.");
  AlgorithmSpecification& algorithm = *request.algorithm_specification;
  refuse_if(algorithm.algorithm_name.has_value(), "AlgorithmSpecification.AlgorithmName");
  if (!algorithm.training_image) invalid("AlgorithmSpecification.TrainingImage is missing.");
  JobSpec spec;
  spec.name = std::move(request.training_job_name);
  spec.role_arn = std::move(request.role_arn);
  spec.image = std::move(*algorithm.training_image);
  spec.input_mode = to_string(algorithm.training_input_mode);
  spec.entrypoint = std::move(algorithm.container_entrypoint).value_or(std::vector<std::string>{});
  spec.arguments = std::move(algorithm.container_arguments).value_or(std::vector<std::string>{});
  if (algorithm.metric_definitions) {
    for (auto& definition : *algorithm.metric_definitions)
      spec.metric_definitions.push_back({std::move(definition.name), std::move(definition.regex)});
  }
  spec.hyperparameters = std::move(request.hyper_parameters).value_or(std::map<std::string, std::string>{});
  spec.environment = std::move(request.environment).value_or(std::map<std::string, std::string>{});
  if (request.input_data_config) {
    for (auto& channel : *request.input_data_config)
      spec.channels.push_back(channel_from(std::move(channel), algorithm.training_input_mode));
  }
  spec.output_path = std::move(request.output_data_config.s3_output_path);
  spec.compress_output =
      request.output_data_config.compression_type.value_or(OutputCompressionType::gzip) == OutputCompressionType::gzip;
  read_resources(request, spec);
  if (request.stopping_condition && request.stopping_condition->max_runtime_in_seconds) {
    spec.max_runtime_seconds = *request.stopping_condition->max_runtime_in_seconds;
  }
  if (request.checkpoint_config) {
    spec.checkpoint_uri = std::move(request.checkpoint_config->s3_uri);
    spec.checkpoint_path = std::move(request.checkpoint_config->local_path).value_or("/opt/ml/checkpoints");
  }
  spec.network_isolation = request.enable_network_isolation.value_or(false);
  // What clients send unasked, and what changes neither the model nor its path.
  const auto note = [&spec](bool given, const char* name) {
    if (given) spec.not_acted_on.push_back(name);
  };
  note(request.debug_hook_config.has_value(), "DebugHookConfig");
  note(request.profiler_config.has_value(), "ProfilerConfig");
  note(request.profiler_rule_configurations && !request.profiler_rule_configurations->empty(),
       "ProfilerRuleConfigurations");
  note(request.tensor_board_output_config.has_value(), "TensorBoardOutputConfig");
  note(request.experiment_config.has_value(), "ExperimentConfig");
  note(request.infra_check_config.has_value(), "InfraCheckConfig");
  note(request.resource_config->keep_alive_period_in_seconds.has_value(), "KeepAlivePeriodInSeconds");
  return spec;
}

DescribeTrainingJobOutput job_to(training::Job job) {
  JobSpec& spec = job.spec;
  DescribeTrainingJobOutput output;
  output.training_job_name = spec.name;
  output.training_job_arn = std::move(job.arn);
  output.model_artifacts.s3_model_artifacts = std::move(job.model_uri);
  output.training_job_status = aws::parse_enum<TrainingJobStatus>(job.status).value_or(TrainingJobStatus::in_progress);
  output.secondary_status = aws::parse_enum<SecondaryStatus>(job.secondary_status).value_or(SecondaryStatus::starting);
  if (!job.failure_reason.empty()) output.failure_reason = std::move(job.failure_reason);
  output.hyper_parameters = std::move(spec.hyperparameters);
  AlgorithmSpecification algorithm;
  algorithm.training_image = std::move(spec.image);
  algorithm.training_input_mode = aws::parse_enum<TrainingInputMode>(spec.input_mode).value_or(TrainingInputMode::file);
  if (!spec.metric_definitions.empty()) {
    auto& definitions = algorithm.metric_definitions.emplace();
    for (auto& one : spec.metric_definitions)
      definitions.push_back({.name = std::move(one.name), .regex = std::move(one.regex)});
  }
  if (!spec.entrypoint.empty()) algorithm.container_entrypoint = std::move(spec.entrypoint);
  if (!spec.arguments.empty()) algorithm.container_arguments = std::move(spec.arguments);
  algorithm.enable_sage_maker_metrics_time_series = false;
  output.algorithm_specification = std::move(algorithm);
  output.role_arn = std::move(spec.role_arn);
  auto& channels = output.input_data_config.emplace();
  for (auto& channel : spec.channels) channels.push_back(channel_to(std::move(channel)));
  OutputDataConfig target;
  target.s3_output_path = std::move(spec.output_path);
  target.kms_key_id = "";
  target.compression_type = spec.compress_output ? OutputCompressionType::gzip : OutputCompressionType::none;
  output.output_data_config = std::move(target);
  ResourceConfig resources;
  if (!spec.instance_type.empty()) resources.instance_type = std::move(spec.instance_type);
  resources.instance_count = static_cast<std::int32_t>(spec.instance_count);
  resources.volume_size_in_gb = static_cast<std::int32_t>(spec.volume_gigabytes);
  output.resource_config = std::move(resources);
  output.stopping_condition.max_runtime_in_seconds = static_cast<std::int32_t>(spec.max_runtime_seconds);
  output.creation_time = job.created;
  output.training_start_time = job.started;
  output.training_end_time = job.ended;
  output.last_modified_time = job.modified;
  auto& transitions = output.secondary_status_transitions.emplace();
  for (auto& one : job.transitions) {
    transitions.push_back({.status = aws::parse_enum<SecondaryStatus>(one.status).value_or(SecondaryStatus::starting),
                           .start_time = one.start,
                           .end_time = one.end,
                           .status_message = std::move(one.message)});
  }
  if (!job.metrics.empty()) {
    auto& metrics = output.final_metric_data_list.emplace();
    for (auto& one : job.metrics)
      metrics.push_back(
          {.metric_name = std::move(one.name), .value = static_cast<float>(one.value), .timestamp = one.time});
  }
  output.enable_network_isolation = spec.network_isolation;
  output.enable_inter_container_traffic_encryption = false;
  output.enable_managed_spot_training = false;
  if (!spec.checkpoint_uri.empty())
    output.checkpoint_config =
        CheckpointConfig{.s3_uri = std::move(spec.checkpoint_uri), .local_path = std::move(spec.checkpoint_path)};
  if (job.started && job.ended) {
    const auto seconds =
        static_cast<std::int32_t>(std::chrono::ceil<std::chrono::seconds>(*job.ended - *job.started).count());
    // Wall-clock time, both of them: whoever bills multiplies by InstanceCount.
    output.training_time_in_seconds = seconds;
    output.billable_time_in_seconds = seconds;
  }
  output.profiling_status = ProfilingStatus::disabled;
  if (!spec.environment.empty()) output.environment = std::move(spec.environment);
  return output;
}

}  // namespace tarn::sagemaker
