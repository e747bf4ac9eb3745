// Checkpoints: a folder of the job and a prefix of the lake kept alike. Loaded once at the start; from then on what is
// new, changed or gone in the folder becomes so in the lake.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "training/input/lake.h"

namespace tarn::training {

class Checkpoints {
 public:
  // Throws InputError for a URI that is none.
  Checkpoints(std::shared_ptr<Lake> lake, const std::string& uri, std::filesystem::path folder);
  ~Checkpoints();

  void load();
  // Looks after the folder every few seconds on a thread of its own.
  void start();
  // The last look, once the program has ended. Throws what went wrong.
  void finish();

 private:
  struct Seen {
    std::uint64_t size;
    std::int64_t modified;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  void sync();
  void stop();

  std::shared_ptr<Lake> lake_;
  S3Uri uri_;
  std::filesystem::path folder_;
  std::map<std::string, Seen> uploaded_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tarn::training
