#include "training/input/pipe_feeder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "base/executor.h"

namespace tarn::training {

namespace {

constexpr int pipe_bytes = 1 << 20;  // What an ordinary user may ask for.

// A pipe whose reader is gone gives EPIPE to this thread, and no signal to the server.
void block_broken_pipe_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

PipeFeeder::PipeFeeder(std::filesystem::path folder, std::string channel, Epoch epoch, Failed failed)
    : folder_(std::move(folder)), channel_(std::move(channel)), epoch_(std::move(epoch)), failed_(std::move(failed)) {
  make_pipe(0);
  thread_ = std::thread([this] { run(); });
}

PipeFeeder::~PipeFeeder() {
  stop();
  thread_.join();
}

void PipeFeeder::run() {
  set_thread_kind(ThreadKind::engine, "pipe-feeder");
  block_broken_pipe_signals();
  try {
    for (std::uint64_t epoch = 0; !stopped_; ++epoch) {
      epoch_number_ = epoch;
      epoch_bytes_ = 0;
      if (!feed(epoch)) return;
    }
  } catch (const std::exception& error) {
    if (!stopped_) failed_(std::string("Channel ") + channel_ + ": " + error.what());
  }
}

std::filesystem::path PipeFeeder::pipe_of(std::uint64_t epoch) const {
  return folder_ / (channel_ + "_" + std::to_string(epoch));
}

void PipeFeeder::make_pipe(std::uint64_t epoch) {
  if (::mkfifo(pipe_of(epoch).c_str(), 0644) != 0) {
    throw std::runtime_error("cannot make a pipe: " + std::string(std::strerror(errno)));
  }
}

// False: the job ended before anybody read this epoch.
bool PipeFeeder::feed(std::uint64_t epoch) {
  const auto fifo = pipe_of(epoch);
  // Reading begins before a reader comes: its first bytes are at hand when it does.
  ReadAhead pieces(epoch_(epoch));
  pieces.begin();
  const int pipe = wait_for_reader(fifo);
  if (pipe < 0) return false;
  // Before this one can end: a reader that has seen the end opens the next at once.
  make_pipe(epoch + 1);
  struct Closer {
    int fd;
    const std::filesystem::path& path;
    ~Closer() {
      ::unlink(path.c_str());
      ::close(fd);
    }
  } closer{pipe, fifo};
  ::fcntl(pipe, F_SETPIPE_SZ, pipe_bytes);
  ::fcntl(pipe, F_SETFL, 0);
  while (auto piece = pieces.next()) {
    if (!write_piece(pipe, *piece)) break;
  }
  return true;
}

int PipeFeeder::wait_for_reader(const std::filesystem::path& fifo) {
  // Opening without waiting fails while nobody reads, so that a job that never does can be stopped.
  auto pause = std::chrono::microseconds(200);
  while (!stopped_) {
    const int pipe = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (pipe >= 0) {
      // The job may have put something else in its place.
      struct stat status{};
      if (::fstat(pipe, &status) == 0 && S_ISFIFO(status.st_mode)) return pipe;
      ::close(pipe);
      throw std::runtime_error("the pipe was replaced by something else");
    }
    if (errno != ENXIO && errno != EINTR)
      throw std::runtime_error("cannot open a pipe: " + std::string(std::strerror(errno)));
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(10'000));
  }
  ::unlink(fifo.c_str());
  return -1;
}

// False: the reader is gone.
bool PipeFeeder::write_piece(int pipe, const Piece& piece) {
  std::size_t done = 0;
  while (done < piece.size()) {
    ssize_t moved;
    if (piece.slice) {
      auto offset = static_cast<loff_t>(piece.slice->offset + done);
      moved = ::splice(piece.slice->fd, &offset, pipe, nullptr, piece.size() - done, SPLICE_F_MORE);
    } else {
      moved = ::write(pipe, piece.bytes.data() + done, piece.bytes.size() - done);
    }
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
      epoch_bytes_ += static_cast<std::uint64_t>(moved);
      all_bytes_ += static_cast<std::uint64_t>(moved);
    } else if (moved < 0 && errno == EPIPE) {
      return false;
    } else if (moved == 0) {
      throw std::runtime_error("a file of the lake ended before its size");
    } else if (errno != EINTR) {
      throw std::runtime_error("cannot write to a pipe: " + std::string(std::strerror(errno)));
    }
  }
  return true;
}

}  // namespace tarn::training
