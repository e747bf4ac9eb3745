// What Athena calls a statement, and where its result goes.
#pragma once

#include <string>

#include "query/model.h"
#include "query/sql/statement.h"

namespace tarn::query {

struct StatementKind {
  StatementType type = StatementType::dml;
  std::string subtype;
  enum class Output { csv, text, bare, table } output = Output::csv;

  // Below the result folder: <id>.csv, <id>.txt, <id>, tables/<id>.
  std::string file_name(const std::string& id) const;
};

StatementKind kind_of(const sql::Statement& statement);

// An execution parameter: an expression without columns is itself, any other text is a string.
sql::ExpressionPtr parameter_value(const std::string& text);
void check_parameter(const std::string& text);

}  // namespace tarn::query
