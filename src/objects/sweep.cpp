// Blobs that a dead process left behind: those that no row names are removed.
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/pack.h"
#include "objects/blob_owner.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

bool names(const ObjectVersion& version, std::uint64_t blob) {
  const auto* const ref = std::get_if<blob::BlobRef>(&version.location);
  return (ref && ref->id == blob) || (version.restored && version.restored->id == blob);
}

// Of the version that an upload becomes.
std::optional<std::uint64_t> nonce_of_upload(const std::string& upload) {
  const auto raw = from_hex(upload);
  if (!raw || raw->size() != 24) return std::nullopt;
  Unpacker in(*raw);
  in.fixed64();
  return in.fixed64();
}

// Looks for the row that names one blob, from what the blob's file says of it.
class OwnerLook {
 public:
  OwnerLook(Objects::Core& core, const BlobOwner& owner, std::uint64_t blob)
      : core_(core), partition_(rows::partition(owner.bucket_id)), owner_(owner), blob_(blob) {
    if (!owner_.upload.empty()) nonce_ = nonce_of_upload(owner_.upload);
  }

  // In the order in which blobs change hands while the server runs: a part becomes an object's, a current version a
  // noncurrent one; and once more for one that was promoted.
  Task<bool> found() {
    if (!owner_.upload.empty() && co_await in_upload()) co_return true;
    co_return co_await in_current() || co_await in_others() || co_await in_current();
  }

