#include "blob/local/local_store.h"

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "base/blocking.h"
#include "base/checksum.h"
#include "base/cipher.h"
#include "base/error.h"
#include "base/log.h"
#include "blob/local/format.h"
#include "blob/local/ids.h"
#include "blob/local/open_blobs.h"
#include "blob/local/reader.h"
#include "blob/local/writer.h"

namespace tarn::blob {
namespace {

// How much a copy or a verification does before it lets others have the thread.
constexpr std::uint64_t chunks_at_once = 64;

class LocalStore : public Store {
 public:
  LocalStore(meta::Store& rows, FileSystem& files, LocalOptions options)
      : files_(files), tiers_(std::move(options.tiers)), ids_(rows), open_(options.max_open_files) {}

  // What abandoned writers left is still being removed.
  ~LocalStore() override {
    std::unique_lock lock(mutex_);
    quiet_.wait(lock, [this] { return removals_ == 0; });
  }

  Ids& ids() { return ids_; }

  Task<std::unique_ptr<Writer>> create(CreateOptions options) override {
    const std::string& folder = folder_of_tier(options.tier);
    if (options.owner.size() > max_owner_bytes) throw std::length_error("a blob's owner is too long");
    const BlobRef ref{.tier = options.tier, .format = options.format, .id = co_await ids_.next(), .size = 0};
    std::optional<Sealer> sealer;
    if (options.format == Format::sealed) sealer.emplace(options.key, ref.id);
    WriterPlace place{.files = files_, .path = path_in(folder, ref.id), .abandoned = [this, ref] { remove_soon(ref); }};
    co_return std::make_unique<LocalWriter>(std::move(place), ref, std::move(options.owner), std::move(sealer),
                                            options.size_hint);
  }

  Task<std::unique_ptr<ByteStream>> open(BlobRef blob, ByteRange range, DataKey key) override {
    if (range.offset > blob.size || range.length > blob.size - range.offset) {
      throw std::out_of_range("a range that its blob does not have");
    }
    const auto opened = co_await find(blob);
    std::optional<Sealer> sealer;
    if (blob.format == Format::sealed) sealer.emplace(key, opened->trailer().identity.sealed_under);
    co_return std::make_unique<Reader>(opened, range, std::move(sealer));
  }

  Task<void> remove(BlobRef blob) override {
    open_.forget(blob.id);
    co_await blocking([&] { unlink(blob); });
    // A reader that was opening it may have kept it meanwhile.
    open_.forget(blob.id);
    ids_.settled(blob.id);
  }

  Task<BlobRef> copy(BlobRef blob, Tier tier) override {
    const auto source = co_await find(blob);
    BlobRef target = blob;
    target.tier = tier;
    target.id = co_await ids_.next();
    std::exception_ptr failure;
    try {
      co_await write_copy(*source, path_of(blob), target);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      remove_soon(target);
      std::rethrow_exception(failure);
    }
    co_return target;
  }

  Task<bool> verify(BlobRef blob) override {
    try {
      const auto file = co_await blocking([&] { return load(blob); });
      for (std::uint64_t chunk = 0; chunk < file->layout().chunks(); chunk += chunks_at_once) {
        co_await blocking([&] { verify_chunks(*file, chunk); });
      }
      co_await blocking([&] { verify_head(*file); });
      co_return true;
    } catch (const Corrupt& error) {
      log::error("a blob is damaged", {{"blob", blob.id}, {"reason", error.what()}});
    }
    // What readers have verified before is looked at again.
    open_.forget(blob.id);
    co_return false;
  }

  void settled(const BlobRef& blob) override { ids_.settled(blob.id); }

  Task<std::vector<Unsettled>> unsettled(std::size_t max) override {
    std::vector<Unsettled> found;
    while (found.size() < max) {
      const auto ids = ids_.next_unsettled(max - found.size());
      if (ids.empty()) break;
      co_await blocking([&] {
        for (const auto id : ids) {
          if (auto blob = look_for(id)) {
            found.push_back(std::move(*blob));
          } else {
            ids_.settled(id);
          }
        }
      });
    }
    if (found.empty()) co_await ids_.close_blocks();
    co_return found;
  }

 private:
  const std::string& folder_of_tier(Tier tier) const {
    if (tier.number >= tiers_.size()) throw std::invalid_argument("no folder is configured for this tier");
    return tiers_[tier.number];
  }
  static std::string path_in(const std::string& folder, std::uint64_t id) {
    char name[64];
    std::snprintf(name, sizeof name, "%02x/%06llx/%016llx", static_cast<unsigned>(id & 0xff),
                  static_cast<unsigned long long>(id >> 20), static_cast<unsigned long long>(id));
    return join_path(folder, name);
  }
  std::string path_of(const BlobRef& blob) const { return path_in(folder_of_tier(blob.tier), blob.id); }

  Task<std::shared_ptr<OpenBlob>> find(BlobRef blob) {
    if (auto known = open_.find(blob.id)) co_return known;
    std::shared_ptr<OpenBlob> opened;
    if (auto file = files_.open_cached(path_of(blob))) opened = OpenBlob::load(std::move(file), blob, false);
    if (!opened) opened = co_await blocking([&] { return load(blob); });
    open_.add(blob.id, opened);
    co_return opened;
  }

  std::shared_ptr<OpenBlob> load(const BlobRef& blob) {
    auto file = files_.open(path_of(blob), OpenMode::read);
    if (!file) throw NotFound("blob " + std::to_string(blob.id) + " is gone");
    return OpenBlob::load(std::move(file), blob, true);
  }

  void unlink(const BlobRef& blob) {
    const std::string path = path_of(blob);
    if (files_.unlink(path)) files_.sync_folder(folder_of(path));
  }

