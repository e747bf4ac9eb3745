// GetQueryRuntimeStatistics: where an execution's time went, and how many rows it made.
#include "api/athena/get_query_runtime_statistics.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<GetQueryRuntimeStatisticsOutput> get_query_runtime_statistics(Athena& athena,
                                                                   GetQueryRuntimeStatisticsRequest request) {
  const auto execution = co_await athena.queries.execution(athena.access, std::move(request.query_execution_id),
                                                           "athena:GetQueryRuntimeStatistics");
  const query::Statistics& statistics = execution.statistics;
  QueryRuntimeStatistics shape;
  shape.timeline = QueryRuntimeStatisticsTimeline{.query_queue_time_in_millis = statistics.queue_ms,
                                                  .query_planning_time_in_millis = statistics.planning_ms,
                                                  .engine_execution_time_in_millis = statistics.engine_ms,
                                                  .service_processing_time_in_millis = statistics.service_ms,
                                                  .total_execution_time_in_millis = statistics.total_ms};
  shape.rows = QueryRuntimeStatisticsRows{.input_bytes = static_cast<std::int64_t>(statistics.scanned_bytes),
                                          .output_bytes = static_cast<std::int64_t>(statistics.output_bytes),
                                          .output_rows = static_cast<std::int64_t>(statistics.output_rows)};
  co_return GetQueryRuntimeStatisticsOutput{.query_runtime_statistics = std::move(shape)};
}

}  // namespace tarn::athena
