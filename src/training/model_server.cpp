#include "training/model_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>

#include "base/log.h"
#include "training/log_writer.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr int connect_ms = 250;
constexpr int ping_ms = 2'000;
constexpr int answer_ms = 60'000;
constexpr auto end_patience = std::chrono::seconds(30);
constexpr auto end_patience_of_server = std::chrono::seconds(1);
constexpr auto restart_pause = std::chrono::seconds(1);

// A loopback port that is free now, for programs that listen on a port.
std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof place;
  const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&place), length) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&place), &length) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error("no loopback port is free");
  return ntohs(place.sin_port);
}

}  // namespace

ModelServer::ModelServer(Runtime& runtime, Start start, const std::atomic<bool>& cancelled)
    : runtime_(runtime), start_(std::move(start)), folder_(runtime.make_folder("endpoint", start_.endpoint)) {
  static constexpr std::string_view digits = "0123456789abcdef";
  log_stream_ = start_.variant + "/i-" + runtime.random.text(17, digits);
  log_stream_arn_ = "arn:aws:logs:" + runtime.options.region + ":" + start_.account.text() +
                    ":log-group:/aws/sagemaker/Endpoints/" + start_.endpoint + ":log-stream:" + log_stream_;
  try {
    const auto lake =
        sync_wait(runtime.lake_of_role(start_.model.role_arn, "SageMaker-" + start_.endpoint.substr(0, 50)));
    prepare(*lake);
    keeper_ = std::thread([this] { keep(); });
    const auto deadline = SteadyClock::now() + start_.startup_timeout;
    while (!ping(ping_ms)) {
      if (ended_) {
        const std::scoped_lock lock(mutex_);
        throw InputError("The primary container for production variant " + start_.variant +
                         " ended before it passed the ping health check" +
                         (last_line_.empty() ? std::string() : ": " + last_line_) +
                         ". Please check CloudWatch logs for this endpoint.");
      }
      if (cancelled || SteadyClock::now() > deadline) {
        throw InputError("The primary container for production variant " + start_.variant +
                         " did not pass the ping health check. Please check CloudWatch logs for this endpoint.");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ready_ = true;
    for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {
    shut_down();
    throw;
  }
}

ModelServer::~ModelServer() {
  shut_down();
}

void ModelServer::shut_down() {
  stopping_ = true;
  changed_.notify_all();
  {
    const std::scoped_lock lock(mutex_);
  }
  changed_.notify_all();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
  for (auto& one : waiting_) one.answered({.status = 0, .message = {}, .failure = "The endpoint is being shut down."});
  waiting_.clear();
  if (keeper_.joinable()) keeper_.join();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void ModelServer::prepare(Lake& lake) {
  const fs::path opt_ml = folder_ / "opt-ml";
  for (const char* name : {"model", "code", "run", "output"}) fs::create_directories(opt_ml / name);
  const Model& model = start_.model;
  if (!model.model_data_url.empty()) unpack(lake, model.model_data_url, opt_ml / "model", "model data");
  const auto source = model.environment.find("SAGEMAKER_SUBMIT_DIRECTORY");
  if (source != model.environment.end() && source->second.starts_with("s3://")) {
    unpack(lake, source->second, opt_ml / "code", "the source directory");
  }
  spec_.opt_ml = opt_ml;
  spec_.share_network = !model.network_isolation;
  spec_.environment = model.environment;
  const auto image = find_image(model.image, runtime_.options.images);
  if (!image) throw InputError(unknown_image_message(model.image));
  if (image->kind == ImageKind::file) {
    // A program of the operator's listens on the port that SageMaker's own variable names.
    const std::uint16_t port = free_port();
    spec_.environment["SAGEMAKER_BIND_TO_PORT"] = std::to_string(port);
    spec_.share_network = true;
    address_ = algorithms::LoopbackAddress{port};
  } else {
    spec_.environment["TARN_SERVE_SOCKET"] = "/opt/ml/run/serve.sock";
    address_ = algorithms::UnixAddress{(opt_ml / "run/serve.sock").string()};
  }
  spec_.limits.memory_bytes = runtime_.memory_limit(start_.instance_type);
  choose_program(runtime_, *image, "serve", spec_);
  spec_.host_name = "model";
  if (spec_.share_network && runtime_.credentials_of_role) {
    credentials_ =
        sync_wait(runtime_.credentials_of_role(model.role_arn, "SageMaker-" + start_.endpoint.substr(0, 50)));
    spec_.environment.insert(credentials_.environment.begin(), credentials_.environment.end());
  }
  spec_.binds.push_back({.source = opt_ml / "run", .target = "/opt/ml/run", .writable = true});
}

// Runs the program, again and again if it ends by itself once it had been ready. The thread lives as long as its
// programs: they die with it.
void ModelServer::keep() {
  set_thread_kind(ThreadKind::engine, "model-server");
  LogWriter log(runtime_.logs, runtime_.wall, start_.account, "/aws/sagemaker/Endpoints/" + start_.endpoint,
                log_stream_);
  const auto take = [&](const std::string& line) {
    log.line(line);
    const std::scoped_lock lock(mutex_);
    last_line_ = line.substr(0, 300);
  };
  while (!stopping_) {
    try {
      SandboxedProcess process(spec_);
      std::optional<Exit> exit;
      std::optional<SteadyClock::time_point> kill_at;
      while (!exit) {
        exit = process.poll(100, take);
        log.flush_if_due();
        if (stopping_ && !kill_at) {
          process.terminate();
          kill_at = SteadyClock::now() + (runtime_.ending ? end_patience_of_server : end_patience);
        }
        if (kill_at && SteadyClock::now() > *kill_at) process.kill();
      }
      if (stopping_) break;
      if (exit->broken == Exit::Broken::memory)
        take("[tarn] the program took " + std::to_string(exit->used >> 20) + " MiB: more than the instance has");
      log.line("[tarn] the program ended with status " + std::to_string(exit->status));
    } catch (const std::exception& error) {
      take(std::string("[tarn] ") + error.what());
    }
    if (!ready_) {
      ended_ = true;
      return;
    }
    if (!stopping_) std::this_thread::sleep_for(restart_pause);
  }
}

bool ModelServer::ping(int answer_within_ms) {
  try {
    algorithms::PlainClient client(address_);
    return algorithms::status_of(client.send("GET", "/ping", {}, "", connect_ms, answer_within_ms).first_line) == 200;
  } catch (const std::exception&) {
    return false;
  }
}

bool ModelServer::call(Call call, std::function<void(CallAnswer)> answered) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || waiting_.size() >= most_waiting) return false;
    waiting_.push_back({std::move(call), std::move(answered), SteadyClock::now()});
  }
  changed_.notify_one();
  return true;
}

void ModelServer::work() {
  set_thread_kind(ThreadKind::engine, "invocations");
  algorithms::PlainClient client(address_);
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Waiting one = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - one.since).count();
    CallAnswer answer;
    try {
      const int left = std::max<int>(1, answer_ms - static_cast<int>(waited));
      answer.message = client.send("POST", "/invocations", one.call.headers, one.call.body, connect_ms, left);
      answer.status = algorithms::status_of(answer.message.first_line);
    } catch (const std::exception& error) {
      answer.failure = error.what();
    }
    one.answered(std::move(answer));
  }
}

}  // namespace tarn::training
