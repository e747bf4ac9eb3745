#include "services/cloudtrail/shapes.h"

#include <algorithm>

#include "api/cloudtrail/errors.h"

namespace tarn::cloudtrail {
namespace {

using Texts = std::vector<std::string>;
constexpr std::size_t max_tags = 50;
constexpr std::size_t max_selectors = 5;
constexpr std::size_t max_advanced_values = 500;

[[noreturn]] void refuse_selectors(const std::string& why) {
  throw Error(errors::invalid_event_selectors_exception, why);
}

std::optional<Texts> some(const Texts& texts) {
  if (texts.empty()) return std::nullopt;
  return texts;
}

}  // namespace

Trail trail_shape(const audit::Trail& trail) {
  Trail shape = trail_answer<Trail>(trail);
  shape.home_region = trail.region;
  const bool custom = !trail.advanced.empty() || trail.selectors.size() != 1 || !trail.selectors[0].data.empty() ||
                      !trail.selectors[0].management || trail.selectors[0].read_write != audit::ReadWrite::all ||
                      !trail.selectors[0].excluded_sources.empty();
  shape.has_custom_event_selectors = custom;
  shape.has_insight_selectors = false;
  return shape;
}

void check_name(const std::string& name) {
  const auto special = [](char c) { return c == '.' || c == '_' || c == '-'; };
  const auto letter = [](unsigned char c) { return std::isalnum(c) != 0; };
  bool valid = name.size() >= 3 && name.size() <= 128 && letter(name.front()) && letter(name.back());
  for (std::size_t i = 0; valid && i < name.size(); ++i) {
    valid = letter(name[i]) || (special(name[i]) && !special(name[i - 1]));
  }
  if (!valid) {
    throw Error(errors::invalid_trail_name_exception,
                "Trail name must have 3 to 128 letters, digits, periods, underscores or dashes, begin and end with a "
                "letter or digit, and have no two special characters in a row.");
  }
}

void check_prefix(const std::string& prefix) {
  if (prefix.size() > 200 || prefix.starts_with('/')) {
    throw Error(errors::invalid_s3_prefix_exception, "The S3 prefix is too long or begins with a slash.");
  }
}

std::vector<audit::EventSelector> selectors_of(const std::vector<EventSelector>& shapes) {
  if (shapes.size() > max_selectors) refuse_selectors("A trail has at most 5 event selectors.");
  std::vector<audit::EventSelector> selectors;
  for (const EventSelector& shape : shapes) {
    audit::EventSelector selector;
    if (shape.read_write_type == ReadWriteType::read_only) selector.read_write = audit::ReadWrite::read_only;
    if (shape.read_write_type == ReadWriteType::write_only) selector.read_write = audit::ReadWrite::write_only;
    selector.management = shape.include_management_events.value_or(true);
    selector.excluded_sources = shape.exclude_management_event_sources.value_or(Texts{});
    for (const DataResource& resource : shape.data_resources.value_or(std::vector<DataResource>{})) {
      if (resource.type != "AWS::S3::Object") {
        refuse_selectors("Tarn has data events of AWS::S3::Object only, not of " + resource.type.value_or("nothing") +
                         ".");
      }
      const Texts values = resource.values.value_or(Texts{});
      for (const std::string& value : values) {
        if (!value.starts_with("arn:aws:s3")) refuse_selectors("Value " + value + " is no ARN of S3.");
      }
      selector.data.push_back({.type = *resource.type, .values = values});
    }
    selectors.push_back(std::move(selector));
  }
  return selectors;
}

std::vector<EventSelector> selector_shapes(const std::vector<audit::EventSelector>& selectors) {
  static constexpr ReadWriteType types[] = {ReadWriteType::all, ReadWriteType::read_only, ReadWriteType::write_only};
  std::vector<EventSelector> shapes;
  for (const audit::EventSelector& selector : selectors) {
    EventSelector shape;
    shape.read_write_type = types[static_cast<std::size_t>(selector.read_write)];
    shape.include_management_events = selector.management;
    shape.exclude_management_event_sources = selector.excluded_sources;
    shape.data_resources.emplace();
    for (const auto& data : selector.data) shape.data_resources->push_back({.type = data.type, .values = data.values});
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

std::vector<audit::AdvancedSelector> advanced_of(const std::vector<AdvancedEventSelector>& shapes) {
  static constexpr std::string_view fields[] = {"eventCategory", "eventSource",    "eventName",     "eventType",
                                                "readOnly",      "resources.type", "resources.ARN", "userIdentity.arn"};
  std::vector<audit::AdvancedSelector> selectors;
  std::size_t values = 0;
  for (const AdvancedEventSelector& shape : shapes) {
    audit::AdvancedSelector selector{.name = shape.name.value_or(""), .fields = {}};
    bool category = false;
    for (const AdvancedFieldSelector& field : shape.field_selectors) {
      if (std::ranges::find(fields, field.field) == std::end(fields)) {
        refuse_selectors("Tarn does not select by the field " + field.field + ".");
      }
      category = category || (field.field == "eventCategory" && field.equals);
      selector.fields.push_back({.field = field.field,
                                 .equals = field.equals.value_or(Texts{}),
                                 .starts_with = field.starts_with.value_or(Texts{}),
                                 .ends_with = field.ends_with.value_or(Texts{}),
                                 .not_equals = field.not_equals.value_or(Texts{}),
                                 .not_starts_with = field.not_starts_with.value_or(Texts{}),
                                 .not_ends_with = field.not_ends_with.value_or(Texts{})});
      const audit::FieldSelector& made = selector.fields.back();
      const std::size_t given = made.equals.size() + made.starts_with.size() + made.ends_with.size() +
                                made.not_equals.size() + made.not_starts_with.size() + made.not_ends_with.size();
      if (given == 0) refuse_selectors("The field " + field.field + " has no operator.");
      values += given;
    }
    if (!category) refuse_selectors("Each advanced event selector needs eventCategory with Equals.");
    selectors.push_back(std::move(selector));
  }
  if (values > max_advanced_values) refuse_selectors("A trail has at most 500 values in its advanced event selectors.");
  return selectors;
}

std::vector<AdvancedEventSelector> advanced_shapes(const std::vector<audit::AdvancedSelector>& selectors) {
  std::vector<AdvancedEventSelector> shapes;
  for (const audit::AdvancedSelector& selector : selectors) {
    AdvancedEventSelector shape;
    if (!selector.name.empty()) shape.name = selector.name;
    for (const audit::FieldSelector& field : selector.fields) {
      AdvancedFieldSelector& made = shape.field_selectors.emplace_back();
      made.field = field.field;
      made.equals = some(field.equals);
      made.starts_with = some(field.starts_with);
      made.ends_with = some(field.ends_with);
      made.not_equals = some(field.not_equals);
      made.not_starts_with = some(field.not_starts_with);
      made.not_ends_with = some(field.not_ends_with);
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

void set_tags(Tags& into, const std::vector<Tag>& tags) {
  for (const Tag& tag : tags) {
    if (tag.key.starts_with("aws:")) {
      throw Error(errors::invalid_tag_parameter_exception, "Tag keys cannot begin with aws:.");
    }
    const auto found = std::ranges::find_if(into, [&](const auto& each) { return each.first == tag.key; });
    if (found == into.end()) {
      into.emplace_back(tag.key, tag.value.value_or(""));
    } else {
      found->second = tag.value.value_or("");
    }
  }
  if (into.size() > max_tags) throw Error(errors::tags_limit_exceeded_exception, "A trail has at most 50 tags.");
}

std::vector<Tag> tag_shapes(const Tags& tags) {
  std::vector<Tag> shapes;
  for (const auto& [key, value] : tags) shapes.push_back({.key = key, .value = value});
  return shapes;
}

}  // namespace tarn::cloudtrail
