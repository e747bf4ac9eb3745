#include "base/os/memory_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <set>

namespace tarn {
namespace {

// A disk writes a sector whole or not at all.
constexpr std::uint64_t sector_bytes = 512;

// A change of a file that no sync has covered: bytes at an offset, or a new size.
struct Unsynced {
  std::uint64_t offset = 0;
  std::string bytes;
  bool resize = false;
};

void write_into(std::string& image, std::uint64_t offset, std::string_view bytes) {
  if (image.size() < offset + bytes.size()) image.resize(offset + bytes.size());
  std::memcpy(image.data() + offset, bytes.data(), bytes.size());
}

struct Inode {
  std::string seen;     // What a process reads.
  std::string durable;  // What a power cut leaves for certain.
  std::vector<Unsynced> unsynced;

  void sync() {
    for (const auto& change : unsynced) {
      if (change.resize) {
        durable.resize(change.offset);
      } else {
        write_into(durable, change.offset, change.bytes);
      }
    }
    unsynced.clear();
  }

  // What lies there after a power cut: of unsynced writes some sectors, each with chance `kept`.
  std::string after_power_cut(std::mt19937_64& chance, double kept) const {
    std::string image = durable;
    std::bernoulli_distribution keep(kept);
    for (const auto& change : unsynced) {
      if (change.resize) {
        if (keep(chance)) image.resize(change.offset);
        continue;
      }
      for (std::uint64_t at = 0; at < change.bytes.size();) {
        const auto to_boundary = sector_bytes - (change.offset + at) % sector_bytes;
        const auto piece = std::min<std::uint64_t>(to_boundary, change.bytes.size() - at);
        if (keep(chance)) write_into(image, change.offset + at, std::string_view(change.bytes).substr(at, piece));
        at += piece;
      }
    }
    return image;
  }
};

using Names = std::map<std::string, std::shared_ptr<Inode>>;  // A null inode is a folder.

// A change of names: `removed` goes, `added` comes (either may be empty); both at once is a rename.
struct NameChange {
  std::string removed;
  std::string added;
  std::shared_ptr<Inode> inode;

  void apply(Names& names) const {
    if (!removed.empty()) names.erase(removed);
    if (!added.empty()) names[added] = inode;
  }
  bool concerns(const std::string& folder) const {
    return (!removed.empty() && folder_of(removed) == folder) || (!added.empty() && folder_of(added) == folder);
  }
};

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

struct MemoryDisk::State {
  std::mutex mutex;
  Names names;
  Names durable_names;
  std::vector<NameChange> unsynced_names;
  std::set<std::string> locked;
  std::function<int(FileAction, const std::string&)> fault;
  std::uint64_t capacity = 1ull << 40;
  std::uint64_t used = 0;
  bool can_clone = false;
  bool cached = true;
  bool dead = false;

  // All below with the mutex held.
  void allow(FileAction action, const std::string& path, const char* word) {
    if (dead) throw FileError(EIO, word, path);
    if (fault) {
      if (const int error = fault(action, path)) throw FileError(error, word, path);
    }
  }
  void change(NameChange change) {
    change.apply(names);
    unsynced_names.push_back(std::move(change));
  }
  std::shared_ptr<Inode> file(const std::string& path) {
    const auto found = names.find(path);
    return found == names.end() ? nullptr : found->second;
  }
  bool folder(const std::string& path) {
    if (path == "/" || path == ".") return true;
    const auto found = names.find(path);
    return found != names.end() && !found->second;
  }
  void resize(Inode& inode, std::uint64_t size, const std::string& path) {
    if (size > inode.seen.size() && used + size - inode.seen.size() > capacity) throw FileError(ENOSPC, "write", path);
    used += size - inode.seen.size();
    inode.seen.resize(size);
  }
};

namespace {

class MemoryFile : public File {
 public:
  MemoryFile(std::shared_ptr<MemoryDisk::State> state, std::shared_ptr<Inode> inode, std::string path)
      : state_(std::move(state)), inode_(std::move(inode)), path_(std::move(path)) {}

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    const std::lock_guard lock(state_->mutex);
    state_->allow(FileAction::read, path_, "read");
    const std::string& bytes = inode_->seen;
    if (offset >= bytes.size()) return 0;
    const auto length = std::min<std::uint64_t>(out.size(), bytes.size() - offset);
    std::memcpy(out.data(), bytes.data() + offset, length);
    return length;
  }
  std::optional<std::size_t> read_cached(std::uint64_t offset, std::span<std::byte> out) const override {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->cached) return std::nullopt;
    }
    return read_at(offset, out);
  }
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(state_->mutex);
    write_locked(offset, bytes);
  }
  void append(std::span<const std::byte> bytes) override {
    const std::lock_guard lock(state_->mutex);
    write_locked(inode_->seen.size(), bytes);
  }
  void sync() override {
    const std::lock_guard lock(state_->mutex);
    state_->allow(FileAction::sync, path_, "sync");
    inode_->sync();
  }
  void start_writeback(std::uint64_t, std::uint64_t) override {}
  void read_ahead(std::uint64_t, std::uint64_t) const override {}
  void truncate(std::uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    state_->allow(FileAction::truncate, path_, "truncate");
    state_->resize(*inode_, size, path_);
    inode_->unsynced.push_back({.offset = size, .bytes = {}, .resize = true});
  }
  std::uint64_t size() const override {
    const std::lock_guard lock(state_->mutex);
    return inode_->seen.size();
  }

 private:
  void write_locked(std::uint64_t offset, std::span<const std::byte> bytes) {
    state_->allow(FileAction::write, path_, "write");
    if (offset + bytes.size() > inode_->seen.size()) state_->resize(*inode_, offset + bytes.size(), path_);
    std::string copy(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    write_into(inode_->seen, offset, copy);
    inode_->unsynced.push_back({.offset = offset, .bytes = std::move(copy)});
  }

  std::shared_ptr<MemoryDisk::State> state_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
};

}  // namespace

