// RocksDB on our files: so that it, too, runs on the disk that forgets.
#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstring>

#include "base/encoding.h"
#include "meta/rocksdb/options.h"

namespace tarn::meta {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::span<const std::byte> bytes_of(const Slice& slice) {
  return tarn::as_bytes({slice.data(), slice.size()});
}

IOStatus status_of(const FileError& error) {
  if (error.disk_full()) return IOStatus::NoSpace(error.what());
  if (error.code() == std::errc::no_such_file_or_directory) return IOStatus::PathNotFound(error.what());
  return IOStatus::IOError(error.what());
}

// Runs `action` and turns what it throws into a status.
template <typename Action>
IOStatus guarded(Action action) {
  try {
    return action();
  } catch (const FileError& error) {
    return status_of(error);
  } catch (const std::exception& error) {
    return IOStatus::IOError(error.what());
  }
}

IOStatus read_from(const File& file, std::uint64_t offset, std::size_t length, Slice* result, char* scratch) {
  return guarded([&] {
    const auto got = file.read_at(offset, {reinterpret_cast<std::byte*>(scratch), length});
    *result = Slice(scratch, got);
    return IOStatus::OK();
  });
}

class SequentialFile : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  IOStatus Read(std::size_t length, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    auto status = read_from(*file_, at_, length, result, scratch);
    if (status.ok()) at_ += result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t length) override {
    at_ += length;
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t at_ = 0;
};

thread_local unsigned no_waiting = 0;

IOStatus would_wait() {
  return rocksdb::status_to_io_status(rocksdb::Status::Incomplete("memory does not have it"));
}

// A table's.
class RandomAccessFile : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  IOStatus Read(std::uint64_t offset, std::size_t length, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return no_waiting > 0 ? read_cached(offset, length, result, scratch)
                          : read_from(*file_, offset, length, result, scratch);
  }
  IOStatus Prefetch(std::uint64_t offset, std::size_t length, const IOOptions&, IODebugContext*) override {
    if (no_waiting > 0) return IOStatus::OK();
    return guarded([&] {
      file_->read_ahead(offset, length);
      return IOStatus::OK();
    });
  }
  void Hint(AccessPattern pattern) override {
    if (file_->descriptor() < 0) return;
    const int advice = pattern == kRandom       ? POSIX_FADV_RANDOM
                       : pattern == kSequential ? POSIX_FADV_SEQUENTIAL
                                                : POSIX_FADV_NORMAL;
    ::posix_fadvise(file_->descriptor(), 0, 0, advice);
  }

 private:
  IOStatus read_cached(std::uint64_t offset, std::size_t length, Slice* result, char* scratch) const {
    return guarded([&] {
      const auto got = file_->read_cached(offset, {reinterpret_cast<std::byte*>(scratch), length});
      if (got != length) return would_wait();
      *result = Slice(scratch, length);
      return IOStatus::OK();
    });
  }

 private:
  std::unique_ptr<File> file_;
};

IOStatus open_table(tarn::FileSystem& files, const std::string& path,
                    std::unique_ptr<rocksdb::FSRandomAccessFile>* result) {
  return guarded([&] {
    auto file = no_waiting > 0 ? files.open_cached(path) : files.open(path, OpenMode::read);
    if (!file) return no_waiting > 0 ? would_wait() : IOStatus::PathNotFound(path);
    *result = std::make_unique<RandomAccessFile>(std::move(file));
    return IOStatus::OK();
  });
}

class WritableFile : public rocksdb::FSWritableFile {
 public:
  explicit WritableFile(std::unique_ptr<File> file) : file_(std::move(file)), size_(file_->size()) {}
  using rocksdb::FSWritableFile::Append;
  using rocksdb::FSWritableFile::PositionedAppend;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      file_->write_at(size_, bytes_of(data));
      size_ += data.size();
      return IOStatus::OK();
    });
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      file_->truncate(size);
      size_ = size;
      return IOStatus::OK();
    });
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      file_->sync();
      return IOStatus::OK();
    });
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t size_;
};

class Directory : public rocksdb::FSDirectory {
 public:
  Directory(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      files_.sync_folder(path_);
      return IOStatus::OK();
    });
  }

 private:
  FileSystem& files_;
  std::string path_;
};

