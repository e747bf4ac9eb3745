#include "training/images.h"

#include <algorithm>

namespace tarn::training {

namespace {

// "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1" is linear-learner. Empty: no name of such a registry.
std::string algorithm_of_registry_name(std::string_view image) {
  const std::size_t slash = image.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view host = image.substr(0, slash);
  const bool account =
      host.size() > 12 && std::ranges::all_of(host.substr(0, 12), [](char c) { return c >= '0' && c <= '9'; });
  const bool registry = host.substr(std::min<std::size_t>(12, host.size())).starts_with(".dkr.ecr.") &&
                        (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
  if (!account || !registry) return {};
  const std::string_view name = image.substr(slash + 1);
  return std::string(name.substr(0, std::min(name.find(':'), name.find('@'))));
}

std::optional<Image> file_image(const std::string& target) {
  static constexpr std::string_view scheme = "file://";
  if (!target.starts_with(scheme)) return std::nullopt;
  return Image{.kind = ImageKind::file, .path = target.substr(scheme.size())};
}

}  // namespace

std::optional<Image> find_image(const std::string& image, const std::map<std::string, std::string>& allowed) {
  if (const auto found = allowed.find(image); found != allowed.end()) {
    if (auto file = file_image(found->second)) return file;
    return find_image(found->second, {});
  }
  if (image == "tarn/linear-learner:1" || algorithm_of_registry_name(image) == "linear-learner") {
    return Image{.kind = ImageKind::linear_learner, .path = {}};
  }
  if (image == "tarn/python:3") return Image{.kind = ImageKind::python, .path = {}};
  return std::nullopt;
}

std::string unknown_image_message(const std::string& image) {
  return "Tarn does not know what the image '" + image +
         "' runs. It runs tarn/linear-learner:1 (and linear-learner under AWS's registry names) and tarn/python:3. To "
         "name a program or a root file system of this machine, add to the images map of the configuration: \"" +
         image + "\" = \"file:///path\"";
}

std::vector<MetricDefinition> metrics_of(ImageKind kind) {
  if (kind != ImageKind::linear_learner) return {};
  std::vector<MetricDefinition> metrics;
  for (const std::string channel : {"train", "validation", "test"}) {
    metrics.push_back({channel + ":objective_loss",
                       "#quality_metric: host=\\S+, (?:epoch=\\S+, )?" + channel + " \\S+_objective <loss>=(\\S+)"});
  }
  metrics.push_back({"train:throughput", "#throughput_metric: host=\\S+, train throughput=(\\S+) records/second"});
  metrics.push_back({"train:progress", "#progress_metric: host=\\S+, completed (\\S+) %"});
  for (const std::string channel : {"validation", "test"}) {
    for (const std::string name : {"binary_classification_accuracy", "precision", "recall", "roc_auc_score",
                                   "multiclass_accuracy", "mse", "rmse", "absolute_loss", "r2"}) {
      metrics.push_back(
          {channel + ":" + name, "#quality_metric: host=\\S+, " + channel + " " + name + " <score>=(\\S+)"});
    }
    metrics.push_back(
        {channel + ":binary_f_beta", "#quality_metric: host=\\S+, " + channel + " binary_f_\\S+ <score>=(\\S+)"});
    metrics.push_back({channel + ":multiclass_top_k_accuracy",
                       "#quality_metric: host=\\S+, " + channel + " multiclass_top_k_accuracy_\\S+ <score>=(\\S+)"});
  }
  return metrics;
}

}  // namespace tarn::training