 private:
  Task<bool> in_upload() {
    const auto row = co_await core_.d.meta.get(partition_, rows::upload_part_key(owner_.upload, owner_.part));
    if (!row) co_return false;
    const rows::StoredPart part = rows::unpack_part(row->value);
    co_return part.blob&& part.blob->id == blob_;
  }
  Task<bool> in_current() {
    const auto row = co_await core_.d.meta.get(partition_, rows::current_key(owner_.key));
    if (!row) co_return false;
    co_return co_await in_version(rows::unpack_version(row->value));
  }
  Task<bool> in_others() {
    const std::string prefix = rows::versions_prefix(owner_.key);
    std::string from = prefix;
    while (true) {
      const auto page = co_await core_.d.meta.scan(partition_, from, meta::end_of_prefix(prefix), {});
      if (page.empty()) co_return false;
      from = page.back().key + '\0';
      for (const meta::Row& row : page) {
        if (co_await in_version(rows::unpack_version(row.value))) co_return true;
      }
    }
  }
  Task<bool> in_version(ObjectVersion version) {
    if (names(version, blob_)) co_return true;
    if (!nonce_ || version.nonce != *nonce_ || !std::holds_alternative<PartBytes>(version.location)) co_return false;
    const std::string prefix = rows::parts_prefix(version.sequence, version.nonce);
    const auto parts = co_await core_.d.meta.scan(partition_, prefix, meta::end_of_prefix(prefix),
                                                  {.max_rows = 10'001, .max_bytes = 16 << 20});
    for (const meta::Row& row : parts) {
      const rows::StoredPart part = rows::unpack_part(row.value);
      if (part.blob && part.blob->id == blob_) co_return true;
    }
    co_return false;
  }

  Objects::Core& core_;
  meta::Partition partition_;
  const BlobOwner& owner_;
  std::uint64_t blob_;
  std::optional<std::uint64_t> nonce_;
};

// Blobs that rows of one kind name are not orphans.
Task<void> strike_named(Objects::Core& core, const meta::Partition& partition, std::string_view kind,
                        std::set<std::uint64_t>& orphans) {
  std::string from(kind);
  while (!orphans.empty()) {
    const auto page = co_await core.d.meta.scan(partition, from, meta::end_of_prefix(kind), {.max_rows = 1000});
    if (page.empty()) co_return;
    from = page.back().key + '\0';
    for (const meta::Row& row : page) {
      if (kind == "p/" || kind == "m/") {
        const rows::StoredPart part = rows::unpack_part(row.value);
        if (part.blob) orphans.erase(part.blob->id);
      } else if (kind == "g/") {
        orphans.erase(rows::unpack_garbage(row.value).blob.id);
      } else {
        const ObjectVersion version = rows::unpack_version(row.value);
        if (const auto* blob = std::get_if<blob::BlobRef>(&version.location)) orphans.erase(blob->id);
        if (version.restored) orphans.erase(version.restored->id);
      }
    }
  }
}

// What was dropped not long ago is the collector's, which waits for its readers. `parts`: blobs by the nonce of the
// version that they may be parts of, whose own row is gone then.
Task<void> strike_garbage(Objects::Core& core, const meta::Partition& partition,
                          const std::multimap<std::uint64_t, std::uint64_t>& parts, std::set<std::uint64_t>& orphans) {
  std::string from = "g/";
  while (!orphans.empty()) {
    const auto page = co_await core.d.meta.scan(partition, from, meta::end_of_prefix("g/"), {});
    if (page.empty()) co_return;
    from = page.back().key + '\0';
    for (const meta::Row& row : page) {
      const rows::Garbage garbage = rows::unpack_garbage(row.value);
      if (garbage.kind == rows::Garbage::Kind::blob) {
        orphans.erase(garbage.blob.id);
      } else if (garbage.kind == rows::Garbage::Kind::parts) {
        const auto [first, last] = parts.equal_range(garbage.nonce);
        for (auto part = first; part != last; ++part) orphans.erase(part->second);
      }
    }
  }
}

// Of the blobs that say whose they are, those that their row does not name are left in `orphans`.
Task<void> strike_owned(Objects::Core& core, const std::map<std::uint64_t, BlobOwner>& owned,
                        std::set<std::uint64_t>& orphans) {
  struct InBucket {
    std::set<std::uint64_t> blobs;
    std::multimap<std::uint64_t, std::uint64_t> parts;
  };
  std::map<std::string, InBucket> missed;
  for (const auto& [id, owner] : owned) {
    OwnerLook look(core, owner, id);
    if (co_await look.found()) {
      orphans.erase(id);
      continue;
    }
    InBucket& bucket = missed[owner.bucket_id];
    bucket.blobs.insert(id);
    if (const auto nonce = nonce_of_upload(owner.upload)) bucket.parts.emplace(*nonce, id);
  }
  for (auto& [bucket_id, bucket] : missed) {
    std::set<std::uint64_t> left = bucket.blobs;
    co_await strike_garbage(core, rows::partition(bucket_id), bucket.parts, left);
    for (const std::uint64_t id : bucket.blobs) {
      if (!left.contains(id)) orphans.erase(id);
    }
  }
}

// Of the blobs that do not say whose they are (copies, and what is damaged), by looking at every row there is.
Task<void> strike_all(Objects::Core& core, std::set<std::uint64_t>& orphans) {
  std::string after;
  while (!orphans.empty()) {
    const auto partitions = co_await core.d.meta.partitions("bucket/", after, 100);
    if (partitions.empty()) co_return;
    after = partitions.back().name;
    for (const meta::Partition& partition : partitions) {
      for (const std::string_view kind : {"p/", "m/", "c/", "v/", "c/", "g/"}) {
        co_await strike_named(core, partition, kind, orphans);
      }
    }
  }
}

}  // namespace

Task<std::size_t> Objects::sweep_orphans() {
  std::size_t removed = 0;
  while (true) {
    const std::vector<blob::Unsettled> unsettled = co_await core_->d.blobs.unsettled(100'000);
    if (unsettled.empty()) co_return removed;
    std::set<std::uint64_t> orphans, unowned;
    std::map<std::uint64_t, BlobOwner> owned;
    for (const blob::Unsettled& blob : unsettled) {
      auto owner = unpack_blob_owner(blob.owner);
      (owner ? orphans : unowned).insert(blob.ref.id);
      if (owner) owned.emplace(blob.ref.id, std::move(*owner));
    }
    co_await strike_owned(*core_, owned, orphans);
    co_await strike_all(*core_, unowned);
    orphans.merge(unowned);
    for (const blob::Unsettled& blob : unsettled) {
      if (!orphans.contains(blob.ref.id)) {
        core_->d.blobs.settled(blob.ref);
        continue;
      }
      co_await core_->d.blobs.remove(blob.ref);
      ++removed;
    }
  }
}

}  // namespace tarn::objects
