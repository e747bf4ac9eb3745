// What the crash tests do to the stores, and how they tell afterwards whether it held.
//
// Step n writes a blob and two rows that name it, in one commit; some steps then replace or remove what an earlier one
// wrote. All bytes follow from n. A step is acknowledged when it returns.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "blob/store.h"
#include "meta/store.h"

namespace tarn::crash {

struct Acknowledged {
  std::set<int> written;
  std::set<int> removed;    // Their removal was acknowledged.
  std::set<int> unsettled;  // Their removal was begun: they may be there or not.
};

class Workload {
 public:
  Workload(meta::Store& rows, blob::Store& blobs) : rows_(rows), blobs_(blobs) {}

  // Writes n.
  Task<void> write(int n);
  // Removes what write(n) wrote: first the rows, then the blob, through a garbage row in between.
  Task<void> remove(int n);

  // What is wrong, in words; empty if nothing is. Every acknowledged step is whole, every other whole or absent. The
  // bytes of steps before `from` are not read again, only their rows.
  Task<std::string> verify(Acknowledged known, int from);

  // Removes blobs that no row names, as a server does at its start. How many there were.
  Task<int> sweep();

  // Blobs that rows name.
  Task<std::set<std::uint64_t>> named();

 private:
  Task<std::string> verify_one(int n, bool must_be_there, bool must_be_gone, bool read_bytes);

  meta::Store& rows_;
  blob::Store& blobs_;
};

}  // namespace tarn::crash
