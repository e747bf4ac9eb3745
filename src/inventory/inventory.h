// inventory: what lies in a bucket, written down each day or week into another bucket, as S3's inventory does.
//
// A report is durable work: it is listed and written by the lake's clock, once a period, and again from the start if it
// was cut off. Its data files come first, then symlink.txt, manifest.json and, last, manifest.checksum: who sees that
// one sees all. The source is read in the name of its owner; the destination's policy must let s3.amazonaws.com put.
//
// Rows of partition inventory: <bucket id>/<configuration id>, the period that was reported last.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "inventory/configuration.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "policy/access.h"
#include "work/work.h"

namespace tarn::duck {
class Engine;
}

namespace tarn::inventory {

struct Dependencies {
  meta::Store& store;
  objects::Objects& objects;
  work::Queue& queue;
  duck::Engine& engine;
  const Clock& lake;
  Random& random;
  // The rights of a bucket's owner, and those of S3 itself in these circumstances. Joined in app.
  std::function<std::shared_ptr<const policy::Access>(const AccountId& owner)> owner_access;
  std::function<std::shared_ptr<const policy::Access>(std::string service, policy::Facts facts)> service_access;
};

class Inventories {
 public:
  // Registers its work: before the queue starts. Stop the queue first.
  explicit Inventories(Dependencies dependencies);

  // Finds reports that are due and enqueues them; how many.
  Task<std::size_t> plan();

 private:
  Task<std::size_t> plan_bucket(objects::BucketPointer bucket);
  Task<work::Outcome> report(const work::Item& item);

  Dependencies with_;
};

// The number of the period that a time lies in: days, or weeks that begin on Sundays.
std::int64_t period_of(Frequency frequency, Timestamp time);

}  // namespace tarn::inventory
