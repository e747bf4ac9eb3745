// DescribeLogStreams: by name, or by the time of their last event.
#include "api/logs/describe_log_streams.h"

#include "base/page_token.h"
#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<DescribeLogStreamsOutput> describe_log_streams(LogsApi& api, DescribeLogStreamsRequest request) {
  const bool by_time = request.order_by.value_or(OrderBy::log_stream_name) == OrderBy::last_event_time;
  if (by_time && request.log_stream_name_prefix) {
    throw Error(logs::errors::invalid_parameter, "Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const std::string group =
      co_await group_of(api, request.log_group_name, request.log_group_identifier, "logs:DescribeLogStreams", "");
  const std::string list = std::string("DescribeLogStreams/") + (by_time ? "time/" : "name/") +
                           (request.descending.value_or(false) ? "down/" : "up/") + group;
  auto page = co_await api.logs.list_streams(account_of(api), group, request.log_stream_name_prefix.value_or(""),
                                             by_time ? logs::StreamOrder::last_event_time : logs::StreamOrder::name,
                                             request.descending.value_or(false), place_after(list, request.next_token),
                                             static_cast<std::size_t>(request.limit.value_or(50)));
  const auto millis = [](const std::optional<Timestamp>& time) {
    return time ? std::optional(to_millis(*time)) : std::nullopt;
  };
  DescribeLogStreamsOutput output;
  auto& streams = output.log_streams.emplace();
  for (auto& stream : page.items) {
    LogStream one;
    one.arn = group_arn(api, group) + ":log-stream:" + stream.name;
    one.log_stream_name = std::move(stream.name);
    one.creation_time = to_millis(stream.created);
    one.first_event_timestamp = millis(stream.first_event);
    one.last_event_timestamp = millis(stream.last_event);
    one.last_ingestion_time = millis(stream.last_ingestion);
    // Sequence tokens are no longer looked at, and clients still hand them on.
    one.upload_sequence_token = std::to_string(stream.next_number);
    one.stored_bytes = 0;
    streams.push_back(std::move(one));
  }
  output.next_token = next_page(list, page.next_token);
  co_return output;
}

}  // namespace tarn::logsapi
