// What a TrainingImage or a model's Image means: which program runs.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "training/job.h"

namespace tarn::training {

enum class ImageKind { linear_learner, python, file };

struct Image {
  ImageKind kind = ImageKind::linear_learner;
  std::filesystem::path path;  // Of a file: a program, or a root file system.
};

// `allowed` maps further names, and file:// paths that may be used as they are, to file:// paths. Tarn's own names
// (tarn/linear-learner:1, tarn/python:3) and AWS's registry names of the built-in algorithms are known. None: unknown.
std::optional<Image> find_image(const std::string& image, const std::map<std::string, std::string>& allowed);

// What CreateTrainingJob says of an image that is unknown.
std::string unknown_image_message(const std::string& image);

// The metrics that a built-in algorithm has without being asked.
std::vector<MetricDefinition> metrics_of(ImageKind kind);

}  // namespace tarn::training
