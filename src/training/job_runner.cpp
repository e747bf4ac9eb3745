#include "training/job_runner.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "training/checkpoints.h"
#include "training/disk_watch.h"
#include "training/input/channel.h"
#include "training/input/file_copy.h"
#include "training/input/pipe_feeder.h"
#include "training/input/table_pieces.h"
#include "training/job_folder.h"
#include "training/log_writer.h"
#include "training/metric_scanner.h"
#include "training/sandbox/archive.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t lineage_in_row = 200;
constexpr std::size_t lineage_in_message = 20;
constexpr std::size_t max_reason_characters = 1024;
constexpr int poll_ms = 100;
constexpr std::int64_t usual_volume_gigabytes = 30;
// Of a program's output, for the reason of a job whose program did not give one.
constexpr std::size_t last_lines = 10;
constexpr std::size_t last_bytes = 800;

// Removes the job's folder when the job is over.
struct FolderGuard {
  fs::path path;
  ~FolderGuard() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

class JobRun {
 public:
  JobRun(Runtime& runtime, const AccountId& account, Job job, JobControl& control)
      : runtime_(runtime),
        account_(account),
        job_(std::move(job)),
        control_(control),
        folder_{runtime.make_folder("job", job_.spec.name)},
        opt_ml_(folder_.path / "opt-ml"),
        log_(runtime.logs, runtime.wall, account, "/aws/sagemaker/TrainingJobs",
             job_.spec.name + "/algo-1-" + std::to_string(job_.attempt)),
        metrics_(definitions()) {}

  RunEnd run() {
    try {
      if (!stopping()) download();
      ran_out_of_time_ = out_of_time();
      if (!stopping() && !ran_out_of_time_) train();
      if (control_.shutting_down && !finished_reason()) return RunEnd::shut_down;
      upload();
      finish();
    } catch (const Error& error) {
      fail("ClientError: " + phase_ + std::string(error.code().name) + ": " + error.message());
    } catch (const InputError& error) {
      fail("ClientError: " + phase_ + error.what());
    } catch (const duck::SqlError& error) {
      fail("ClientError: " + phase_ + error.what());
    } catch (const std::exception& error) {
      log::error("a training job failed", {{"job", job_.arn}, {"error", error.what()}});
      fail(std::string("InternalServerError: ") + error.what());
    }
    return RunEnd::over;
  }

 private:
  std::vector<MetricDefinition> definitions() const {
    std::vector<MetricDefinition> all = metrics_of(find_image(job_.spec.image, runtime_.options.images)->kind);
    all.insert(all.end(), job_.spec.metric_definitions.begin(), job_.spec.metric_definitions.end());
    return all;
  }

  // Downloading counts, as on AWS.
  bool out_of_time() const { return SteadyClock::now() > runtime_ends_; }
  bool stopping() const { return control_.stop_requested || control_.shutting_down; }
  // Did the program come to its end for a reason that the row must tell?
  bool finished_reason() const { return exit_ && !cut_off_by_shutdown_; }

  void update(const std::function<void(Job&)>& change) {
    const auto stored = sync_wait(runtime_.rows.update<Job>(account_, job_.spec.name, [&](Job& job) {
      change(job);
      job.modified = runtime_.wall.now();
      return true;
    }));
    if (stored) job_ = *stored;
  }

  // StopTrainingJob's own status stays until the end.
  void enter(const std::string& status, const std::string& message) {
    update([&](Job& job) {
      if (job.status == "InProgress") move_to(job, status, message, runtime_.wall.now());
    });
  }

  // ---- input

