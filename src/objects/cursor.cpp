#include "objects/cursor.h"

namespace tarn::objects {

Task<void> Cursor::load() {
  if (!rows_.empty()) {
    position_ = rows_.back().key + '\0';
    page_ = std::min(page_ * 2, largest_page);
  }
  at_ = 0;
  rows_ = co_await core_.scan(*bucket_, position_, end_, {.max_rows = page_, .max_bytes = page_bytes});
  if (rows_.empty()) ended_ = true;
}

void Cursor::leap(const std::string& position) {
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
  page_ = smallest_page;
}

}  // namespace tarn::objects
