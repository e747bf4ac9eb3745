// The sweep: what lifecycle rules want done, done. Restores that are ready, or at their end, are settled beside it.
//
// Durable work: a bucket's sweep is an item that carries how far it has come, so that a stop costs at most a page. What
// it decides on a version it does only to that version as it saw it. It acts inside the store, for the bucket's owner,
// and asks no policy: a Deny does not keep data alive that its owner wants gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/os/clock.h"
#include "objects/objects.h"
#include "tiers/lifecycle.h"
#include "work/work.h"

namespace tarn::tiers {

struct SweepReport {
  std::uint64_t looked_at = 0;
  std::uint64_t moved = 0;
  std::uint64_t expired = 0;
  std::uint64_t aborted_uploads = 0;
};

struct SweepOptions {
  Milliseconds day = whole_day;  // Shorter ones are for tests; dates in headers stay as they are.
};

class Sweep {
 public:
  // Registers its work with the queue, before that starts. All outlive it.
  Sweep(objects::Objects& objects, const Clock& lake, SweepOptions options = {});
  void install(work::Queue& queue);

  // One whole sweep of one bucket, now.
  Task<SweepReport> sweep(BucketName bucket);
  // Restores of all buckets that are due.
  Task<std::size_t> settle_restores();

 private:
  // How far the sweep of a bucket has come.
  struct Place {
    std::string bucket;
    std::string after;
    std::string after_version;
    std::uint32_t newer_noncurrent = 0;  // Of the key `after`, versions that were passed.
    bool done = false;
  };
  static std::string pack(const Place& place);
  static Place unpack(std::string_view payload);

  Task<void> plan(work::Queue& queue);
  // One page; the place moves on.
  Task<void> sweep_page(Place& place, SweepReport& report);
  Task<void> act(const policy::Access& access, const Lifecycle& lifecycle, const objects::BucketPointer& bucket,
                 const objects::ListedObject& listed, Candidate candidate, SweepReport& report);
  Task<void> abort_uploads(BucketName bucket, SweepReport& report);

  objects::Objects& objects_;
  const Clock& lake_;
  SweepOptions options_;
};

}  // namespace tarn::tiers
