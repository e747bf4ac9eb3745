#include "training/log_writer.h"

#include <utility>

#include "base/log.h"

namespace tarn::training {

namespace {

constexpr std::size_t many_bytes = 512 << 10;
constexpr std::size_t most_bytes = 16 << 20;
constexpr auto pause = std::chrono::milliseconds(500);

}  // namespace

LogWriter::LogWriter(logs::Logs& logs, const Clock& wall, AccountId account, std::string group, std::string stream)
    : logs_(logs), wall_(wall), account_(std::move(account)), group_(std::move(group)), stream_(std::move(stream)) {}

LogWriter::~LogWriter() {
  flush();
}

void LogWriter::line(const std::string& text) {
  bytes_ += text.size() + 26;
  lines_.push_back({.timestamp = wall_.now(), .message = text});
  if (bytes_ > most_bytes) flush();
}

void LogWriter::flush_if_due() {
  if (bytes_ > many_bytes || std::chrono::steady_clock::now() - flushed_ > pause) flush();
}

void LogWriter::flush() {
  flushed_ = std::chrono::steady_clock::now();
  bytes_ = 0;
  if (lines_.empty()) return;
  try {
    sync_wait(logs_.write(account_, group_, stream_, std::exchange(lines_, {})));
  } catch (const std::exception& error) {
    // A job goes on without its log rather than not at all.
    log::error("log lines were lost", {{"group", group_}, {"stream", stream_}, {"error", error.what()}});
  }
}

}  // namespace tarn::training
