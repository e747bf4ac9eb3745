// LookupEvents: management events of the last 90 days, newest first, by one attribute at most.
#include "api/cloudtrail/lookup_events.h"

#include "base/page_token.h"
#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<LookupEventsOutput> lookup_events(CloudTrail& cloudtrail, LookupEventsRequest request) {
  if (request.event_category) {
    throw Error(errors::invalid_event_category_exception, "Tarn has no Insights events.");
  }
  if (request.start_time && request.end_time && *request.start_time > *request.end_time) {
    throw Error(errors::invalid_time_range_exception, "The start time is after the end time.");
  }
  const auto attributes = request.lookup_attributes.value_or(std::vector<LookupAttribute>{});
  if (attributes.size() > 1) {
    throw Error(errors::invalid_lookup_attributes_exception, "Only one lookup attribute can be given.");
  }
  audit::Lookup query{.attribute = {},
                      .first = request.start_time,
                      .last = request.end_time,
                      .max = static_cast<std::size_t>(request.max_results.value_or(50)),
                      .token = {}};
  if (!attributes.empty()) {
    // The enumeration of the model and the domain's have the same order.
    query.attribute.emplace(static_cast<audit::LookupKey>(attributes[0].attribute_key), attributes[0].attribute_value);
  }
  const std::string list = "LookupEvents/" + (query.attribute ? query.attribute->second : "");
  if (request.next_token) {
    auto place = page_place(list, *request.next_token);
    if (!place) throw Error(errors::invalid_next_token_exception, "The token is not valid.");
    query.token = std::move(*place);
  }
  const audit::EventPage page = co_await cloudtrail.audit.lookup(cloudtrail.account(), std::move(query));
  LookupEventsOutput output;
  output.events.emplace();
  for (const audit::Event& event : page.events) {
    Event& shape = output.events->emplace_back();
    shape.event_id = event.id;
    shape.event_name = event.name;
    shape.read_only = event.read_only ? "true" : "false";
    if (!event.access_key_id.empty()) shape.access_key_id = event.access_key_id;
    shape.event_time = event.time;
    shape.event_source = event.source;
    if (!event.user.empty()) shape.username = event.user;
    shape.resources.emplace();
    for (const std::string& arn : event.resources) {
      const std::string type(audit::resource_type(arn));
      if (!type.empty()) shape.resources->push_back({.resource_type = type, .resource_name = arn});
    }
    shape.cloud_trail_event = event.json;
  }
  output.next_token = next_page(list, page.token);
  co_return output;
}

}  // namespace tarn::cloudtrail
