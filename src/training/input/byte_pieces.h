// Pieces: a stream of bytes as a pipe gets them, each a buffer or a slice of a file that can be spliced.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "training/input/channel.h"
#include "training/input/lake.h"

namespace tarn::training {

struct Piece {
  std::string bytes;
  std::optional<FileSlice> slice;
  std::size_t size() const { return slice ? slice->length : bytes.size(); }
};

// Pulled by one thread.
class PieceStream {
 public:
  virtual ~PieceStream() = default;
  // None: that was all. Throws InputError, or what the lake threw.
  virtual std::optional<Piece> next() = 0;
};

// Objects one after the other: as they are, gunzipped, each wrapped as one RecordIO record, as asked.
struct ObjectOptions {
  bool gzip = false;
  bool record_wrapper = false;
};
std::unique_ptr<PieceStream> object_pieces(Lake& lake, std::vector<LakeObject> objects, ObjectOptions options);

// Lines of an augmented manifest, attribute after attribute.
std::unique_ptr<PieceStream> manifest_pieces(Lake& lake, std::vector<ManifestLine> lines, bool record_wrapper);

// Pulls another stream ahead, across its objects, within a budget of memory: from the puller's own thread as long as
// the source is about as fast as memory (a hop to another thread would then cost more than it gains), and on a thread
// of its own once it has been slow: a disk, gzip, a table.
class ReadAhead : public PieceStream {
 public:
  explicit ReadAhead(std::unique_ptr<PieceStream> source);
  ~ReadAhead() override;  // Stops at the next piece.

  // Has the first piece ready, so that whoever comes for it need not wait; what goes wrong is told when it is pulled.
  void begin();
  std::optional<Piece> next() override;

 private:
  std::optional<Piece> pull();
  bool source_is_slow() const;
  void run();
  static constexpr std::size_t budget_bytes = 4 << 20;
  static constexpr std::size_t budget_pieces = 64;
  static constexpr double fast_bytes_a_second = 1e9;
  static constexpr double slow_seconds = 0.002;

  std::unique_ptr<PieceStream> source_;
  bool begun_ = false;
  std::optional<Piece> first_;
  std::chrono::steady_clock::duration pulling_{};
  std::uint64_t pulled_bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> ready_;
  std::size_t ready_bytes_ = 0;
  bool done_ = false;
  bool stopped_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace tarn::training
