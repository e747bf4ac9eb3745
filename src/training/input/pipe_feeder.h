// PipeFeeder: the FIFOs of one channel in Pipe mode, one an epoch, fed for as long as the job runs.
//
// For epoch 0, 1, 2, … it waits until somebody opens <folder>/<channel>_<epoch> for reading, makes the pipe of the next
// epoch, writes this one's bytes, closes and removes it. So a reader finds the next pipe as soon as it has seen the end
// of the last. A reader that closes early ends the epoch: that is normal, and not an error.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "training/input/byte_pieces.h"

namespace tarn::training {

class PipeFeeder {
 public:
  // The bytes of an epoch. Called on the feeder's thread, before a reader has come.
  using Epoch = std::function<std::unique_ptr<PieceStream>(std::uint64_t epoch)>;
  // Called once, from the feeder's thread, when the input cannot be read: the job is lost.
  using Failed = std::function<void(const std::string& reason)>;

  // The first pipe is there when this returns. Throws std::runtime_error when it cannot be made.
  PipeFeeder(std::filesystem::path folder, std::string channel, Epoch epoch, Failed failed);
  // Wants all readers gone, or goes when they are: a write to a pipe that nobody empties does not return.
  ~PipeFeeder();

  // Stops waiting for readers; what is being written goes on until its reader leaves.
  void stop() { stopped_ = true; }

  // For messages about a job that stands still.
  std::uint64_t epoch() const { return epoch_number_; }
  std::uint64_t bytes_of_epoch() const { return epoch_bytes_; }
  std::uint64_t bytes_in_all() const { return all_bytes_; }

 private:
  void run();
  std::filesystem::path pipe_of(std::uint64_t epoch) const;
  void make_pipe(std::uint64_t epoch);
  bool feed(std::uint64_t epoch);
  int wait_for_reader(const std::filesystem::path& fifo);
  bool write_piece(int pipe, const Piece& piece);

  std::filesystem::path folder_;
  std::string channel_;
  Epoch epoch_;
  Failed failed_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> epoch_number_ = 0;
  std::atomic<std::uint64_t> epoch_bytes_ = 0;
  std::atomic<std::uint64_t> all_bytes_ = 0;
  std::thread thread_;
};

}  // namespace tarn::training
