#include "duck/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "duck/trino/duckdb.h"
#include "duck/trino/failures.h"
#include "duck/trino/file_system.h"
#include "duck/trino/functions.h"
#include "duck/trino/plan_rules.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::DataChunk;
using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::PendingExecutionResult;
using ::duckdb::StatementType;

// Reads `rows` numbers of one physical type; NULL gives NaN.
template <typename From, typename To>
void read_as(const ::duckdb::Vector& vector, std::span<To> values, double divisor = 1) {
  const auto* from = ::duckdb::FlatVector::GetData<From>(vector);
  const auto& validity = ::duckdb::FlatVector::Validity(vector);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!validity.RowIsValid(i)) {
      values[i] = std::numeric_limits<To>::quiet_NaN();
    } else if constexpr (std::is_same_v<From, ::duckdb::hugeint_t>) {
      values[i] = static_cast<To>(::duckdb::Hugeint::Cast<double>(from[i]) / divisor);
    } else {
      values[i] = divisor == 1 ? static_cast<To>(from[i]) : static_cast<To>(static_cast<double>(from[i]) / divisor);
    }
  }
}

template <typename To>
bool read_numbers_as(const ::duckdb::Vector& vector, std::span<To> values) {
  const LogicalType& type = vector.GetType();
  const bool decimal = type.id() == LogicalTypeId::DECIMAL;
  if (!type.IsNumeric() && type.id() != LogicalTypeId::BOOLEAN) return false;
  const double divisor = decimal ? std::pow(10.0, ::duckdb::DecimalType::GetScale(type)) : 1;
  switch (type.InternalType()) {
    case ::duckdb::PhysicalType::BOOL:
    case ::duckdb::PhysicalType::UINT8:
      return read_as<std::uint8_t>(vector, values), true;
    case ::duckdb::PhysicalType::INT8:
      return read_as<std::int8_t>(vector, values), true;
    case ::duckdb::PhysicalType::INT16:
      return read_as<std::int16_t>(vector, values, divisor), true;
    case ::duckdb::PhysicalType::UINT16:
      return read_as<std::uint16_t>(vector, values), true;
    case ::duckdb::PhysicalType::INT32:
      return read_as<std::int32_t>(vector, values, divisor), true;
    case ::duckdb::PhysicalType::UINT32:
      return read_as<std::uint32_t>(vector, values), true;
    case ::duckdb::PhysicalType::INT64:
      return read_as<std::int64_t>(vector, values, divisor), true;
    case ::duckdb::PhysicalType::UINT64:
      return read_as<std::uint64_t>(vector, values), true;
    case ::duckdb::PhysicalType::INT128:
      return read_as<::duckdb::hugeint_t>(vector, values, divisor), true;
    case ::duckdb::PhysicalType::FLOAT:
      return read_as<float>(vector, values), true;
    case ::duckdb::PhysicalType::DOUBLE:
      return read_as<double>(vector, values), true;
    default:
      return false;
  }
}

class DuckChunk : public Chunk {
 public:
  DuckChunk(::duckdb::unique_ptr<DataChunk> data, const std::vector<ValueText>& texts)
      : data_(std::move(data)), texts_(texts), formats_(data_->ColumnCount()) {
    data_->Flatten();
  }

  std::size_t rows() const override { return data_->size(); }

  bool is_null(std::size_t column, std::size_t row) const override {
    return !::duckdb::FlatVector::Validity(data_->data.at(column)).RowIsValid(row);
  }

  bool append_text(std::size_t column, std::size_t row, std::string& text) const override {
    auto& format = formats_.at(column);
    if (!format) {
      format.emplace();
      ::duckdb::Vector::RecursiveToUnifiedFormat(data_->data[column], data_->size(), *format);
    }
    return texts_[column].append(*format, row, text);
  }

  bool read_numbers(std::size_t column, std::span<float> values) const override {
    return read_numbers_as(data_->data.at(column), values);
  }
  bool read_numbers(std::size_t column, std::span<double> values) const override {
    return read_numbers_as(data_->data.at(column), values);
  }

 private:
  ::duckdb::unique_ptr<DataChunk> data_;
  const std::vector<ValueText>& texts_;  // The result's; a chunk does not outlive it.
  mutable std::vector<std::optional<::duckdb::RecursiveUnifiedVectorFormat>> formats_;
};

std::vector<Column> columns_of(const ::duckdb::vector<std::string>& names, const ::duckdb::vector<LogicalType>& types) {
  std::vector<Column> columns;
  for (idx_t i = 0; i < types.size(); ++i) columns.push_back({.name = names[i], .type = type_of(types[i])});
  return columns;
}

