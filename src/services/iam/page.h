// IAM's pages: MaxItems (100 unless told), Marker, IsTruncated.
//
// A marker names the last item told, so that what is made or deleted in between neither repeats nor hides others.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/page_token.h"

namespace tarn::iam {

inline constexpr std::size_t default_page = 100;

inline constexpr ErrorCode invalid_marker{"ValidationError", 400};

// Of a list that is always empty: it gives no markers.
template <typename Request>
void refuse_marker(const Request& request) {
  if (request.marker) throw Error(invalid_marker, "Invalid Marker.");
}

// `list` is the operation's name. The page of `items` that `request` asks for, in the order of `key_of(item)`; tells in
// `output` whether more follow.
template <typename Item, typename KeyOf, typename Request, typename Output>
std::vector<Item> take_page(std::string_view list, std::vector<Item> items, KeyOf key_of, const Request& request,
                            Output& output) {
  std::ranges::sort(items, {}, key_of);
  auto first = items.begin();
  if (request.marker) {
    const auto after = page_place(list, *request.marker);
    if (!after) throw Error(invalid_marker, "Invalid Marker.");
    first = std::ranges::upper_bound(items, *after, {}, key_of);
  }
  const auto wanted = request.max_items ? static_cast<std::size_t>(*request.max_items) : default_page;
  const auto left = static_cast<std::size_t>(items.end() - first);
  const auto last = first + static_cast<std::ptrdiff_t>(std::min(wanted, left));
  output.is_truncated = last != items.end();
  if (last != items.end() && last != first)
    output.marker = page_token(list, std::string(std::invoke(key_of, *std::prev(last))));
  return {std::make_move_iterator(first), std::make_move_iterator(last)};
}

}  // namespace tarn::iam
