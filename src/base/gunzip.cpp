#include "base/gunzip.h"

#include <zlib.h>

#include <new>

namespace tarn {

namespace {
constexpr int any_gzip = MAX_WBITS + 16;  // The largest window, behind gzip's header.
}  // namespace

struct Gunzip::State {
  State() {
    if (inflateInit2(&stream, any_gzip) != Z_OK) throw std::bad_alloc();
  }
  ~State() { inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void begin_member();

  z_stream stream{};
  std::uint64_t pushed = 0;
  bool between_members = true;
  bool filling = false;  // Zeros came behind a member: nothing else does.
};

void Gunzip::State::begin_member() {
  filling = pushed > stream.avail_in && *stream.next_in == 0;
  if (filling) {
    stream.avail_in = 0;
    return;
  }
  if (inflateReset(&stream) != Z_OK) throw GunzipError("damaged");
  between_members = false;
}

Gunzip::Gunzip() : state_(std::make_unique<State>()) {}
Gunzip::~Gunzip() = default;
Gunzip::Gunzip(Gunzip&&) noexcept = default;
Gunzip& Gunzip::operator=(Gunzip&&) noexcept = default;

void Gunzip::push(std::string_view packed) {
  state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  state_->stream.avail_in = state_->filling ? 0 : static_cast<uInt>(packed.size());
  state_->pushed += packed.size();
}

std::size_t Gunzip::take(std::span<char> out) {
  z_stream& stream = state_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  while (stream.avail_out > 0) {
    if (state_->between_members) {
      if (stream.avail_in > 0) state_->begin_member();
      if (state_->between_members) break;
    }
    // Even without input there may be output that did not fit before.
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_BUF_ERROR) break;
    if (result == Z_STREAM_END) {
      state_->between_members = true;
    } else if (result != Z_OK) {
      throw GunzipError(stream.msg ? stream.msg : "damaged");
    }
  }
  return out.size() - stream.avail_out;
}

bool Gunzip::begun() const {
  return state_->pushed > 0;
}

bool Gunzip::whole() const {
  return state_->between_members;
}

std::uint64_t Gunzip::position() const {
  return state_->pushed - state_->stream.avail_in;
}

}  // namespace tarn
