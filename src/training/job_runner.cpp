#include "training/job_runner.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.h"
#include "training/disk_watch.h"
#include "training/job_host.h"
#include "training/job_output.h"
#include "training/sandbox/archive.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t lineage_in_row = 200;
constexpr std::size_t lineage_in_message = 20;
constexpr std::size_t max_reason_characters = 1024;

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
  JobRun(Runtime& runtime, const AccountId& account, Job job, const JobControl& control)
      : runtime_(runtime),
        account_(account),
        job_(std::move(job)),
        folder_{runtime.make_folder("job", job_.spec.name)},
        signals_(control, std::chrono::seconds(job_.spec.max_runtime_seconds)) {
    const auto count = static_cast<std::size_t>(job_.spec.instance_count);
    for (std::size_t index = 0; index < count; ++index)
      hosts_.push_back(std::make_unique<JobHost>(runtime_, account_, job_, index, folder_.path, signals_));
  }

  RunEnd run() {
    try {
      if (!signals_.stopping()) download();
      ran_out_of_time_ = signals_.out_of_time();
      if (!signals_.stopping() && !ran_out_of_time_) train();
      if (signals_.shutting_down() && !all_ended()) return RunEnd::shut_down;
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
  // Did the programs come to their end, for a reason that the row must tell?
  bool all_ended() const {
    return std::ranges::all_of(hosts_, [](const auto& host) { return host->ended(); });
  }

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
    for (const ChannelSpec& channel : job_.spec.channels) prepare(channel);
    note_lineage();
    const auto source = job_.spec.hyperparameters.find("sagemaker_submit_directory");
    if (source != job_.spec.hyperparameters.end()) {
      std::string uri = source->second;
      // The SDK sends every value as JSON.
      if (uri.size() >= 2 && uri.front() == '"' && uri.back() == '"') uri = uri.substr(1, uri.size() - 2);
      for (auto& host : hosts_) {
        if (uri.starts_with("s3://")) unpack(*lake_, uri, host->opt_ml() / "code", "the source directory");
      }
    }
    for (auto& host : hosts_) {
      if (!job_.spec.checkpoint_uri.empty()) host->load_checkpoints(lake_);
    }
  }

  // Looked up once, so that all hosts have shares of the same.
  void prepare(const ChannelSpec& channel) {
    const auto content = std::make_shared<ChannelContent>(resolve_channel(*lake_, channel));
    for (auto& host : hosts_) host->add_channel(lake_, channel, content);
    for (const auto& object : content->lineage) {
      lineage_.push_back({.channel = channel.name,
                          .uri = object.uri(),
                          .version = object.version,
                          .e_tag = object.e_tag,
                          .size = object.size});
    }
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

  // ---- the programs

  void train() {
    phase_ = "";
    RoleCredentials credentials;
    if (!job_.spec.network_isolation && runtime_.credentials_of_role)
      credentials = sync_wait(runtime_.credentials_of_role(job_.spec.role_arn, job_.spec.name));
    const Neighbourhood neighbours = make_neighbourhood(folder_.path, hosts_.size());
    for (auto& host : hosts_) host->open_pipes();
    update([](Job& job) { job.program_started = true; });
    enter("Training", "Training image started");
    if (hosts_.size() == 1) return hosts_[0]->run(credentials.environment, neighbours);
    run_together(credentials.environment, neighbours);
  }

  // Each on a thread of its own. A host that cannot be started ends the others, and its reason is the job's.
  void run_together(const std::map<std::string, std::string>& environment, const Neighbourhood& neighbours) {
    std::vector<std::exception_ptr> failures(hosts_.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t index = 0; index < hosts_.size(); ++index) {
        threads.emplace_back([&, index] {
          set_thread_kind(ThreadKind::engine, "training-host");
          try {
            hosts_[index]->run(environment, neighbours);
          } catch (...) {
            failures[index] = std::current_exception();
            signals_.host_failed(index);
          }
        });
      }
    }
    for (const auto& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }

  // ---- output

  void upload() {
    for (auto& host : hosts_) host->log().flush();
    if (!lake_) return;
    phase_ = "Artifact upload failed: ";
    for (auto& host : hosts_) host->finish_checkpoints();
    if (!all_ended()) return;
    ran_out_of_time_ = std::ranges::any_of(hosts_, [](const auto& host) { return host->ran_out_of_time(); });
    enter("Uploading", "Uploading generated training model");
    const auto base = parse_s3_uri(job_.spec.output_path);
    const std::string prefix = base->key + job_.spec.name + "/output/";
    const bool failed = signals_.first_failed() || !signals_.input_failure().empty();
    const fs::path model = of_all_hosts("model");
    const fs::path data = of_all_hosts("output/data");
    if (!failed && has_files(model)) {
      upload_folder(model, "model", base->bucket, prefix + "model");
      model_uri_ = "s3://" + base->bucket + "/" + prefix + (job_.spec.compress_output ? "model.tar.gz" : "model/");
    }
    if (has_files(data)) upload_folder(data, "output/data", base->bucket, prefix + "output");
    if (!lineage_.empty()) lake_->put_bytes(base->bucket, prefix + "lineage.json", lineage_json(), "application/json");
  }

  // As on AWS, one archive has the files of all hosts, who are to see to it that their names differ.
  fs::path of_all_hosts(const char* name) {
    if (hosts_.size() == 1) return hosts_[0]->opt_ml() / name;
    const fs::path merged = folder_.path / "merged" / name;
    std::vector<fs::path> sources;
    for (const auto& host : hosts_) sources.push_back(host->opt_ml() / name);
    for (const std::string& clash : merge_folders(sources, merged)) {
      hosts_[0]->log().line("[tarn] Several hosts left " + std::string("/opt/ml/") + name + "/" + clash +
                            ": the one of the first of them was kept.");
    }
    return merged;
  }

  void upload_folder(const fs::path& folder, const std::string& name, const std::string& bucket,
                     const std::string& key) {
    // Files with holes take little room here, but all of their size in an archive.
    if (const DiskUse use = disk_use(folder); use.file_bytes > hosts_.size() * volume_bytes(job_.spec)) {
      throw InputError("the files of /opt/ml/" + name + " have " + std::to_string(use.file_bytes) +
                       " bytes, more than " + volume_text(job_.spec) + ".");
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
    // Whoever sees that the job is over finds its log whole.
    for (auto& host : hosts_) host->log().flush();
    const auto failed = signals_.first_failed();
    const std::string input_failure = signals_.input_failure();
    if (!input_failure.empty()) {
      end_as("Failed", "Failed", "Training job failed", "ClientError: Data download failed: " + input_failure);
    } else if (failed && !hosts_[*failed]->broken_limit().empty()) {
      end_as("Failed", "Failed", "Training job failed", hosts_[*failed]->failure_reason());
    } else if (ran_out_of_time_) {
      end_as("Stopped", "MaxRuntimeExceeded", "Training job runtime exceeded MaxRuntimeInSeconds provided", "");
    } else if (signals_.stop_requested()) {
      end_as("Stopped", "Stopped", "Training job stopped", "");
    } else if (failed) {
      end_as("Failed", "Failed", "Training job failed", hosts_[*failed]->failure_reason());
    } else {
      end_as("Completed", "Completed", "Training job completed", "");
    }
  }

  void fail(std::string reason) {
    hosts_[0]->log().line("[tarn] " + reason);
    for (auto& host : hosts_) host->log().flush();
    if (signals_.stop_requested()) {
      end_as("Stopped", "Stopped", "Training job stopped", "");
    } else {
      end_as("Failed", "Failed", "Training job failed", reason);
    }
  }

  // The last of each name, whichever host said it.
  std::vector<Metric> latest_metrics() const {
    std::vector<Metric> latest;
    for (const auto& host : hosts_) {
      for (Metric& metric : host->metrics()) {
        const auto known = std::ranges::find(latest, metric.name, &Metric::name);
        if (known == latest.end()) {
          latest.push_back(std::move(metric));
        } else if (known->time < metric.time) {
          *known = std::move(metric);
        }
      }
    }
    return latest;
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
      job.metrics = latest_metrics();
      job.model_uri = model_uri_;
      job.program_started = false;
    });
  }

  Runtime& runtime_;
  const AccountId& account_;
  Job job_;
  FolderGuard folder_;
  JobSignals signals_;
  std::vector<std::unique_ptr<JobHost>> hosts_;
  std::shared_ptr<Lake> lake_;
  std::string phase_;
  std::vector<Lineage> lineage_;
  bool ran_out_of_time_ = false;
  std::string model_uri_;
};

}  // namespace

RunEnd run_job(Runtime& runtime, const AccountId& account, Job job, JobControl& control) {
  return JobRun(runtime, account, std::move(job), control).run();
}

}  // namespace tarn::training
