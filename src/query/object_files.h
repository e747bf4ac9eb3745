// ObjectFiles: the objects of the lake as the engine's files, in the name of who runs the query.
//
// Each file is one version of one object, found with s3:GetObject of the caller; each written file appears whole when
// it is finished and never otherwise. Objects that are archived are left out of listings, and remembered.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "duck/files.h"
#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::query {

struct ObjectPath {
  BucketName bucket;
  std::string key;  // May be empty, or a prefix.
};
// s3://bucket/key; s3a:// and s3n:// are taken for it.
std::optional<ObjectPath> parse_object_path(std::string_view path);
std::string object_path(const BucketName& bucket, std::string_view key);

class ObjectFiles : public duck::Files {
 public:
  // `scan_limit`: so many bytes may be read; the read beyond it fails the query.
  ObjectFiles(objects::Objects& objects, std::shared_ptr<const policy::Access> access,
              std::optional<std::uint64_t> scan_limit = {});

  Task<std::unique_ptr<duck::File>> open(std::string path) override;
  Task<std::vector<duck::FileInfo>> list(std::string prefix) override;
  Task<std::unique_ptr<duck::FileWriter>> create(std::string path) override;
  // The files of a table or partition: those below its location, or the one that its location names.
  Task<std::vector<duck::FileInfo>> list_location(std::string location);
  // The same of many folders, which end in "/" and differ: many that lie beneath one are told by one listing.
  Task<std::vector<std::vector<duck::FileInfo>>> list_locations(std::vector<std::string> locations);

  // Removes the object, or all beneath a path that ends in "/". What is not there is success.
  Task<void> remove(std::string path);
  // Removes what lies beneath the folder (which ends in "/") and bears `name` in the rest of its key.
  Task<void> remove_named(std::string folder, std::string name);

  // From now on finished files are kept unseen until publish() puts them all in place: a statement that fails, or is
  // still running, shows none of what it writes. A file that is never published never was.
  void hold() { holding_ = true; }
  Task<void> publish();

  // The engine names folders of partitions in its own way ("p=a%20b"): what it creates below `location` comes to lie in
  // folders that are named as Hive does ("p=a b"), as the catalog will say.
  void name_partitions(std::string location, std::vector<std::string> columns);

  // Archived objects that list() left out.
  std::vector<std::string> skipped() const;
  // What create() has finished, in order; held files too.
  std::vector<std::string> written() const;
  std::uint64_t bytes_written() const { return bytes_written_; }

  ~ObjectFiles() override;

 private:
  friend class ObjectWriter;
  // An object whose bytes are all there: in memory while they are few, else as parts of an upload.
  struct Pending {
    BucketName bucket;
    ObjectKey key;
    std::string buffer;
    std::optional<std::string> upload;
    std::vector<objects::CompleteRequest::NamedPart> parts;
    std::uint64_t size = 0;
  };
  Task<void> send_part(Pending& pending);
  Task<void> put_in_place(Pending& pending);
  void forget(const Pending& pending) const;
  std::string hive_path(const std::string& path);
  // None: it is archived, and noted as skipped.
  std::optional<duck::FileInfo> file_info(const BucketName& bucket, const objects::ListedObject& object);

  objects::Objects& objects_;
  std::shared_ptr<const policy::Access> access_;
  std::shared_ptr<std::atomic<std::uint64_t>> budget_;  // Null: no limit.
  mutable std::mutex mutex_;
  std::vector<std::string> skipped_;
  std::vector<std::string> written_;
  std::string partitioned_location_;
  std::vector<std::string> partition_columns_;
  std::set<std::string> hive_paths_;
  std::atomic<bool> holding_ = false;
  std::vector<Pending> held_;
  std::atomic<std::uint64_t> bytes_written_{0};
};

// The name of the duck::SqlError that a read beyond the limit throws.
inline constexpr std::string_view scan_limit_exceeded = "EXCEEDED_SCAN_LIMIT";

}  // namespace tarn::query
