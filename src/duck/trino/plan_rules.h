// What the engine's binder does otherwise than Trino's analyzer, put right between binding and optimizing.
//
// DuckDB unifies types where Trino refuses (UNION of a number and a text, a number as a condition): a coercion that
// Trino does not know is TYPE_MISMATCH, wherever the binder has put it. And DuckDB orders NaN above all numbers and
// equal to itself, also in comparisons: these become IEEE's, in the form that still reaches scans and hash joins.
#pragma once

#include "duck/trino/duckdb.h"

namespace tarn::duck {

void add_plan_rules(::duckdb::DBConfig& config);

// Marks the casts that we have made ourselves, on purpose: `expression` itself, and its arguments' if it is a function.
void trust_casts(::duckdb::Expression& expression);

}  // namespace tarn::duck
