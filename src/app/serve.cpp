#include "app/serve.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "app/lake.h"
#include "base/log.h"

namespace tarn::app {
namespace {

// After a signal the process is gone within this time, whatever hangs: nothing acknowledged is lost by it.
constexpr std::chrono::milliseconds patience{9500};

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Each connection is a descriptor; the soft limit is often far below what is allowed.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void announce(const ServeOptions& options, const Lake& lake) {
  if (const auto& key = lake.new_root_key()) {
    std::printf(
        "First start: this is root's key. It is shown only now, and kept in %s/root-key.json, which only you can "
        "read.\n\n    AWS_ACCESS_KEY_ID=%s\n    AWS_SECRET_ACCESS_KEY=%s\n\n",
        options.data_dir.c_str(), key->access_key_id.c_str(), key->secret_access_key.c_str());
  }
  std::printf("Tarn listens on %s. To point a shell at it:\n\n    eval \"$(tarn env --data-dir %s)\"\n\n",
              lake.endpoint().c_str(), options.data_dir.c_str());
  std::fflush(stdout);
  if (options.test_clock) log::warning("test clock: root may move the lake's clock");
  if (options.lifecycle_day_seconds) {
    log::warning("test lifecycle day", {{"seconds", *options.lifecycle_day_seconds}});
  }
  if (options.relaxed) log::warning("relaxed: new buckets take ACLs and may be public");
  log::info("ready", {{"endpoint", lake.endpoint()}, {"data_dir", options.data_dir}, {"region", options.region}});
}

}  // namespace

int serve(const ServeOptions& options) {
  log::set_level(options.log_level);
  raise_descriptor_limit();
  ::signal(SIGPIPE, SIG_IGN);
  // Blocked before any thread begins, so that only this one takes them.
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Lake lake(options);
  try {
    lake.start();
  } catch (...) {
    // What had begun to run by then uses what is about to go.
    if (!lake.stop()) log::warning("ended while work was running; it goes on after the next start");
    throw;
  }
  announce(options, lake);
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("ending", {{"signal", signal}});
  std::thread([] {
    std::this_thread::sleep_for(patience);
    log::error("did not end in time");
    ::_exit(1);
  }).detach();
  if (!lake.stop()) {
    log::warning("ended while work was running; it goes on after the next start");
    ::_exit(0);
  }
  log::info("ended");
  return 0;
}

}  // namespace tarn::app
