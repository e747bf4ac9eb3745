#include "training/job_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace tarn::training {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t max_failure_characters = 1024;

std::string mode_name(InputMode mode) {
  switch (mode) {
    case InputMode::file:
      return "File";
    case InputMode::pipe:
      return "Pipe";
    case InputMode::fast_file:
      return "FastFile";
  }
  return {};
}

void write_json(const fs::path& path, const Json& json) {
  std::ofstream file(path);
  file << json.dump();
  file.flush();
  if (!file) throw std::runtime_error("cannot write the job's configuration: the disk may be full");
}

}  // namespace

std::string host_name(std::size_t index) {
  return "algo-" + std::to_string(index + 1);
}

void make_job_folder(const fs::path& opt_ml, const Job& job, std::size_t host) {
  for (const char* name : {"input/config", "input/data", "model", "output/data", "checkpoints", "code"}) {
    fs::create_directories(opt_ml / name);
  }
  Json channels = Json::object();
  for (const auto& channel : job.spec.channels) {
    Json& entry = channels[channel.name];
    entry = {{"TrainingInputMode", mode_name(channel.mode)},
             {"S3DistributionType", channel.sharded ? "ShardedByS3Key" : "FullyReplicated"},
             {"RecordWrapperType", channel.record_wrapper ? "RecordIO" : "None"}};
    if (!channel.content_type.empty()) entry["ContentType"] = channel.content_type;
    if (channel.mode == InputMode::file) fs::create_directories(opt_ml / "input/data" / channel.name);
  }
  Json hosts = Json::array();
  for (std::int64_t index = 0; index < job.spec.instance_count; ++index)
    hosts.push_back(host_name(static_cast<std::size_t>(index)));
  const fs::path config = opt_ml / "input/config";
  write_json(config / "hyperparameters.json", job.spec.hyperparameters);
  write_json(config / "inputdataconfig.json", channels);
  write_json(config / "resourceconfig.json", {{"current_host", host_name(host)},
                                              {"hosts", hosts},
                                              {"network_interface_name", "lo"},
                                              {"current_instance_type", job.spec.instance_type},
                                              {"current_group_name", "homogeneousCluster"},
                                              {"instance_groups",
                                               {{{"instance_group_name", "homogeneousCluster"},
                                                 {"instance_type", job.spec.instance_type},
                                                 {"hosts", hosts}}}}});
}

std::string failure_file(const fs::path& opt_ml) {
  // /opt/ml/output cannot be replaced from inside, its files can: by a link to what the server alone may read.
  const int fd = ::open((opt_ml / "output/failure").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat status{};
  std::string text(4 * max_failure_characters, '\0');
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t got = regular ? ::read(fd, text.data(), text.size()) : 0;
  ::close(fd);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  // Characters, not bytes: cut before the byte that begins the one too many.
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++characters > max_failure_characters) {
      text.resize(i);
      break;
    }
  }
  return text;
}

}  // namespace tarn::training
