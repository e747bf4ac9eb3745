// Walks through JSON along a path, byte by byte, and takes out what the path leads to: a document of any size, whose
// records are small, goes by.
#include <algorithm>

#include "select/errors.h"
#include "select/reader.h"

namespace tarn::select {
namespace {

[[noreturn]] void refuse() {
  throw Error(errors::json_parsing_error, "Encountered an error parsing the JSON file. Check the file and try again.");
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

void JsonReader::push(std::string_view bytes) {
  buffer_.erase(0, at_);
  extent_.offset += at_;
  at_ = 0;
  buffer_ += bytes;
}

bool JsonReader::skip_inside() {
  if (!extent_.inside) return true;
  const std::size_t found = buffer_.find('\n', at_);
  at_ = found == std::string::npos ? buffer_.size() : found + 1;
  if (found != std::string::npos) extent_.inside = false;
  return !extent_.inside;
}

bool JsonReader::next(Row& row) {
  if (!skip_inside()) return false;
  if (extent_.offset == 0 && at_ == 0 && frames_.empty() && !inside_ && buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  while (at_ < buffer_.size() && !past_end_) {
    if (advance(row)) return true;
  }
  if (!finished_ || past_end_) return false;
  if (inside_ && scalar_) {
    finished_ = true;
    return end_value(row);
  }
  if (inside_ || !frames_.empty()) refuse();
  return false;
}

bool JsonReader::emit(Value value, Row& row) {
  row.tree = std::move(value);
  return true;
}

bool JsonReader::advance(Row& row) {
  if (inside_) return opaque(row);
  const char c = buffer_[at_];
  if (is_blank(c)) {
    ++at_;
    return false;
  }
  switch (expect_) {
    case Expect::value:
      if (c == ']' && !frames_.empty() && !frames_.back().object && frames_.back().index == 0) return close(c, row);
      return begin_value(c, row);
    case Expect::first_key:
    case Expect::key:
      if (c == '}' && expect_ == Expect::first_key) return close(c, row);
      if (c != '"') refuse();
      inside_ = keeping_ = reading_key_ = in_text_ = true;
      scalar_ = false;
      kept_ = c;
      ++at_;
      return false;
    case Expect::colon:
      if (c != ':') refuse();
      ++at_;
      expect_ = Expect::value;
      return false;
    case Expect::comma:
      if (c == '}' || c == ']') return close(c, row);
      if (c != ',') refuse();
      ++at_;
      expect_ = frames_.back().object ? Expect::key : Expect::value;
      if (!frames_.back().object) {
        Frame& frame = frames_.back();
        ++frame.index;
        const Step& step = path_[frame.matched];
        const bool taken = step.kind == Step::Kind::each || step.index == frame.index;
        matched_ = taken ? std::optional(frame.matched + 1) : std::nullopt;
        frame.found = frame.found || taken;
      }
      return false;
  }
  return false;
}

bool JsonReader::begin_value(char c, Row& row) {
  if (frames_.empty()) {
    if (extent_.offset + at_ >= extent_.end) {
      past_end_ = true;
      return false;
    }
    matched_ = 0;
  }
  const bool on_path = matched_ && *matched_ < path_.size();
  if (on_path) {
    const Step& step = path_[*matched_];
    const bool named = step.kind == Step::Kind::name || step.kind == Step::Kind::members;
    if ((c == '{' && named) || (c == '[' && !named)) {
      Frame frame{.object = c == '{', .matched = *matched_};
      ++at_;
      if (frame.object) {
        expect_ = Expect::first_key;
      } else {
        const bool taken = step.kind == Step::Kind::each || step.index == 0;
        matched_ = taken ? std::optional(frame.matched + 1) : std::nullopt;
        frame.found = taken;
        expect_ = Expect::value;
      }
      frames_.push_back(frame);
      return false;
    }
  }
  inside_ = true;
  keeping_ = matched_ && !on_path;
  scalar_ = c != '{' && c != '[' && c != '"';
  if (scalar_ && (c == '}' || c == ']' || c == ',' || c == ':')) refuse();
  in_text_ = c == '"';
  nested_ = c == '{' || c == '[' ? 1 : 0;
  kept_.clear();
  if (keeping_) kept_ += c;
  ++at_;
  // Where the path cannot go on, its record is missing.
  return on_path && emit(Missing{}, row);
}

// Inside a value or key that is taken as a whole.
bool JsonReader::opaque(Row& row) {
  const std::size_t start = at_;
  bool ended = false;
  while (at_ < buffer_.size() && !ended) {
    const char c = buffer_[at_];
    if (escaped_) {
      escaped_ = false;
    } else if (in_text_) {
      if (c == '\\') escaped_ = true;
      if (c == '"') {
        in_text_ = false;
        ended = nested_ == 0;
      }
    } else if (scalar_) {
      // Ended by what is not its own.
      if (is_blank(c) || c == ',' || c == '}' || c == ']') break;
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{' || c == '[') {
      ++nested_;
    } else if (c == '}' || c == ']') {
      ended = --nested_ == 0;
    }
    ++at_;
  }
  if (keeping_) {
    kept_.append(buffer_, start, at_ - start);
    if (kept_.size() > max_record_bytes) {
      throw Error(errors::over_max_record_size,
                  "The length of a record in the input or result is greater than maxCharsPerRecord of 1 MB.");
    }
  }
  if (!ended && !(scalar_ && at_ < buffer_.size())) return false;
  return end_value(row);
}

std::optional<std::size_t> JsonReader::matched_by_key(const Frame& frame) {
  const Step& step = path_[frame.matched];
  const Value key = parse_json(kept_);
  const bool taken = step.kind == Step::Kind::members || (!frame.found && step.matches(key.as<Text>()->text));
  return taken ? std::optional(frame.matched + 1) : std::nullopt;
}

bool JsonReader::end_value(Row& row) {
  inside_ = false;
  if (reading_key_) {
    reading_key_ = false;
    matched_ = matched_by_key(frames_.back());
    frames_.back().found = frames_.back().found || matched_;
    expect_ = Expect::colon;
    return false;
  }
  expect_ = frames_.empty() ? Expect::value : Expect::comma;
  if (!keeping_) return false;
  check_utf8(kept_);
  return emit(parse_json(kept_), row);
}

bool JsonReader::close(char c, Row& row) {
  if (frames_.empty() || frames_.back().object != (c == '}')) refuse();
  const Frame frame = frames_.back();
  const Step& step = path_[frame.matched];
  // An array that was empty had no first element after all.
  const bool empty = !frame.object && expect_ == Expect::value;
  frames_.pop_back();
  ++at_;
  expect_ = frames_.empty() ? Expect::value : Expect::comma;
  const bool one = step.kind == Step::Kind::name || step.kind == Step::Kind::index;
  return one && (!frame.found || empty) && emit(Missing{}, row);
}

}  // namespace tarn::select
