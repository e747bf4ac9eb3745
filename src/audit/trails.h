// Trails: which records go to which bucket.
//
// A trail is a row of partition trails/<account>. What it selects waits as rows of trail-queue/<account>/<name> until a
// file of it is in its bucket: a record reaches the bucket at least once.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "meta/store.h"

namespace tarn::audit {

enum class ReadWrite { all, read_only, write_only };

struct DataResource {
  std::string type;                 // "AWS::S3::Object"
  std::vector<std::string> values;  // ARN prefixes; "arn:aws:s3" is all.
};
struct EventSelector {
  ReadWrite read_write = ReadWrite::all;
  bool management = true;
  std::vector<DataResource> data;
  std::vector<std::string> excluded_sources;
};
struct FieldSelector {
  std::string field;  // "eventCategory", "resources.ARN", …
  std::vector<std::string> equals, starts_with, ends_with, not_equals, not_starts_with, not_ends_with;
};
struct AdvancedSelector {
  std::string name;
  std::vector<FieldSelector> fields;  // All must hold.
};

struct Trail {
  std::string name;
  std::string arn;
  std::string region;
  std::string bucket;
  std::string prefix;
  bool global_events = true;
  bool multi_region = false;
  bool logging = false;
  std::optional<Timestamp> started;
  std::optional<Timestamp> stopped;
  std::vector<EventSelector> selectors{EventSelector{}};
  std::vector<AdvancedSelector> advanced;  // In place of selectors, where there are any.
  std::vector<std::pair<std::string, std::string>> tags;
};

bool selects(const Trail& trail, const Record& record);
bool selects_data(const Trail& trail);

// Where log files go: the lake's own buckets, as the service cloudtrail.amazonaws.com. Joined in app.
class TrailSink {
 public:
  virtual ~TrailSink() = default;
  // May files be put under this key? Throws S3BucketDoesNotExistException or InsufficientS3BucketPolicyException.
  virtual Task<void> check(AccountId account, const Trail& trail, std::string example_key) = 0;
  virtual Task<void> deliver(AccountId account, const Trail& trail, std::string key, std::string gzip) = 0;
};

struct DeliveryStatus {
  std::optional<Timestamp> latest;
  std::string error;  // Of the latest attempt, empty if it went well.
};

class Trails {
 public:
  Trails(meta::Store& store, const Clock& wall, Random& random) : store_(store), wall_(wall), random_(random) {}

  // Reads all trails of all accounts. Before anything else.
  Task<void> open();
  void use_sink(TrailSink& sink) { sink_ = &sink; }

  Task<std::vector<Trail>> list(AccountId account);
  // By name or ARN.
  Task<std::optional<Trail>> find(AccountId account, std::string name_or_arn);
  // False: it exists already. Checks the bucket.
  Task<bool> create(AccountId account, Trail trail);
  // Replaces it; false: it is not there. Checks the bucket where `check_bucket`.
  Task<bool> replace(AccountId account, Trail trail, bool check_bucket);
  Task<bool> remove(AccountId account, std::string name);
  DeliveryStatus status(const AccountId& account, const std::string& name) const;

  // Does any trail of any account want data events?
  bool any_data() const { return any_data_.load(std::memory_order_relaxed); }
  // The trails of the account that select the record.
  std::vector<std::string> selecting(const Record& record) const;

  // Rows for the queue of a trail; part of Audit's flush.
  static meta::Partition queue_of(const AccountId& account, const std::string& trail);

  // Writes what waits into files. Every minute or so.
  Task<void> deliver_all();

 private:
  Task<void> reload(AccountId account);
  Task<void> check(AccountId account, const Trail& trail);
  Task<bool> deliver(AccountId account, Trail trail);

  meta::Store& store_;
  const Clock& wall_;
  Random& random_;
  TrailSink* sink_ = nullptr;
  mutable std::mutex mutex_;
  std::map<AccountId, std::shared_ptr<const std::vector<Trail>>> trails_;
  std::map<std::pair<AccountId, std::string>, DeliveryStatus> statuses_;
  std::atomic<bool> any_data_ = false;
};

std::string trail_arn(const std::string& region, const AccountId& account, const std::string& name);

}  // namespace tarn::audit
