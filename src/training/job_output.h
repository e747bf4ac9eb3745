// What the hosts of a job leave behind, as one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tarn::training {

// Moves what lies in `sources` into `target`, which must not exist. Of what several have under one name, the first
// stays; the names of the others are returned. The sources are a customer's: links in them
// are moved as links and never followed.
std::vector<std::string> merge_folders(const std::vector<std::filesystem::path>& sources,
                                       const std::filesystem::path& target);

// Does a folder (no link to one) hold anything?
bool has_files(const std::filesystem::path& folder);

}  // namespace tarn::training