class DuckResult : public Result {
 public:
  DuckResult(::duckdb::Connection& connection, ConnectionState& state,
             ::duckdb::unique_ptr<::duckdb::SQLStatement> statement, std::stop_token stop)
      : connection_(connection), state_(state), stop_(std::move(stop)) {
    check_stopped();
    auto pending = connection_.context->PendingQuery(std::move(statement), ::duckdb::QueryParameters(true));
    if (pending->HasError()) fail(pending->GetErrorObject());
    columns_ = columns_of(pending->names, pending->types);
    for (const LogicalType& type : pending->types) texts_.emplace_back(type);
    on_stop_.emplace(stop_, Interrupt{&connection_});
    start(*pending);
  }

  ~DuckResult() override {
    on_stop_.reset();
    if (!stream_) return;
    connection_.Interrupt();
    stream_.reset();
    connection_.context->CancelTransaction();
  }

  const std::vector<Column>& columns() const override { return columns_; }

  std::unique_ptr<Chunk> next() override {
    if (!stream_) return nullptr;
    check_stopped();
    ::duckdb::unique_ptr<DataChunk> data;
    ::duckdb::ErrorData error;
    try {
      if (stream_->TryFetch(data, error) && data && data->size() > 0) {
        return std::make_unique<DuckChunk>(std::move(data), texts_);
      }
    } catch (const std::exception& thrown) {
      error = ::duckdb::ErrorData(thrown);
    }
    if (error.HasError()) fail(error);
    stream_.reset();
    return nullptr;
  }

 private:
  struct Interrupt {
    ::duckdb::Connection* connection;
    void operator()() const { connection->Interrupt(); }
  };

  void start(::duckdb::PendingQueryResult& pending) {
    constexpr std::chrono::microseconds shortest_pause{20}, longest_pause{1'000};
    auto pause = shortest_pause;
    PendingExecutionResult step;
    while (!::duckdb::PendingQueryResult::IsResultReady(step = pending.ExecuteTask())) {
      if (stop_.stop_requested()) connection_.Interrupt();
      if (step == PendingExecutionResult::BLOCKED) pending.WaitForTask();
      // The others have it all: DuckDB would have us ask again at once, at the cost of a core.
      if (step == PendingExecutionResult::NO_TASKS_AVAILABLE) {
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, longest_pause);
      } else {
        pause = shortest_pause;
      }
    }
    if (pending.HasError()) fail(pending.GetErrorObject());
    stream_ = pending.Execute();
    if (stream_->HasError()) {
      const ::duckdb::ErrorData error = stream_->GetErrorObject();
      fail(error);
    }
  }

  void check_stopped() const {
    if (stop_.stop_requested()) throw SqlError("USER_CANCELED", "Query was canceled by user");
  }

  [[noreturn]] void fail(const ::duckdb::ErrorData& error) {
    const ::duckdb::ErrorData copy = error;
    stream_.reset();
    check_stopped();
    if (const auto failure = state_.take_failure()) std::rethrow_exception(failure);
    throw sql_error(copy);
  }

  ::duckdb::Connection& connection_;
  ConnectionState& state_;
  std::stop_token stop_;
  std::vector<Column> columns_;
  std::vector<ValueText> texts_;
  std::optional<std::stop_callback<Interrupt>> on_stop_;
  ::duckdb::unique_ptr<::duckdb::QueryResult> stream_;
};

// What a statement of a query may be. Settings, extensions, attached databases and exports are not among it.
bool may_run(StatementType type) {
  switch (type) {
    case StatementType::SELECT_STATEMENT:
    case StatementType::COPY_STATEMENT:
    case StatementType::EXPLAIN_STATEMENT:
    case StatementType::CREATE_STATEMENT:
    case StatementType::INSERT_STATEMENT:
    case StatementType::UPDATE_STATEMENT:
    case StatementType::DELETE_STATEMENT:
    case StatementType::DROP_STATEMENT:
      return true;
    default:
      return false;
  }
}

class DuckConnection : public Connection {
 public:
  DuckConnection(::duckdb::DuckDB& database, std::shared_ptr<Files> files, Rules rules)
      : connection_(database),
        state_(::duckdb::make_shared_ptr<ConnectionState>(std::move(files), rules == Rules::trino)) {
    connection_.context->registered_state->Insert(connection_state_key, state_);
    auto& config = ::duckdb::ClientConfig::GetConfig(*connection_.context);
    config.enable_progress_bar = true;
    config.print_progress_bar = false;
  }

  std::unique_ptr<Result> run(std::string_view sql, std::stop_token stop) override {
    state_->take_failure();
    return std::make_unique<DuckResult>(connection_, *state_, parse(sql), std::move(stop));
  }

  std::vector<Column> describe(std::string_view sql, std::stop_token stop) override {
    if (stop.stop_requested()) throw SqlError("USER_CANCELED", "Query was canceled by user");
    state_->take_failure();
    const auto prepared = connection_.Prepare(parse(sql));
    if (prepared->HasError()) {
      if (const auto failure = state_->take_failure()) std::rethrow_exception(failure);
      throw sql_error(prepared->GetErrorObject());
    }
    return columns_of(prepared->GetNames(), prepared->GetTypes());
  }

