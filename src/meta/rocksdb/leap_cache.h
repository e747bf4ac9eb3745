// Where the leaps of scans landed, remembered until a commit changes it.
//
// A leap costs a search in each of RocksDB's tables, some microseconds; who lists the same folders again pays a look
// into a map instead. A landing says: the first row from `target` on is this one. It holds until a change of a key from
// the target to the row, so the committer tells of its changes before they become visible and again after. What a
// reader takes from here is what its own snapshot has: a landing counts for it only if it held when the reader began
// and still does.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "meta/store.h"

namespace tarn::meta {

struct ChangedKey {
  std::string_view prefix;  // The partition's.
  std::string_view key;
};

// Rows as a scan gathers them, up to its limits.
struct Gathered {
  std::vector<Row>& rows;
  ScanLimits limits;
  std::size_t bytes = 0;

  // False: the row is beyond what the limits allow.
  bool fits(std::size_t row_bytes) {
    bytes += row_bytes;
    return rows.empty() || bytes <= limits.max_bytes;
  }
  bool full() const { return rows.size() >= limits.max_rows; }
};

// Thread-safe.
class LeapCache {
 public:
  explicit LeapCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // A reader of one partition, from before it takes its snapshot.
  struct Reader {
    std::string prefix;
    std::uint64_t began = 0;
  };
  Reader begin(std::string prefix);

  struct Landing {
    RowKey target;
    Row row;
  };
  enum class Outcome { unknown, ended };
  // Gathers rows from `target` on as far as landings are known. Unknown: `target` is where to go on. Ended: a limit or
  // `end` was reached.
  Outcome follow(const Reader& reader, RowKey& target, const RowKey& end, const Leap& leap, Gathered& gathered) const;

  // What the reader found out by itself.
  void keep(const Reader& reader, std::vector<Landing> found);

  // Changes that are about to become visible, and the same once they are, or have failed.
  void will_change(std::span<const ChangedKey> changes);
  void changed(std::span<const ChangedKey> changes);

  std::size_t bytes() const;

 private:
  struct Entry {
    Row row;
    std::uint64_t since;  // It was found before the change of this number.
  };
  using Landings = std::map<RowKey, Entry, std::less<>>;  // By target; no two overlap.
  struct Part {
    std::uint64_t since = 0;  // Changes up to this number were not followed.
    Landings landings;
    std::deque<std::pair<std::uint64_t, RowKey>> recent;
  };
  enum class Step { taken, unknown, ended };

  void record(std::span<const ChangedKey> changes, std::uint64_t missed_until);
  Step step(const Reader& reader, const Part& part, Landings::const_iterator& at, RowKey& target, const RowKey& end,
            const Leap& leap, Gathered& gathered) const;
  bool still_true(const Part& part, const Reader& reader, const Landing& landing) const;
  void insert(Part& part, Landing landing);
  Landings::iterator erase(Part& part, Landings::iterator at);
  void forget_all();

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Part> parts_;  // By the partition's prefix.
  std::size_t bytes_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t visible_ = 0;  // Changes up to this number are visible.
};

}  // namespace tarn::meta
