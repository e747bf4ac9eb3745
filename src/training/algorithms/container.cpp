#include "training/algorithms/container.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "training/algorithms/client_error.h"
#include "training/algorithms/inference_formats.h"
#include "training/algorithms/linear_learner.h"
#include "training/algorithms/peers.h"
#include "training/algorithms/plain_http.h"

namespace tarn::algorithms {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::atomic<bool> stop_asked = false;
PlainServer* running_server = nullptr;

void on_terminate(int) {
  stop_asked = true;
  if (running_server) running_server->stop();
}

// One write a line, so that lines of several processes do not mix.
void say(const std::string& line) {
  const std::string whole = line + "\n";
  (void)!::write(STDOUT_FILENO, whole.data(), whole.size());
}

fs::path opt_ml() {
  const char* other = std::getenv("TARN_OPT_ML");
  return other ? other : "/opt/ml";
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.flush();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::size_t read_some(int fd, std::span<std::byte> buffer) {
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw std::runtime_error(std::string("cannot read a channel: ") + std::strerror(errno));
    if (stop_asked) return 0;
  }
}

// The FIFO of one epoch, which the service makes soon after the one before was closed.
ByteSource open_pipe(const fs::path& path) {
  while (!fs::exists(path)) {
    if (stop_asked) return [](std::span<std::byte>) { return std::size_t{0}; };
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  int fd;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR && !stop_asked);
  if (fd < 0) throw std::runtime_error("cannot open " + path.string());
  auto owned = std::make_shared<FileDescriptor>(fd);
  return [owned](std::span<std::byte> buffer) { return read_some(owned->get(), buffer); };
}

// All files of a channel one after the other, as if they were one. With `lines`, a file that does not end its last line
// gets an end of line.
ByteSource open_files(const fs::path& folder, bool lines) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  struct State {
    std::vector<fs::path> paths;
    std::size_t next = 0;
    std::unique_ptr<FileDescriptor> file;
    std::byte last{'\n'};
  };
  auto state = std::make_shared<State>();
  state->paths = std::move(paths);
  return [state, lines](std::span<std::byte> buffer) -> std::size_t {
    while (true) {
      if (!state->file) {
        if (state->next == state->paths.size()) return 0;
        const int fd = ::open(state->paths[state->next++].c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) throw std::runtime_error("cannot open " + state->paths[state->next - 1].string());
        state->file = std::make_unique<FileDescriptor>(fd);
      }
      if (const std::size_t got = read_some(state->file->get(), buffer)) {
        state->last = buffer[got - 1];
        return got;
      }
      state->file.reset();
      if (lines && state->last != std::byte{'\n'}) {
        state->last = buffer[0] = std::byte{'\n'};
        return 1;
      }
    }
  };
}

// One channel of inputdataconfig.json; each call of open() is a further pass over its data.
class Channel {
 public:
  Channel(std::string name, const Json& configuration)
      : name_(std::move(name)),
        pipe_(configuration.value("TrainingInputMode", "File") == "Pipe"),
        type_(parse_content_type(configuration.value("ContentType", ""))) {}

  std::unique_ptr<ExampleReader> open(std::optional<std::size_t> dimension) {
    const fs::path data = opt_ml() / "input" / "data";
    ByteSource source = pipe_ ? open_pipe(data / (name_ + "_" + std::to_string(epoch_++)))
                              : open_files(data / name_, type_.format == ExampleFormat::csv);
    return make_example_reader(type_, std::move(source), dimension);
  }

 private:
  std::string name_;
  bool pipe_;
  ContentType type_;
  int epoch_ = 0;
};

constexpr int peers_patience_ms = 10 * 60 * 1000;
constexpr auto wait_for_the_end = std::chrono::seconds(60);

// The job's hosts, as resourceconfig.json names them and TARN_PEERS says where they meet.
std::unique_ptr<Peers> find_peers() {
  const char* place = std::getenv("TARN_PEERS");
  if (!place) return alone();
  const Json resources = Json::parse(read_file(opt_ml() / "input" / "config" / "resourceconfig.json"));
  const auto hosts = resources.at("hosts").get<std::vector<std::string>>();
  const auto own = std::ranges::find(hosts, resources.at("current_host").get<std::string>());
  if (hosts.size() < 2 || own == hosts.end()) return alone();
  return meet(place, static_cast<std::size_t>(own - hosts.begin()), hosts.size(), peers_patience_ms, stop_asked);
}

