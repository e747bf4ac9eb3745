#include "queues/index.h"

#include <limits>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::queues {
namespace {

constexpr std::uint8_t format_version = 1;

}  // namespace

std::string pack(const Entry& entry) {
  std::string row;
  Packer out(row);
  const auto time = [&out](std::int64_t millis) { out.time(from_millis(millis)); };
  out.byte(format_version);
  for (const std::int64_t each : {entry.sent, entry.due, entry.first_received, entry.last_received}) time(each);
  out.fixed64(entry.receipt).number(entry.received).byte(entry.pieces).text(entry.group);
  return row;
}

Entry unpack_entry(std::uint64_t sequence, std::string_view row) {
  Unpacker in(row);
  if (in.byte() != format_version) throw std::runtime_error("a message's state has an unknown format version");
  Entry entry{.sequence = sequence};
  for (std::int64_t* each : {&entry.sent, &entry.due, &entry.first_received, &entry.last_received}) {
    *each = to_millis(in.time());
  }
  entry.receipt = in.fixed64();
  entry.received = static_cast<std::uint32_t>(in.number());
  entry.pieces = in.byte();
  entry.group = in.text();
  return entry;
}

void Index::insert(Entry& entry) {
  if (entry.state == Entry::State::waiting) waiting_.emplace(entry.due, entry.sequence);
  if (entry.state == Entry::State::flying) flying_.emplace(entry.due, entry.sequence);
  if (!fifo_) return;
  Group& group = groups_[entry.group];
  group.members.insert(entry.sequence);
  if (entry.state == Entry::State::flying || entry.state == Entry::State::leaving) ++group.held;
  refresh(entry.group);
}

void Index::erase(Entry& entry) {
  if (entry.state == Entry::State::waiting) waiting_.erase({entry.due, entry.sequence});
  if (entry.state == Entry::State::flying) flying_.erase({entry.due, entry.sequence});
  if (!fifo_) return;
  Group& group = groups_[entry.group];
  group.members.erase(entry.sequence);
  if (entry.state == Entry::State::flying || entry.state == Entry::State::leaving) --group.held;
  refresh(entry.group);
}

void Index::refresh(const std::string& name) {
  const auto at = groups_.find(name);
  Group& group = at->second;
  if (group.ready) ready_.erase(*group.ready);
  group.ready.reset();
  if (group.members.empty()) {
    groups_.erase(at);
    return;
  }
  const std::uint64_t first = *group.members.begin();
  const auto entry = entries_.find(first);
  if (group.held > 0 || entry == entries_.end() || entry->second.state != Entry::State::waiting) return;
  group.ready = first;
  ready_.emplace(first, name);
}

void Index::load(Entry entry, std::int64_t now) {
  entry.state = entry.received > 0 && entry.due > now ? Entry::State::flying : Entry::State::waiting;
  last_ = std::max(last_, entry.sequence);
  insert(entries_.insert_or_assign(entry.sequence, std::move(entry)).first->second);
}

std::uint64_t Index::next_sequence(std::int64_t now) {
  last_ = std::max(last_ + 1, static_cast<std::uint64_t>(now) << 20);
  return last_;
}

void Index::arrive(Entry entry) {
  entry.state = Entry::State::arriving;
  insert(entries_.insert_or_assign(entry.sequence, std::move(entry)).first->second);
}

void Index::settle(std::uint64_t sequence, bool committed) {
  const auto at = entries_.find(sequence);
  if (at == entries_.end()) return;
  erase(at->second);
  if (!committed) {
    entries_.erase(at);
    return;
  }
  at->second.state = Entry::State::waiting;
  insert(at->second);
}

