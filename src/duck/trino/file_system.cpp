#include "duck/trino/file_system.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/task.h"

namespace tarn::duck {

using ::duckdb::FileHandle;
using ::duckdb::FileOpener;
using ::duckdb::FileOpenFlags;
using ::duckdb::FileSystem;
using ::duckdb::idx_t;
using ::duckdb::OpenFileInfo;
using ::duckdb::optional_ptr;

void ConnectionState::note_failure(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
}

std::exception_ptr ConnectionState::take_failure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, {});
}

namespace {

// DuckDB writes in small pieces; the store gets pieces of this size.
constexpr std::size_t write_buffer_bytes = 1 << 20;

// Runs a task of the connection's Files here; what it throws is kept for the caller of the query.
template <typename T>
T wait_for(ConnectionState& state, Task<T> task) {
  try {
    return sync_wait(std::move(task));
  } catch (const std::exception& error) {
    state.note_failure(std::current_exception());
    throw ::duckdb::IOException(std::string(error.what()));
  }
}

class ReadHandle : public FileHandle {
 public:
  ReadHandle(FileSystem& system, const std::string& path, FileOpenFlags flags,
             ::duckdb::shared_ptr<ConnectionState> state)
      : FileHandle(system, path, flags), state_(std::move(state)) {
    file_ = wait_for(*state_, state_->files->open(path));
    slices_ = file_->slices();
  }

  void Close() override { file_.reset(); }
  const FileInfo& info() const { return file_->info(); }

  void read_at(std::uint64_t offset, char* buffer, std::size_t length) {
    if (offset > info().size || length > info().size - offset) {
      throw ::duckdb::IOException("HIVE_BAD_DATA: " + path + " ends at byte " + std::to_string(info().size) +
                                  ", before what was to be read of it");
    }
    state_->bytes_read.fetch_add(length, std::memory_order_relaxed);
    if (slices_.empty()) {
      wait_for(*state_, file_->read(offset, {reinterpret_cast<std::byte*>(buffer), length}));
    } else {
      read_slices(offset, buffer, length);
    }
  }

  std::size_t read_next(char* buffer, std::size_t length) {
    const std::size_t count = std::min<std::uint64_t>(length, info().size - std::min(position, info().size));
    if (count > 0) read_at(position, buffer, count);
    position += count;
    return count;
  }

  std::uint64_t position = 0;

 private:
  void read_slices(std::uint64_t offset, char* buffer, std::size_t length) {
    for (const FileSlice& slice : slices_) {
      if (offset >= slice.length) {
        offset -= slice.length;
        continue;
      }
      std::size_t wanted = std::min<std::uint64_t>(length, slice.length - offset);
      length -= wanted;
      std::uint64_t at = slice.offset + offset;
      offset = 0;
      while (wanted > 0) {
        const ssize_t count = ::pread(slice.fd, buffer, wanted, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
          throw ::duckdb::IOException("reading " + path + ": " + (count < 0 ? std::strerror(errno) : "unexpected end"));
        }
        buffer += count;
        wanted -= static_cast<std::size_t>(count);
        at += static_cast<std::uint64_t>(count);
      }
      if (length == 0) return;
    }
    if (length > 0) throw ::duckdb::IOException("reading " + path + ": unexpected end");
  }

  ::duckdb::shared_ptr<ConnectionState> state_;
  std::unique_ptr<File> file_;
  std::vector<FileSlice> slices_;
};

class WriteHandle : public FileHandle {
 public:
  WriteHandle(FileSystem& system, const std::string& path, FileOpenFlags flags,
              ::duckdb::shared_ptr<ConnectionState> state)
      : FileHandle(system, path, flags), state_(std::move(state)) {
    writer_ = wait_for(*state_, state_->files->create(path));
    buffer_.reserve(write_buffer_bytes);
  }

  // Only a file that is closed without a failure is published.
  void Close() override {
    if (!writer_) return;
    const auto writer = std::exchange(writer_, nullptr);
    flush(*writer);
    wait_for(*state_, writer->finish());
  }

  void write(const char* bytes, std::size_t length) {
    if (!writer_) throw ::duckdb::IOException("writing to " + path + ", which is closed");
    position += length;
    state_->bytes_written.fetch_add(length, std::memory_order_relaxed);
    while (length > 0) {
      const std::size_t count = std::min(length, write_buffer_bytes - buffer_.size());
      buffer_.insert(buffer_.end(), bytes, bytes + count);
      bytes += count;
      length -= count;
      if (buffer_.size() == write_buffer_bytes) flush(*writer_);
    }
  }

  std::uint64_t position = 0;

 private:
  void flush(FileWriter& writer) {
    if (buffer_.empty()) return;
    wait_for(*state_, writer.append(std::as_bytes(std::span(buffer_))));
    buffer_.clear();
  }

