// Bytes of text to records, as the bytes come.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "select/evaluate.h"
#include "select/select.h"

namespace tarn::select {

inline constexpr std::size_t max_record_bytes = 1 << 20;

class RecordReader {
 public:
  virtual ~RecordReader() = default;

  virtual void push(std::string_view bytes) = 0;
  // No more bytes come.
  virtual void finish() = 0;
  // The next record; false: more bytes are needed, or there are no more records.
  virtual bool next(Row& row) = 0;
  // Behind the end of the range: what is pushed no longer matters.
  virtual bool past_end() const = 0;
};

// Where a reader begins and ends within the object.
struct Extent {
  std::uint64_t offset = 0;        // Of the first byte that is pushed.
  bool inside = false;             // That byte stands amid a record, or ends one: go on behind the next delimiter.
  std::uint64_t end = UINT64_MAX;  // Records that begin here or later are another's.
};

class CsvReader : public RecordReader {
 public:
  CsvReader(CsvInput input, Extent extent);

  void push(std::string_view bytes) override;
  void finish() override { finished_ = true; }
  bool next(Row& row) override;
  bool past_end() const override { return past_end_; }

  // The header was read, or a first record was seen: then columns() holds. False: more bytes are needed.
  bool prepare();
  const Columns& columns() const { return columns_; }
  // What another reader saw at the object's beginning.
  void use_columns(Columns columns);
  // Empty: all.
  void want(std::vector<bool> columns) { wanted_ = std::move(columns); }

 private:
  struct Field {
    std::string_view text;
    bool quoted = false;
    bool escaped = false;
  };
  // The fields of the record at the front, which is taken; false: it is not all there, or there is none.
  bool take_record();
  bool skip_inside();
  std::optional<std::size_t> plain_record(std::string_view rest, std::size_t end);
  // The end of the record and where the next begins; none: not all there.
  std::optional<std::size_t> quoted_record(std::string_view rest);
  std::string text_of(const Field& field) const;
  void drop(std::size_t count) { at_ += count; }

  const CsvInput input_;
  Extent extent_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::vector<Field> fields_;
  bool have_record_ = false;  // fields_ hold one that nobody took yet.
  bool prepared_ = false;
  bool begun_ = false;
  bool finished_ = false;
  bool past_end_ = false;
  Columns columns_;
  std::vector<bool> wanted_;
};

class JsonReader : public RecordReader {
 public:
  // `path` is walked inside each top-level value.
  JsonReader(Path path, Extent extent) : path_(std::move(path)), extent_(extent) {}

  void push(std::string_view bytes) override;
  void finish() override { finished_ = true; }
  bool next(Row& row) override;
  bool past_end() const override { return past_end_; }

 private:
  // A container on the way to the records.
  struct Frame {
    bool object = false;
    std::size_t matched = 0;  // Steps of the path that lead here.
    std::uint64_t index = 0;
    bool found = false;  // What its step names.
  };
  enum class Expect { value, first_key, key, colon, comma };

  bool skip_inside();
  // One character, or a run of them; true: `row` is a record.
  bool advance(Row& row);
  bool begin_value(char c, Row& row);
  bool opaque(Row& row);
  bool end_value(Row& row);
  bool close(char c, Row& row);
  std::optional<std::size_t> matched_by_key(const Frame& frame);
  bool emit(Value value, Row& row);

  const Path path_;
  Extent extent_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool finished_ = false;
  bool past_end_ = false;

  std::vector<Frame> frames_;
  Expect expect_ = Expect::value;
  std::optional<std::size_t> matched_ = 0;  // Of the value that comes; none: it is skipped.
  // Inside a value that is kept or skipped as a whole, or a key.
  bool inside_ = false;
  bool keeping_ = false;
  bool reading_key_ = false;
  bool in_text_ = false;
  bool escaped_ = false;
  bool scalar_ = false;
  std::size_t nested_ = 0;
  std::string kept_;
};

// Unpacks as the bytes come.
class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // The packed bytes; they must last until all are taken.
  virtual void push(std::string_view packed) = 0;
  // Appends at most `most` bytes; false: all that was pushed is taken.
  virtual bool take(std::string& out, std::size_t most) = 0;
  // Ends the stream whole? Throws TruncatedInput or InvalidCompressionFormat.
  virtual void finish() = 0;
};
std::unique_ptr<Unpacker> make_unpacker(Request::Packing packing);

// Throws InvalidTextEncoding.
void check_utf8(std::string_view text);

}  // namespace tarn::select
