#include "training/endpoints.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "training/own_thread.h"

namespace tarn::training {

namespace {

constexpr const char* endpoint_kind = "endpoint";
constexpr std::size_t most_reason_bytes = 1024;

std::string key_of(const AccountId& account, const std::string& name) {
  return account.text() + "/" + name;
}

}  // namespace

Endpoints::Endpoints(Runtime& runtime, work::Queue& work)
    : runtime_(runtime), work_(work), boot_(runtime.random.uuid()) {
  work_.handle(endpoint_kind, [this](const work::Item& item) { return run_item(item); }, {.max_running = 8});
}

Endpoints::~Endpoints() {
  stop();
}

Task<void> Endpoints::start() {
  const auto accounts = co_await runtime_.rows.accounts();
  for (const AccountId& account : accounts) {
    const auto endpoints = co_await runtime_.rows.list<Endpoint>(account);
    for (const Endpoint& endpoint : endpoints) {
      if (endpoint.status == "Failed" || endpoint.status == "OutOfService") continue;
      co_await deploy(account, endpoint.name, endpoint.generation);
    }
  }
}

void Endpoints::stop() {
  std::map<std::string, std::shared_ptr<Deployment>> all;
  std::vector<std::thread> endings;
  {
    const std::scoped_lock lock(mutex_);
    all.swap(serving_);
    endings.swap(endings_);
  }
  // At once, not one after the other.
  for (auto& [key, deployment] : all) {
    for (auto& served : deployment->variants)
      endings.emplace_back([server = std::exchange(served.server, nullptr)]() mutable { server.reset(); });
  }
  for (auto& ending : endings) ending.join();
}

void Endpoints::let_go(std::shared_ptr<Deployment> deployment) {
  if (!deployment) return;
  const std::scoped_lock lock(mutex_);
  endings_.emplace_back([deployment = std::move(deployment)]() mutable { deployment.reset(); });
}

void Endpoints::forget(const AccountId& account, const std::string& name) {
  std::shared_ptr<Deployment> old;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = serving_.find(key_of(account, name));
    if (found == serving_.end()) return;
    old = std::move(found->second);
    serving_.erase(found);
  }
  let_go(std::move(old));
}

Task<void> Endpoints::deploy(AccountId account, std::string name, std::uint64_t generation) {
  const nlohmann::json payload = {{"account", account.text()}, {"endpoint", name}, {"generation", generation}};
  co_await work_.enqueue({.id = "endpoint/" + key_of(account, name) + "/" + std::to_string(generation) + "/" + boot_,
                          .kind = endpoint_kind,
                          .payload = payload.dump(),
                          .not_before = {}});
}

std::shared_ptr<Endpoints::Deployment> Endpoints::bring_up(const AccountId& account, const Endpoint& endpoint,
                                                           const EndpointConfig& config,
                                                           const std::atomic<bool>& cancelled) {
  auto deployment = std::make_shared<Deployment>();
  deployment->generation = endpoint.generation;
  for (const Variant& variant : config.variants) {
    const auto model = sync_wait(runtime_.rows.find<Model>(account, variant.model));
    if (!model)
      throw InputError("The model " + variant.model + " of production variant " + variant.name + " does not exist.");
    ModelServer::Start start{.model = *model,
                             .account = account,
                             .endpoint = endpoint.name,
                             .variant = variant.name,
                             .instance_type = variant.instance_type,
                             .startup_timeout = std::chrono::seconds(variant.startup_timeout_seconds)};
    deployment->variants.push_back(
        {variant.name, variant.weight, std::make_shared<ModelServer>(runtime_, std::move(start), cancelled)});
  }
  return deployment;
}

