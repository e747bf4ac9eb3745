#include "objects/cursor.h"

namespace tarn::objects {

Task<void> Cursor::load() {
  if (!rows_.empty()) position_ = rows_.back().key + '\0';
  at_ = 0;
  rows_ = co_await core_.d.meta.leap_scan(rows::partition(bucket_->id), position_, end_,
                                          {.max_rows = page_, .max_bytes = page_bytes}, over_);
  if (rows_.empty()) ended_ = true;
}

void Cursor::leap(const std::string& position) {
  // Mostly the store has left out what is leaped over.
  if (at_ + 1 < rows_.size() && rows_[at_].key < position && rows_[at_ + 1].key >= position) {
    ++at_;
    return;
  }
  const auto next =
      std::lower_bound(rows_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, rows_.size())), rows_.end(), position,
                       [](const meta::Row& row, const std::string& key) { return row.key < key; });
  at_ = static_cast<std::size_t>(next - rows_.begin());
  if (at_ < rows_.size()) return;
  // An empty position is the end of everything.
  if (position.empty()) {
    ended_ = true;
    return;
  }
  rows_.clear();
  at_ = 0;
  position_ = position;
}

std::string Rollup::behind(std::string_view kind, std::string_view row_key) const {
  row_key.remove_prefix(kind.size());
  const std::string key = rows::unescape(row_key);
  const auto common = common_prefix(key);
  return common ? meta::end_of_prefix(std::string(kind) + rows::escape(*common)) : std::string();
}

}  // namespace tarn::objects
