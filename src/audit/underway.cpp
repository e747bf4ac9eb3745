#include "audit/underway.h"

#include <algorithm>

#include "audit/filing.h"
#include "audit/trails.h"

namespace tarn::audit {

void Underway::leave_note(const meta::Partition& partition, meta::Batch& batch) {
  if (note_.empty()) {
    const Filed filed = file(record_, trails_);
    if (!filed.kept()) {
      carried_ = true;
      return;
    }
    note_ = pack(filed);
  }
  batch.note(record_.id, note_);
  if (std::ranges::find(places_, partition) == places_.end()) places_.push_back(partition);
}

Task<meta::Commit> NotingStore::commit(meta::Partition partition, meta::Batch batch) {
  auto* const call = dynamic_cast<Underway*>(co_await current_companion());
  if (!call || !call->needs_note() || batch.changes().empty()) {
    co_return co_await store_.commit(std::move(partition), std::move(batch));
  }
  call->leave_note(partition, batch);
  meta::Commit made = co_await store_.commit(std::move(partition), std::move(batch));
  call->committed(made.applied);
  co_return made;
}

// Batches that stand each for itself: the first carries the note. Where that one alone is refused, the note follows by
// itself, before anybody is answered.
Task<std::vector<meta::Commit>> NotingStore::commit_each(meta::Partition partition, std::vector<meta::Batch> batches) {
  auto* const call = dynamic_cast<Underway*>(co_await current_companion());
  if (!call || !call->needs_note() || batches.empty()) {
    co_return co_await store_.commit_each(std::move(partition), std::move(batches));
  }
  call->leave_note(partition, batches.front());
  auto made = co_await store_.commit_each(partition, std::move(batches));
  call->committed(made.front().applied);
  const bool some = std::ranges::any_of(made, [](const meta::Commit& one) { return one.applied; });
  if (some && call->needs_note()) {
    meta::Batch alone;
    call->leave_note(partition, alone);
    if (!alone.empty()) call->committed((co_await store_.commit(std::move(partition), std::move(alone))).applied);
  }
  co_return made;
}

}  // namespace tarn::audit
