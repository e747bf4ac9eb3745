// FilterLogEvents: several streams in the order of time, by a pattern.
#include "api/logs/filter_log_events.h"

#include "base/page_token.h"
#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<FilterLogEventsOutput> filter_log_events(LogsApi& api, FilterLogEventsRequest request) {
  const std::string group =
      co_await group_of(api, request.log_group_name, request.log_group_identifier, "logs:FilterLogEvents", "");
  logs::FilterOptions options;
  options.streams = std::move(request.log_stream_names).value_or(std::vector<std::string>{});
  options.stream_prefix = request.log_stream_name_prefix.value_or("");
  if (request.start_time) options.start = from_millis(*request.start_time);
  if (request.end_time) options.end = from_millis(*request.end_time);
  options.pattern = request.filter_pattern.value_or("");
  const std::string list = "FilterLogEvents/" + group;
  options.token = place_after(list, request.next_token);
  options.limit = static_cast<std::size_t>(request.limit.value_or(10000));
  auto page = co_await api.logs.filter(account_of(api), group, std::move(options));
  FilterLogEventsOutput output;
  output.searched_log_streams.emplace();
  auto& events = output.events.emplace();
  for (auto& event : page.items) {
    events.push_back({.log_stream_name = std::move(event.stream),
                      .timestamp = to_millis(event.timestamp),
                      .message = std::move(event.message),
                      .ingestion_time = to_millis(event.ingested),
                      .event_id = std::move(event.id)});
  }
  output.next_token = next_page(list, page.next_token);
  co_return output;
}

}  // namespace tarn::logsapi