  void download() {
    phase_ = "Data download failed: ";
    update([&](Job& job) {
      if (!job.started) job.started = runtime_.wall.now();
    });
    lake_ = sync_wait(runtime_.lake_of_role(job_.spec.role_arn, job_.spec.name));
    enter("Downloading", "Downloading input data");
    make_job_folder(opt_ml_, job_);
    for (const ChannelSpec& channel : job_.spec.channels) prepare(channel);
    note_lineage();
    const auto source = job_.spec.hyperparameters.find("sagemaker_submit_directory");
    if (source != job_.spec.hyperparameters.end()) {
      std::string uri = source->second;
      // The SDK sends every value as JSON.
      if (uri.size() >= 2 && uri.front() == '"' && uri.back() == '"') uri = uri.substr(1, uri.size() - 2);
      if (uri.starts_with("s3://")) unpack(*lake_, uri, opt_ml_ / "code", "the source directory");
    }
    if (!job_.spec.checkpoint_uri.empty()) {
      checkpoints_ = std::make_unique<Checkpoints>(lake_, job_.spec.checkpoint_uri, opt_ml_ / "checkpoints");
      checkpoints_->load();
    }
  }

  void prepare(const ChannelSpec& channel) {
    auto content = std::make_shared<ChannelContent>(resolve_channel(*lake_, channel));
    for (const auto& warning : content->warnings) log_.line("[tarn] Channel " + channel.name + ": " + warning);
    if (channel.mode == InputMode::file) {
      std::vector<LakeObject> own;
      for (const auto i : epoch_order(content->objects.size(), std::nullopt, 0, {})) own.push_back(content->objects[i]);
      require_room(channel, own);
      copy_files(*lake_, own, content->key_prefix, opt_ml_ / "input/data" / channel.name,
                 [this] { return stopping() || out_of_time(); });
    } else {
      prepare_pipe(channel, content);
    }
    for (const auto& object : content->lineage) {
      lineage_.push_back({.channel = channel.name,
                          .uri = object.uri(),
                          .version = object.version,
                          .e_tag = object.e_tag,
                          .size = object.size});
    }
  }

  std::uint64_t volume_bytes() const {
    const std::int64_t gigabytes = job_.spec.volume_gigabytes > 0 ? job_.spec.volume_gigabytes : usual_volume_gigabytes;
    return static_cast<std::uint64_t>(gigabytes) << 30;
  }
  std::string volume_text() const {
    return "the " + std::to_string(volume_bytes() >> 30) + " GB that ResourceConfig.VolumeSizeInGB gives the job";
  }

  void require_room(const ChannelSpec& channel, const std::vector<LakeObject>& objects) {
    for (const auto& object : objects) copied_bytes_ += object.size;
    if (copied_bytes_ <= volume_bytes()) return;
    throw InputError("No space left on device: up to channel " + channel.name + " the objects have " +
                     std::to_string(copied_bytes_) + " bytes, more than " + volume_text() + ".");
  }

  void prepare_pipe(const ChannelSpec& channel, const std::shared_ptr<ChannelContent>& content) {
    auto table = parse_table_options(channel.content_type);
    if (table) {
      load_columns(*lake_, *table, content->lineage);
      // Opened now, so that a column that is not there fails the job before it has begun.
      auto source = std::make_shared<TableSource>(runtime_.engine(), *lake_, *table, content->objects);
      epochs_.emplace_back(channel.name, [channel, content, source](std::uint64_t epoch) {
        return source->pieces(epoch_order(content->objects.size(), channel.shuffle_seed, epoch, {}));
      });
      return;
    }
    epochs_.emplace_back(channel.name, [this, channel, content](std::uint64_t epoch) -> std::unique_ptr<PieceStream> {
      if (channel.data_type == DataType::augmented_manifest) {
        std::vector<ManifestLine> lines;
        for (const auto i : epoch_order(content->lines.size(), channel.shuffle_seed, epoch, {}))
          lines.push_back(content->lines[i]);
        return manifest_pieces(*lake_, std::move(lines), channel.record_wrapper);
      }
      std::vector<LakeObject> objects;
      for (const auto i : epoch_order(content->objects.size(), channel.shuffle_seed, epoch, {}))
        objects.push_back(content->objects[i]);
      return object_pieces(*lake_, std::move(objects),
                           {.gzip = channel.gzip, .record_wrapper = channel.record_wrapper});
    });
  }

  std::string lineage_uri() const { return job_.spec.output_path + job_.spec.name + "/output/lineage.json"; }

