#include "training/input/byte_pieces.h"

#include <fcntl.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/gunzip.h"
#include "formats/recordio.h"

namespace tarn::training {

namespace {

// Small enough that a piece is still in the cache when it goes into the pipe.
constexpr std::size_t piece_bytes = 128 << 10;
// A slice of a file is cut so that a reader that stops early is noticed soon.
constexpr std::size_t slice_bytes = 8 << 20;

// One object as pieces.
class PlainObject : public PieceStream {
 public:
  PlainObject(Lake& lake, const LakeObject& object) : reader_(lake.open(object)) {}

  std::optional<Piece> next() override {
    if (!slice_ || slice_->length == 0) slice_ = reader_->next_slice();
    if (slice_ && slice_->length > 0) {
      Piece piece;
      piece.slice = *slice_;
      piece.slice->length = std::min<std::uint64_t>(slice_->length, slice_bytes);
      slice_->offset += piece.slice->length;
      slice_->length -= piece.slice->length;
      // The next slice is on its way from the disk while this one goes through the pipe.
      ::posix_fadvise(slice_->fd, static_cast<off_t>(slice_->offset),
                      static_cast<off_t>(std::min<std::uint64_t>(slice_->length, slice_bytes)), POSIX_FADV_WILLNEED);
      return piece;
    }
    Piece piece;
    // Not cleared before it is filled: that would be another walk over the memory.
    piece.bytes.resize_and_overwrite(piece_bytes, [this](char* bytes, std::size_t size) {
      std::size_t filled = 0;
      while (filled < size) {
        const std::size_t got = reader_->read(std::as_writable_bytes(std::span(bytes + filled, size - filled)));
        if (got == 0) break;
        filled += got;
      }
      return filled;
    });
    if (piece.bytes.empty()) return std::nullopt;
    return piece;
  }

 private:
  std::unique_ptr<LakeReader> reader_;
  std::optional<FileSlice> slice_;
};

// One gzip object, all its members, as pieces.
class GunzippedObject : public PieceStream {
 public:
  GunzippedObject(Lake& lake, const LakeObject& object)
      : reader_(lake.open(object)), uri_(object.uri()), input_(piece_bytes) {}

  std::optional<Piece> next() override try {
    Piece piece;
    piece.bytes.resize(piece_bytes);
    std::size_t filled = 0;
    while (true) {
      filled += stream_.take(std::span(piece.bytes).subspan(filled));
      if (filled == piece_bytes || !refill()) break;
    }
    piece.bytes.resize(filled);
    if (filled > 0) return piece;
    if (!stream_.begun() || !stream_.whole()) throw GunzipError("it is cut short");
    return std::nullopt;
  } catch (const GunzipError& error) {
    throw InputError(uri_ + " is no valid gzip: " + error.what() + ".");
  }

 private:
  bool refill() {
    const std::size_t got = reader_->read(input_);
    stream_.push(as_text(std::span(input_).first(got)));
    return got > 0;
  }

  std::unique_ptr<LakeReader> reader_;
  std::string uri_;
  std::vector<std::byte> input_;
  Gunzip stream_;
};

std::unique_ptr<PieceStream> open_object(Lake& lake, const LakeObject& object, bool gzip) {
  if (gzip) return std::make_unique<GunzippedObject>(lake, object);
  return std::make_unique<PlainObject>(lake, object);
}

// The whole object as one record. Its length stands before its bytes, so all of them are held.
Piece wrap_object(Lake& lake, const LakeObject& object, bool gzip) {
  const auto too_large = [&] {
    throw InputError(object.uri() + " has 2^29 bytes or more: too large for one RecordIO record.");
  };
  if (object.size >= formats::recordio_limit) too_large();
  std::string payload;
  const auto stream = open_object(lake, object, gzip);
  while (auto piece = stream->next()) {
    if (piece->slice) {
      const std::size_t before = payload.size();
      payload.resize(before + piece->slice->length);
      std::size_t filled = before;
      while (filled < payload.size()) {
        const ssize_t got = ::pread(piece->slice->fd, payload.data() + filled, payload.size() - filled,
                                    static_cast<off_t>(piece->slice->offset + filled - before));
        if (got <= 0) throw InputError(object.uri() + " cannot be read.");
        filled += static_cast<std::size_t>(got);
      }
    } else {
      payload += piece->bytes;
    }
    if (payload.size() >= formats::recordio_limit) too_large();
  }
  Piece record;
  formats::append_recordio(record.bytes, std::as_bytes(std::span(payload)));
  return record;
}

class Objects : public PieceStream {
 public:
  Objects(Lake& lake, std::vector<LakeObject> objects, ObjectOptions options)
      : lake_(lake), objects_(std::move(objects)), options_(options) {}

