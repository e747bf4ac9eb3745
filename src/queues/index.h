// Index: which messages a queue has, who holds them, and which comes next. In memory, and no more than that: what it
// decides becomes true by the commit that follows, which it is told of (settle, keep).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queues/queues.h"

namespace tarn::queues {

struct Entry {
  enum class State : std::uint8_t {
    arriving,  // Its commit is under way: not to be received, but nothing of its group overtakes it.
    waiting,   // Can be received once it is due.
    flying,    // Someone holds it until it is due.
    leaving,   // The commit that removes it is under way.
  };
  std::uint64_t sequence = 0;
  std::int64_t sent = 0;  // Milliseconds, as all times here.
  std::int64_t due = 0;
  std::int64_t first_received = 0;
  std::int64_t last_received = 0;
  std::uint64_t receipt = 0;
  std::uint32_t received = 0;
  std::uint8_t pieces = 1;
  State state = State::waiting;
  std::string group;  // FIFO.
};

std::string pack(const Entry& entry);
Entry unpack_entry(std::uint64_t sequence, std::string_view row);

class Index {
 public:
  explicit Index(bool fifo) : fifo_(fifo) {}

  // From its row, when the queue is loaded.
  void load(Entry entry, std::int64_t now);

  // Grows with the clock, so that a restart never reuses one.
  std::uint64_t next_sequence(std::int64_t now);
  // arriving; then settle() once its commit is known.
  void arrive(Entry entry);
  void settle(std::uint64_t sequence, bool committed);

  // What is due at `now`, oldest first, as it is before it is received. Taken entries are flying; the caller completes
  // each by keep() or give_back().
  std::vector<Entry> take(std::int64_t now, std::size_t max);
  // The entry as it is from now on; nothing if it was removed meanwhile.
  void keep(const Entry& entry);
  void give_back(std::uint64_t sequence);

  const Entry* find(std::uint64_t sequence) const;
  // leaving; false if it leaves already or is not there. Then leave(): gone, or what it was before.
  bool begin_leaving(std::uint64_t sequence);
  void leave(std::uint64_t sequence, bool committed, std::int64_t now);

  // All that can leave, and the oldest that were sent before `before`.
  std::vector<std::uint64_t> all() const;
  std::vector<std::uint64_t> sent_before(std::int64_t before, std::size_t max) const;

  // Those whose holder's time is over wait again.
  void release(std::int64_t now);
  Counts counts(std::int64_t now) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t flying() const { return flying_.size(); }
  // When something becomes due that is not yet.
  std::optional<std::int64_t> next_due(std::int64_t now) const;

 private:
  using Due = std::pair<std::int64_t, std::uint64_t>;
  struct Group {
    std::set<std::uint64_t> members;
    std::size_t held = 0;  // Flying or leaving.
    std::optional<std::uint64_t> ready;
  };

  void insert(Entry& entry);
  void erase(Entry& entry);
  void refresh(const std::string& group);
  std::vector<std::uint64_t> candidates(std::int64_t now, std::size_t max) const;

  bool fifo_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Entry> entries_;
  std::set<Due> waiting_;
  std::set<Due> flying_;
  std::unordered_map<std::string, Group> groups_;
  std::map<std::uint64_t, std::string> ready_;  // The first of each group of which nobody holds anything.
};

}  // namespace tarn::queues
