// duck: SQL over files, in Trino's meaning. The only folder that sees DuckDB.
//
// An Engine is one DuckDB instance: a memory limit, a few threads, a folder to spill to, and no way to any other file,
// to the network or to its own settings. Connections of one engine run one statement each at a time; every file they
// touch goes through the duck::Files they were made with, and every byte read is counted. The functions of
// `system.trino` (trino_functions.md) are there.
//
// Everything here blocks, so it is called on engine threads: see on_engine_thread in duck/engine_thread.h. No pointer
// into the server is needed to run a query, so that all of it can move into a worker process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "duck/files.h"
#include "duck/types.h"

namespace tarn::duck {

// A statement that failed, with the name that Trino gives such a failure.
class SqlError : public std::exception {
 public:
  SqlError(std::string name, std::string message);

  const std::string& name() const { return name_; }                     // DIVISION_BY_ZERO
  const std::string& message() const { return message_; }               // Division by zero
  const char* what() const noexcept override { return what_.c_str(); }  // DIVISION_BY_ZERO: Division by zero

 private:
  std::string name_;
  std::string message_;
  std::string what_;
};

// Some rows of a result, column by column. At most 2,048.
class Chunk {
 public:
  virtual ~Chunk() = default;

  virtual std::size_t rows() const = 0;
  virtual bool is_null(std::size_t column, std::size_t row) const = 0;

  // Appends the value as Athena writes it (`1.0E-7`, `[1, 2, null]`, `{a=1, b=2}`); false, and nothing, for NULL.
  virtual bool append_text(std::size_t column, std::size_t row, std::string& text) const = 0;
  std::optional<std::string> text(std::size_t column, std::size_t row) const;

  // All values of a number, boolean or decimal column at once; NULL gives NaN. `values` has rows() places. False if the
  // column is of no such type.
  virtual bool read_numbers(std::size_t column, std::span<float> values) const = 0;
  virtual bool read_numbers(std::size_t column, std::span<double> values) const = 0;
};

// The rows of a running statement, made while they are fetched.
class Result {
 public:
  virtual ~Result() = default;  // Not read to its end? Then the statement is cancelled.

  virtual const std::vector<Column>& columns() const = 0;

  // The next rows, never none of them; null at the end. Throws SqlError, or what Files threw; SqlError USER_CANCELED
  // when the stop token asked for it.
  virtual std::unique_ptr<Chunk> next() = 0;
};

// What a connection's statements did so far. From any thread.
struct Progress {
  std::uint64_t bytes_read = 0;  // From files, as they lie (compressed): DataScannedInBytes.
  std::uint64_t bytes_written = 0;
  double fraction = 0;  // Of the running statement; 0 when unknown.
};

class Connection {
 public:
  virtual ~Connection() = default;

  // Plans and starts one statement; its result is read before the next one. `stop` cancels it, whether it is planned,
  // executed or waited for.
  virtual std::unique_ptr<Result> run(std::string_view sql, std::stop_token stop = {}) = 0;

  // Runs a statement to its end and forgets its rows. The number of rows that COPY … TO, INSERT and the like wrote.
  std::uint64_t execute(std::string_view sql, std::stop_token stop = {});

  // The columns that a SELECT would have: planned, not run.
  virtual std::vector<Column> describe(std::string_view sql, std::stop_token stop = {}) = 0;

  virtual Progress progress() const = 0;
};

// Whose rules a connection's statements keep, where text does not say it: of types that must match, and of NaN.
enum class Rules { engine, trino };

struct EngineOptions {
  // Of all statements together. Beyond it they spill, then fail: EXCEEDED_SPILL_LIMIT, EXCEEDED_LOCAL_MEMORY_LIMIT.
  std::uint64_t memory_bytes = 1ull << 30;
  int threads = 2;
  // The engine's own: what one that died has left in it is removed. Empty: a statement that does not fit fails.
  std::filesystem::path spill_directory;
  std::uint64_t spill_bytes = 8ull << 30;
};

// Destroy it before main ends: DuckDB's thread-locals are gone after that.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // A connection outlived by its engine. `files` is whose permissions its statements have.
  std::unique_ptr<Connection> connect(std::shared_ptr<Files> files, Rules rules = Rules::engine);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// `name` and `text` as SQL: "na""me" and 'te''xt'.
std::string quote_name(std::string_view name);
std::string quote_text(std::string_view text);

// How Athena (Java) writes a number: 0.1, 1.0E10, NaN, Infinity.
std::string double_text(double value);
std::string real_text(float value);

}  // namespace tarn::duck