  Progress progress() const override {
    const double percent = connection_.context->GetQueryProgress().GetPercentage();
    return {.bytes_read = state_->bytes_read.load(std::memory_order_relaxed),
            .bytes_written = state_->bytes_written.load(std::memory_order_relaxed),
            .fraction = percent > 0 ? percent / 100 : 0};
  }

 private:
  ::duckdb::unique_ptr<::duckdb::SQLStatement> parse(std::string_view sql) {
    ::duckdb::vector<::duckdb::unique_ptr<::duckdb::SQLStatement>> statements;
    try {
      statements = connection_.ExtractStatements(std::string(sql));
    } catch (const std::exception& error) {
      throw sql_error(::duckdb::ErrorData(error));
    }
    if (statements.size() != 1) throw SqlError("SYNTAX_ERROR", "expected one statement");
    if (!may_run(statements.front()->type)) throw SqlError("NOT_SUPPORTED", "this statement is not for the engine");
    return std::move(statements.front());
  }

  ::duckdb::Connection connection_;
  ::duckdb::shared_ptr<ConnectionState> state_;
};

// DuckDB names them so; it removes them itself unless its process is killed.
void remove_left_over_spills(const std::filesystem::path& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with("duckdb_temp_")) std::filesystem::remove(entry->path(), ignored);
  }
}

void configure(::duckdb::DBConfig& config, const EngineOptions& options) {
  auto system = ::duckdb::make_uniq<::duckdb::VirtualFileSystem>();
  system->RegisterSubSystem(::duckdb::unique_ptr<::duckdb::FileSystem>(make_file_system().release()));
  config.file_system = std::move(system);
  config.options.maximum_memory = options.memory_bytes;
  config.options.maximum_threads = static_cast<idx_t>(options.threads);
  config.options.use_temporary_directory = !options.spill_directory.empty();
  config.options.temporary_directory = options.spill_directory.string();

  const auto set = [&](const char* name, ::duckdb::Value value) { config.SetOptionByName(name, value); };
  const auto off = ::duckdb::Value::BOOLEAN(false);
  set("autoload_known_extensions", off);
  set("autoinstall_known_extensions", off);
  set("allow_community_extensions", off);
  set("allow_persistent_secrets", off);
  set("enable_external_file_cache", off);
  set("default_null_order", ::duckdb::Value("nulls_last"));
  config.AddAllowedDirectory("s3://");
  if (config.options.use_temporary_directory) config.AddAllowedDirectory(config.options.temporary_directory);
  set("enable_external_access", off);
}

// DuckDB as it runs.
struct Instance {
  explicit Instance(const EngineOptions& options) : database(nullptr, prepare(config, options)) {
    register_trino_functions(*database.instance);
    add_plan_rules(database.instance->config);
    ::duckdb::Connection connection(database);
    std::vector<std::string> statements = {"SET GLOBAL TimeZone = 'UTC'"};
    // The setting of the same name before the start is not looked at.
    if (!options.spill_directory.empty()) {
      statements.push_back("SET GLOBAL max_temp_directory_size = '" + std::to_string(options.spill_bytes >> 10) +
                           "KiB'");
    }
    statements.emplace_back("SET GLOBAL lock_configuration = true");
    for (const auto& statement : statements) {
      const auto result = connection.Query(statement);
      if (result->HasError()) result->ThrowError();
    }
  }

  static ::duckdb::DBConfig* prepare(::duckdb::DBConfig& config, const EngineOptions& options) {
    configure(config, options);
    return &config;
  }

  ::duckdb::DBConfig config;
  ::duckdb::DuckDB database;
};

}  // namespace

struct Engine::State {
  EngineOptions options;
  std::once_flag started;
  std::optional<Instance> instance;
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {
  if (!state_->options.spill_directory.empty()) remove_left_over_spills(state_->options.spill_directory);
}
Engine::~Engine() = default;

// It starts with the first connection: a lake that is asked no query need not have it in memory.
std::unique_ptr<Connection> Engine::connect(std::shared_ptr<Files> files, Rules rules) {
  std::call_once(state_->started, [this] { state_->instance.emplace(state_->options); });
  return std::make_unique<DuckConnection>(state_->instance->database, std::move(files), rules);
}

std::optional<std::string> Chunk::text(std::size_t column, std::size_t row) const {
  std::string text;
  if (!append_text(column, row, text)) return std::nullopt;
  return text;
}

std::uint64_t Connection::execute(std::string_view sql, std::stop_token stop) {
  const auto result = run(sql, std::move(stop));
  std::uint64_t count = 0;
  while (const auto chunk = result->next()) {
    double number = 0;
    if (chunk->rows() == 1 && chunk->read_numbers(0, std::span(&number, 1)) && !std::isnan(number)) {
      count = static_cast<std::uint64_t>(number);
    }
  }
  return count;
}

}  // namespace tarn::duck
