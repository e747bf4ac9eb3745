// What hangs directly below an expression, for those who walk trees without minding what each node means.
#pragma once

#include <functional>

#include "query/sql/query.h"

namespace tarn::sql {

using ExpressionVisitor = std::function<void(const Expression&)>;
using QueryVisitor = std::function<void(const Query&)>;

// Each direct child once, in the order in which they were written.
void for_each_child(const Expression& parent, const ExpressionVisitor& expression, const QueryVisitor& query);

// All expressions of the query itself and of its relations, not those of queries below it, which go to `query`.
void for_each_child(const Query& parent, const ExpressionVisitor& expression, const QueryVisitor& query);
void for_each_child(const Relation& parent, const ExpressionVisitor& expression, const QueryVisitor& query);

}  // namespace tarn::sql
