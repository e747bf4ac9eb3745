// The log stream of one program: lines are gathered and written together. Its thread is the only one that calls it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/names.h"
#include "logs/logs.h"

namespace tarn::training {

class LogWriter {
 public:
  LogWriter(logs::Logs& logs, const Clock& wall, AccountId account, std::string group, std::string stream);
  ~LogWriter();

  void line(const std::string& text);
  // Writes what is there if enough is, or if a second has passed.
  void flush_if_due();
  void flush();

 private:
  logs::Logs& logs_;
  const Clock& wall_;
  AccountId account_;
  std::string group_;
  std::string stream_;
  std::vector<logs::Event> lines_;
  std::size_t bytes_ = 0;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

}  // namespace tarn::training
