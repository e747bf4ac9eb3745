#include "select/select.h"

#include <array>

#include "base/blocking.h"
#include "base/encoding.h"
#include "duck/engine_thread.h"
#include "select/errors.h"
#include "select/parquet.h"
#include "select/reader.h"
#include "select/writer.h"

namespace tarn::select {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
// An answer's piece is handed out once it is this large …
constexpr std::size_t piece_bytes = 128 << 10;
// … or once so much was read without it.
constexpr std::uint64_t quiet_bytes = 4 << 20;
constexpr std::uint64_t quiet_rows = 100'000;

// What text and Parquet do alike: rows in, bytes out.
class Selection : public Run {
 public:
  Selection(Request request, std::shared_ptr<Source> source, Timestamp now)
      : request_(std::move(request)),
        source_(std::move(source)),
        query_(parse(request_.expression)),
        writer_(request_.csv_output, request_.json_output),
        now_(now) {}

  bool done() const override { return done_; }
  Statistics statistics() const override { return statistics_; }

 protected:
  void bind_to(const Columns* columns) {
    bind(query_, columns);
    evaluator_.emplace(query_, columns, now_);
    if (query_.limit == 0) end();
  }
  // One row; false once the query wants no more.
  bool take(const Row& row, std::string& out) {
    if (!evaluator_->take(row, cells_) || !query_.aggregates.empty()) return true;
    writer_.write(cells_, out);
    if (query_.limit && ++written_ >= *query_.limit) {
      end();
      return false;
    }
    return true;
  }
  void finish(std::string& out) {
    if (!evaluator_) bind_to_nothing();
    if (!done_ && evaluator_->finish(cells_)) writer_.write(cells_, out);
    end();
  }
  void end() { done_ = true; }
  virtual void bind_to_nothing() = 0;

  Request request_;
  std::shared_ptr<Source> source_;
  Query query_;
  Writer writer_;
  Timestamp now_;
  std::optional<Evaluator> evaluator_;
  std::vector<Cell> cells_;
  Row row_;
  Statistics statistics_;
  std::uint64_t written_ = 0;
  bool done_ = false;
};

class TextSelection : public Selection {
 public:
  TextSelection(Request request, std::shared_ptr<Source> source, Timestamp now)
      : Selection(std::move(request), std::move(source), now) {
    const std::uint64_t size = source_->size();
    Extent extent;
    if (request_.range) {
      // The delimiter in front of the range tells whether a record begins with it.
      const std::size_t mark = request_.format == Request::Format::csv ? request_.csv.record_delimiter.size() : 1;
      extent.inside = request_.range->start > 0;
      extent.offset = request_.range->start - std::min<std::uint64_t>(mark, request_.range->start);
      extent.end = request_.range->end;
    }
    position_ = std::min(extent.offset, size);
    unpacker_ = make_unpacker(request_.packing);
    if (request_.format == Request::Format::csv) {
      auto reader = std::make_unique<CsvReader>(request_.csv, extent);
      csv_ = reader.get();
      reader_ = std::move(reader);
      if (!query_.from.empty()) bind(query_, &no_columns_);  // Refuses.
    } else {
      reader_ = std::make_unique<JsonReader>(query_.from, extent);
      bind_to(nullptr);
    }
    header_elsewhere_ = csv_ && extent.inside && request_.csv.header != CsvInput::Header::none;
  }

  Task<std::string> next() override {
    if (header_elsewhere_) co_await read_header();
    std::string out;
    const std::uint64_t before = statistics_.processed;
    while (!done_ && out.size() < piece_bytes && statistics_.processed - before < quiet_bytes) {
      if (!pending_) co_await read();
      co_await blocking([&] { work(out); });
    }
    statistics_.returned += out.size();
    co_return out;
  }

 private:
  void bind_to_nothing() override {
    // An object without a record: names cannot be held against anything.
    evaluator_.emplace(query_, &no_columns_, now_);
  }

