#include <bzlib.h>

#include <algorithm>
#include <span>

#include "base/gunzip.h"
#include "select/errors.h"
#include "select/reader.h"

namespace tarn::select {
namespace {

[[noreturn]] void refuse(std::string_view format) {
  throw Error(errors::invalid_compression_format,
              "The file is not in a supported compression format: it is no " + std::string(format) + ".");
}
[[noreturn]] void refuse_cut() {
  throw Error(errors::truncated_input,
              "Object decompression failed. Check that the object is properly compressed using "
              "the format specified in the request.");
}

class Gzip : public Unpacker {
 public:
  void push(std::string_view packed) override { stream_.push(packed); }
  bool take(std::string& out, std::size_t most) override try {
    const std::size_t before = out.size();
    out.resize(before + most);
    const std::size_t taken = stream_.take(std::span(out).subspan(before));
    out.resize(before + taken);
    return taken == most;
  } catch (const GunzipError&) {
    refuse("gzip");
  }
  void finish() override {
    if (!stream_.whole()) refuse_cut();
  }

 private:
  Gunzip stream_;
};

// Members one behind the other are one stream.
class Bzip2 : public Unpacker {
 public:
  Bzip2() { begin(); }
  ~Bzip2() override { ::BZ2_bzDecompressEnd(&stream_); }
  void push(std::string_view packed) override {
    stream_.next_in = const_cast<char*>(packed.data());
    stream_.avail_in = static_cast<unsigned>(packed.size());
  }
  bool take(std::string& out, std::size_t most) override {
    const std::size_t before = out.size();
    out.resize(before + most);
    stream_.next_out = out.data() + before;
    stream_.avail_out = static_cast<unsigned>(most);
    while (stream_.avail_out > 0 && (stream_.avail_in > 0 || pending_)) {
      if (ended_) begin_again();
      begun_ = true;
      const unsigned out_before = stream_.avail_out;
      const unsigned in_before = stream_.avail_in;
      const int result = ::BZ2_bzDecompress(&stream_);
      if (result == BZ_STREAM_END) {
        ended_ = true;
      } else if (result != BZ_OK) {
        refuse("bzip2");
      }
      pending_ = false;
      if (out_before == stream_.avail_out && in_before == stream_.avail_in) break;
    }
    pending_ = stream_.avail_out == 0 && !ended_;
    out.resize(out.size() - stream_.avail_out);
    return stream_.avail_in > 0 || pending_;
  }
  void finish() override {
    if (begun_ && !ended_) refuse_cut();
  }

 private:
  void begin() {
    if (::BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  void begin_again() {
    bz_stream rest = stream_;
    ::BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    begin();
    stream_.next_in = rest.next_in;
    stream_.avail_in = rest.avail_in;
    stream_.next_out = rest.next_out;
    stream_.avail_out = rest.avail_out;
    ended_ = false;
  }
  bz_stream stream_{};
  bool begun_ = false;
  bool ended_ = false;
  bool pending_ = false;
};

class Plain : public Unpacker {
 public:
  void push(std::string_view packed) override { rest_ = packed; }
  bool take(std::string& out, std::size_t most) override {
    out += rest_.substr(0, most);
    rest_.remove_prefix(std::min(most, rest_.size()));
    return !rest_.empty();
  }
  void finish() override {}

 private:
  std::string_view rest_;
};

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(Request::Packing packing) {
  if (packing == Request::Packing::gzip) return std::make_unique<Gzip>();
  if (packing == Request::Packing::bzip2) return std::make_unique<Bzip2>();
  return std::make_unique<Plain>();
}

}  // namespace tarn::select
