// Walking a range of rows page by page, with leaps: what listings are made of.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/core.h"

namespace tarn::objects {

class Cursor {
 public:
  // `page`: rows to ask for at a time. `over`: what leap() will be told of each row, so that the store leaves out what
  // would be leaped over.
  Cursor(Objects::Core& core, BucketPointer bucket, std::string first, std::string end, std::size_t page,
         meta::Leap over)
      : core_(core),
        bucket_(std::move(bucket)),
        position_(std::move(first)),
        end_(std::move(end)),
        page_(page),
        over_(std::move(over)) {}

  // Is the next row (or the knowledge that there is none) at hand? Else load().
  bool ready() const { return at_ < rows_.size() || ended_; }
  Task<void> load();
  // The next row; null at the end. Only when ready().
  const meta::Row* peek() const { return at_ < rows_.size() ? &rows_[at_] : nullptr; }
  void pop() { ++at_; }
  // Goes on at the first row from `position` on.
  void leap(const std::string& position);

 private:
  static constexpr std::size_t page_bytes = 4 << 20;

  Objects::Core& core_;
  BucketPointer bucket_;
  std::string position_;
  std::string end_;
  std::size_t page_;
  meta::Leap over_;
  std::vector<meta::Row> rows_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

// Which keys a listing shows as one common prefix.
struct Rollup {
  std::string prefix;
  std::string delimiter;

  // The part of `key` up to and with the first delimiter behind the prefix, if there is one.
  std::optional<std::string_view> common_prefix(std::string_view key) const {
    if (delimiter.empty()) return std::nullopt;
    const std::size_t found = key.find(delimiter, prefix.size());
    if (found == std::string_view::npos) return std::nullopt;
    return key.substr(0, found + delimiter.size());
  }
  // Was `after` told as a common prefix? Then everything under it has been.
  bool told_as_prefix(std::string_view after) const {
    return after.starts_with(prefix) && common_prefix(after) == after;
  }
  // Where the rows of a kind ("c/") go on behind the common prefix of one of them: empty for a row that has none.
  std::string behind(std::string_view kind, std::string_view row_key) const;
};

}  // namespace tarn::objects