  void note_lineage() {
    std::uint64_t bytes = 0;
    std::string message;
    for (std::size_t i = 0; i < lineage_.size(); ++i) {
      const Lineage& one = lineage_[i];
      bytes += one.size;
      if (i < lineage_in_message)
        message += " " + one.channel + "=" + one.uri + "?versionId=" + one.version + "#ETag=" + one.e_tag;
    }
    message = "Input: " + std::to_string(lineage_.size()) + " objects, " + std::to_string(bytes) + " bytes:" + message;
    if (lineage_.size() > lineage_in_message) {
      message += " and " + std::to_string(lineage_.size() - lineage_in_message) + " more, all in " + lineage_uri();
    }
    update([&](Job& job) {
      if (!job.transitions.empty() && job.transitions.back().status == "Downloading")
        job.transitions.back().message = message;
      job.lineage_count = lineage_.size();
      job.lineage.assign(lineage_.begin(),
                         lineage_.begin() + static_cast<std::ptrdiff_t>(std::min(lineage_.size(), lineage_in_row)));
    });
  }

  // ---- the program

  SandboxSpec sandbox_spec() {
    SandboxSpec spec;
    spec.opt_ml = opt_ml_;
    spec.share_network = !job_.spec.network_isolation;
    spec.limits = {.memory_bytes = runtime_.memory_limit(job_.spec.instance_type), .file_bytes = volume_bytes()};
    spec.environment = job_.spec.environment;
    spec.environment.insert(
        {{"TRAINING_JOB_NAME", job_.spec.name}, {"TRAINING_JOB_ARN", job_.arn}, {"CURRENT_HOST", "algo-1"}});
    choose_program(runtime_, *find_image(job_.spec.image, runtime_.options.images), "train", spec);
    if (!job_.spec.entrypoint.empty()) {
      spec.command = job_.spec.entrypoint;
      spec.command.insert(spec.command.end(), job_.spec.arguments.begin(), job_.spec.arguments.end());
    } else if (!job_.spec.arguments.empty()) {
      spec.command.back() = job_.spec.arguments.front();
      spec.command.insert(spec.command.end(), job_.spec.arguments.begin() + 1, job_.spec.arguments.end());
    }
    if (spec.share_network && runtime_.credentials_of_role) {
      credentials_ = sync_wait(runtime_.credentials_of_role(job_.spec.role_arn, job_.spec.name));
      spec.environment.insert(credentials_.environment.begin(), credentials_.environment.end());
    }
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
    return spec;
  }

  void train() {
    phase_ = "";
    const SandboxSpec spec = sandbox_spec();
    std::vector<std::unique_ptr<PipeFeeder>> feeders;
    for (auto& [channel, epoch] : epochs_) {
      feeders.push_back(
          std::make_unique<PipeFeeder>(opt_ml_ / "input/data", channel, epoch, [this](const std::string& reason) {
            const std::scoped_lock lock(mutex_);
            if (input_failure_.empty()) input_failure_ = reason;
          }));
    }
    // The first FIFOs are there before the program looks for them.
    for (const auto& [channel, epoch] : epochs_) {
      const auto until = SteadyClock::now() + std::chrono::seconds(10);
      while (!fs::exists(opt_ml_ / "input/data" / (channel + "_0")) && input_failure().empty() &&
             SteadyClock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    if (checkpoints_) checkpoints_->start();
    update([](Job& job) { job.program_started = true; });
    enter("Training", "Training image started");
    SandboxedProcess process(spec);
    watch(process);
    for (auto& feeder : feeders) feeder->stop();
  }

  std::string input_failure() {
    const std::scoped_lock lock(mutex_);
    return input_failure_;
  }

  void watch(SandboxedProcess& process) {
    std::optional<SteadyClock::time_point> kill_at;
    const DiskWatch disk(folder_.path, volume_bytes());
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
        broken_limit_ = "No space left on device: the job's files take more than " + volume_text();
        process.kill();
      } else if (!input_failure().empty()) {
        process.kill();
      } else if (control_.shutting_down && !shutdown_seen) {
        shutdown_seen = true;
        cut_off_by_shutdown_ = true;
        end_within(runtime_.options.shutdown_patience);
      } else if (control_.stop_requested && !kill_at) {
        end_within(runtime_.options.stop_patience);
      } else if (out_of_time() && !kill_at) {
        ran_out_of_time_ = true;
        end_within(runtime_.options.stop_patience);
      }
      if (kill_at && SteadyClock::now() > *kill_at) process.kill();
    }
    note_limit();
  }

