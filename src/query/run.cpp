// The work item of an execution: its states, and what each kind of failure makes of it.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "duck/engine_thread.h"
#include "query/core.h"
#include "query/runner.h"
#include "query/sql/sql_error.h"

namespace tarn::query {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::int64_t since(SteadyClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start).count();
}

void fail(Execution& execution, std::string_view name, std::string_view message, Failure failure = {}) {
  execution.state = State::failed;
  execution.reason = std::string(name) + ": " + std::string(message);
  failure.message = execution.reason;
  if (name == "HIVE_BAD_DATA" || name == "HIVE_CURSOR_ERROR") failure.type = Failure::data_error;
  execution.failure = failure;
}

// Asks a query to stop when its time is over, whatever it is at.
class Watchdog {
 public:
  Watchdog(std::chrono::seconds limit, std::stop_source& stop)
      : thread_([this, limit, &stop](const std::stop_token& ended) {
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, ended, limit, [] { return false; });
          if (ended.stop_requested()) return;
          expired_ = true;
          stop.request_stop();
        }) {}
  bool expired() const { return expired_; }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::atomic<bool> expired_ = false;
  std::jthread thread_;
};

// What an exception means for the execution.
void judge(Execution& execution, const std::exception_ptr& thrown, bool stopped_by_user, bool out_of_time) {
  const Failure system{.category = 1, .type = Failure::engine_error, .retryable = true};
  try {
    std::rethrow_exception(thrown);
  } catch (const sql::SqlError& error) {
    fail(execution, error.name(), error.what());
  } catch (const duck::SqlError& error) {
    if (error.name() == "USER_CANCELED" && stopped_by_user) {
      execution.state = State::cancelled;
      execution.reason = "Query cancelled by user";
    } else if (error.name() == "USER_CANCELED" && out_of_time) {
      fail(execution, "EXCEEDED_TIME_LIMIT", "Query exceeded the maximum run time");
    } else if (error.name() == "USER_CANCELED") {
      fail(execution, "INTERNAL_ERROR", "The server is stopping. Please run the query again.", system);
    } else if (error.name() == scan_limit_exceeded) {
      execution.state = State::cancelled;
      execution.reason = "Bytes scanned limit was exceeded";
    } else {
      fail(execution, error.name(), error.message());
    }
  } catch (const Error& error) {
    if (error.code().status == 403) {
      fail(execution, "PERMISSION_DENIED", error.message());
    } else {
      const bool named = error.resource().empty() || error.message().find(error.resource()) != std::string::npos;
      fail(execution, error.code().name, error.message() + (named ? "" : ": " + error.resource()));
    }
  } catch (const std::exception& error) {
    log::error("a query failed inside the server", {{"execution", execution.id}, {"reason", error.what()}});
    fail(execution, "INTERNAL_ERROR", "The query failed inside the server.", system);
  }
}

}  // namespace

void refuse(std::string name, std::string message) {
  throw duck::SqlError(std::move(name), std::move(message));
}

Task<work::Outcome> Queries::Core::run(const work::Item& item) {
  const auto slash = item.payload.find('/');
  const AccountId account = AccountId::trusted(item.payload.substr(0, slash));
  const std::string id = item.payload.substr(slash + 1);
  const auto access = access_of(id);
  if (!access) {
    // Started by a process that is gone: with its request's rights, which nobody has any more.
    co_await abandon(account, id);
    co_return work::Done{};
  }
  auto found = co_await find(account, id);
  const auto forget = [this, &id] {
    const std::lock_guard lock(mutex);
    live.erase(id);
  };
  if (!found || is_final(found->state)) {
    forget();
    co_return work::Done{};
  }
  Execution execution = std::move(*found);
  const auto group = co_await find_workgroup(account, execution.workgroup);
  std::stop_source stop;
  {
    const std::lock_guard lock(mutex);
    stop = live[id].stop;
  }
  execution.state = State::running;
  execution.statistics.queue_ms = to_millis(dependencies.clocks.lake.now()) - to_millis(execution.submitted);
  const bool begun = co_await save(account, execution);
  if (!begun) {
    forget();
    co_return work::Done{};
  }

  const std::stop_token shutdown = co_await current_stop_token();
  const auto started = SteadyClock::now();
  const WorkGroup settings = group.value_or(WorkGroup{.name = execution.workgroup});
  std::atomic<bool> by_user = false;
  {
    const std::stop_callback on_user(stop.get_token(), [&by_user] { by_user = true; });
    std::stop_source either;
    const std::stop_callback on_stop(stop.get_token(), [&either] { either.request_stop(); });
    const std::stop_callback on_shutdown(shutdown, [&either] { either.request_stop(); });
    co_await duck::on_engine_thread([&] {
      Watchdog watchdog(dependencies.timeout, either);
      Runner runner(*this, account, *access, settings, execution, either.get_token());
      try {
        runner.run();
        execution.state = State::succeeded;
      } catch (...) {
        judge(execution, std::current_exception(), by_user, watchdog.expired());
        runner.discard();
      }
      runner.note_progress();
    });
  }
  execution.completed = dependencies.clocks.lake.now();
  execution.statistics.total_ms = execution.statistics.queue_ms + since(started);
  co_await save(account, execution);
  forget();
  co_return work::Done{};
}

}  // namespace tarn::query
