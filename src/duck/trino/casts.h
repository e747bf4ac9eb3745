// CAST by Trino's rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "duck/trino/registry.h"

namespace tarn::duck {

// `value` as `to`; `digits` are those of the second that a time or timestamp keeps. With `try_cast`, what cannot be
// cast is NULL. Throws TYPE_MISMATCH where Trino knows no such cast.
ExpressionPtr cast_to(::duckdb::ClientContext& context, ExpressionPtr value, const ::duckdb::LogicalType& to,
                      int digits, bool try_cast);

// Reading text, strictly; each throws INVALID_CAST_ARGUMENT.
std::int64_t parse_bigint(std::string_view text, std::int64_t least, std::int64_t most, const char* type);
double parse_double(std::string_view text);
bool parse_boolean(std::string_view text);
std::int32_t parse_date(std::string_view text);
std::int64_t parse_timestamp(std::string_view text, int digits);
// The instant, and the zone if the text names one (UTC by whatever name is UTC).
std::int64_t parse_zoned(std::string_view text, int digits, std::string& zone, char separator = ' ');
bool is_utc(std::string_view zone);
// A zone is part of a type here, so values of a column cannot have one each.
void refuse_other_zone(std::string_view zone);
std::int64_t parse_time(std::string_view text);
// Half away from zero; `type` names the target in messages.
std::int64_t round_to_integer(double value, std::int64_t least, std::int64_t most, const char* type);
// Rounded half up to this many digits of a second.
std::int64_t round_micros(std::int64_t micros, int digits);

// Between JSON and everything else: in json_casts.cpp. None if there is no such cast.
std::optional<Kernel> json_cast(const ::duckdb::LogicalType& from, const ::duckdb::LogicalType& to);

}  // namespace tarn::duck
