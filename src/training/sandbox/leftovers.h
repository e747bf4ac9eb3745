// Leftovers: what an earlier server's sandboxes may have left running.
//
// A sandbox ends with its server by itself (init/main.cpp); it takes some milliseconds, and this looks that it did.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <vector>

namespace tarn::training {

// Processes that have the opt-ml of a folder below `work_folder` for their own, as this machine tells it of each.
std::vector<pid_t> processes_of_sandboxes(const std::filesystem::path& work_folder);

// Ends them, and returns when they are gone, or when `patience` is at its end. The number of those that had to be
// ended.
std::size_t end_leftovers(const std::filesystem::path& work_folder,
                          std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace tarn::training
