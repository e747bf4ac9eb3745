// What DuckDB takes for its file system: s3:// paths lead to the duck::Files of the connection that asks.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>

#include "duck/files.h"
#include "duck/trino/duckdb.h"

namespace tarn::duck {

// What hangs on a connection: whose files, and what was read and written through them.
struct ConnectionState : ::duckdb::ClientContextState {
  ConnectionState(std::shared_ptr<Files> connection_files, bool with_trino_rules)
      : files(std::move(connection_files)), trino_rules(with_trino_rules) {}

  // DuckDB turns exceptions into text on their way; this keeps the first one as it was thrown.
  void note_failure(std::exception_ptr failure);
  std::exception_ptr take_failure();

  const std::shared_ptr<Files> files;
  const bool trino_rules;  // plan_rules.h
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
};

inline constexpr const char* connection_state_key = "tarn";

std::unique_ptr<::duckdb::FileSystem> make_file_system();

}  // namespace tarn::duck
