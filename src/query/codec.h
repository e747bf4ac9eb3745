// Rows of this folder as bytes: a format byte, then JSON.
#pragma once

#include <string>
#include <string_view>

#include "query/model.h"

namespace tarn::query {

std::string encode(const Execution& execution);
std::string encode(const WorkGroup& group);
std::string encode(const NamedQuery& query);
std::string encode(const PreparedStatement& statement);

// Throw std::runtime_error on bytes that no version of Tarn wrote.
Execution decode_execution(std::string_view row);
WorkGroup decode_workgroup(std::string_view row);
NamedQuery decode_named_query(std::string_view row);
PreparedStatement decode_prepared_statement(std::string_view row);

}  // namespace tarn::query
