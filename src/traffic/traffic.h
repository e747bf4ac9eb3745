// traffic: what the requests for a bucket leave behind. Access logs in another bucket, and counts by filter.
//
// Lines wait in memory until there are many or minutes have gone by on the lake's clock; then they become an object of
// the target bucket, whose policy (or list) must let logging.s3.amazonaws.com put it. A stop in good order writes what
// waits; a crash loses what came since the last delivery: as on AWS, logs are best effort. What is written here passes
// no pipeline, so that logs never log themselves.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "aws/observer.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "objects/objects.h"
#include "policy/access.h"
#include "traffic/access_log.h"
#include "traffic/request_metrics.h"
#include "work/work.h"

namespace tarn::traffic {

struct Dependencies {
  objects::Objects& objects;
  work::Queue& queue;
  const Clock& lake;
  Random& random;
  // The rights of a service in these circumstances. Joined in app.
  std::function<std::shared_ptr<const policy::Access>(std::string service, policy::Facts facts)> service_access;
};

class Traffic : public aws::RequestObserver {
 public:
  // Registers its work: before the queue starts.
  explicit Traffic(Dependencies dependencies);

  // Looks whether any bucket wants something. Before requests come.
  Task<void> open();
  // A bucket wants something from now on.
  void wanted() { active_.store(true); }

  bool active() const override { return active_.load(std::memory_order_relaxed); }
  Task<std::function<void(aws::ServedRequest)>> watcher(std::string bucket, std::string key) override;

  // Could a log of `source` be delivered as it asks?
  Task<bool> may_deliver(objects::BucketPointer source, const LoggingConfiguration& configuration);
  // Writes all that waits; what the target refuses is dropped, and said in the server's log. Throws nothing.
  Task<void> deliver();

  std::string metrics() const { return metrics_.text(); }

 private:
  // Lines for one object.
  struct Waiting {
    objects::BucketPointer source;
    LoggingConfiguration to;
    std::optional<Timestamp> day;
    std::string lines;
  };
  Task<objects::Tags> tags_of(objects::BucketPointer bucket, std::string key);
  void log(const objects::BucketPointer& source, const LoggingConfiguration& to, const aws::ServedRequest& request);
  void keep(Waiting waiting);
  Task<void> write(const Waiting& waiting);
  std::shared_ptr<const policy::Access> access_for(const objects::Bucket& source) const;

  Dependencies with_;
  std::atomic<bool> active_{false};
  std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;  // By source, target and day.
  std::size_t waiting_bytes_ = 0;
  RequestMetrics metrics_;
};

}  // namespace tarn::traffic
