#include "training/checkpoints.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/executor.h"
#include "base/log.h"
#include "training/input/file_copy.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;
constexpr auto period = std::chrono::seconds(3);

// A regular file below `folder`, opened without following any link: the program may be changing the folder meanwhile.
class SafeFile {
 public:
  SafeFile(const fs::path& folder, const std::string& name) {
    const int root = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    fd_ = static_cast<int>(::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how));
    ::close(root);
    if (fd_ >= 0 && (::fstat(fd_, &status_) != 0 || !S_ISREG(status_.st_mode))) {
      ::close(fd_);
      fd_ = -1;
    }
  }
  ~SafeFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  SafeFile(const SafeFile&) = delete;
  SafeFile& operator=(const SafeFile&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  const struct stat& status() const { return status_; }
  fs::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_ = -1;
  struct stat status_{};
};

}  // namespace

Checkpoints::Checkpoints(std::shared_ptr<Lake> lake, const std::string& uri, fs::path folder)
    : lake_(std::move(lake)), folder_(std::move(folder)) {
  auto place = parse_s3_uri(uri);
  if (!place) throw InputError("CheckpointConfig: '" + uri + "' is no S3 URI.");
  uri_ = std::move(*place);
  if (!uri_.key.empty() && !uri_.key.ends_with('/')) uri_.key += '/';
}

Checkpoints::~Checkpoints() {
  stop();
}

void Checkpoints::load() {
  fs::create_directories(folder_);
  const auto objects = lake_->list(uri_.bucket, uri_.key);
  copy_files(*lake_, objects, uri_.key, folder_, [] { return false; });
  for (const auto& object : objects) {
    const std::string name = file_name_of(object.key, uri_.key).string();
    if (const SafeFile file(folder_, name); file) {
      const auto& time = file.status().st_mtim;
      uploaded_[name] = {.size = object.size, .modified = time.tv_sec * 1'000'000'000 + time.tv_nsec};
    }
  }
}

void Checkpoints::start() {
  thread_ = std::thread([this] {
    set_thread_kind(ThreadKind::engine, "checkpoints");
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, period, [this] { return stopped_; })) {
      try {
        sync();
      } catch (const std::exception& error) {
        log::warning("checkpoints could not be saved", {{"error", error.what()}});
      }
    }
  });
}

void Checkpoints::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Checkpoints::finish() {
  stop();
  sync();
}

void Checkpoints::sync() {
  std::map<std::string, Seen> found;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder_, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_regular_file(error) || entry->is_symlink(error)) continue;
    const std::string name = entry->path().lexically_relative(folder_).string();
    const SafeFile file(folder_, name);
    if (!file) continue;
    const auto& status = file.status();
    const Seen seen{.size = static_cast<std::uint64_t>(status.st_size),
                    .modified = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
    found[name] = seen;
    const auto known = uploaded_.find(name);
    if (known != uploaded_.end() && known->second == seen) continue;
    lake_->put_file(uri_.bucket, uri_.key + name, file.path());
    uploaded_[name] = seen;
  }
  for (auto known = uploaded_.begin(); known != uploaded_.end();) {
    if (found.contains(known->first)) {
      ++known;
      continue;
    }
    lake_->remove(uri_.bucket, uri_.key + known->first);
    known = uploaded_.erase(known);
  }
}

}  // namespace tarn::training