std::vector<std::uint64_t> Index::candidates(std::int64_t now, std::size_t max) const {
  std::vector<std::uint64_t> found;
  if (!fifo_) {
    for (auto at = waiting_.begin(); at != waiting_.end() && at->first <= now && found.size() < max; ++at) {
      found.push_back(at->second);
    }
    return found;
  }
  for (auto at = ready_.begin(); at != ready_.end() && found.size() < max; ++at) {
    for (const std::uint64_t sequence : groups_.at(at->second).members) {
      const Entry& entry = entries_.at(sequence);
      if (found.size() == max || entry.state != Entry::State::waiting || entry.due > now) break;
      found.push_back(sequence);
    }
  }
  return found;
}

std::vector<Entry> Index::take(std::int64_t now, std::size_t max) {
  release(now);
  std::vector<Entry> taken;
  for (const std::uint64_t sequence : candidates(now, max)) {
    Entry& entry = entries_.at(sequence);
    taken.push_back(entry);
    erase(entry);
    entry.state = Entry::State::flying;
    entry.due = std::numeric_limits<std::int64_t>::max();
    insert(entry);
  }
  return taken;
}

void Index::keep(const Entry& entry) {
  const auto at = entries_.find(entry.sequence);
  if (at == entries_.end() || at->second.state != Entry::State::flying) return;
  erase(at->second);
  at->second = entry;
  at->second.state = Entry::State::flying;
  insert(at->second);
}

void Index::give_back(std::uint64_t sequence) {
  const auto at = entries_.find(sequence);
  if (at == entries_.end() || at->second.state != Entry::State::flying) return;
  erase(at->second);
  at->second.state = Entry::State::waiting;
  at->second.due = at->second.sent;
  insert(at->second);
}

const Entry* Index::find(std::uint64_t sequence) const {
  const auto at = entries_.find(sequence);
  return at == entries_.end() ? nullptr : &at->second;
}

bool Index::begin_leaving(std::uint64_t sequence) {
  const auto at = entries_.find(sequence);
  if (at == entries_.end() || at->second.state == Entry::State::leaving || at->second.state == Entry::State::arriving) {
    return false;
  }
  erase(at->second);
  at->second.state = Entry::State::leaving;
  insert(at->second);
  return true;
}

void Index::leave(std::uint64_t sequence, bool committed, std::int64_t now) {
  const auto at = entries_.find(sequence);
  if (at == entries_.end()) return;
  erase(at->second);
  if (committed) {
    entries_.erase(at);
    return;
  }
  at->second.state = at->second.received > 0 && at->second.due > now ? Entry::State::flying : Entry::State::waiting;
  insert(at->second);
}

std::vector<std::uint64_t> Index::all() const {
  std::vector<std::uint64_t> found;
  for (const auto& [sequence, entry] : entries_) found.push_back(sequence);
  return found;
}

std::vector<std::uint64_t> Index::sent_before(std::int64_t before, std::size_t max) const {
  std::vector<std::uint64_t> found;
  for (const auto& [sequence, entry] : entries_) {
    // Sequences go with the time of arrival.
    if (found.size() == max || entry.sent >= before) break;
    found.push_back(sequence);
  }
  return found;
}

void Index::release(std::int64_t now) {
  while (!flying_.empty() && flying_.begin()->first <= now) {
    Entry& entry = entries_.at(flying_.begin()->second);
    erase(entry);
    entry.state = Entry::State::waiting;
    insert(entry);
  }
}

Counts Index::counts(std::int64_t now) const {
  const auto first_delayed = waiting_.upper_bound({now, std::numeric_limits<std::uint64_t>::max()});
  const auto delayed = static_cast<std::size_t>(std::distance(first_delayed, waiting_.end()));
  return {.visible = waiting_.size() - delayed, .in_flight = flying_.size(), .delayed = delayed};
}

std::optional<std::int64_t> Index::next_due(std::int64_t now) const {
  std::optional<std::int64_t> due;
  const auto delayed = waiting_.upper_bound({now, std::numeric_limits<std::uint64_t>::max()});
  if (delayed != waiting_.end()) due = delayed->first;
  if (!flying_.empty() && (!due || flying_.begin()->first < *due)) due = flying_.begin()->first;
  return due;
}

}  // namespace tarn::queues