MemoryDisk::MemoryDisk() : state_(std::make_shared<State>()) {}
MemoryDisk::MemoryDisk(std::shared_ptr<State> state) : state_(std::move(state)) {}
MemoryDisk::~MemoryDisk() = default;

std::unique_ptr<File> MemoryDisk::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::open, path, "open");
  auto inode = state_->file(path);
  if (!inode) {
    if (state_->folder(path)) throw FileError(EISDIR, "open", path);
    if (mode == OpenMode::read || mode == OpenMode::read_write || !state_->folder(folder_of(path))) return nullptr;
    inode = std::make_shared<Inode>();
    state_->change({.removed = {}, .added = path, .inode = inode});
  } else if (mode == OpenMode::create_new) {
    throw FileError(EEXIST, "open", path);
  } else if (mode == OpenMode::truncate) {
    state_->resize(*inode, 0, path);
    inode->unsynced.push_back({.offset = 0, .bytes = {}, .resize = true});
  }
  return std::make_unique<MemoryFile>(state_, std::move(inode), path);
}

std::unique_ptr<File> MemoryDisk::open_cached(const std::string& path) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->cached) return nullptr;
  }
  return open(path, OpenMode::read);
}

void MemoryDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::rename, from, "rename");
  auto inode = state_->file(from);
  if (!inode) throw FileError(ENOENT, "rename", from);
  if (!state_->folder(folder_of(to))) throw FileError(ENOENT, "rename", to);
  state_->change({.removed = from, .added = to, .inode = std::move(inode)});
}

void MemoryDisk::link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::link, from, "link");
  auto inode = state_->file(from);
  if (!inode) throw FileError(ENOENT, "link", from);
  if (state_->names.contains(to)) throw FileError(EEXIST, "link", to);
  state_->change({.removed = {}, .added = to, .inode = std::move(inode)});
}

bool MemoryDisk::unlink(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::unlink, path, "unlink");
  const auto inode = state_->file(path);
  if (!inode) return false;
  state_->change({.removed = path, .added = {}, .inode = nullptr});
  const bool linked = std::ranges::any_of(state_->names, [&](const auto& name) { return name.second == inode; });
  if (!linked) state_->used -= std::min<std::uint64_t>(state_->used, inode->seen.size());
  return true;
}

void MemoryDisk::make_folders(const std::string& given) {
  const std::string path = without_slash(given);
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->folder(path)) return;
    if (state_->file(path)) throw FileError(ENOTDIR, "make folder", path);
  }
  make_folders(folder_of(path));
  {
    const std::lock_guard lock(state_->mutex);
    state_->allow(FileAction::make_folder, path, "make folder");
    state_->change({.removed = {}, .added = path, .inode = nullptr});
  }
  sync_folder(folder_of(path));
}

bool MemoryDisk::remove_folder(const std::string& given) {
  const std::string path = without_slash(given);
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::unlink, path, "remove folder");
  if (!state_->folder(path)) return false;
  for (const auto& [name, inode] : state_->names) {
    if (folder_of(name) == path) throw FileError(ENOTEMPTY, "remove folder", path);
  }
  state_->change({.removed = path, .added = {}, .inode = nullptr});
  return true;
}

void MemoryDisk::sync_folder(const std::string& given) {
  const std::string path = without_slash(given);
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::sync_folder, path, "sync folder");
  if (!state_->folder(path)) throw FileError(ENOENT, "sync folder", path);
  std::erase_if(state_->unsynced_names, [&](const NameChange& change) {
    if (!change.concerns(path)) return false;
    change.apply(state_->durable_names);
    return true;
  });
}