void train_linear_learner() {
  const fs::path config = opt_ml() / "input" / "config";
  const auto values = Json::parse(read_file(config / "hyperparameters.json")).get<std::map<std::string, std::string>>();
  const LinearParameters parameters = parse_linear_parameters(values);
  const Json channels = Json::parse(read_file(config / "inputdataconfig.json"));
  std::map<std::string, std::unique_ptr<Channel>> opened;
  for (const auto& [name, configuration] : channels.items()) {
    if (name != "train" && name != "validation" && name != "test") {
      throw ClientError(
          "Unable to initialize the algorithm. Failed to validate input data configuration. (caused by "
          "ValidationError)\n\nCaused by: Additional channels are not allowed ('" +
          name + "' was unexpected)");
    }
    opened[name] = std::make_unique<Channel>(name, configuration);
  }
  if (!opened.contains("train")) {
    throw ClientError(
        "Unable to initialize the algorithm. Failed to validate input data configuration. (caused by "
        "ValidationError)\n\nCaused by: 'train' is a required channel");
  }
  const auto opener = [&opened](const char* name) -> TrainingInput::Open {
    const auto found = opened.find(name);
    if (found == opened.end()) return {};
    return [channel = found->second.get()](std::optional<std::size_t> dimension) { return channel->open(dimension); };
  };
  const TrainingInput input{.train = opener("train"), .validation = opener("validation"), .test = opener("test")};
  const std::unique_ptr<Peers> peers = find_peers();
  const LinearModel model = train_linear_model(parameters, input, say, stop_asked, *peers);
  // All hosts have the same.
  if (peers->index() > 0) return;
  write_file(opt_ml() / "model" / "model.json", model.to_json());
  say("[INFO] Saved the model of " + std::to_string(model.feature_dim) + " features to model.json");
}

int fail_training(const std::string& kind, const std::string& message, int status) {
  say("[ERROR] " + kind + ": " + message);
  try {
    fs::create_directories(opt_ml() / "output");
    write_file(opt_ml() / "output" / "failure", kind + ": " + message);
  } catch (const std::exception& error) {
    say(std::string("[ERROR] ") + error.what());
  }
  return status;
}

int train() {
  try {
    train_linear_learner();
    return 0;
  } catch (const ClientError& error) {
    return fail_training("ClientError", error.what(), 2);
  } catch (const PeerLost& error) {
    // The one that has left says why: it is given the time to be the first to end.
    const auto until = std::chrono::steady_clock::now() + wait_for_the_end;
    while (!stop_asked && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return fail_training("AlgorithmError", error.what(), 1);
  } catch (const std::exception& error) {
    return fail_training("AlgorithmError", error.what(), 1);
  }
}

ServerAddress serve_address() {
  if (const char* path = std::getenv("TARN_SERVE_SOCKET")) return UnixAddress{path};
  const char* port = std::getenv("SAGEMAKER_BIND_TO_PORT");
  return LoopbackAddress{static_cast<std::uint16_t>(port ? std::atoi(port) : 8080)};
}

int serve() {
  const LinearModel model = LinearModel::from_json(read_file(opt_ml() / "model" / "model.json"));
  PlainServer server(serve_address(), [&model](const PlainMessage& request) -> PlainServer::Response {
    if (request.first_line.starts_with("GET /ping")) return {};
    if (request.first_line.starts_with("GET /execution-parameters")) {
      return {.content_type = "application/json",
              .body = R"({"MaxConcurrentTransforms":2,"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":6})"};
    }
    if (!request.first_line.starts_with("POST /invocations")) return {.status = 404};
    try {
      auto answer = infer(model, request.header("content-type"), request.header("accept"), request.body);
      return {.status = 200, .content_type = std::move(answer.content_type), .body = std::move(answer.body)};
    } catch (const ClientError& error) {
      return {.status = 400, .content_type = "text/plain", .body = error.what()};
    }
  });
  running_server = &server;
  say("[INFO] linear-learner serves a " + predictor_name(model.predictor_type) + " of " +
      std::to_string(model.feature_dim) + " features");
  if (!stop_asked) server.run();
  running_server = nullptr;
  return 0;
}

}  // namespace

int algorithm_main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments[0] != "linear-learner" ||
      (arguments[1] != "train" && arguments[1] != "serve")) {
    say("usage: algorithm linear-learner train|serve");
    return 64;
  }
  ::signal(SIGPIPE, SIG_IGN);
  struct sigaction action{};
  action.sa_handler = on_terminate;  // Without SA_RESTART: a read of a pipe that nobody feeds must end.
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  try {
    return arguments[1] == "train" ? train() : serve();
  } catch (const std::exception& error) {
    say(std::string("[ERROR] ") + error.what());
    return 1;
  }
}

}  // namespace tarn::algorithms
