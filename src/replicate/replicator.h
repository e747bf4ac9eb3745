// replicate: versions on their way to other buckets, of this lake and of other servers.
//
// Objects leaves a row with each version that a bucket's rules want elsewhere, in the version's own commit. From the
// row follows a work item, which is tried until every destination has the version: none is lost to a crash, and one
// that comes twice is known again by its id. The bucket's role is asked for each step. What became of it is in the
// version (x-amz-replication-status), in the log of replication and in the metrics.
//
// Another server is a destination that the operator has named (--replication-target NAME=URL, --replication-key
// NAME=ID:SECRET): rules call it arn:tarn:replication:<region>:<account>:<NAME>/<bucket>. Versions go there as
// PutObject and DeleteObject, signed with the operator's key, with x-tarn-replica-of: another Tarn keeps the id and
// replicates them no further.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/os/clock.h"
#include "http/post.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "objects/replication.h"
#include "policy/access.h"
#include "work/work.h"

namespace tarn::replicate {

struct Remote {
  http::Url url;
  std::string access_key_id;
  std::string secret_access_key;
  std::string region = "us-east-1";
};

// A destination: a bucket here, or one of a remote.
struct Destination {
  std::string remote;  // Empty: here.
  std::string bucket;
};
// None for what is neither ARN.
std::optional<Destination> parse_destination(std::string_view arn);

struct LogLine {
  AccountId account;
  std::string bucket;
  Timestamp time;
  std::string text;  // JSON.
};

struct Dependencies {
  meta::Store& store;
  work::Queue& queue;
  objects::Objects& objects;
  const Clock& wall;
  metrics::Registry& metrics;
  std::map<std::string, Remote> remotes;
  // The role's rights, for s3.amazonaws.com; throws where it cannot be had.
  std::function<Task<std::shared_ptr<const policy::Access>>(std::string role_arn)> assume;
  // May the caller hand the role to s3.amazonaws.com? Throws access_denied.
  std::function<Task<void>(const policy::Access& caller, std::string role_arn)> require_pass_role;
  // Keeps lines of the log; null: nobody does.
  std::function<Task<void>(std::vector<LogLine>)> keep_log;
};

class Replicator {
 public:
  // Works beside the queue's items, from start() on. Stop the queue first.
  explicit Replicator(Dependencies dependencies);
  ~Replicator();
  void start();

  // Can the bucket replicate so? Throws S3's refusals: InvalidRequest where a bucket is missing or not versioned.
  Task<void> check(const policy::Access& caller, const objects::Bucket& bucket,
                   const objects::ReplicationConfiguration& configuration);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace tarn::replicate
