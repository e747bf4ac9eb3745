// gzip as a stream: objects and files that are read piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>

namespace tarn {

// What is no gzip, or is damaged: what() says how, briefly.
struct GunzipError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Unpacks gzip as it comes. Members one behind the other are one stream; zeros behind the last only fill it up, and
// what is behind such zeros is left (RFC 1952, and what gzip itself does).
//
//   while (const auto packed = more()) {
//     stream.push(*packed);
//     do taken = stream.take(out); while (taken == out.size());
//   }
//   if (!stream.whole()) // It was cut short.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(Gunzip&&) noexcept;
  Gunzip& operator=(Gunzip&&) noexcept;

  // What comes next; it must last until it is taken, and all before it must be.
  void push(std::string_view packed);
  // Unpacks into `out`; how many bytes. Fewer than fit: all that was pushed is taken. Throws GunzipError.
  std::size_t take(std::span<char> out);

  // Anything came. The stream may end here, since its last member has.
  bool begun() const;
  bool whole() const;
  // How many packed bytes were taken.
  std::uint64_t position() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn
