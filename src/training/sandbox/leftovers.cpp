#include "training/sandbox/leftovers.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

// The folders that sandboxes below `work_folder` have as their /opt/ml. Their names end in random letters, so no other
// folder of this machine has such a name.
std::vector<std::string> opt_ml_folders(const fs::path& work_folder) {
  std::vector<std::string> folders;
  std::error_code error;
  const fs::path whole = fs::canonical(work_folder, error);
  for (auto entry = fs::directory_iterator(whole, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->is_directory(error)) folders.push_back((entry->path() / "opt-ml").string());
  }
  return folders;
}

// `root` is the end of the folder's path, from where its file system begins, and has the folder's own name in it.
bool is_mounted(std::string_view root, std::string_view folder) {
  const std::size_t name = folder.rfind('/', folder.rfind('/') - 1);
  return root.size() >= folder.size() - name && folder.ends_with(root);
}

// A line of mountinfo names, fourth, what of a file system is mounted, from that file system's root on.
bool mounts_one_of(pid_t process, const std::vector<std::string>& folders) {
  std::ifstream mounts("/proc/" + std::to_string(process) + "/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root;
    fields >> id >> parent >> device >> root;
    if (std::ranges::any_of(folders, [&](const auto& folder) { return is_mounted(root, folder); })) return true;
  }
  return false;
}

std::vector<pid_t> processes_that_mount(const std::vector<std::string>& folders) {
  std::vector<pid_t> found;
  std::error_code error;
  for (auto entry = fs::directory_iterator("/proc", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t process = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (wrong == std::errc() && end == name.data() + name.size() && mounts_one_of(process, folders))
      found.push_back(process);
  }
  return found;
}

// The descriptor holds the process, so that the one that is looked at is the one that is ended.
bool end(pid_t process, const std::vector<std::string>& folders) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (fd < 0) return false;
  const bool ended = mounts_one_of(process, folders) && ::syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) == 0;
  ::close(fd);
  return ended;
}

}  // namespace

std::vector<pid_t> processes_of_sandboxes(const fs::path& work_folder) {
  return processes_that_mount(opt_ml_folders(work_folder));
}

std::size_t end_leftovers(const fs::path& work_folder, std::chrono::milliseconds patience) {
  const auto folders = opt_ml_folders(work_folder);
  if (folders.empty()) return 0;
  const auto until = std::chrono::steady_clock::now() + patience;
  std::set<pid_t> ended;
  while (true) {
    const auto processes = processes_that_mount(folders);
    for (const pid_t process : processes) {
      if (end(process, folders)) ended.insert(process);
    }
    if (processes.empty() || std::chrono::steady_clock::now() > until) return ended.size();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace tarn::training