  void note_limit() {
    if (exit_->broken == Exit::Broken::memory) {
      broken_limit_ =
          "Please use an instance type with more memory, or reduce the size of training data processed on " +
          std::string("an instance: the program took ") + std::to_string(exit_->used >> 20) + " MiB of the " +
          std::to_string(runtime_.memory_limit(job_.spec.instance_type) >> 20) + " MiB of " + job_.spec.instance_type;
    } else if (exit_->broken == Exit::Broken::processes) {
      broken_limit_ = "the program ran " + std::to_string(exit_->used) + " processes at once; at most " +
                      std::to_string(SandboxLimits().processes) + " are let";
    }
  }

  void remember(const std::string& line) {
    if (line.empty()) return;
    last_.push_back(line.substr(0, last_bytes));
    if (last_.size() > last_lines) last_.pop_front();
  }

  // ---- output

  void upload() {
    log_.flush();
    if (!lake_) return;
    phase_ = "Artifact upload failed: ";
    if (checkpoints_) checkpoints_->finish();
    if (!exit_) return;
    enter("Uploading", "Uploading generated training model");
    const auto base = parse_s3_uri(job_.spec.output_path);
    const std::string prefix = base->key + job_.spec.name + "/output/";
    const bool failed = exit_->status != 0 && ((!stopping() && !ran_out_of_time_) || !broken_limit_.empty());
    if (!failed && has_files(opt_ml_ / "model")) upload_folder(opt_ml_ / "model", base->bucket, prefix + "model");
    if (!fs::is_symlink(opt_ml_ / "output/data") && has_files(opt_ml_ / "output/data")) {
      upload_folder(opt_ml_ / "output/data", base->bucket, prefix + "output");
    }
    if (!lineage_.empty()) lake_->put_bytes(base->bucket, prefix + "lineage.json", lineage_json(), "application/json");
    if (!failed && job_.spec.compress_output && has_files(opt_ml_ / "model")) {
      model_uri_ = "s3://" + base->bucket + "/" + prefix + "model.tar.gz";
    } else if (!failed && has_files(opt_ml_ / "model")) {
      model_uri_ = "s3://" + base->bucket + "/" + prefix + "model/";
    }
  }

  static bool has_files(const fs::path& folder) {
    std::error_code error;
    return fs::is_directory(folder, error) && !fs::is_empty(folder, error);
  }

