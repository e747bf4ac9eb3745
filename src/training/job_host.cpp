#include "training/job_host.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "training/input/file_copy.h"
#include "training/input/table_pieces.h"
#include "training/job_folder.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

constexpr int poll_ms = 100;
constexpr std::int64_t usual_volume_gigabytes = 30;
// For the others, once a host has failed: its reason should not be long in coming.
constexpr std::chrono::seconds patience_after_failure{5};
// Of a program's output, for the reason of a job whose program did not give one.
constexpr std::size_t last_lines = 10;
constexpr std::size_t last_bytes = 800;
constexpr const char* inside_meeting = "/opt/tarn/peers";

std::vector<MetricDefinition> definitions(const Runtime& runtime, const JobSpec& spec) {
  std::vector<MetricDefinition> all = metrics_of(find_image(spec.image, runtime.options.images)->kind);
  all.insert(all.end(), spec.metric_definitions.begin(), spec.metric_definitions.end());
  return all;
}

}  // namespace

std::uint64_t volume_bytes(const JobSpec& spec) {
  const std::int64_t gigabytes = spec.volume_gigabytes > 0 ? spec.volume_gigabytes : usual_volume_gigabytes;
  return static_cast<std::uint64_t>(gigabytes) << 30;
}

std::string volume_text(const JobSpec& spec) {
  return "the " + std::to_string(volume_bytes(spec) >> 30) + " GB that ResourceConfig.VolumeSizeInGB gives the job";
}

// ---- JobSignals

void JobSignals::host_failed(std::size_t host) {
  const std::scoped_lock lock(mutex_);
  if (!first_failed_) first_failed_ = host;
}

std::optional<std::size_t> JobSignals::first_failed() const {
  const std::scoped_lock lock(mutex_);
  return first_failed_;
}

void JobSignals::input_failed(const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  if (input_failure_.empty()) input_failure_ = reason;
}

std::string JobSignals::input_failure() const {
  const std::scoped_lock lock(mutex_);
  return input_failure_;
}

Neighbourhood make_neighbourhood(const fs::path& job_folder, std::size_t hosts) {
  Neighbourhood result;
  if (hosts < 2) return result;
  result.meeting = job_folder / "peers";
  fs::create_directories(result.meeting);
  // All of 127.0.0.0/8 is this machine. An address of its own lets each host listen on the ports that the others listen
  // on, and jobs on those of other jobs.
  static std::atomic<std::uint32_t> next_network = 0;
  const std::uint32_t network = next_network++ % (200u * 256u);
  const std::string prefix = "127." + std::to_string(20 + network / 256) + "." + std::to_string(network % 256) + ".";
  for (std::size_t host = 0; host < hosts; ++host)
    result.hosts_file += prefix + std::to_string(host + 1) + " " + host_name(host) + "\n";
  return result;
}

// ---- before the program

JobHost::JobHost(Runtime& runtime, const AccountId& account, const Job& job, std::size_t index,
                 const fs::path& job_folder, JobSignals& signals)
    : runtime_(runtime),
      job_(job),
      index_(index),
      count_(static_cast<std::size_t>(job.spec.instance_count)),
      name_(host_name(index)),
      folder_(job_folder / name_),
      opt_ml_(folder_ / "opt-ml"),
      signals_(signals),
      log_(runtime.logs, runtime.wall, account, "/aws/sagemaker/TrainingJobs",
           job.spec.name + "/" + name_ + "-" + std::to_string(job.attempt)),
      metrics_(definitions(runtime, job.spec)) {
  make_job_folder(opt_ml_, job, index);
}

Shard JobHost::shard_of(const ChannelSpec& channel) const {
  return channel.sharded ? Shard{.index = index_, .count = count_} : Shard{};
}

void JobHost::require_room(const ChannelSpec& channel, const std::vector<LakeObject>& objects) {
  for (const auto& object : objects) copied_bytes_ += object.size;
  if (copied_bytes_ <= volume_bytes(job_.spec)) return;
  throw InputError("No space left on device: up to channel " + channel.name + " the objects have " +
                   std::to_string(copied_bytes_) + " bytes, more than " + volume_text(job_.spec) + ".");
}

void JobHost::add_channel(const std::shared_ptr<Lake>& lake, const ChannelSpec& channel,
                          const std::shared_ptr<ChannelContent>& content) {
  for (const auto& warning : content->warnings) log_.line("[tarn] Channel " + channel.name + ": " + warning);
  const std::size_t items =
      channel.data_type == DataType::augmented_manifest ? content->lines.size() : content->objects.size();
  if (channel.sharded && index_ >= items) {
    log_.line("[tarn] Channel " + channel.name + ": ShardedByS3Key leaves nothing for " + name_ + ", for there are " +
              std::to_string(items) + " objects for " + std::to_string(count_) + " instances.");
  }
  if (channel.mode != InputMode::file) return add_pipe(lake, channel, content);
  std::vector<LakeObject> own;
  for (const auto i : epoch_order(content->objects.size(), std::nullopt, 0, shard_of(channel)))
    own.push_back(content->objects[i]);
  require_room(channel, own);
  copy_files(*lake, own, content->key_prefix, opt_ml_ / "input/data" / channel.name,
             [this] { return signals_.stopping() || signals_.out_of_time(); });
}

