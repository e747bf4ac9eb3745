// JobHost: one instance of a training job, as its program knows it: algo-1, algo-2, …
//
// Each has a folder, a sandbox, a volume, a memory limit and a log stream of its own. What all of them share, and what
// ends all of them, are the job's JobSignals.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "training/checkpoints.h"
#include "training/disk_watch.h"
#include "training/input/channel.h"
#include "training/input/pipe_feeder.h"
#include "training/job.h"
#include "training/job_runner.h"
#include "training/log_writer.h"
#include "training/metric_scanner.h"

namespace tarn::training {

// What ends the programs of a job before they end by themselves. Shared by the threads of its hosts.
class JobSignals {
 public:
  JobSignals(const JobControl& control, std::chrono::seconds max_runtime)
      : control_(control), runtime_ends_(std::chrono::steady_clock::now() + max_runtime) {}

  // Downloading counts, as on AWS.
  bool out_of_time() const { return std::chrono::steady_clock::now() > runtime_ends_; }
  bool stop_requested() const { return control_.stop_requested; }
  bool shutting_down() const { return control_.shutting_down; }
  bool stopping() const { return stop_requested() || shutting_down(); }

  // The first to fail is whose reason the job gets; the others are ended for it.
  void host_failed(std::size_t host);
  std::optional<std::size_t> first_failed() const;
  void input_failed(const std::string& reason);
  std::string input_failure() const;

 private:
  const JobControl& control_;
  const std::chrono::steady_clock::time_point runtime_ends_;
  mutable std::mutex mutex_;
  std::optional<std::size_t> first_failed_;
  std::string input_failure_;
};

// Where the hosts of a job with several find each other.
struct Neighbourhood {
  std::string hosts_file;         // Lines of /etc/hosts; empty for a job of one host.
  std::filesystem::path meeting;  // A folder that all of them see, for the built-in algorithms.
};
Neighbourhood make_neighbourhood(const std::filesystem::path& job_folder, std::size_t hosts);

class JobHost {
 public:
  JobHost(Runtime& runtime, const AccountId& account, const Job& job, std::size_t index,
          const std::filesystem::path& job_folder, JobSignals& signals);

  const std::string& name() const { return name_; }
  const std::filesystem::path& opt_ml() const { return opt_ml_; }
  LogWriter& log() { return log_; }

  // ---- before the program; on the job's thread

  // Its share of a channel: files that are copied now, or pipes to be.
  void add_channel(const std::shared_ptr<Lake>& lake, const ChannelSpec& channel,
                   const std::shared_ptr<ChannelContent>& content);
  void load_checkpoints(const std::shared_ptr<Lake>& lake);
  // The first pipes are there when it returns.
  void open_pipes();

  // ---- the program

  // From its start to its end. Throws when it cannot be started.
  void run(const std::map<std::string, std::string>& environment, const Neighbourhood& neighbours);

  // ---- after it

  void finish_checkpoints();
  bool ended() const { return exit_.has_value() && !cut_off_by_shutdown_; }
  bool ran_out_of_time() const { return ran_out_of_time_; }
  // Which limit of the sandbox it broke; empty: none.
  const std::string& broken_limit() const { return broken_limit_; }
  std::string failure_reason() const;
  std::vector<Metric> metrics() const { return metrics_.latest(); }

 private:
  using SteadyClock = std::chrono::steady_clock;

  Shard shard_of(const ChannelSpec& channel) const;
  void require_room(const ChannelSpec& channel, const std::vector<LakeObject>& objects);
  void add_pipe(const std::shared_ptr<Lake>& lake, const ChannelSpec& channel,
                const std::shared_ptr<ChannelContent>& content);
  SandboxSpec sandbox_spec(const std::map<std::string, std::string>& environment, const Neighbourhood& neighbours);
  void watch(SandboxedProcess& process);
  void note_limit();
  void remember(const std::string& line);
  std::string last_output() const;

  Runtime& runtime_;
  const Job& job_;
  const std::size_t index_;
  const std::size_t count_;
  const std::string name_;
  const std::filesystem::path folder_;
  const std::filesystem::path opt_ml_;
  JobSignals& signals_;
  LogWriter log_;
  MetricScanner metrics_;
  std::vector<std::pair<std::string, PipeFeeder::Epoch>> epochs_;
  std::vector<std::unique_ptr<PipeFeeder>> feeders_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::uint64_t copied_bytes_ = 0;  // In File mode.
  std::optional<Exit> exit_;
  std::string broken_limit_;
  std::deque<std::string> last_;
  bool ran_out_of_time_ = false;
  bool cut_off_by_shutdown_ = false;
};

// The volume that ResourceConfig gives each instance.
std::uint64_t volume_bytes(const JobSpec& spec);
std::string volume_text(const JobSpec& spec);

}  // namespace tarn::training
