// GetPartitions: the partitions that match an expression; a segment of them where one is asked for.
#include "api/glue/get_partitions.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetPartitionsOutput> get_partitions(Glue& glue, GetPartitionsRequest request) {
  const std::string list = "GetPartitions/" + request.database_name + "." + request.table_name;
  check_catalog(glue, request.catalog_id);
  refuse_if(request.query_as_of_time, "reading partitions as of a time");
  catalog::Segment segment;
  if (request.segment) {
    segment.number = static_cast<std::uint32_t>(request.segment->segment_number);
    segment.total = static_cast<std::uint32_t>(request.segment->total_segments);
  }
  auto page = co_await glue.catalog.list_partitions(
      glue.access, request.database_name, request.table_name, request.expression.value_or(""), segment,
      place_after(list, request.next_token), page_size(request.max_results, 1000));
  GetPartitionsOutput output;
  output.partitions.emplace();
  for (catalog::Partition& partition : page.items) {
    // Engines that know the table's columns ask for partitions without theirs.
    if (request.exclude_column_schema.value_or(false) && partition.storage) partition.storage->columns.clear();
    output.partitions->push_back(
        partition_to(std::move(partition), account_of(glue), request.database_name, request.table_name));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
