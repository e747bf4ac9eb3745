// Peers: the processes of one training job that learn a model together, one a host.
//
// Each calls the same functions in the same order; every call returns, on all of them, the same bytes. The first host
// is the meeting point: it takes what the others send, in their order, and gives the result to all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace tarn::algorithms {

// Another host has left. Why is that one's to tell.
class PeerLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Peers {
 public:
  virtual ~Peers() = default;

  virtual std::string host() const = 0;  // "algo-1"
  virtual std::size_t index() const = 0;
  virtual std::size_t count() const = 0;

  // Each becomes its sum over all hosts.
  void sum(std::span<float> values);
  void sum(std::span<double> values);
  // What all hosts gave, one after the other.
  std::string concatenate(std::string own);

 protected:
  enum class How { add_floats, add_doubles, append };
  virtual std::string exchange(How how, std::string own) = 0;
};

// A job of one host.
std::unique_ptr<Peers> alone();

// `path` is a socket that all hosts see and the first one makes. Waits until all have come; gives up after
// `patience_ms` or when `stop` turns true. Throws PeerLost for that, and whenever another has left.
std::unique_ptr<Peers> meet(const std::string& path, std::size_t index, std::size_t count, int patience_ms,
                            const std::atomic<bool>& stop);

}  // namespace tarn::algorithms
