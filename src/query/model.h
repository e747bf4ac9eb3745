// What Athena keeps: executions, workgroups, named queries, prepared statements.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/time.h"

namespace tarn::query {

enum class State { queued, running, succeeded, failed, cancelled };
std::string_view name_of(State state);  // "QUEUED"
inline bool is_final(State state) {
  return state == State::succeeded || state == State::failed || state == State::cancelled;
}

enum class StatementType { ddl, dml, utility };
std::string_view name_of(StatementType type);

// A column of a result, as ColumnInfo says it.
struct ResultColumn {
  std::string name;
  std::string type;  // Athena's name: "integer", "varchar", "float" for real.
  std::int64_t precision = 0;
  std::int64_t scale = 0;
  bool case_sensitive = false;
  friend bool operator==(const ResultColumn&, const ResultColumn&) = default;
};

// Why an execution failed. Categories are Athena's: 1 system, 2 user, 3 other.
// Types are those of its error catalog.
struct Failure {
  static constexpr int user_error = 1000, data_error = 1001, engine_error = 200;
  int category = 2;
  int type = user_error;
  bool retryable = false;
  std::string message;
};

struct Statistics {
  std::int64_t queue_ms = 0;
  std::int64_t planning_ms = 0;
  std::int64_t engine_ms = 0;
  std::int64_t service_ms = 0;  // After the engine was done: results, catalog.
  std::int64_t total_ms = 0;
  std::uint64_t scanned_bytes = 0;
  std::uint64_t output_rows = 0;
  std::uint64_t output_bytes = 0;
  std::string manifest;  // s3://…-manifest.csv; empty: none.
};

struct Execution {
  std::string id;
  std::string workgroup;
  std::string query;
  std::vector<std::string> parameters;
  std::string database;
  std::string catalog;
  StatementType type = StatementType::dml;
  std::string subtype;   // "SELECT", "CREATE_TABLE_AS_SELECT", …
  std::string folder;    // s3://bucket/prefix/, where results go.
  std::string location;  // Of the result file.
  std::string expected_bucket_owner;
  bool sse_s3 = false;  // Asked for by the query or its workgroup. Results of a sealed lake always are.

  State state = State::queued;
  std::string reason;  // StateChangeReason.
  std::optional<Failure> failure;
  Timestamp submitted;
  std::optional<Timestamp> completed;
  Statistics statistics;
  std::vector<ResultColumn> columns;
  std::uint64_t update_count = 0;
  // Folders and files that hold a half-written result while the execution runs: removed if it does not succeed.
  std::vector<std::string> partial;
};

struct WorkGroup {
  std::string name;
  std::string description;
  bool enabled = true;
  bool enforce = true;  // Clients' settings are ignored.
  std::string output_location;
  bool sse_s3 = false;
  bool publish_metrics = true;
  bool requester_pays = false;
  std::optional<std::uint64_t> scan_limit_bytes;
  std::map<std::string, std::string> tags;
  Timestamp created;
};

struct NamedQuery {
  std::string id;
  std::string name;
  std::string description;
  std::string database;
  std::string query;
  std::string workgroup;
};

struct PreparedStatement {
  std::string name;
  std::string workgroup;
  std::string query;
  std::string description;
  Timestamp modified;
};

inline constexpr std::string_view engine_version = "Athena engine version 3";

}  // namespace tarn::query
