// GetLogEvents: one stream, in pages both ways.
#include "api/logs/get_log_events.h"

#include "base/page_token.h"
#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<GetLogEventsOutput> get_log_events(LogsApi& api, GetLogEventsRequest request) {
  const std::string group = co_await group_of(api, request.log_group_name, request.log_group_identifier,
                                              "logs:GetLogEvents", request.log_stream_name);
  logs::ReadOptions options;
  if (request.start_time) options.start = from_millis(*request.start_time);
  if (request.end_time) options.end = from_millis(*request.end_time);
  const std::string list = "GetLogEvents/" + group + "/" + request.log_stream_name;
  options.token = place_after(list, request.next_token);
  options.from_head = request.start_from_head.value_or(false);
  options.limit = static_cast<std::size_t>(request.limit.value_or(10000));
  auto page = co_await api.logs.read(account_of(api), group, std::move(request.log_stream_name), options);
  GetLogEventsOutput output;
  auto& events = output.events.emplace();
  for (auto& event : page.events) {
    events.push_back({.timestamp = to_millis(event.timestamp),
                      .message = std::move(event.message),
                      .ingestion_time = to_millis(event.ingested)});
  }
  output.next_forward_token = page_token(list, page.forward_token);
  output.next_backward_token = page_token(list, page.backward_token);
  co_return output;
}

}  // namespace tarn::logsapi