Task<work::Outcome> Endpoints::run_item(work::Item item) {
  const auto payload = nlohmann::json::parse(item.payload);
  const auto account = AccountId::trusted(payload.at("account").get<std::string>());
  const auto name = payload.at("endpoint").get<std::string>();
  const auto generation = payload.at("generation").get<std::uint64_t>();
  const auto endpoint = co_await runtime_.rows.find<Endpoint>(account, name);
  // Deleted, or updated since; or an earlier run of the server asked, which this one has done by itself.
  if (!endpoint || endpoint->generation != generation || !item.id.ends_with(boot_)) co_return work::Done{};
  const bool updating = !endpoint->pending_config.empty();
  const std::string config_name = updating ? endpoint->pending_config : endpoint->config;
  const auto config = co_await runtime_.rows.find<EndpointConfig>(account, config_name);
  std::atomic<bool> cancelled = false;
  const std::stop_token token = co_await current_stop_token();
  const std::stop_callback on_stop(token, [&cancelled] { cancelled = true; });
  // A configuration may be deleted while its endpoint serves: the endpoint's own copy goes on.
  const EndpointConfig wanted =
      config.value_or(EndpointConfig{.name = config_name, .arn = {}, .variants = endpoint->variants, .created = {}});
  std::string failure;
  std::shared_ptr<Deployment> made;
  try {
    made = co_await on_own_thread("endpoint", [&] { return bring_up(account, *endpoint, wanted, cancelled); });
  } catch (const Error& error) {
    failure = std::string(error.code().name) + ": " + error.message();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (cancelled) {
    let_go(std::move(made));
    co_return work::RunAgain{};
  }
  if (failure.size() > most_reason_bytes) failure.resize(most_reason_bytes);
  const auto stored = co_await runtime_.rows.update<Endpoint>(account, name, [&](Endpoint& current) {
    if (current.generation != generation) return false;
    current.modified = runtime_.wall.now();
    current.failure_reason = failure;
    current.pending_config.clear();
    if (failure.empty()) {
      current.status = "InService";
      current.config = config_name;
      current.variants = wanted.variants;
    } else {
      // An update that fails leaves the endpoint as it was.
      current.status = updating ? "InService" : "Failed";
    }
    return true;
  });
  if (!failure.empty()) {
    log::warning("an endpoint could not be brought up", {{"endpoint", name}, {"error", failure}});
    co_return work::Done{};
  }
  std::shared_ptr<Deployment> old;
  if (stored && stored->generation == generation) {
    const std::scoped_lock lock(mutex_);
    auto& slot = serving_[key_of(account, name)];
    old = std::exchange(slot, std::move(made));
  } else {
    old = std::move(made);
  }
  let_go(std::move(old));
  co_return work::Done{};
}

std::shared_ptr<ModelServer> Endpoints::choose(const std::string& key, const std::string& target,
                                               std::string& variant) {
  const std::scoped_lock lock(mutex_);
  const auto found = serving_.find(key);
  if (found == serving_.end()) return nullptr;
  const auto& variants = found->second->variants;
  double all = 0;
  for (const auto& one : variants) all += one.weight;
  double point = static_cast<double>(runtime_.random.next() >> 11) / 9007199254740992.0 * all;
  const Served* chosen = nullptr;
  for (const auto& one : variants) {
    if (!target.empty() && one.variant != target) continue;
    chosen = &one;
    if (target.empty() && (point -= one.weight) < 0) break;
  }
  if (!chosen) throw Error(errors::invocation_validation, "Variant " + target + " was not found for this endpoint.");
  variant = chosen->variant;
  return chosen->server;
}

Task<InvocationResult> Endpoints::invoke(AccountId account, std::string name, Invocation invocation) {
  std::string variant;
  const auto server = choose(key_of(account, name), invocation.target_variant, variant);
  if (!server) {
    const auto endpoint = co_await runtime_.rows.find<Endpoint>(account, name);
    if (!endpoint || endpoint->status != "InService") {
      throw Error(errors::invocation_validation, "Endpoint " + name + " of account " + account.text() + " not found.");
    }
    throw Error(errors::service_unavailable, "The endpoint is being started again after a restart of the server.");
  }
  Call call;
  const auto put = [&call](const char* header, const std::string& value) {
    // A header ends at its line: what would begin another is refused.
    if (value.find_first_of("\r\n") != std::string::npos)
      throw Error(errors::invocation_validation, std::string(header) + " holds a line break.");
    if (!value.empty()) call.headers[header] = value;
  };
  put("Content-Type", invocation.content_type);
  put("Accept", invocation.accept);
  put("X-Amzn-SageMaker-Custom-Attributes", invocation.custom_attributes);
  put("X-Amzn-SageMaker-Target-Variant", invocation.target_variant);
  put("X-Amzn-SageMaker-Inference-Id", invocation.inference_id);
  put("X-Amzn-SageMaker-Session-Id", invocation.session_id);
  call.body = std::move(invocation.body);
  OneShot<CallAnswer> done;
  if (!server->call(std::move(call), [&done](CallAnswer answer) { done.set(std::move(answer)); })) {
    throw Error(errors::service_unavailable, "The endpoint has too many requests that wait, please retry.");
  }
  CallAnswer answer = co_await done;
  if (answer.status >= 200 && answer.status < 300) {
    co_return InvocationResult{.body = std::move(answer.message.body),
                               .content_type = answer.message.header("content-type"),
                               .custom_attributes = answer.message.header("x-amzn-sagemaker-custom-attributes"),
                               .variant = variant};
  }
  const std::string original = answer.status == 0 ? answer.failure : answer.message.body;
  const int status = answer.status == 0 ? 500 : answer.status;
  throw Error(errors::model_error, "Received " + std::string(status >= 500 ? "server" : "client") + " error (" +
                                       std::to_string(status) + ") from primary with message \"" + original +
                                       "\". See the log group /aws/sagemaker/Endpoints/" + name + " in account " +
                                       account.text() + " for more information.")
      .with("OriginalStatusCode", std::to_string(status))
      .with("OriginalMessage", original)
      .with("LogStreamArn", server->log_stream_arn());
}

}  // namespace tarn::training
