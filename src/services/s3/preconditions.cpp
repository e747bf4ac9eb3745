#include "services/s3/preconditions.h"

#include <chrono>

#include "base/encoding.h"

namespace tarn::s3 {
namespace {

// Is `e_tag` in a list such as `"a", "b"` or `*`? Weak marks are ignored, quotes may be missing.
bool names(std::string_view list, std::string_view e_tag) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    item = trim(item);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || unquoted(item) == e_tag) return true;
  }
  return false;
}

// Headers tell whole seconds.
auto seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

Precondition check(const ReadConditions& conditions, const std::string& e_tag, Timestamp modified) {
  if (conditions.if_match) {
    if (!names(*conditions.if_match, e_tag)) return Precondition::failed;
  } else if (conditions.if_unmodified_since && seconds(modified) > seconds(*conditions.if_unmodified_since)) {
    return Precondition::failed;
  }
  if (conditions.if_none_match) {
    if (names(*conditions.if_none_match, e_tag)) return Precondition::not_modified;
  } else if (conditions.if_modified_since && seconds(modified) <= seconds(*conditions.if_modified_since)) {
    return Precondition::not_modified;
  }
  return Precondition::holds;
}

void refuse_not_modified(const objects::ObjectVersion& version) {
  const objects::Description& described = version.description;
  const std::pair<std::string, std::string> headers[] = {{"ETag", in_quotes(version.e_tag)},
                                                         {"Last-Modified", http_date(version.modified)},
                                                         {"x-amz-version-id", version_header(version).value_or("")},
                                                         {"Cache-Control", described.cache_control},
                                                         {"Expires", described.expires}};
  Error error(errors::not_modified, "Not Modified");
  for (const auto& [name, value] : headers) {
    if (!value.empty()) error = Error(std::move(error).with_header(name, value));
  }
  throw Error(std::move(error));
}

}  // namespace tarn::s3
