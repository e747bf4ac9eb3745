#include "aws/permissions.h"

#include <algorithm>

#include "aws/form.h"
#include "aws/value.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kMaxResources = 1'000;

// The texts of a scalar, or of each item of a list of scalars.
std::vector<std::string> texts_of(const Found& found) {
  std::vector<std::string> texts;
  if (!found) return texts;
  if (found.shape->kind == Kind::list && is_scalar(*found.shape->element)) {
    const std::size_t size = std::min(found.shape->list->size(found.value), kMaxResources);
    for (std::size_t i = 0; i < size; ++i) {
      texts.push_back(text_of(*found.shape->element, found.shape->list->at(found.value, i), TimeFormat::iso8601));
    }
  } else if (is_scalar(*found.shape)) {
    texts.push_back(text_of(*found.shape, found.value, TimeFormat::iso8601));
  }
  return texts;
}

using Tags = std::vector<std::pair<std::string, std::string>>;

std::string member_text(const Shape& shape, const void* object, std::string_view lower, std::string_view upper) {
  Found found = find_value(shape, object, upper);
  if (!found) found = find_value(shape, object, lower);
  return found && is_scalar(*found.shape) ? text_of(*found.shape, found.value, TimeFormat::iso8601) : std::string();
}

// Tags as the APIs spell them: a list of Key and Value, a map, or S3's header.
Tags tags_of(const Found& found) {
  Tags tags;
  if (!found) return tags;
  if (found.shape->kind == Kind::text) {
    if (auto parsed = form::parse(*static_cast<const std::string*>(found.value))) tags = std::move(*parsed);
  } else if (found.shape->kind == Kind::list && found.shape->element->kind == Kind::structure) {
    for (std::size_t i = 0; i < found.shape->list->size(found.value); ++i) {
      const void* tag = found.shape->list->at(found.value, i);
      tags.emplace_back(member_text(*found.shape->element, tag, "key", "Key"),
                        member_text(*found.shape->element, tag, "value", "Value"));
    }
  } else if (found.shape->kind == Kind::map && found.shape->element->kind == Kind::text) {
    found.shape->map->each(found.value, &tags, [](void* to, const std::string& key, const void* value) {
      static_cast<Tags*>(to)->emplace_back(key, *static_cast<const std::string*>(value));
    });
  }
  return tags;
}

bool is_member(std::string_view pattern) {
  return pattern.starts_with('{') && pattern.find('}') == pattern.size() - 1;
}

// Is the pattern one member, without a value to stand in for it, that the request does not have? Most are, mostly.
bool names_absent_member(std::string_view pattern, const Shape& shape, const void* request) {
  if (!is_member(pattern) || pattern.contains(':')) return false;
  const std::string_view name = pattern.substr(1, pattern.size() - 2);
  return name != "region" && name != "account" && !find_value(shape, request, name);
}

bool spreads_tags(std::string_view key) {
  return key == "aws:RequestTag" || key == "s3:RequestObjectTag";
}

void add_tags(policy::Facts& facts, std::string_view key, const Tags& tags) {
  if (tags.empty()) return;
  std::vector<std::string> names;
  for (const auto& [name, value] : tags) {
    facts.emplace_back(std::string(key) + "/" + name, std::vector<std::string>{value});
    names.push_back(name);
  }
  facts.emplace_back(key == "aws:RequestTag" ? "aws:TagKeys" : std::string(key) + "Keys", std::move(names));
}

}  // namespace

std::vector<std::string> expand(std::string_view pattern, const Shape& shape, const void* request,
                                const TemplateContext& context) {
  std::vector<std::string> results{""};
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    const std::string_view literal = pattern.substr(0, open);
    for (std::string& result : results) result += literal;
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    std::string_view name = pattern.substr(open + 1, close - open - 1);
    pattern.remove_prefix(close + 1);
    if (name == "region" || name == "account") {
      for (std::string& result : results) result += name == "region" ? context.region : context.account;
      continue;
    }
    std::optional<std::string_view> otherwise;
    if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
      otherwise = name.substr(colon + 1);
      name = name.substr(0, colon);
    }
    const Found found = find_value(shape, request, name);
    if (found && is_scalar(*found.shape)) {
      const std::string value = text_of(*found.shape, found.value, TimeFormat::iso8601);
      for (std::string& result : results) result += value;
      continue;
    }
    std::vector<std::string> values = texts_of(found);
    if (values.empty() && otherwise) values.emplace_back(*otherwise);
    std::vector<std::string> next;
    for (const std::string& result : results) {
      for (const std::string& value : values) {
        if (next.size() < kMaxResources) next.push_back(result + value);
      }
    }
    results = std::move(next);
  }
  return results;
}

std::vector<std::string_view> needed_actions(const Operation& operation, const void* request) {
  std::vector<std::string_view> actions;
  for (const ActionRule& rule : operation.actions) {
    if (!rule.condition.empty()) {
      const bool present = static_cast<bool>(find_value(*operation.input, request, rule.condition));
      if (present == rule.absent) continue;
    }
    actions.push_back(rule.action);
  }
  return actions;
}

std::vector<std::string> resources(const Operation& operation, const void* request, const TemplateContext& context) {
  std::vector<std::string> all;
  for (const std::string_view pattern : operation.resources) {
    std::vector<std::string> expanded = expand(pattern, *operation.input, request, context);
    std::ranges::move(expanded, std::back_inserter(all));
  }
  // What names no resource is asked about all of them, never about none.
  if (all.empty()) all.emplace_back("*");
  return all;
}

policy::Facts facts(const Operation& operation, const void* request, const TemplateContext& context) {
  policy::Facts facts;
  for (const KeyRule& rule : operation.keys) {
    if (names_absent_member(rule.value, *operation.input, request)) continue;
    if (spreads_tags(rule.key) && is_member(rule.value)) {
      const std::string_view name = rule.value.substr(1, rule.value.size() - 2);
      add_tags(facts, rule.key, tags_of(find_value(*operation.input, request, name)));
      continue;
    }
    std::vector<std::string> values = expand(rule.value, *operation.input, request, context);
    if (!values.empty()) facts.emplace_back(std::string(rule.key), std::move(values));
  }
  return facts;
}

}  // namespace tarn::aws