struct HeldLock : rocksdb::FileLock {
  std::shared_ptr<void> held;
};

class Files : public rocksdb::FileSystem {
 public:
  explicit Files(tarn::FileSystem& files) : files_(files) {}
  const char* Name() const override { return "TarnFiles"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext*) override {
    return open<SequentialFile>(path, OpenMode::read, result);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext*) override {
    return open_table(files_, path, result);
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) override {
    return open<WritableFile>(path, OpenMode::truncate, result);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) override {
    return open<WritableFile>(path, OpenMode::append, result);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext*) override {
    *result = std::make_unique<Directory>(files_, path);
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>*,
                     IODebugContext*) override {
    return IOStatus::NotSupported("logs go to the program's own");
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    return guarded([&] { return files_.size_of(path) ? IOStatus::OK() : IOStatus::NotFound(path); });
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* names,
                       IODebugContext*) override {
    return guarded([&] {
      if (!files_.is_folder(path)) return IOStatus::PathNotFound(path);
      *names = files_.list(path);
      return IOStatus::OK();
    });
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return guarded([&] { return files_.unlink(path) ? IOStatus::OK() : IOStatus::PathNotFound(path); });
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override { return make_folder(path); }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return make_folder(path);
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return guarded([&] { return files_.remove_folder(path) ? IOStatus::OK() : IOStatus::PathNotFound(path); });
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* result, IODebugContext*) override {
    *result = files_.is_folder(path);
    return IOStatus::OK();
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, std::uint64_t* size, IODebugContext*) override {
    return guarded([&] {
      const auto found = files_.size_of(path);
      if (found) *size = *found;
      return found ? IOStatus::OK() : IOStatus::PathNotFound(path);
    });
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      files_.rename(from, to);
      return IOStatus::OK();
    });
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) override {
    return guarded([&] {
      files_.link(from, to);
      return IOStatus::OK();
    });
  }
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** lock, IODebugContext*) override {
    return guarded([&] {
      auto held = files_.lock(path);
      if (!held) return IOStatus::IOError("held by another: " + path);
      auto result = std::make_unique<HeldLock>();
      result->held = std::move(held);
      *lock = result.release();
      return IOStatus::OK();
    });
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<rocksdb::FileLock> freed(lock);
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions&, std::uint64_t* bytes, IODebugContext*) override {
    return guarded([&] {
      *bytes = files_.space(path).free_bytes;
      return IOStatus::OK();
    });
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/tmp";
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result, IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }

 private:
  template <typename Opened, typename Result>
  IOStatus open(const std::string& path, OpenMode mode, std::unique_ptr<Result>* result) {
    return guarded([&] {
      auto file = files_.open(path, mode);
      if (!file) return IOStatus::PathNotFound(path);
      *result = std::make_unique<Opened>(std::move(file));
      return IOStatus::OK();
    });
  }
  IOStatus make_folder(const std::string& path) {
    return guarded([&] {
      files_.make_folders(path);
      return IOStatus::OK();
    });
  }

  tarn::FileSystem& files_;
};

// The operating system's as RocksDB uses it, but for tables' reads.
class NativeFiles : public rocksdb::FileSystemWrapper {
 public:
  explicit NativeFiles(tarn::FileSystem& files)
      : FileSystemWrapper(rocksdb::Env::Default()->GetFileSystem()), files_(files) {}
  const char* Name() const override { return "TarnNativeFiles"; }

  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext*) override {
    return open_table(files_, path, result);
  }

 private:
  tarn::FileSystem& files_;
};

}  // namespace

NoWaiting::NoWaiting() {
  ++no_waiting;
}
NoWaiting::~NoWaiting() {
  --no_waiting;
}

std::unique_ptr<RocksFiles> rocks_files_for(FileSystem& files) {
  auto result = std::make_unique<RocksFiles>();
  if (files.native()) {
    result->wrapped = rocksdb::NewCompositeEnv(std::make_shared<NativeFiles>(files));
  } else {
    result->wrapped = rocksdb::NewCompositeEnv(std::make_shared<Files>(files));
  }
  result->env = result->wrapped.get();
  return result;
}

}  // namespace tarn::meta