std::vector<std::string> MemoryDisk::list(const std::string& given) {
  const std::string path = without_slash(given);
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::open, path, "list");
  std::vector<std::string> names;
  const std::string prefix = path == "/" ? path : path + "/";
  for (auto at = state_->names.lower_bound(prefix); at != state_->names.end() && at->first.starts_with(prefix); ++at) {
    const std::string_view name = std::string_view(at->first).substr(prefix.size());
    if (!name.contains('/')) names.emplace_back(name);
  }
  return names;
}

std::optional<std::uint64_t> MemoryDisk::size_of(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::open, path, "stat");
  if (state_->folder(path)) return 0;
  const auto inode = state_->file(path);
  return inode ? std::optional<std::uint64_t>(inode->seen.size()) : std::nullopt;
}

bool MemoryDisk::is_folder(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  return state_->folder(without_slash(path));
}

bool MemoryDisk::clone(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  state_->allow(FileAction::link, from, "clone");
  if (!state_->can_clone) return false;
  const auto inode = state_->file(from);
  if (!inode) throw FileError(ENOENT, "clone", from);
  if (state_->names.contains(to)) throw FileError(EEXIST, "clone", to);
  auto copy = std::make_shared<Inode>();
  copy->seen = inode->seen;
  copy->unsynced.push_back({.offset = 0, .bytes = inode->seen});
  state_->change({.removed = {}, .added = to, .inode = std::move(copy)});
  return true;
}

Space MemoryDisk::space(const std::string&) {
  const std::lock_guard lock(state_->mutex);
  return {.total_bytes = state_->capacity, .free_bytes = state_->capacity - std::min(state_->capacity, state_->used)};
}

std::shared_ptr<void> MemoryDisk::lock(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) throw FileError(EIO, "lock", path);
  if (!state_->locked.insert(path).second) return nullptr;
  return std::shared_ptr<void>(state_.get(), [state = state_, path](void*) {
    const std::lock_guard unlock(state->mutex);
    state->locked.erase(path);
  });
}

std::unique_ptr<MemoryDisk> MemoryDisk::after_power_cut(std::uint64_t seed) {
  const std::lock_guard lock(state_->mutex);
  state_->dead = true;
  std::mt19937_64 chance(seed);
  // Names: what was synced, then the first few of what was not, in order.
  const auto kept_names = std::uniform_int_distribution<std::size_t>(0, state_->unsynced_names.size())(chance);
  auto next = std::make_shared<State>();
  Names names = state_->durable_names;
  for (std::size_t i = 0; i < kept_names; ++i) state_->unsynced_names[i].apply(names);
  // Sometimes a disk loses all that was not synced, sometimes nothing.
  const double kept = std::array{0.0, 0.5, 0.9, 1.0}[chance() % 4];
  std::map<const Inode*, std::shared_ptr<Inode>> copies;
  for (const auto& [name, inode] : names) {
    if (!next->folder(folder_of(name))) continue;  // Its folder was lost: so is it.
    auto& copy = copies[inode.get()];
    if (inode && !copy) {
      copy = std::make_shared<Inode>();
      copy->seen = inode->after_power_cut(chance, kept);
      copy->durable = copy->seen;
      next->used += copy->seen.size();
    }
    next->names[name] = inode ? copy : nullptr;
  }
  next->durable_names = next->names;
  next->capacity = state_->capacity;
  next->can_clone = state_->can_clone;
  next->cached = state_->cached;
  return std::unique_ptr<MemoryDisk>(new MemoryDisk(std::move(next)));
}

void MemoryDisk::set_fault(std::function<int(FileAction, const std::string&)> fault) {
  const std::lock_guard lock(state_->mutex);
  state_->fault = std::move(fault);
}
void MemoryDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->capacity = bytes;
}
void MemoryDisk::set_can_clone(bool can) {
  const std::lock_guard lock(state_->mutex);
  state_->can_clone = can;
}
void MemoryDisk::set_cached(bool cached) {
  const std::lock_guard lock(state_->mutex);
  state_->cached = cached;
}

void MemoryDisk::flip_bit(const std::string& path, std::uint64_t byte, unsigned bit) {
  const std::lock_guard lock(state_->mutex);
  const auto inode = state_->file(path);
  if (!inode || byte >= inode->seen.size()) throw FileError(ENOENT, "flip a bit of", path);
  inode->seen[byte] = static_cast<char>(inode->seen[byte] ^ 1 << bit);
  inode->sync();
  inode->durable = inode->seen;
}

}  // namespace tarn
