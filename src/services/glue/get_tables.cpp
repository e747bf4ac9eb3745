// GetTables: the tables of a database whose names match an expression.
#include "api/glue/get_tables.h"

#include <memory>

#include "aws/pattern.h"
#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetTablesOutput> get_tables(Glue& glue, GetTablesRequest request) {
  const std::string list = "GetTables/" + request.database_name;
  check_catalog(glue, request.catalog_id);
  refuse_if(request.query_as_of_time, "reading tables as of a time");
  std::function<bool(const std::string&)> matches;
  std::shared_ptr<const std::string> expression;
  std::shared_ptr<const aws::PassingPattern> pattern;
  if (request.expression && !request.expression->empty()) {
    expression = std::make_shared<const std::string>(*request.expression);
    pattern = std::make_shared<const aws::PassingPattern>(*expression);
    if (!pattern->compiles())
      throw Error(errors::invalid_input_exception, "The expression " + *expression + " is no pattern.");
    matches = [pattern, expression](const std::string& name) { return pattern->matches(name); };
  }
  auto page =
      co_await glue.catalog.list_tables(glue.access, request.database_name, std::move(matches),
                                        place_after(list, request.next_token), page_size(request.max_results, 100));
  GetTablesOutput output;
  output.table_list.emplace();
  for (catalog::Table& table : page.items) output.table_list->push_back(table_to(std::move(table), account_of(glue)));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
