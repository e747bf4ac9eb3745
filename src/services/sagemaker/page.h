// Pages of SageMaker's lists: filtered, sorted by one key and then by name, from where the last one ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/page_token.h"
#include "base/time.h"
#include "training/training.h"

namespace tarn::sagemaker {

// A key of text order: times as fixed-width numbers.
inline std::string sort_text(Timestamp time) {
  std::string text = std::to_string(to_millis(time));
  return std::string(20 - text.size(), '0') + text;
}

struct PageOptions {
  std::string_view list;  // The operation.
  bool descending = false;
  std::size_t limit = 10;
  std::string token;
};

template <typename T>
struct ListPage {
  std::vector<T> items;
  std::optional<std::string> next_token;
};

// `key` gives what is sorted by first; names are unique.
template <typename T, typename Keep, typename Key, typename NameOf>
ListPage<T> list_page(std::vector<T> all, const PageOptions& options, Keep keep, Key key, NameOf name) {
  std::erase_if(all, [&](const T& one) { return !keep(one); });
  const auto place = [&](const T& one) { return std::pair<std::string, std::string>(key(one), name(one)); };
  std::ranges::sort(
      all, [&](const T& a, const T& b) { return options.descending ? place(b) < place(a) : place(a) < place(b); });
  std::optional<std::pair<std::string, std::string>> after;
  if (!options.token.empty()) {
    const auto text = page_place(options.list, options.token);
    const std::size_t split = text ? text->find('\n') : std::string::npos;
    if (split == std::string::npos) throw Error(training::errors::validation, "The NextToken is invalid.");
    after.emplace(text->substr(0, split), text->substr(split + 1));
  }
  ListPage<T> page;
  for (T& one : all) {
    const auto here = place(one);
    if (after && (options.descending ? here >= *after : here <= *after)) continue;
    if (page.items.size() == options.limit) {
      const auto last = place(page.items.back());
      page.next_token = page_token(options.list, last.first + "\n" + last.second);
      break;
    }
    page.items.push_back(std::move(one));
  }
  return page;
}

inline bool between(Timestamp time, const std::optional<Timestamp>& after, const std::optional<Timestamp>& before) {
  return (!after || time > *after) && (!before || time < *before);
}

inline bool contains(const std::string& name, const std::optional<std::string>& part) {
  return !part || name.find(*part) != std::string::npos;
}

}  // namespace tarn::sagemaker
