// A training job: what was asked for, and what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/time.h"
#include "training/input/channel.h"

namespace tarn::training {

struct MetricDefinition {
  std::string name;
  std::string regex;
};

struct JobSpec {
  std::string name;
  std::string role_arn;
  std::string image;
  std::string input_mode = "File";  // Of channels that do not say their own.
  std::vector<std::string> entrypoint;
  std::vector<std::string> arguments;
  std::vector<MetricDefinition> metric_definitions;
  std::map<std::string, std::string> hyperparameters;
  std::map<std::string, std::string> environment;
  std::vector<ChannelSpec> channels;
  std::string output_path;
  bool compress_output = true;
  std::string instance_type;
  std::int64_t instance_count = 1;
  std::int64_t volume_gigabytes = 0;
  std::int64_t max_runtime_seconds = 86400;
  std::string checkpoint_uri;  // Empty: no checkpoints.
  std::string checkpoint_path;
  bool network_isolation = false;
  std::vector<std::string> not_acted_on;  // What clients sent unasked; told in the first transition.
};

struct Transition {
  std::string status;
  Timestamp start;
  std::optional<Timestamp> end;
  std::string message;
};

struct Metric {
  std::string name;
  double value = 0;
  Timestamp time;
};

// An object that a job read.
struct Lineage {
  std::string channel;
  std::string uri;
  std::string version;
  std::string e_tag;
  std::uint64_t size = 0;
};

struct Job {
  JobSpec spec;
  std::string arn;
  std::string status = "InProgress";
  std::string secondary_status = "Starting";
  std::string failure_reason;
  Timestamp created;
  Timestamp modified;
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::vector<Transition> transitions;
  std::vector<Metric> metrics;  // The last of each name.
  std::string model_uri;
  // The first ones; the whole list is lineage.json beside the model.
  std::vector<Lineage> lineage;
  std::uint64_t lineage_count = 0;
  std::uint32_t attempt = 0;     // Counts starts of the program; names its log stream.
  bool program_started = false;  // In the attempt at hand.

  bool over() const { return status == "Completed" || status == "Failed" || status == "Stopped"; }
};

// Ends the transition that is open and begins another.
void move_to(Job& job, const std::string& secondary_status, const std::string& message, Timestamp now);

}  // namespace tarn::training
