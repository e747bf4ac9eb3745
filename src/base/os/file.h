// Files behind a seam, so that tests can put a disk beneath the stores that forgets or mangles what was not synced.
//
// Every failure is a FileError (a std::system_error that names the path); what a caller branches on (a file that is not
// there) is a value. All calls may wait for the disk, except where they say that they do not: make them through
// blocking() on an I/O thread. Files and file systems are thread-safe; two writers of one range race as on POSIX.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tarn {

struct FileError : std::system_error {
  FileError(int error, std::string_view action, const std::string& path)
      : std::system_error(error, std::generic_category(), std::string(action) + " " + path) {}
  bool disk_full() const { return code() == std::errc::no_space_on_device || code().value() == 122 /* EDQUOT */; }
};

class File {
 public:
  virtual ~File() = default;

  // Fills `out` from `offset` on; less than its size only at the end of the file.
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;

  // The same without waiting for the disk: as many bytes as memory has at hand, or none where it has nothing.
  virtual std::optional<std::size_t> read_cached(std::uint64_t offset, std::span<std::byte> out) const = 0;

  // Writes all of `bytes`. A failure may leave a part of them.
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void append(std::span<const std::byte> bytes) = 0;

  // The bytes, and the size, survive a power cut on return. The name does once its folder is synced too.
  virtual void sync() = 0;

  // Asks that the bytes go to the disk soon, so that a later sync() has less to wait for; promises nothing.
  virtual void start_writeback(std::uint64_t offset, std::uint64_t length) = 0;
  // Asks that these bytes be in memory soon.
  virtual void read_ahead(std::uint64_t offset, std::uint64_t length) const = 0;

  virtual void truncate(std::uint64_t size) = 0;
  virtual std::uint64_t size() const = 0;

  // For sendfile; -1 where the file has none.
  virtual int descriptor() const { return -1; }
};

enum class OpenMode {
  read,        // Must be there.
  read_write,  // Must be there.
  create_new,  // Must not be there: FileError with EEXIST.
  truncate,    // Made, or emptied.
  append,      // Made where it is not there; kept where it is.
};

struct Space {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // None: nothing has that name (or, for create_new and the like, its folder is not there).
  virtual std::unique_ptr<File> open(const std::string& path, OpenMode mode) = 0;

  // Opens for reading only if names and attributes are in memory; null also where that is not known. Does not wait.
  virtual std::unique_ptr<File> open_cached(const std::string&) { return nullptr; }

  // Replaces `to` at once. Durable once the folders are synced.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void link(const std::string& from, const std::string& to) = 0;
  // False: nothing had that name.
  virtual bool unlink(const std::string& path) = 0;
  // The folder and those above it; what is there already is success. New folders' names are durable on return.
  virtual void make_folders(const std::string& path) = 0;
  // An empty folder; false where there is none.
  virtual bool remove_folder(const std::string& path) = 0;
  // The names in a folder survive a power cut on return.
  virtual void sync_folder(const std::string& path) = 0;

  // Names in a folder, without "." and "..", in no order; empty where there is no such folder.
  virtual std::vector<std::string> list(const std::string& path) = 0;
  virtual std::optional<std::uint64_t> size_of(const std::string& path) = 0;  // None: no such file.
  virtual bool is_folder(const std::string& path) = 0;

  // A new file `to` that shares `from`'s bytes. False where the file system cannot: then nothing was made.
  virtual bool clone(const std::string& from, const std::string& to) = 0;
  virtual Space space(const std::string& path) = 0;

  // An exclusive lock on a file, made if need be, held as long as the result lives; null where another has it.
  virtual std::shared_ptr<void> lock(const std::string& path) = 0;

  // Is this the operating system's own? Then libraries may open paths by themselves.
  virtual bool native() const { return false; }
};

// The operating system's files.
FileSystem& system_files();

// "a/b" and "c" make "a/b/c".
std::string join_path(std::string_view folder, std::string_view name);
std::string folder_of(const std::string& path);  // "." where there is none.

}  // namespace tarn
