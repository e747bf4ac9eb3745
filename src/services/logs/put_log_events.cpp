// PutLogEvents: a batch into one stream.
#include "api/logs/put_log_events.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<PutLogEventsOutput> put_log_events(LogsApi& api, PutLogEventsRequest request) {
  std::vector<logs::Event> events;
  events.reserve(request.log_events.size());
  for (auto& event : request.log_events) {
    events.push_back({.timestamp = from_millis(event.timestamp), .message = std::move(event.message)});
  }
  const auto result = co_await api.logs.put(account_of(api), std::move(request.log_group_name),
                                            std::move(request.log_stream_name), std::move(events));
  PutLogEventsOutput output;
  output.next_sequence_token = "0";
  if (result.too_new_from || result.too_old_until || result.expired_until) {
    const auto index = [](const std::optional<std::size_t>& at) {
      return at ? std::optional(static_cast<std::int32_t>(*at)) : std::nullopt;
    };
    output.rejected_log_events_info = RejectedLogEventsInfo{.too_new_log_event_start_index = index(result.too_new_from),
                                                            .too_old_log_event_end_index = index(result.too_old_until),
                                                            .expired_log_event_end_index = index(result.expired_until)};
  }
  co_return output;
}

}  // namespace tarn::logsapi