  // Removes a blob that nobody knows, on the blocking pool.
  void remove_soon(const BlobRef& blob) {
    {
      const std::lock_guard lock(mutex_);
      ++removals_;
    }
    run_on_blocking_pool([this, blob] {
      try {
        unlink(blob);
        ids_.settled(blob.id);
      } catch (const std::exception& error) {
        log::warning("an unfinished blob stays until the next start", {{"reason", error.what()}});
      }
      const std::lock_guard lock(mutex_);
      if (--removals_ == 0) quiet_.notify_all();
    });
  }

  void verify_chunks(const OpenBlob& blob, std::uint64_t first) {
    const Layout& layout = blob.layout();
    std::vector<std::byte> stored;
    for (std::uint64_t chunk = first; chunk < std::min(first + chunks_at_once, layout.chunks()); ++chunk) {
      read_chunk(blob, chunk, stored);
    }
  }
  void read_chunk(const OpenBlob& blob, std::uint64_t chunk, std::vector<std::byte>& stored) {
    stored.resize(blob.layout().stored_length(chunk));
    if (blob.file().read_at(blob.layout().chunk_at(chunk), stored) == stored.size() && blob.verify(chunk, stored)) {
      return;
    }
    throw Corrupt("chunk " + std::to_string(chunk));
  }
  void verify_head(const OpenBlob& blob) {
    if (crc32c(0, read_head(blob)) != blob.trailer().head_checksum) throw Corrupt("header");
  }
  // Header and owner.
  static std::vector<std::byte> read_head(const OpenBlob& blob) {
    std::vector<std::byte> head(blob.layout().body_at());
    if (blob.file().read_at(0, head) != head.size()) throw Corrupt("header");
    return head;
  }

  template <typename Action>
  static Task<void> writing(Action action) {
    co_await blocking([&] { say_when_full(action); });
  }

  Task<void> write_copy(const OpenBlob& source, std::string source_path, BlobRef target) {
    const std::string path = path_of(target);
    std::unique_ptr<File> file;
    bool cloned = false;
    co_await writing([&] {
      files_.make_folders(folder_of(path));
      cloned = files_.clone(source_path, path);
      file = files_.open(path, cloned ? OpenMode::read_write : OpenMode::create_new);
    });
    for (std::uint64_t chunk = 0; !cloned && chunk < source.layout().chunks(); chunk += chunks_at_once) {
      co_await writing([&] { copy_chunks(source, *file, chunk); });
    }
    co_await writing([&] {
      write_frames(source, *file, target);
      file->sync();
      files_.sync_folder(folder_of(path));
    });
  }
  void copy_chunks(const OpenBlob& source, File& target, std::uint64_t first) {
    std::vector<std::byte> stored;
    for (std::uint64_t chunk = first; chunk < std::min(first + chunks_at_once, source.layout().chunks()); ++chunk) {
      read_chunk(source, chunk, stored);
      target.write_at(source.layout().chunk_at(chunk), stored);
    }
  }
  // Header, owner and footer of a copy: the source's under another id.
  static void write_frames(const OpenBlob& source, File& target, const BlobRef& ref) {
    Identity identity = source.trailer().identity;
    identity.id = ref.id;
    auto head = read_head(source);
    const Frame header = make_header(identity);
    std::ranges::copy(header, head.begin());
    target.write_at(0, head);
    target.write_at(source.layout().footer_at(), make_footer(identity, ref.size, crc32c(0, head), source.checksums()));
  }

  // What lies under an id that an earlier process had in hand.
  std::optional<Unsettled> look_for(std::uint64_t id) {
    for (std::size_t tier = 0; tier < tiers_.size(); ++tier) {
      const auto file = files_.open(path_in(tiers_[tier], id), OpenMode::read);
      if (!file) continue;
      Unsettled found{.ref = {.tier = {static_cast<std::uint8_t>(tier)}, .id = id}, .owner = {}};
      const std::uint64_t length = file->size();
      if (length < 2 * frame_bytes) {
        unlink(found.ref);  // Begun and no more: no row can name it.
        continue;
      }
      read_frames(*file, length, found);
      return found;
    }
    return std::nullopt;
  }

  // As much as can be read: the trailer is missing where the blob was not finished.
  static void read_frames(const File& file, std::uint64_t length, Unsettled& found) {
    try {
      Frame frame{};
      file.read_at(0, frame);
      const Identity identity = parse_header(frame);
      found.ref.format = identity.format;
      std::string owner(identity.owner_bytes, '\0');
      // A copy has the owner of what it was copied from.
      const bool original = identity.sealed_under == identity.id;
      if (file.read_at(frame_bytes, std::as_writable_bytes(std::span(owner))) == owner.size() && original) {
        found.owner = owner;
      }
      file.read_at(length - frame_bytes, frame);
      found.ref.size = parse_trailer(frame).size;
    } catch (const Corrupt&) {
    }
  }

  FileSystem& files_;
  std::vector<std::string> tiers_;
  Ids ids_;
  OpenBlobs open_;
  std::mutex mutex_;
  std::condition_variable quiet_;
  std::size_t removals_ = 0;
};

}  // namespace

Task<std::unique_ptr<Store>> open_local(meta::Store& rows, LocalOptions options) {
  // Looked up now, with whatever OpenSSL reads at its first use, so that no write does it.
  (void)aes_256_gcm();
  FileSystem& files = options.files ? *options.files : system_files();
  for (const auto& folder : options.tiers) files.make_folders(folder);
  auto store = std::make_unique<LocalStore>(rows, files, std::move(options));
  co_await store->ids().load();
  co_return store;
}

}  // namespace tarn::blob
