// training: jobs that make models of the lake's data, and endpoints that serve them.
//
// What callers may rely on:
//  - A job, model, configuration or endpoint that create…() returned is a row. Names are unique in an account.
//  - A job is a work item: it starts by itself, soon, and ends as Completed, Failed or Stopped with the reason in its
//    row. If the server dies, its program dies with it; the next start goes on from the job's checkpoints if it has
//    any, and else says that it failed and why.
//  - A job of several instances is several programs, one sandbox each. The first to fail ends all.
//  - Programs run in sandboxes (training/sandbox), see the lake through their role (training/input/lake.h) and their
//    channels only, and what they say is in the logs.
//  - An endpoint that is InService is started again after a restart of the server.
//
// The dispatcher has authorized each call by its ARN. What a job or a model reads and writes is authorized as its role.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "training/hosting.h"
#include "training/job.h"
#include "training/rows.h"
#include "training/runtime.h"
#include "work/work.h"

namespace tarn::training {

namespace errors {
inline constexpr ErrorCode validation{"ValidationException", 400};
inline constexpr ErrorCode resource_in_use{"ResourceInUse", 400};
inline constexpr ErrorCode resource_limit_exceeded{"ResourceLimitExceeded", 400};
inline constexpr ErrorCode resource_not_found{"ResourceNotFound", 400};
inline constexpr ErrorCode model_error{"ModelError", 424};
inline constexpr ErrorCode service_unavailable{"ServiceUnavailable", 503};
inline constexpr ErrorCode model_not_ready{"ModelNotReadyException", 429};
inline constexpr ErrorCode invocation_validation{"ValidationError", 400};
}  // namespace errors

struct Dependencies {
  meta::Store& meta;
  work::Queue& work;
  logs::Logs& logs;
  const Clock& wall;
  Random& random;
  LakeOfRole lake_of_role;
  CredentialsOfRole credentials_of_role;  // May be empty.
  Options options;
};

struct Invocation {
  std::string body;
  std::string content_type;
  std::string accept;
  std::string custom_attributes;
  std::string target_variant;
  std::string inference_id;
  std::string session_id;
};
struct InvocationResult {
  std::string body;
  std::string content_type;
  std::string custom_attributes;
  std::string variant;
};

class Endpoints;

class Training {
 public:
  // Registers with the queue, so before its start().
  explicit Training(Dependencies dependencies);
  ~Training();
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  // Starts the endpoints again that were in service. After the queue's start().
  Task<void> start();
  // Ends the servers of all endpoints; jobs are ended by the queue's stop().
  void stop();

  // ---- jobs

  // Sets the job's ARN and times. Throws ResourceInUse, ValidationException (what the job can never run: an unknown
  // image, a metric's expression that is none, FastFile, an output that is no S3 URI).
  Task<Job> create_job(AccountId account, JobSpec spec, TagMap tags);
  Task<Job> find_job(AccountId account, std::string name);
  Task<std::vector<Job>> list_jobs(AccountId account);
  // SIGTERM, and SIGKILL after two minutes. ValidationException for a job that is over.
  Task<void> stop_job(AccountId account, std::string name);

  // ---- models, configurations, endpoints

  Task<Model> create_model(AccountId account, Model model, TagMap tags);
  Task<Model> find_model(AccountId account, std::string name);
  Task<std::vector<Model>> list_models(AccountId account);
  Task<void> delete_model(AccountId account, std::string name);

  Task<EndpointConfig> create_config(AccountId account, EndpointConfig config, TagMap tags);
  Task<EndpointConfig> find_config(AccountId account, std::string name);
  Task<std::vector<EndpointConfig>> list_configs(AccountId account);
  Task<void> delete_config(AccountId account, std::string name);

  Task<Endpoint> create_endpoint(AccountId account, std::string name, std::string config, TagMap tags);
  Task<Endpoint> find_endpoint(AccountId account, std::string name);
  Task<std::vector<Endpoint>> list_endpoints(AccountId account);
  // Starts the new configuration's servers, and ends the old ones once they answer.
  Task<Endpoint> update_endpoint(AccountId account, std::string name, std::string config);
  Task<void> delete_endpoint(AccountId account, std::string name);

  // Throws ModelError with OriginalStatusCode and OriginalMessage when the program answers so, and what
  // InvokeEndpoint throws otherwise.
  Task<InvocationResult> invoke(AccountId account, std::string endpoint, Invocation invocation);

  // ---- tags, of any of these by ARN

  Task<TagMap> tags(AccountId account, std::string arn);
  Task<TagMap> add_tags(AccountId account, std::string arn, TagMap tags);
  Task<void> remove_tags(AccountId account, std::string arn, std::vector<std::string> keys);

  const Options& options() const { return runtime_->options; }

 private:
  Task<work::Outcome> run_job_item(work::Item item);
  Task<void> require_resource(AccountId account, std::string arn);
  Task<void> enqueue_job(AccountId account, std::string name);

  struct Running;
  Dependencies dependencies_;
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<Running> running_;
  std::unique_ptr<Endpoints> endpoints_;
};

}  // namespace tarn::training