void JobHost::add_pipe(const std::shared_ptr<Lake>& lake, const ChannelSpec& channel,
                       const std::shared_ptr<ChannelContent>& content) {
  const Shard shard = shard_of(channel);
  auto table = parse_table_options(channel.content_type);
  if (table) {
    load_columns(*lake, *table, content->lineage);
    // Opened now, so that a column that is not there fails the job before it has begun.
    auto source = std::make_shared<TableSource>(runtime_.engine(), *lake, *table, content->objects);
    epochs_.emplace_back(channel.name, [channel, content, source, shard, lake](std::uint64_t epoch) {
      return source->pieces(epoch_order(content->objects.size(), channel.shuffle_seed, epoch, shard));
    });
    return;
  }
  epochs_.emplace_back(channel.name,
                       [channel, content, shard, lake](std::uint64_t epoch) -> std::unique_ptr<PieceStream> {
                         if (channel.data_type == DataType::augmented_manifest) {
                           std::vector<ManifestLine> lines;
                           for (const auto i : epoch_order(content->lines.size(), channel.shuffle_seed, epoch, shard))
                             lines.push_back(content->lines[i]);
                           return manifest_pieces(*lake, std::move(lines), channel.record_wrapper);
                         }
                         std::vector<LakeObject> objects;
                         for (const auto i : epoch_order(content->objects.size(), channel.shuffle_seed, epoch, shard))
                           objects.push_back(content->objects[i]);
                         return object_pieces(*lake, std::move(objects),
                                              {.gzip = channel.gzip, .record_wrapper = channel.record_wrapper});
                       });
}

void JobHost::load_checkpoints(const std::shared_ptr<Lake>& lake) {
  checkpoints_ = std::make_unique<Checkpoints>(lake, job_.spec.checkpoint_uri, opt_ml_ / "checkpoints");
  checkpoints_->load();
}

void JobHost::open_pipes() {
  const fs::path data = opt_ml_ / "input/data";
  for (auto& [channel, epoch] : epochs_) {
    feeders_.push_back(std::make_unique<PipeFeeder>(
        data, channel, epoch, [this](const std::string& reason) { signals_.input_failed(reason); }));
  }
}

// ---- the program

SandboxSpec JobHost::sandbox_spec(const std::map<std::string, std::string>& environment,
                                  const Neighbourhood& neighbours) {
  SandboxSpec spec;
  spec.opt_ml = opt_ml_;
  spec.host_name = name_;
  spec.hosts_file = neighbours.hosts_file;
  spec.share_network = !job_.spec.network_isolation;
  spec.limits = {.memory_bytes = runtime_.memory_limit(job_.spec.instance_type), .file_bytes = volume_bytes(job_.spec)};
  spec.environment = job_.spec.environment;
  spec.environment.insert(
      {{"TRAINING_JOB_NAME", job_.spec.name}, {"TRAINING_JOB_ARN", job_.arn}, {"CURRENT_HOST", name_}});
  const Image image = *find_image(job_.spec.image, runtime_.options.images);
  choose_program(runtime_, image, "train", spec);
  if (!job_.spec.entrypoint.empty()) {
    spec.command = job_.spec.entrypoint;
    spec.command.insert(spec.command.end(), job_.spec.arguments.begin(), job_.spec.arguments.end());
  } else if (!job_.spec.arguments.empty()) {
    spec.command.back() = job_.spec.arguments.front();
    spec.command.insert(spec.command.end(), job_.spec.arguments.begin() + 1, job_.spec.arguments.end());
  }
  if (spec.share_network) spec.environment.insert(environment.begin(), environment.end());
  // Mounts of their own: what the server reads or writes later cannot be replaced by links from inside.
  const auto mount = [&](const char* name, bool writable) {
    spec.binds.push_back({.source = opt_ml_ / name, .target = std::string("/opt/ml/") + name, .writable = writable});
  };
  mount("input", epochs_.empty());
  mount("model", true);
  mount("output", true);
  mount("checkpoints", true);
  if (!job_.spec.checkpoint_path.empty() && job_.spec.checkpoint_path != "/opt/ml/checkpoints") {
    spec.binds.push_back({.source = opt_ml_ / "checkpoints", .target = job_.spec.checkpoint_path, .writable = true});
  }
  if (count_ > 1 && image.kind == ImageKind::linear_learner) {
    spec.binds.push_back({.source = neighbours.meeting, .target = inside_meeting, .writable = true});
    spec.environment["TARN_PEERS"] = std::string(inside_meeting) + "/all";
  } else if (count_ > 1 && !spec.share_network) {
    log_.line(
        "[tarn] EnableNetworkIsolation gives each instance a network of its own here: the hosts of this job cannot "
        "reach each other.");
  } else if (count_ > 1 && !spec.root.empty()) {
    log_.line("[tarn] The image has an /etc/hosts of its own: the names of the job's other hosts are not in it.");
  }
  return spec;
}