  std::optional<Piece> next() override {
    while (true) {
      if (current_) {
        if (auto piece = current_->next()) return piece;
        current_.reset();
      }
      if (next_ == objects_.size()) return std::nullopt;
      const LakeObject& object = objects_[next_++];
      if (options_.record_wrapper) return wrap_object(lake_, object, options_.gzip);
      current_ = open_object(lake_, object, options_.gzip);
    }
  }

 private:
  Lake& lake_;
  std::vector<LakeObject> objects_;
  ObjectOptions options_;
  std::size_t next_ = 0;
  std::unique_ptr<PieceStream> current_;
};

class ManifestLines : public PieceStream {
 public:
  ManifestLines(Lake& lake, std::vector<ManifestLine> lines, bool record_wrapper)
      : lake_(lake), lines_(std::move(lines)), record_wrapper_(record_wrapper) {}

  std::optional<Piece> next() override {
    while (true) {
      if (current_) {
        if (auto piece = current_->next()) return piece;
        current_.reset();
      }
      if (line_ == lines_.size()) return std::nullopt;
      if (attribute_ == lines_[line_].attributes.size()) {
        ++line_;
        attribute_ = 0;
        continue;
      }
      const auto& attribute = lines_[line_].attributes[attribute_++];
      if (attribute.object && record_wrapper_) return wrap_object(lake_, *attribute.object, false);
      if (attribute.object) {
        current_ = open_object(lake_, *attribute.object, false);
        continue;
      }
      Piece piece;
      if (record_wrapper_) {
        formats::append_recordio(piece.bytes, std::as_bytes(std::span(attribute.text)));
      } else {
        piece.bytes = attribute.text;
      }
      if (!piece.bytes.empty()) return piece;
    }
  }

 private:
  Lake& lake_;
  std::vector<ManifestLine> lines_;
  bool record_wrapper_;
  std::size_t line_ = 0;
  std::size_t attribute_ = 0;
  std::unique_ptr<PieceStream> current_;
};

}  // namespace

std::unique_ptr<PieceStream> object_pieces(Lake& lake, std::vector<LakeObject> objects, ObjectOptions options) {
  return std::make_unique<Objects>(lake, std::move(objects), options);
}

std::unique_ptr<PieceStream> manifest_pieces(Lake& lake, std::vector<ManifestLine> lines, bool record_wrapper) {
  return std::make_unique<ManifestLines>(lake, std::move(lines), record_wrapper);
}

ReadAhead::ReadAhead(std::unique_ptr<PieceStream> source) : source_(std::move(source)) {}

ReadAhead::~ReadAhead() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::run() {
  set_thread_kind(ThreadKind::engine, "read-ahead");
  try {
    while (true) {
      auto piece = source_->next();
      std::unique_lock lock(mutex_);
      if (!piece) break;
      // A slice costs no memory of ours.
      const std::size_t held = piece->slice ? 0 : piece->size();
      changed_.wait(lock, [&] {
        return stopped_ || ready_.empty() || (ready_bytes_ + held <= budget_bytes && ready_.size() < budget_pieces);
      });
      if (stopped_) return;
      ready_bytes_ += held;
      ready_.push_back(std::move(*piece));
      changed_.notify_all();
    }
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    failure_ = std::current_exception();
  }
  const std::scoped_lock lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

void ReadAhead::begin() {
  if (begun_) return;
  begun_ = true;
  try {
    first_ = pull();
  } catch (...) {
    // Nobody may ever come for it.
    failure_ = std::current_exception();
  }
}

std::optional<Piece> ReadAhead::pull() {
  const auto began = std::chrono::steady_clock::now();
  auto piece = source_->next();
  pulling_ += std::chrono::steady_clock::now() - began;
  if (piece) pulled_bytes_ += piece->size();
  return piece;
}

bool ReadAhead::source_is_slow() const {
  const double seconds = std::chrono::duration<double>(pulling_).count();
  return seconds > slow_seconds && static_cast<double>(pulled_bytes_) < fast_bytes_a_second * seconds;
}

std::optional<Piece> ReadAhead::next() {
  begin();
  if (first_) return std::exchange(first_, std::nullopt);
  if (failure_ && !thread_.joinable()) std::rethrow_exception(failure_);
  if (!thread_.joinable()) {
    if (!source_is_slow()) return pull();
    thread_ = std::thread([this] { run(); });
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  Piece piece = std::move(ready_.front());
  ready_.pop_front();
  if (!piece.slice) ready_bytes_ -= piece.size();
  changed_.notify_all();
  return piece;
}

}  // namespace tarn::training
