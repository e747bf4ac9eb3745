// What the store remembers of its rows beside RocksDB's blocks; the committer keeps it true.
#pragma once

#include "meta/rocksdb/leap_cache.h"
#include "meta/rocksdb/row_cache.h"

namespace tarn::meta {

struct Caches {
  LeapCache leaps;
  RowCache rows;

  void will_change(std::span<const ChangedKey> changes) {
    leaps.will_change(changes);
    rows.will_change(changes);
  }
  void changed(std::span<const ChangedKey> changes) {
    leaps.changed(changes);
    rows.changed();
  }
};

}  // namespace tarn::meta
