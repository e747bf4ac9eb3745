// MD5 of several streams at once, beside OpenSSL's one after the other: bytes hashed a second of CPU.
//
//   bench_md5 [seconds a case]
#include <cstdlib>
#include <span>

#include "base/blocking.h"
#include "base/digest.h"
#include "base/md5_lanes.h"
#include "base/md5_stream.h"
#include "measure.h"

namespace tarn::bench {
namespace {

// As bodies come: a MiB, in four pieces.
constexpr std::size_t piece_bytes = 256 << 10;
constexpr std::size_t pieces = 4;
constexpr double body_bytes = pieces * piece_bytes;
using Bytes = std::span<const std::byte>;

Task<void> in_lanes(Bytes piece) {
  Md5Stream stream;
  for (std::size_t i = 0; i < pieces; ++i) co_await stream.update(piece);
  (void)stream.finish();
}

Task<void> one_by_one(Bytes piece) {
  Digest digest(DigestKind::md5);
  for (std::size_t i = 0; i < pieces; ++i) co_await blocking([&digest, piece] { digest.update(piece); });
  (void)digest.finish();
}

void streams(const std::string& name, int count, double seconds, Task<void> (*hash)(Bytes)) {
  std::atomic<long> bodies{0};
  const std::vector<std::byte> bytes(piece_bytes, std::byte{7});
  const Stretch stretch;
  run_at_once(2, count, [&](int) -> Task<void> {
    while (stretch.seconds() < seconds) {
      co_await hash(bytes);
      ++bodies;
    }
  });
  stretch.print(name + ", " + std::to_string(count) + " at once", bodies, static_cast<double>(bodies) * body_bytes);
}

void kernels(double seconds) {
  const std::vector<std::byte> bytes(piece_bytes, std::byte{7});
  for (const Md5Kernel& kernel : md5_kernels()) {
    for (std::size_t count = 1; count <= kernel.lanes; count *= 2) {
      std::vector<Md5State> states(count, md5_begin);
      std::vector<Md5Lane> lanes;
      for (Md5State& state : states) lanes.push_back({.state = &state, .bytes = bytes.data()});
      const Stretch stretch;
      long hashed = 0;
      for (; stretch.seconds() < seconds; hashed += static_cast<long>(count)) {
        kernel.run(lanes, piece_bytes / md5_block_bytes);
      }
      stretch.print(std::string(kernel.name) + ", lanes in use: " + std::to_string(count), hashed,
                    static_cast<double>(hashed) * static_cast<double>(piece_bytes));
    }
  }
}

}  // namespace
}  // namespace tarn::bench

int main(int argc, char** argv) {
  using namespace tarn;
  using namespace tarn::bench;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1;
  kernels(seconds / 4);
  for (const int count : {1, 2, 4, 8, 16, 32}) {
    streams("streams in lanes", count, seconds, in_lanes);
    streams("streams one by one", count, seconds, one_by_one);
  }
}
