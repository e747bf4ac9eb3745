// Files in memory: for tests that want no disk, and for those that want a bad one.
//
// MemoryDisk remembers beside what a process sees what a power cut would leave. after_power_cut() gives that disk: what
// was synced is there; of what was not, bytes by whole sectors and names in the order of their making are kept or lost
// by a seeded chance. Failures can be ordered for any call, and bits flipped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/os/file.h"

namespace tarn {

enum class FileAction { open, read, write, sync, rename, link, unlink, make_folder, sync_folder, truncate };

class MemoryDisk : public FileSystem {
 public:
  MemoryDisk();
  ~MemoryDisk() override;

  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override;
  std::unique_ptr<File> open_cached(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void link(const std::string& from, const std::string& to) override;
  bool unlink(const std::string& path) override;
  void make_folders(const std::string& path) override;
  bool remove_folder(const std::string& path) override;
  void sync_folder(const std::string& path) override;
  std::vector<std::string> list(const std::string& path) override;
  std::optional<std::uint64_t> size_of(const std::string& path) override;
  bool is_folder(const std::string& path) override;
  bool clone(const std::string& from, const std::string& to) override;
  Space space(const std::string& path) override;
  std::shared_ptr<void> lock(const std::string& path) override;

  // The disk as the next start finds it. From now on every call on this one, and on its files, fails with EIO.
  std::unique_ptr<MemoryDisk> after_power_cut(std::uint64_t seed);

  // Asked before each action on a path; the errno it returns is thrown, 0 lets the action through. It may be called
  // from any thread and must not call the disk.
  void set_fault(std::function<int(FileAction, const std::string&)> fault);
  // Bytes that all files together may have; ENOSPC beyond.
  void set_capacity(std::uint64_t bytes);
  // Whether files share bytes on clone(), as some file systems can.
  void set_can_clone(bool can);
  // Whether read_cached() and open_cached() find anything.
  void set_cached(bool cached);

  // Inverts one bit of a file, in memory and on the disk.
  void flip_bit(const std::string& path, std::uint64_t byte, unsigned bit);

  struct State;

 private:
  explicit MemoryDisk(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tarn