  ::duckdb::shared_ptr<ConnectionState> state_;
  std::unique_ptr<FileWriter> writer_;
  std::vector<char> buffer_;
};

::duckdb::shared_ptr<ConnectionState> state_of(optional_ptr<FileOpener> opener) {
  const auto context = FileOpener::TryGetClientContext(opener);
  auto state = context ? context->registered_state->Get<ConnectionState>(connection_state_key) : nullptr;
  if (!state) throw ::duckdb::PermissionException("a file was asked for outside of a query");
  return state;
}

class QueryFileSystem : public FileSystem {
 public:
  std::string GetName() const override { return "TarnFileSystem"; }
  bool CanHandleFile(const std::string& path) override { return path.starts_with("s3://"); }
  bool IsManuallySet() override { return true; }
  bool CanSeek() override { return true; }
  bool OnDiskFile(FileHandle&) override { return false; }
  std::string PathSeparator(const std::string&) override { return "/"; }
  std::string CanonicalizePath(const std::string& path, optional_ptr<FileOpener>) override { return path; }
  bool IsPathAbsolute(const std::string&) override { return true; }

  ::duckdb::unique_ptr<FileHandle> OpenFile(const std::string& path, FileOpenFlags flags,
                                            optional_ptr<FileOpener> opener) override {
    if (flags.OpenForWriting()) return ::duckdb::make_uniq<WriteHandle>(*this, path, flags, state_of(opener));
    return ::duckdb::make_uniq<ReadHandle>(*this, path, flags, state_of(opener));
  }

  void Read(FileHandle& handle, void* buffer, std::int64_t length, idx_t location) override {
    handle.Cast<ReadHandle>().read_at(location, static_cast<char*>(buffer), static_cast<std::size_t>(length));
  }
  std::int64_t Read(FileHandle& handle, void* buffer, std::int64_t length) override {
    return static_cast<std::int64_t>(
        handle.Cast<ReadHandle>().read_next(static_cast<char*>(buffer), static_cast<std::size_t>(length)));
  }
  void Write(FileHandle& handle, void* buffer, std::int64_t length, idx_t location) override {
    if (location != handle.Cast<WriteHandle>().position) {
      throw ::duckdb::NotImplementedException("writing into the middle of an object");
    }
    Write(handle, buffer, length);
  }
  std::int64_t Write(FileHandle& handle, void* buffer, std::int64_t length) override {
    handle.Cast<WriteHandle>().write(static_cast<const char*>(buffer), static_cast<std::size_t>(length));
    return length;
  }

  std::int64_t GetFileSize(FileHandle& handle) override {
    if (handle.GetFlags().OpenForWriting()) return static_cast<std::int64_t>(handle.Cast<WriteHandle>().position);
    return static_cast<std::int64_t>(handle.Cast<ReadHandle>().info().size);
  }
  ::duckdb::timestamp_t GetLastModifiedTime(FileHandle& handle) override {
    if (handle.GetFlags().OpenForWriting()) return ::duckdb::timestamp_t(0);
    return ::duckdb::timestamp_t(to_millis(handle.Cast<ReadHandle>().info().modified) * 1000);
  }
  std::string GetVersionTag(FileHandle& handle) override {
    return handle.GetFlags().OpenForWriting() ? std::string() : handle.Cast<ReadHandle>().info().etag;
  }
  ::duckdb::FileType GetFileType(FileHandle&) override { return ::duckdb::FileType::FILE_TYPE_REGULAR; }

  void Seek(FileHandle& handle, idx_t location) override { handle.Cast<ReadHandle>().position = location; }
  void Reset(FileHandle& handle) override { Seek(handle, 0); }
  idx_t SeekPosition(FileHandle& handle) override {
    return handle.GetFlags().OpenForWriting() ? handle.Cast<WriteHandle>().position
                                              : handle.Cast<ReadHandle>().position;
  }
  void FileSync(FileHandle&) override {}  // finish() makes it durable.

  // Object stores have no folders: every folder is there, and empty.
  bool DirectoryExists(const std::string&, optional_ptr<FileOpener>) override { return true; }
  void CreateDirectory(const std::string&, optional_ptr<FileOpener>) override {}
  void CreateDirectoriesRecursive(const std::string&, optional_ptr<FileOpener>) override {}
  bool FileExists(const std::string&, optional_ptr<FileOpener>) override { return false; }
  bool IsPipe(const std::string&, optional_ptr<FileOpener>) override { return false; }

  // A path is a name, not a pattern; one that ends in "/" is all that lies beneath it.
  ::duckdb::vector<OpenFileInfo> Glob(const std::string& path, FileOpener* opener) override {
    ::duckdb::vector<OpenFileInfo> files;
    if (!path.ends_with("/")) {
      files.emplace_back(path);
      return files;
    }
    const auto state = state_of(opener);
    for (FileInfo& file : wait_for(*state, state->files->list(path))) files.emplace_back(std::move(file.path));
    return files;
  }

 protected:
  bool ListFilesExtended(const std::string&, const std::function<void(OpenFileInfo&)>&,
                         optional_ptr<FileOpener>) override {
    return true;
  }
  bool SupportsListFilesExtended() const override { return true; }
};

}  // namespace

std::unique_ptr<FileSystem> make_file_system() {
  return std::make_unique<QueryFileSystem>();
}

}  // namespace tarn::duck
