#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/os/file.h"

namespace tarn {

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && path.back() != '/') path += '/';
  return path += name;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got = ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  std::optional<std::size_t> read_cached(std::uint64_t offset, std::span<std::byte> out) const override {
    const iovec piece{out.data(), out.size()};
    const ssize_t got = ::preadv2(fd_.get(), &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    // A file system without RWF_NOWAIT says EOPNOTSUPP: then nothing is known to be in memory.
    if (errno == EAGAIN || errno == EOPNOTSUPP || errno == EINTR) return std::nullopt;
    fail("read");
  }

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("write");
      offset += static_cast<std::uint64_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
  }

  void append(std::span<const std::byte> bytes) override { write_at(size(), bytes); }

  void sync() override {
    if (::fdatasync(fd_.get()) != 0) fail("sync");
  }
  void start_writeback(std::uint64_t offset, std::uint64_t length) override {
    ::sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
  }
  void read_ahead(std::uint64_t offset, std::uint64_t length) const override {
    ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
  }
  void truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) fail("truncate");
  }
  std::uint64_t size() const override {
    struct stat facts{};
    if (::fstat(fd_.get(), &facts) != 0) fail("stat");
    return static_cast<std::uint64_t>(facts.st_size);
  }
  int descriptor() const override { return fd_.get(); }

 private:
  [[noreturn]] void fail(const char* action) const { throw FileError(errno, action, path_); }

  Descriptor fd_;
  std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::read_write:
      return O_RDWR;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::truncate:
      return O_RDWR | O_CREAT | O_TRUNC;
    case OpenMode::append:
      return O_RDWR | O_CREAT;
  }
  std::unreachable();
}

// What the lake keeps is for its owner only.
constexpr mode_t file_permissions = 0600;
constexpr mode_t folder_permissions = 0700;

class PosixFileSystem : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    int fd;
    do {
      fd = ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, file_permissions);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
      if (errno == ENOENT) return nullptr;
      throw FileError(errno, "open", path);
    }
    return std::make_unique<PosixFile>(Descriptor(fd), path);
  }

  std::unique_ptr<File> open_cached(const std::string& path) override {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC;
    how.resolve = RESOLVE_CACHED;
    const auto fd = static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
    return fd < 0 ? nullptr : std::make_unique<PosixFile>(Descriptor(fd), path);
  }

  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw FileError(errno, "rename", from);
  }
  void link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) throw FileError(errno, "link", from);
  }
  bool unlink(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw FileError(errno, "unlink", path);
  }

  void make_folders(const std::string& path) override {
    if (::mkdir(path.c_str(), folder_permissions) == 0) return sync_folder(folder_of(path));
    if (errno == EEXIST) {
      if (!is_folder(path)) throw FileError(ENOTDIR, "make folder", path);
      return;
    }
    if (errno != ENOENT || folder_of(path) == path) throw FileError(errno, "make folder", path);
    make_folders(folder_of(path));
    if (::mkdir(path.c_str(), folder_permissions) != 0 && errno != EEXIST) throw FileError(errno, "make folder", path);
    sync_folder(folder_of(path));
  }
  bool remove_folder(const std::string& path) override {
    if (::rmdir(path.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    throw FileError(errno, "remove folder", path);
  }
  void sync_folder(const std::string& path) override {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) throw FileError(errno, "sync folder", path);
  }

  std::vector<std::string> list(const std::string& path) override {
    DIR* const folder = ::opendir(path.c_str());
    if (!folder) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      throw FileError(errno, "list", path);
    }
    std::vector<std::string> names;
    while (const dirent* const entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(folder);
    return names;
  }
  std::optional<std::uint64_t> size_of(const std::string& path) override {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
      throw FileError(errno, "stat", path);
    }
    return static_cast<std::uint64_t>(facts.st_size);
  }
  bool is_folder(const std::string& path) override {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
  }

  bool clone(const std::string& from, const std::string& to) override {
    const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (source.get() < 0) throw FileError(errno, "open", from);
    const Descriptor target(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_permissions));
    if (target.get() < 0) throw FileError(errno, "open", to);
    if (::ioctl(target.get(), FICLONE, source.get()) == 0) return true;
    ::unlink(to.c_str());
    return false;
  }
  Space space(const std::string& path) override {
    struct statvfs facts{};
    if (::statvfs(path.c_str(), &facts) != 0) throw FileError(errno, "look at", path);
    return {.total_bytes = facts.f_blocks * facts.f_frsize, .free_bytes = facts.f_bavail * facts.f_frsize};
  }
  std::shared_ptr<void> lock(const std::string& path) override {
    auto fd = std::make_shared<Descriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_permissions));
    if (fd->get() < 0) throw FileError(errno, "open", path);
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK) return nullptr;
    throw FileError(errno, "lock", path);
  }
  bool native() const override { return true; }
};

}  // namespace

FileSystem& system_files() {
  static PosixFileSystem files;
  return files;
}

}  // namespace tarn