  void upload_folder(const fs::path& folder, const std::string& bucket, const std::string& key) {
    // Files with holes take little room here, but all of their size in an archive.
    if (const DiskUse use = disk_use(folder); use.file_bytes > volume_bytes()) {
      throw InputError("the files of /opt/ml/" + folder.lexically_relative(opt_ml_).string() + " have " +
                       std::to_string(use.file_bytes) + " bytes, more than " + volume_text() + ".");
    }
    if (!job_.spec.compress_output) {
      for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.is_symlink()) continue;
        lake_->put_file(bucket, key + "/" + entry.path().lexically_relative(folder).string(), entry.path());
      }
      return;
    }
    const fs::path archive = folder_.path / "archive.tar.gz";
    write_tar_gz(folder, archive);
    lake_->put_file(bucket, key + ".tar.gz", archive);
    fs::remove(archive);
  }

  std::string lineage_json() const {
    nlohmann::json objects = nlohmann::json::array();
    for (const auto& one : lineage_) {
      objects.push_back({{"channel", one.channel},
                         {"uri", one.uri},
                         {"versionId", one.version},
                         {"eTag", one.e_tag},
                         {"size", one.size}});
    }
    return nlohmann::json{{"trainingJobArn", job_.arn}, {"objects", objects}}.dump(1);
  }

  // ---- the end

  void finish() {
    std::string status = "Completed";
    std::string secondary = "Completed";
    std::string message = "Training job completed";
    std::string reason;
    if (const std::string failure = input_failure(); !failure.empty()) {
      status = secondary = "Failed";
      reason = "ClientError: Data download failed: " + failure;
      message = "Training job failed";
    } else if (!broken_limit_.empty()) {
      status = secondary = "Failed";
      reason = "ClientError: " + broken_limit_ + ", exit code: " + std::to_string(exit_->status);
      message = "Training job failed";
    } else if (ran_out_of_time_) {
      status = "Stopped";
      secondary = "MaxRuntimeExceeded";
      message = "Training job runtime exceeded MaxRuntimeInSeconds provided";
    } else if (control_.stop_requested) {
      status = secondary = "Stopped";
      message = "Training job stopped";
    } else if (exit_->status != 0) {
      status = secondary = "Failed";
      message = "Training job failed";
      reason = failure_of_program();
    }
    end_as(status, secondary, message, reason);
  }

  std::string failure_of_program() const {
    const std::string told = failure_file(opt_ml_);
    const std::string code = ", exit code: " + std::to_string(exit_->status);
    if (told.starts_with("ClientError:") || told.starts_with("AlgorithmError:")) return told + code;
    if (told.empty()) return "AlgorithmError: " + last_output() + code;
    return "AlgorithmError: " + told + code;
  }

  // What the program said last, for it said nothing in /opt/ml/output/failure.
  std::string last_output() const {
    std::string text;
    for (auto line = last_.rbegin(); line != last_.rend() && text.size() + line->size() < last_bytes; ++line)
      text = *line + (text.empty() ? "" : "\n") + text;
    if (text.empty()) return "the program ended without a word";
    return "the program's last lines were:\n" + text;
  }

  void fail(std::string reason) {
    log_.line("[tarn] " + reason);
    log_.flush();
    if (control_.stop_requested) {
      end_as("Stopped", "Stopped", "Training job stopped", "");
    } else {
      end_as("Failed", "Failed", "Training job failed", reason);
    }
  }

  void end_as(const std::string& status, const std::string& secondary, const std::string& message, std::string reason) {
    if (reason.size() > max_reason_characters) {
      reason.resize(max_reason_characters);
      while (!is_utf8(reason)) reason.pop_back();
    }
    update([&](Job& job) {
      const Timestamp now = runtime_.wall.now();
      move_to(job, secondary, message, now);
      job.transitions.back().end = now;
      job.status = status;
      job.failure_reason = reason;
      job.ended = now;
      job.metrics = metrics_.latest();
      job.model_uri = model_uri_;
      job.program_started = false;
    });
  }

  Runtime& runtime_;
  const AccountId& account_;
  Job job_;
  JobControl& control_;
  FolderGuard folder_;
  fs::path opt_ml_;
  LogWriter log_;
  MetricScanner metrics_;
  std::shared_ptr<Lake> lake_;
  std::string phase_;
  std::vector<std::pair<std::string, PipeFeeder::Epoch>> epochs_;
  std::vector<Lineage> lineage_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::mutex mutex_;
  std::string input_failure_;
  std::optional<Exit> exit_;
  std::uint64_t copied_bytes_ = 0;  // In File mode.
  RoleCredentials credentials_;
  std::string broken_limit_;
  std::deque<std::string> last_;
  const SteadyClock::time_point runtime_ends_ =
      SteadyClock::now() + std::chrono::seconds(job_.spec.max_runtime_seconds);
  bool ran_out_of_time_ = false;
  bool cut_off_by_shutdown_ = false;
  std::string model_uri_;
};

}  // namespace

RunEnd run_job(Runtime& runtime, const AccountId& account, Job job, JobControl& control) {
  return JobRun(runtime, account, std::move(job), control).run();
}

}  // namespace tarn::training
