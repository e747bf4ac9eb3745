// The scrubber: reads the bytes of all versions and parts again, slowly, in blobs and in rows, so that what the disk
// has damaged is known before somebody asks for it.
//
// A round goes over all buckets and begins at most once a day. Where it is lies in partition "scrub", so that a restart
// does not begin it anew. What is damaged is told in the log, with bucket and key, and counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/os/clock.h"
#include "base/task.h"
#include "blob/store.h"
#include "meta/store.h"
#include "objects/version.h"

namespace tarn::objects {

class Scrubber {
 public:
  Scrubber(meta::Store& meta, blob::Store& blobs, const Clock& wall) : meta_(meta), blobs_(blobs), wall_(wall) {}

  // Goes on where the last step stopped, for about so many bytes; what a large blob takes beyond is saved up later. One
  // call at a time.
  Task<void> step(std::uint64_t bytes);

  std::uint64_t read_bytes() const { return read_bytes_; }
  std::uint64_t read_blobs() const { return read_blobs_; }
  std::uint64_t rounds() const { return rounds_; }
  // Of the round that is under way, or of the last one before its next has begun.
  std::uint64_t damaged() const { return damaged_; }

 private:
  // After which row the round goes on.
  struct Place {
    Timestamp began{};
    bool resting = true;  // The round is done.
    std::string partition;
    std::string row;
  };
  static std::string pack(const Place& place);
  static Place unpack(std::string_view row);

  Task<void> load();
  Task<void> save();
  Task<bool> step_partition();
  Task<void> scrub_row(const meta::Row& row);
  Task<void> scrub_blob(blob::BlobRef blob, const meta::Row& row);
  Task<void> scrub_small(const ObjectVersion& version, const meta::Row& row);
  Task<void> tell(const meta::Row& row, std::string problem);

  meta::Store& meta_;
  blob::Store& blobs_;
  const Clock& wall_;
  std::optional<Place> place_;
  std::int64_t left_bytes_ = 0;
  std::size_t left_rows_ = 0;
  unsigned steps_since_saved_ = 0;
  std::atomic<std::uint64_t> read_bytes_ = 0;
  std::atomic<std::uint64_t> read_blobs_ = 0;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> damaged_ = 0;
};

}  // namespace tarn::objects