void JobHost::run(const std::map<std::string, std::string>& environment, const Neighbourhood& neighbours) {
  if (checkpoints_) checkpoints_->start();
  SandboxedProcess process(sandbox_spec(environment, neighbours));
  watch(process);
  for (auto& feeder : feeders_) feeder->stop();
  // Each waits for its readers, which are gone.
  feeders_.clear();
  log_.flush();
}

void JobHost::watch(SandboxedProcess& process) {
  std::optional<SteadyClock::time_point> kill_at;
  const DiskWatch disk(folder_, volume_bytes(job_.spec));
  const auto take = [this](const std::string& line) {
    log_.line(line);
    metrics_.scan(line, runtime_.wall.now());
    remember(line);
  };
  const auto end_within = [&](std::chrono::seconds patience) {
    const auto deadline = SteadyClock::now() + patience;
    if (!kill_at) process.terminate();
    if (!kill_at || deadline < *kill_at) kill_at = deadline;
  };
  bool shutdown_seen = false;
  while (!exit_) {
    exit_ = process.poll(poll_ms, take);
    log_.flush_if_due();
    if (exit_) break;
    if (disk.exceeded()) {
      broken_limit_ = "No space left on device: the job's files take more than " + volume_text(job_.spec);
      process.kill();
    } else if (!signals_.input_failure().empty()) {
      process.kill();
    } else if (signals_.shutting_down() && !shutdown_seen) {
      shutdown_seen = true;
      cut_off_by_shutdown_ = true;
      end_within(runtime_.options.shutdown_patience);
    } else if (signals_.stop_requested() && !kill_at) {
      end_within(runtime_.options.stop_patience);
    } else if (signals_.first_failed() && !kill_at) {
      end_within(std::min(patience_after_failure, runtime_.options.stop_patience));
    } else if (signals_.out_of_time() && !kill_at) {
      ran_out_of_time_ = true;
      end_within(runtime_.options.stop_patience);
    }
    if (kill_at && SteadyClock::now() > *kill_at) process.kill();
  }
  note_limit();
  const bool was_told_to_end = kill_at || signals_.stopping();
  if (exit_->status != 0 && (!was_told_to_end || !broken_limit_.empty())) signals_.host_failed(index_);
}

void JobHost::note_limit() {
  if (exit_->broken == Exit::Broken::memory) {
    broken_limit_ = "Please use an instance type with more memory, or reduce the size of training data processed on " +
                    std::string("an instance: the program took ") + std::to_string(exit_->used >> 20) + " MiB of the " +
                    std::to_string(runtime_.memory_limit(job_.spec.instance_type) >> 20) + " MiB of " +
                    job_.spec.instance_type;
  } else if (exit_->broken == Exit::Broken::processes) {
    broken_limit_ = "the program ran " + std::to_string(exit_->used) + " processes at once; at most " +
                    std::to_string(SandboxLimits().processes) + " are let";
  }
}

void JobHost::remember(const std::string& line) {
  if (line.empty()) return;
  last_.push_back(line.substr(0, last_bytes));
  if (last_.size() > last_lines) last_.pop_front();
}

// ---- after it

void JobHost::finish_checkpoints() {
  if (checkpoints_) checkpoints_->finish();
}

std::string JobHost::failure_reason() const {
  const std::string code = ", exit code: " + std::to_string(exit_->status) + (count_ > 1 ? ", instance: " + name_ : "");
  if (!broken_limit_.empty()) return "ClientError: " + broken_limit_ + code;
  const std::string told = failure_file(opt_ml_);
  if (told.starts_with("ClientError:") || told.starts_with("AlgorithmError:")) return told + code;
  if (told.empty()) return "AlgorithmError: " + last_output() + code;
  return "AlgorithmError: " + told + code;
}

// What the program said last, for it said nothing in /opt/ml/output/failure.
std::string JobHost::last_output() const {
  std::string text;
  for (auto line = last_.rbegin(); line != last_.rend() && text.size() + line->size() < last_bytes; ++line)
    text = *line + (text.empty() ? "" : "\n") + text;
  if (text.empty()) return "the program ended without a word";
  return "the program's last lines were:\n" + text;
}

}  // namespace tarn::training
