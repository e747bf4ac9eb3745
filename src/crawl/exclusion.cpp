#include "crawl/exclusion.h"

#include <algorithm>

#include "base/error.h"
#include "catalog/errors.h"

namespace tarn::crawl {
namespace {

constexpr std::size_t max_patterns = 1'000;

// Position of the } that closes the { at `open`, or npos.
std::size_t closing_brace(const std::string& pattern, std::size_t open) {
  for (std::size_t i = open + 1; i < pattern.size(); ++i) {
    if (pattern[i] == '\\')
      ++i;
    else if (pattern[i] == '}')
      return i;
  }
  return std::string::npos;
}

void write_out(const std::string& pattern, std::size_t from, std::vector<std::string>& out) {
  std::size_t open = from;
  while (open < pattern.size() && pattern[open] != '{') open += pattern[open] == '\\' ? 2 : 1;
  const std::size_t close = open < pattern.size() ? closing_brace(pattern, open) : std::string::npos;
  if (close == std::string::npos) {
    out.push_back(pattern);
    if (out.size() > max_patterns) throw Error(catalog::errors::invalid_input, "The exclude patterns are too many.");
    return;
  }
  std::size_t start = open + 1;
  for (std::size_t i = start; i <= close; ++i) {
    if (pattern[i] == '\\' && i + 1 < close) {
      ++i;
    } else if (pattern[i] == ',' || i == close) {
      const std::string alternative = pattern.substr(start, i - start);
      write_out(pattern.substr(0, open) + alternative + pattern.substr(close + 1), open + alternative.size(), out);
      start = i + 1;
    }
  }
}

// Does `c` stand in the set that begins after the [ at `at`? Moves `at` behind its ].
bool in_set(std::string_view pattern, std::size_t& at, char c) {
  const bool negated = at < pattern.size() && pattern[at] == '!';
  if (negated) ++at;
  bool found = false, first = true;
  for (; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      found = found || (pattern[at] <= c && c <= pattern[at + 2]);
      at += 3;
    } else {
      found = found || pattern[at] == c;
      ++at;
    }
  }
  if (at < pattern.size()) ++at;
  return found != negated && c != '/';
}

// Rows of a table: which prefixes of the path does the pattern so far match? Linear in pattern times path, whatever the
// pattern's stars.
bool matches(std::string_view pattern, std::string_view path) {
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (std::size_t p = 0; p < pattern.size();) {
    std::vector<bool> next(path.size() + 1, false);
    if (pattern[p] == '*') {
      const bool across = p + 1 < pattern.size() && pattern[p + 1] == '*';
      bool open = false;
      for (std::size_t i = 0; i <= path.size(); ++i) {
        open = open || reached[i];
        next[i] = open;
        if (i < path.size() && path[i] == '/' && !across) open = false;
      }
      p += across ? 2 : 1;
    } else {
      std::size_t after = p + 1;
      for (std::size_t i = 0; i < path.size(); ++i) {
        if (!reached[i]) continue;
        if (pattern[p] == '[') {
          std::size_t at = p + 1;
          next[i + 1] = in_set(pattern, at, path[i]);
        } else if (pattern[p] == '?') {
          next[i + 1] = path[i] != '/';
        } else {
          const char literal = pattern[p] == '\\' && p + 1 < pattern.size() ? pattern[p + 1] : pattern[p];
          next[i + 1] = literal == path[i];
        }
      }
      if (pattern[p] == '[') {
        after = p + 1;
        in_set(pattern, after, '/');
      } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
        after = p + 2;
      }
      p = after;
    }
    reached = std::move(next);
  }
  return reached[path.size()];
}

}  // namespace

ExclusionSet::ExclusionSet(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) write_out(pattern, 0, patterns_);
}

bool ExclusionSet::excludes(std::string_view path) const {
  return std::ranges::any_of(patterns_, [path](const std::string& pattern) { return matches(pattern, path); });
}

}  // namespace tarn::crawl
