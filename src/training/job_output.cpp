#include "training/job_output.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

bool is_real_folder(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

}  // namespace

std::vector<std::string> merge_folders(const std::vector<fs::path>& sources, const fs::path& target) {
  std::vector<std::string> clashes;
  fs::create_directories(target);
  for (const fs::path& source : sources) {
    if (!is_real_folder(source)) continue;
    // A folder comes before what is in it, so all that leads to an entry's place is a real folder of ours.
    for (auto at = fs::recursive_directory_iterator(source); at != fs::recursive_directory_iterator(); ++at) {
      const fs::path name = at->path().lexically_relative(source);
      const fs::path place = target / name;
      const bool folder = is_real_folder(at->path());
      if (!is_there(place)) {
        if (folder) {
          fs::create_directory(place);
        } else {
          fs::rename(at->path(), place);
        }
      } else if (!folder || !is_real_folder(place)) {
        clashes.push_back(name.string());
        if (folder) at.disable_recursion_pending();
      }
    }
  }
  return clashes;
}

bool has_files(const fs::path& folder) {
  std::error_code error;
  return is_real_folder(folder) && !fs::is_empty(folder, error);
}

}  // namespace tarn::training
