#include "base/md5_stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace tarn {
namespace {

using Clock = std::chrono::steady_clock;

// Less is hashed where one stands: a hop to another thread and back costs about as much.
constexpr std::size_t hash_here_bytes = 32 << 10;
// Lanes go so far before one looks who is done and who has come: some 30 us.
constexpr std::size_t slice_blocks = 256;
// A thread that has fewer pieces than there are streams waits for more at most so long; and less and less, down to
// nothing, while nobody comes.
constexpr auto longest_wait = std::chrono::microseconds(1000);
constexpr auto shortest_wait = std::chrono::microseconds(50);

// A piece to be hashed; lives in the coroutine that waits for it.
struct Piece {
  Md5State& state;
  const std::byte* at;
  std::size_t blocks;
  OneShot<std::monostate> done = {};
};

// Threads that hash what is waiting, as many pieces at once as there are lanes.
class Hasher {
 public:
  ~Hasher() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    work_.notify_all();
    more_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  static Hasher& shared() {
    static Hasher hasher;
    return hasher;
  }

  void enter() {
    const std::lock_guard lock(mutex_);
    ++streams_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --streams_;
    if (gathering_ && enough()) more_.notify_one();
  }

  void submit(Piece& piece) {
    std::condition_variable* wake = nullptr;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(&piece);
      if (gathering_) {
        if (enough()) wake = &more_;
      } else if (busy_ > 0 && waiting_.size() < kernel_.lanes) {
        // Who is at work takes it along.
      } else if (idle_ > 0) {
        wake = &work_;
      } else if (threads_.size() < most_threads_) {
        threads_.emplace_back([this] { work(); });
      }
    }
    // With the lock free again: who wakes needs it at once.
    if (wake) wake->notify_one();
  }

 private:
  bool enough() const { return ending_ || waiting_.size() >= std::min(streams_, kernel_.lanes); }

  void work() {
    set_thread_kind(ThreadKind::blocking, "tarn-md5");
    std::vector<Piece*> pieces;
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      work_.wait(lock, [this] { return ending_ || (!waiting_.empty() && !gathering_); });
      --idle_;
      if (waiting_.empty()) return;
      gather(lock);
      ++busy_;
      while (take(pieces)) {
        lock.unlock();
        advance(pieces);
        lock.lock();
      }
      --busy_;
    }
  }

  void gather(std::unique_lock<std::mutex>& lock) {
    if (enough() || patience_ < shortest_wait) return;
    const std::size_t before = waiting_.size();
    gathering_ = true;
    more_.wait_for(lock, patience_, [this] { return enough(); });
    gathering_ = false;
    patience_ = waiting_.size() > before ? longest_wait : patience_ / 2;
  }

  // Fills the lanes that are free; false: there is nothing to do.
  bool take(std::vector<Piece*>& pieces) {
    const bool under_way = !pieces.empty();
    while (!waiting_.empty() && pieces.size() < kernel_.lanes) {
      pieces.push_back(waiting_.front());
      waiting_.pop_front();
      if (under_way) patience_ = longest_wait;  // Streams do meet.
    }
    return !pieces.empty();
  }

  // A slice of each; those that are done are handed back.
  void advance(std::vector<Piece*>& pieces) const {
    std::array<Md5Lane, 16> lanes;
    std::size_t blocks = slice_blocks;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      lanes[i] = {.state = &pieces[i]->state, .bytes = pieces[i]->at};
      blocks = std::min(blocks, pieces[i]->blocks);
    }
    md5_advance(kernel_, std::span(lanes).first(pieces.size()), blocks);
    std::erase_if(pieces, [blocks](Piece* piece) {
      piece->at += blocks * md5_block_bytes;
      piece->blocks -= blocks;
      if (piece->blocks > 0) return false;
      piece->done.set({});
      return true;
    });
  }

  const Md5Kernel kernel_ = md5_kernels().front();
  const std::size_t most_threads_ = std::max(1U, std::thread::hardware_concurrency());
  std::mutex mutex_;
  std::condition_variable work_;  // For who is idle.
  std::condition_variable more_;  // For who gathers.
  std::deque<Piece*> waiting_;    // At most one a stream.
  std::vector<std::thread> threads_;
  std::size_t streams_ = 0;
  std::size_t idle_ = 0;
  std::size_t busy_ = 0;
  bool gathering_ = false;
  bool ending_ = false;
  std::chrono::microseconds patience_ = longest_wait;
};

void hash_here(Md5State& state, const std::byte* bytes, std::size_t blocks) {
  const Md5Lane lane{.state = &state, .bytes = bytes};
  md5_advance(md5_kernels().back(), {&lane, 1}, blocks);
}

}  // namespace

Md5Stream::~Md5Stream() {
  leave();
}

void Md5Stream::leave() {
  if (std::exchange(in_flow_, false)) Hasher::shared().leave();
}

std::span<const std::byte> Md5Stream::take_edges(std::span<const std::byte> bytes) {
  const std::size_t before = total_ % md5_block_bytes;
  total_ += bytes.size();
  if (before > 0) {
    const auto piece = bytes.first(std::min(bytes.size(), md5_block_bytes - before));
    std::memcpy(partial_.data() + before, piece.data(), piece.size());
    bytes = bytes.subspan(piece.size());
    if (before + piece.size() < md5_block_bytes) return {};
    hash_here(state_, partial_.data(), 1);
  }
  const std::size_t after = bytes.size() % md5_block_bytes;
  if (after > 0) std::memcpy(partial_.data(), bytes.last(after).data(), after);
  bytes = bytes.first(bytes.size() - after);
  if (bytes.size() >= hash_here_bytes) return bytes;
  hash_here(state_, bytes.data(), bytes.size() / md5_block_bytes);
  return {};
}

Task<void> Md5Stream::update(std::span<const std::byte> bytes) {
  const auto many = take_edges(bytes);
  if (many.empty()) co_return;
  if (!std::exchange(in_flow_, true)) Hasher::shared().enter();
  Piece piece{.state = state_, .at = many.data(), .blocks = many.size() / md5_block_bytes};
  Hasher::shared().submit(piece);
  co_await piece.done;
}

// RFC 1321, 3.1 and 3.2: a one bit, noughts, and how many bits there were.
std::string Md5Stream::finish() {
  leave();
  const std::uint64_t bits = total_ * 8;
  const std::size_t filled = total_ % md5_block_bytes;
  std::array<std::byte, 2 * md5_block_bytes> end{};
  std::memcpy(end.data(), partial_.data(), filled);
  end[filled] = std::byte{0x80};
  const std::size_t blocks = filled + 1 + sizeof bits <= md5_block_bytes ? 1 : 2;
  for (std::size_t i = 0; i < sizeof bits; ++i) {
    end[blocks * md5_block_bytes - sizeof bits + i] = static_cast<std::byte>(bits >> (8 * i));
  }
  hash_here(state_, end.data(), blocks);
  std::string digest;
  for (const std::uint32_t word : state_) {
    for (int i = 0; i < 4; ++i) digest.push_back(static_cast<char>(word >> (8 * i)));
  }
  return digest;
}

}  // namespace tarn
