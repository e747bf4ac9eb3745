#include "training/input/file_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "base/executor.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t copiers = 4;
constexpr std::size_t buffer_bytes = 1 << 20;

class OutputFile {
 public:
  explicit OutputFile(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail();
  }
  ~OutputFile() { ::close(fd_); }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const char* bytes, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(fd_, bytes, count);
      if (written < 0 && errno != EINTR) fail();
      if (written > 0) bytes += written, count -= static_cast<std::size_t>(written);
    }
  }
  void write(FileSlice slice) {
    auto offset = static_cast<loff_t>(slice.offset);
    while (slice.length > 0) {
      const ssize_t copied = ::copy_file_range(slice.fd, &offset, fd_, nullptr, slice.length, 0);
      if (copied > 0) {
        slice.length -= static_cast<std::uint64_t>(copied);
      } else if (copied == 0) {
        throw std::runtime_error("a file of the lake ended before its size");
      } else if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        return by_hand(slice, static_cast<std::uint64_t>(offset));
      } else if (errno != EINTR) {
        fail();
      }
    }
  }

 private:
  void by_hand(FileSlice slice, std::uint64_t offset) {
    std::string buffer(buffer_bytes, '\0');
    while (slice.length > 0) {
      const ssize_t got = ::pread(slice.fd, buffer.data(), std::min<std::uint64_t>(buffer.size(), slice.length),
                                  static_cast<off_t>(offset));
      if (got <= 0) fail();
      write(buffer.data(), static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
      slice.length -= static_cast<std::uint64_t>(got);
    }
  }
  [[noreturn]] void fail() const {
    throw InputError("Cannot write " + path_.filename().string() + ": " + std::strerror(errno) + ".");
  }
  fs::path path_;
  int fd_;
};

void copy_one(Lake& lake, const LakeObject& object, const fs::path& target, const std::function<bool()>& stop) {
  OutputFile file(target);
  const auto reader = lake.open(object);
  std::string buffer(buffer_bytes, '\0');
  while (!stop()) {
    if (auto slice = reader->next_slice()) {
      file.write(*slice);
      continue;
    }
    const std::size_t got = reader->read(std::as_writable_bytes(std::span(buffer)));
    if (got == 0) return;
    file.write(buffer.data(), got);
  }
}

}  // namespace

fs::path file_name_of(const std::string& key, const std::string& key_prefix) {
  const std::string name = key.starts_with(key_prefix) ? key.substr(key_prefix.size()) : key;
  const fs::path path = fs::path(name).relative_path();
  const bool unsafe = name.find('\0') != std::string::npos ||
                      std::ranges::any_of(path, [](const fs::path& part) { return part == ".." || part == "."; });
  const bool too_long = std::ranges::any_of(path, [](const fs::path& part) { return part.native().size() > 255; });
  if (path.empty() || unsafe || too_long) throw InputError("The key '" + key + "' is no name that a file can have.");
  return path;
}

void copy_files(Lake& lake, const std::vector<LakeObject>& objects, const std::string& key_prefix,
                const fs::path& folder, const std::function<bool()>& stop) {
  std::vector<fs::path> targets;
  std::set<fs::path> names;
  for (const auto& object : objects) {
    targets.push_back(folder / file_name_of(object.key, key_prefix));
    names.insert(targets.back());
  }
  for (const auto& target : targets) {
    for (fs::path parent = target.parent_path(); parent.native().size() > folder.native().size();
         parent = parent.parent_path()) {
      if (names.contains(parent)) {
        throw InputError("The key that becomes the file '" + fs::relative(parent, folder).string() +
                         "' is also a folder of other keys.");
      }
    }
    fs::create_directories(target.parent_path());
  }
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    set_thread_kind(ThreadKind::engine, "file-copy");
    for (std::size_t i; !stop() && !failed && (i = next++) < objects.size();) {
      try {
        copy_one(lake, objects[i], targets[i], stop);
      } catch (...) {
        failed = true;
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(copiers, objects.size()); ++i) threads.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tarn::training