  Task<void> read() {
    if (!stream_) {
      stream_ = co_await source_->open({.offset = position_, .length = source_->size() - position_});
    }
    buffer_.resize(read_bytes);
    const std::size_t count = co_await stream_->read({reinterpret_cast<std::byte*>(buffer_.data()), buffer_.size()});
    buffer_.resize(count);
    statistics_.scanned += count;
    ended_ = count == 0;
    unpacker_->push(buffer_);
    pending_ = true;
  }

  // Unpacks a piece of what was read, and takes its records.
  void work(std::string& out) {
    unpacked_.clear();
    if (ended_) {
      unpacker_->finish();
      reader_->finish();
      pending_ = false;
    } else {
      pending_ = unpacker_->take(unpacked_, read_bytes);
      statistics_.processed += unpacked_.size();
      reader_->push(unpacked_);
    }
    if (csv_ && !evaluator_) {
      if (!csv_->prepare()) return;
      if (csv_->columns().count > 0) {
        bind_to(&csv_->columns());
        csv_->want(wanted_columns(query_, csv_->columns()));
      }
    }
    while (!done_ && reader_->next(row_)) take(row_, out);
    if (!done_ && (ended_ || reader_->past_end())) finish(out);
  }

  // Of an object that is read from its midst on.
  Task<void> read_header() {
    header_elsewhere_ = false;
    CsvReader front(request_.csv, {});
    const auto stream = co_await source_->open({.offset = 0, .length = source_->size()});
    std::string bytes(16 << 10, '\0');
    while (!front.prepare()) {
      const std::size_t count = co_await stream->read({reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
      if (count == 0) {
        front.finish();
      } else {
        front.push(std::string_view(bytes).substr(0, count));
      }
    }
    csv_->use_columns(front.columns());
  }

  std::unique_ptr<RecordReader> reader_;
  CsvReader* csv_ = nullptr;
  std::unique_ptr<Unpacker> unpacker_;
  std::unique_ptr<ByteStream> stream_;
  std::uint64_t position_ = 0;
  std::string buffer_;
  std::string unpacked_;
  const Columns no_columns_{};
  bool header_elsewhere_ = false;
  bool pending_ = false;
  bool ended_ = false;
};

class ParquetSelection : public Selection {
 public:
  ParquetSelection(Request request, std::shared_ptr<Source> source, duck::Engine& engine, Timestamp now)
      : Selection(std::move(request), std::move(source), now), engine_(engine) {}

  Task<std::string> next() override {
    std::string out;
    co_await duck::on_engine_thread([&] { work(out); });
    statistics_.returned += out.size();
    co_return out;
  }

 private:
  void bind_to_nothing() override {}

  void work(std::string& out) {
    if (!reader_) {
      reader_ = std::make_unique<ParquetReader>(engine_, source_);
      bind_to(&reader_->columns());
      if (!done_) reader_->begin(wanted_columns(query_, reader_->columns()), request_.range);
    }
    for (std::uint64_t rows = 0; !done_ && out.size() < piece_bytes && rows < quiet_rows; ++rows) {
      if (!reader_->next(row_)) {
        finish(out);
        break;
      }
      take(row_, out);
    }
    statistics_.scanned = statistics_.processed = reader_->bytes_read();
  }

  duck::Engine& engine_;
  std::unique_ptr<ParquetReader> reader_;
};

}  // namespace

std::unique_ptr<Run> start(Request request, std::shared_ptr<Source> source, duck::Engine* engine, Timestamp now) {
  if (request.format == Request::Format::parquet) {
    if (!engine) throw Error(tarn::errors::not_implemented, "This server reads no Parquet.");
    return std::make_unique<ParquetSelection>(std::move(request), std::move(source), *engine, now);
  }
  return std::make_unique<TextSelection>(std::move(request), std::move(source), now);
}

}  // namespace tarn::select
