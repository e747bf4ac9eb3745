// Tells a log that a power cut tore at its end from one that was damaged before it.
//
// A group commit is one record of a log, and the next is written only after it was synced; after a failure a new log is
// begun. So a record that begins after a damaged place of the same log proves that the damaged one was durable once,
// and so does one of a later log whose sequence number leaves a gap. RocksDB would leave them out, with all that
// follow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/os/file.h"

namespace tarn::meta {

// Reads a store's logs, oldest first.
class LogCheck {
 public:
  // False: records that were durable are damaged, or were in a log that is gone.
  bool add(std::span<const std::byte> log);

  // All changes up to this sequence number were durable once.
  std::uint64_t durable_sequence() const { return durable_sequence_; }

  // Where the damage is that add() met first, in the log that it was given last or an earlier one.
  std::optional<std::uint64_t> damage() const { return damage_; }

 private:
  struct Record {
    std::uint64_t first_sequence;
    std::uint64_t end_sequence;
  };
  void take_record_start(std::span<const std::byte> bytes);

  std::optional<std::uint64_t> damage_;
  bool suspicious_ = false;  // From then on the damage stays the one that is told.
  std::uint64_t durable_sequence_ = 0;
  std::optional<Record> open_;                 // Begun, its last fragment not yet seen.
  std::optional<std::uint64_t> end_sequence_;  // After the last whole record before the damage.
};

// Damage in the logs of the store in `folder` that may mean a loss: it does unless all changes up to the number are
// read nevertheless.
struct Suspicion {
  std::string what;
  std::uint64_t durable_sequence = 0;
};
std::optional<Suspicion> check_logs(FileSystem& files, const std::string& folder);

}  // namespace tarn::meta
