#include "training/training.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "training/endpoints.h"
#include "training/input/table_pieces.h"
#include "training/job_runner.h"
#include "training/metric_scanner.h"
#include "training/own_thread.h"

namespace tarn::training {

namespace {

constexpr const char* job_kind = "training-job";

[[noreturn]] void invalid(const std::string& message) {
  throw Error(errors::validation, message);
}

std::string item_payload(const AccountId& account, const std::string& name) {
  return nlohmann::json{{"account", account.text()}, {"job", name}}.dump();
}

// What no later moment could make right is refused at once.
void check_spec(JobSpec& spec, const Options& options) {
  const auto image = find_image(spec.image, options.images);
  if (!image) invalid(unknown_image_message(spec.image));
  try {
    MetricScanner scanner(spec.metric_definitions);
  } catch (const std::invalid_argument& error) {
    invalid(error.what());
  }
  if (!parse_s3_uri(spec.output_path)) invalid("S3OutputPath '" + spec.output_path + "' is no S3 URI.");
  if (!spec.output_path.ends_with('/')) spec.output_path += '/';
  if (!spec.checkpoint_uri.empty() && !parse_s3_uri(spec.checkpoint_uri)) {
    invalid("CheckpointConfig.S3Uri '" + spec.checkpoint_uri + "' is no S3 URI.");
  }
  if (!spec.checkpoint_path.empty() && !spec.checkpoint_path.starts_with('/'))
    invalid("CheckpointConfig.LocalPath must be absolute.");
  if (spec.instance_count < 1) invalid("ResourceConfig.InstanceCount must be at least 1.");
  if (spec.instance_count > options.max_instances_a_job) {
    throw Error(errors::resource_limit_exceeded,
                "The limit of instances of a training job is " + std::to_string(options.max_instances_a_job) +
                    " Instances, with a request delta of " + std::to_string(spec.instance_count) + " Instances.");
  }
  for (const ChannelSpec& channel : spec.channels) {
    const std::string where = "Channel '" + channel.name + "': ";
    if (std::ranges::count(spec.channels, channel.name, &ChannelSpec::name) > 1)
      invalid(where + "the name is used more than once.");
    if (!parse_s3_uri(channel.uri)) invalid(where + "S3Uri '" + channel.uri + "' is no S3 URI.");
    if (channel.mode == InputMode::fast_file) {
      invalid(where + "FastFile is not implemented; the input modes are File and Pipe.");
    }
    const bool pipe = channel.mode == InputMode::pipe;
    if (channel.gzip && !pipe) invalid(where + "CompressionType Gzip is for Pipe mode only.");
    if (channel.record_wrapper && !pipe) invalid(where + "RecordWrapperType RecordIO is for Pipe mode only.");
    if (channel.data_type == DataType::augmented_manifest) {
      if (!pipe) invalid(where + "AugmentedManifestFile is for Pipe mode only.");
      if (channel.attribute_names.empty()) invalid(where + "AugmentedManifestFile needs AttributeNames.");
      if (channel.gzip) invalid(where + "AugmentedManifestFile cannot be compressed.");
    } else if (!channel.attribute_names.empty()) {
      invalid(where + "AttributeNames is for AugmentedManifestFile only.");
    }
    try {
      const auto table = parse_table_options(channel.content_type);
      if (table && !pipe) invalid(where + "a table (from=…) is streamed in Pipe mode only.");
      if (table && channel.data_type == DataType::augmented_manifest)
        invalid(where + "a table (from=…) has no attributes.");
    } catch (const InputError& error) {
      invalid(where + error.what());
    }
  }
  if (const std::string missing = missing_for_sandbox(); !missing.empty()) {
    invalid("This machine cannot run jobs: " + missing + " is missing.");
  }
}

std::string not_found(const char* what, const std::string& arn) {
  return std::string("Could not find ") + what + " \"" + arn + "\".";
}

}  // namespace

// Jobs that run in this process.
struct Training::Running {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<JobControl>> jobs;  // By ARN.
};

Training::Training(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      runtime_(std::make_unique<Runtime>(dependencies_.meta, dependencies_.logs, dependencies_.wall,
                                         dependencies_.random, dependencies_.lake_of_role, dependencies_.options)),
      running_(std::make_unique<Running>()),
      endpoints_(std::make_unique<Endpoints>(*runtime_, dependencies_.work)) {
  runtime_->credentials_of_role = dependencies_.credentials_of_role;
  dependencies_.work.handle(job_kind, [this](const work::Item& item) { return run_job_item(item); },
                            {.max_running = runtime_->options.max_running_jobs});
}

Training::~Training() = default;

Task<void> Training::start() {
  const auto accounts = co_await runtime_->rows.accounts();
  for (const AccountId& account : accounts) {
    // The server ended between a job's row and its item.
    const auto names = co_await runtime_->rows.new_jobs(account);
    for (const std::string& name : names) co_await enqueue_job(account, name);
  }
  co_await endpoints_->start();
}

void Training::stop() {
  runtime_->ending = true;
  endpoints_->stop();
}

// ---- jobs

Task<void> Training::enqueue_job(AccountId account, std::string name) {
  co_await dependencies_.work.enqueue({.id = "training/" + account.text() + "/" + name,
                                       .kind = job_kind,
                                       .payload = item_payload(account, name),
                                       .not_before = {}});
  co_await runtime_->rows.forget_new(account, name);
}

Task<Job> Training::create_job(AccountId account, JobSpec spec, TagMap tags) {
  check_spec(spec, runtime_->options);
  Job job;
  job.arn = runtime_->arn(account, "training-job/" + spec.name);
  job.created = runtime_->wall.now();
  std::string message = "Preparing the instances for training";
  for (std::size_t i = 0; i < spec.not_acted_on.size(); ++i)
    message += (i == 0 ? ". Not acted on: " : ", ") + spec.not_acted_on[i];
  move_to(job, "Starting", message, job.created);
  const std::string name = spec.name;
  job.spec = std::move(spec);
  const bool created = co_await runtime_->rows.create(account, name, job, std::move(tags));
  if (created) {
    co_await enqueue_job(account, name);
    co_return job;
  }
  throw Error(errors::resource_in_use,
              "Training job names must be unique within an AWS account and region, and a training job with this name "
              "already exists (" +
                  job.arn + ")");
}

Task<Job> Training::find_job(AccountId account, std::string name) {
  auto job = co_await runtime_->rows.find<Job>(account, name);
  if (!job) invalid("Requested resource not found.");
  co_return std::move(*job);
}

Task<std::vector<Job>> Training::list_jobs(AccountId account) {
  co_return co_await runtime_->rows.list<Job>(account);
}

Task<void> Training::stop_job(AccountId account, std::string name) {
  std::string refusal;
  const auto job = co_await runtime_->rows.update<Job>(account, name, [&](Job& current) {
    refusal.clear();
    if (current.over()) {
      refusal = "The request was rejected because the training job is in status " + current.status + ".";
      return false;
    }
    if (current.status == "Stopping") return false;
    move_to(current, "Stopping", "Stopping the training job", runtime_->wall.now());
    current.status = "Stopping";
    return true;
  });
  if (!job) invalid("Requested resource not found.");
  if (!refusal.empty()) invalid(refusal);
  const std::scoped_lock lock(running_->mutex);
  if (const auto found = running_->jobs.find(job->arn); found != running_->jobs.end())
    found->second->stop_requested = true;
}

Task<work::Outcome> Training::run_job_item(work::Item item) {
  const auto payload = nlohmann::json::parse(item.payload);
  const auto account = AccountId::trusted(payload.at("account").get<std::string>());
  const auto name = payload.at("job").get<std::string>();
  auto control = std::make_shared<JobControl>();
  auto job = co_await runtime_->rows.update<Job>(account, name, [&](Job& current) {
    if (current.over() || !current.program_started) return false;
    // The server died, or was stopped, while it ran.
    current.program_started = false;
    if (!current.spec.checkpoint_uri.empty() && current.status == "InProgress") {
      ++current.attempt;
      move_to(current, "Restarting", "The server was restarted: the job goes on from its checkpoints",
              runtime_->wall.now());
      return true;
    }
    const bool stopping = current.status == "Stopping";
    current.status = stopping ? "Stopped" : "Failed";
    if (!stopping)
      current.failure_reason =
          "InternalServerError: the server was stopped while the job ran, and it has no CheckpointConfig to go on "
          "from.";
    move_to(current, current.status, current.failure_reason, runtime_->wall.now());
    current.transitions.back().end = current.ended = runtime_->wall.now();
    return true;
  });
  if (!job || job->over()) co_return work::Done{};
  control->stop_requested = job->status == "Stopping";
  {
    const std::scoped_lock lock(running_->mutex);
    running_->jobs[job->arn] = control;
  }
  // A stop that came between the row and its entry here.
  const auto now = co_await runtime_->rows.find<Job>(account, name);
  if (now && now->status == "Stopping") control->stop_requested = true;
  const std::stop_token token = co_await current_stop_token();
  const std::stop_callback on_shutdown(token, [&control] { control->shutting_down = true; });
  RunEnd end = RunEnd::over;
  std::string failure;
  try {
    end = co_await on_own_thread("training-job", [&] { return run_job(*runtime_, account, *job, *control); });
  } catch (const std::exception& error) {
    failure = error.what();
  }
  {
    const std::scoped_lock lock(running_->mutex);
    running_->jobs.erase(job->arn);
  }
  if (!failure.empty()) {
    log::error("a training job could not be run", {{"job", job->arn}, {"error", failure}});
    co_await runtime_->rows.update<Job>(account, name, [&](Job& current) {
      if (current.over()) return false;
      current.status = "Failed";
      current.failure_reason = "InternalServerError: " + failure;
      move_to(current, "Failed", "Training job failed", runtime_->wall.now());
      current.transitions.back().end = current.ended = runtime_->wall.now();
      return true;
    });
  }
  if (end == RunEnd::shut_down) co_return work::RunAgain{};
  co_return work::Done{};
}

// ---- models and configurations

Task<Model> Training::create_model(AccountId account, Model model, TagMap tags) {
  if (!find_image(model.image, runtime_->options.images)) invalid(unknown_image_message(model.image));
  if (!model.model_data_url.empty() && !parse_s3_uri(model.model_data_url))
    invalid("ModelDataUrl '" + model.model_data_url + "' is no S3 URI.");
  model.arn = runtime_->arn(account, "model/" + model.name);
  model.created = runtime_->wall.now();
  const bool created = co_await runtime_->rows.create(account, model.name, model, std::move(tags));
  if (!created) invalid("Cannot create already existing model \"" + model.arn + "\".");
  co_return model;
}

Task<Model> Training::find_model(AccountId account, std::string name) {
  auto model = co_await runtime_->rows.find<Model>(account, name);
  if (!model) invalid(not_found("model", runtime_->arn(account, "model/" + name)));
  co_return std::move(*model);
}

Task<std::vector<Model>> Training::list_models(AccountId account) {
  co_return co_await runtime_->rows.list<Model>(account);
}

Task<void> Training::delete_model(AccountId account, std::string name) {
  const std::string arn = runtime_->arn(account, "model/" + name);
  const bool removed = co_await runtime_->rows.remove<Model>(account, name);
  if (!removed) invalid(not_found("model", arn));
  co_await runtime_->rows.remove<TagMap>(account, arn);
}

Task<EndpointConfig> Training::create_config(AccountId account, EndpointConfig config, TagMap tags) {
  for (const Variant& variant : config.variants) co_await find_model(account, variant.model);
  config.arn = runtime_->arn(account, "endpoint-config/" + config.name);
  config.created = runtime_->wall.now();
  const bool created = co_await runtime_->rows.create(account, config.name, config, std::move(tags));
  if (!created) invalid("Cannot create already existing endpoint configuration \"" + config.arn + "\".");
  co_return config;
}

Task<EndpointConfig> Training::find_config(AccountId account, std::string name) {
  auto config = co_await runtime_->rows.find<EndpointConfig>(account, name);
  if (!config) invalid(not_found("endpoint configuration", runtime_->arn(account, "endpoint-config/" + name)));
  co_return std::move(*config);
}

Task<std::vector<EndpointConfig>> Training::list_configs(AccountId account) {
  co_return co_await runtime_->rows.list<EndpointConfig>(account);
}

Task<void> Training::delete_config(AccountId account, std::string name) {
  const std::string arn = runtime_->arn(account, "endpoint-config/" + name);
  const bool removed = co_await runtime_->rows.remove<EndpointConfig>(account, name);
  if (!removed) invalid(not_found("endpoint configuration", arn));
  co_await runtime_->rows.remove<TagMap>(account, arn);
}

// ---- endpoints

Task<Endpoint> Training::create_endpoint(AccountId account, std::string name, std::string config_name, TagMap tags) {
  const EndpointConfig config = co_await find_config(account, config_name);
  Endpoint endpoint{.name = name,
                    .arn = runtime_->arn(account, "endpoint/" + name),
                    .config = config_name,
                    .variants = config.variants,
                    .created = runtime_->wall.now(),
                    .generation = 1};
  endpoint.modified = endpoint.created;
  const bool created = co_await runtime_->rows.create(account, name, endpoint, std::move(tags));
  if (!created) invalid("Cannot create already existing endpoint \"" + endpoint.arn + "\".");
  co_await endpoints_->deploy(account, name, endpoint.generation);
  co_return endpoint;
}

Task<Endpoint> Training::find_endpoint(AccountId account, std::string name) {
  auto endpoint = co_await runtime_->rows.find<Endpoint>(account, name);
  if (!endpoint) invalid(not_found("endpoint", runtime_->arn(account, "endpoint/" + name)));
  co_return std::move(*endpoint);
}

Task<std::vector<Endpoint>> Training::list_endpoints(AccountId account) {
  co_return co_await runtime_->rows.list<Endpoint>(account);
}

Task<Endpoint> Training::update_endpoint(AccountId account, std::string name, std::string config_name) {
  co_await find_config(account, config_name);
  std::string refusal;
  const auto endpoint = co_await runtime_->rows.update<Endpoint>(account, name, [&](Endpoint& current) {
    refusal.clear();
    if (current.status != "InService") {
      refusal = "Cannot update in-progress endpoint \"" + current.arn + "\".";
      return false;
    }
    current.status = "Updating";
    current.pending_config = config_name;
    current.modified = runtime_->wall.now();
    ++current.generation;
    return true;
  });
  if (!endpoint) invalid(not_found("endpoint", runtime_->arn(account, "endpoint/" + name)));
  if (!refusal.empty()) invalid(refusal);
  co_await endpoints_->deploy(account, name, endpoint->generation);
  co_return *endpoint;
}

Task<void> Training::delete_endpoint(AccountId account, std::string name) {
  const std::string arn = runtime_->arn(account, "endpoint/" + name);
  const bool removed = co_await runtime_->rows.remove<Endpoint>(account, name);
  if (!removed) invalid(not_found("endpoint", arn));
  co_await runtime_->rows.remove<TagMap>(account, arn);
  endpoints_->forget(account, name);
}

Task<InvocationResult> Training::invoke(AccountId account, std::string endpoint, Invocation invocation) {
  co_return co_await endpoints_->invoke(account, endpoint, std::move(invocation));
}

// ---- tags

Task<void> Training::require_resource(AccountId account, std::string arn) {
  const std::string prefix = runtime_->arn(account, "");
  const std::string resource = arn.starts_with(prefix) ? arn.substr(prefix.size()) : std::string();
  const std::size_t slash = resource.find('/');
  const std::string kind = resource.substr(0, slash);
  const std::string name = slash == std::string::npos ? std::string() : resource.substr(slash + 1);
  bool there = false;
  if (kind == "training-job") there = (co_await runtime_->rows.find<Job>(account, name)).has_value();
  if (kind == "model") there = (co_await runtime_->rows.find<Model>(account, name)).has_value();
  if (kind == "endpoint-config") there = (co_await runtime_->rows.find<EndpointConfig>(account, name)).has_value();
  if (kind == "endpoint") there = (co_await runtime_->rows.find<Endpoint>(account, name)).has_value();
  if (!there) invalid("Could not find resource \"" + arn + "\".");
}

Task<TagMap> Training::tags(AccountId account, std::string arn) {
  co_await require_resource(account, arn);
  const auto tags = co_await runtime_->rows.find<TagMap>(account, arn);
  co_return tags.value_or(TagMap{});
}

Task<TagMap> Training::add_tags(AccountId account, std::string arn, TagMap tags) {
  constexpr std::size_t most_tags = 50;
  co_await require_resource(account, arn);
  // The row must be there to be changed; that it was there already is as well.
  (void)co_await runtime_->rows.create(account, arn, TagMap{});
  bool too_many = false;
  const auto all = co_await runtime_->rows.update<TagMap>(account, arn, [&](TagMap& current) {
    TagMap merged = tags;
    merged.insert(current.begin(), current.end());
    too_many = merged.size() > most_tags;
    if (too_many) return false;
    current = std::move(merged);
    return true;
  });
  if (too_many) invalid("A resource has at most 50 tags.");
  co_return all.value_or(TagMap{});
}

Task<void> Training::remove_tags(AccountId account, std::string arn, std::vector<std::string> keys) {
  co_await require_resource(account, arn);
  co_await runtime_->rows.update<TagMap>(account, arn, [&](TagMap& current) {
    for (const auto& key : keys) current.erase(key);
    return true;
  });
}

}  // namespace tarn::training
