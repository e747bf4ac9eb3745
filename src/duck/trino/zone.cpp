// Time zones from the system's tz database (RFC 8536 files).
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "duck/trino/errors.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::size_t max_file_size = 1 << 20;
constexpr std::size_t max_cached_zones = 1'000;

std::int64_t floor_seconds(std::int64_t micros) {
  return micros >= 0 ? micros / micros_per_second : -((-micros + micros_per_second - 1) / micros_per_second);
}

class FixedZone : public Zone {
 public:
  FixedZone(std::string name, std::int64_t seconds) : offset_(seconds * micros_per_second) { name_ = std::move(name); }
  std::int64_t offset_at_instant(std::int64_t) const override { return offset_; }
  std::int64_t offset_at_clock(std::int64_t) const override { return offset_; }

 private:
  std::int64_t offset_;
};

// The rule at the end of a tz file, for all years after its last transition: `EST5EDT,M3.2.0,M11.1.0`.
class PosixRule {
 public:
  static std::optional<PosixRule> parse(std::string_view text) {
    PosixRule rule;
    if (!skip_name(text)) return std::nullopt;
    const auto standard = take_time(text);
    if (!standard) return std::nullopt;
    rule.standard_ = -*standard;
    rule.daylight_ = rule.standard_;
    if (text.empty()) return rule;
    if (!skip_name(text)) return std::nullopt;
    rule.daylight_ = rule.standard_ + 3600;
    if (!text.empty() && text.front() != ',') {
      const auto daylight = take_time(text);
      if (!daylight) return std::nullopt;
      rule.daylight_ = -*daylight;
    }
    rule.changes_ = take_change(text, rule.begin_) && take_change(text, rule.end_);
    if (!rule.changes_) return std::nullopt;
    return rule;
  }

  // seconds since the epoch, UTC.
  std::int64_t offset_at(std::int64_t seconds) const {
    if (!changes_) return standard_;
    using namespace std::chrono;
    const year_month_day date(floor<days>(sys_seconds(std::chrono::seconds(seconds + standard_))));
    const std::int64_t begin = instant(begin_, date.year()) - standard_;
    const std::int64_t end = instant(end_, date.year()) - daylight_;
    const bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? daylight_ : standard_;
  }

 private:
  struct Change {
    char kind = 'M';  // Month.week.day, Julian day without (J) or with (0) 29 February.
    int month = 1, week = 1, day = 0;
    std::int64_t time = 7200;
  };

  static bool skip_name(std::string_view& text) {
    if (!text.empty() && text.front() == '<') {
      const std::size_t end = text.find('>');
      if (end == text.npos) return false;
      text.remove_prefix(end + 1);
      return true;
    }
    std::size_t length = 0;
    while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length]))) ++length;
    text.remove_prefix(length);
    return length > 0;
  }
  static std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
  }
  static std::optional<std::int64_t> take_time(std::string_view& text) {
    std::int64_t sign = 1;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
      sign = text.front() == '-' ? -1 : 1;
      text.remove_prefix(1);
    }
    std::int64_t seconds = 0;
    for (const std::int64_t unit : {3600, 60, 1}) {
      const auto part = take_number(text);
      if (!part) return std::nullopt;
      seconds += *part * unit;
      if (text.empty() || text.front() != ':') break;
      text.remove_prefix(1);
    }
    return sign * seconds;
  }
  static bool take_change(std::string_view& text, Change& change) {
    if (text.empty() || text.front() != ',') return false;
    text.remove_prefix(1);
    if (text.empty()) return false;
    if (text.front() == 'M') {
      text.remove_prefix(1);
      for (int* part : {&change.month, &change.week, &change.day}) {
        const auto number = take_number(text);
        if (!number) return false;
        *part = *number;
        if (part != &change.day) {
          if (text.empty() || text.front() != '.') return false;
          text.remove_prefix(1);
        }
      }
    } else {
      change.kind = text.front() == 'J' ? 'J' : '0';
      if (change.kind == 'J') text.remove_prefix(1);
      const auto number = take_number(text);
      if (!number) return false;
      change.day = *number;
    }
    if (!text.empty() && text.front() == '/') {
      text.remove_prefix(1);
      const auto time = take_time(text);
      if (!time) return false;
      change.time = *time;
    }
    return true;
  }
  // The change's moment in seconds of the clock that it ends.
  static std::int64_t instant(const Change& change, std::chrono::year year) {
    using namespace std::chrono;
    sys_days day;
    if (change.kind == 'M') {
      const month in(static_cast<unsigned>(change.month));
      const weekday wanted(static_cast<unsigned>(change.day));
      day = change.week == 5 ? sys_days(year / in / wanted[last])
                             : sys_days(year / in / wanted[static_cast<unsigned>(change.week)]);
    } else if (change.kind == 'J') {
      day = sys_days(year / January / 1) + days(change.day - 1 + (change.day >= 60 && year.is_leap() ? 1 : 0));
    } else {
      day = sys_days(year / January / 1) + days(change.day);
    }
    return day.time_since_epoch().count() * seconds_per_day + change.time;
  }

  std::int64_t standard_ = 0, daylight_ = 0;
  bool changes_ = false;
  Change begin_, end_;
};

class FileZone : public Zone {
 public:
  // None if the bytes are not a tz file.
  static std::shared_ptr<const Zone> parse(std::string name, std::string_view bytes) {
    auto zone = std::make_shared<FileZone>();
    zone->name_ = std::move(name);
    if (!zone->read(bytes)) return nullptr;
    return zone;
  }

  std::int64_t offset_at_instant(std::int64_t micros) const override {
    return offset_seconds(floor_seconds(micros)) * micros_per_second;
  }

  std::int64_t offset_at_clock(std::int64_t micros) const override {
    const std::int64_t clock = floor_seconds(micros);
    // The offset in force a day before; if the clock lies after the next change, that change's.
    const std::int64_t before = offset_seconds(clock - seconds_per_day);
    const std::int64_t after = offset_seconds(clock + seconds_per_day);
    if (before == after) return offset_seconds(clock - before) * micros_per_second;
    if (offset_seconds(clock - before) == before) return before * micros_per_second;
    if (offset_seconds(clock - after) == after) return after * micros_per_second;
    return before * micros_per_second;  // In a gap.
  }

 private:
  static std::uint32_t word(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  }

  bool read(std::string_view bytes) {
    if (bytes.size() < 44 || bytes.substr(0, 4) != "TZif" || bytes[4] < '2') return false;
    // The first block has 32-bit times; the second, which is read, 64-bit ones.
    const auto counts = [&](std::size_t at) {
      std::array<std::size_t, 6> result{};
      for (std::size_t i = 0; i < result.size(); ++i) result[i] = word(bytes, at + 20 + 4 * i);
      return result;
    };
    auto [isut, isstd, leap, times, types, chars] = counts(0);
    const std::size_t second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut;
    if (bytes.size() < second + 44 || bytes.substr(second, 4) != "TZif") return false;
    const auto wide = counts(second);
    isut = wide[0], isstd = wide[1], leap = wide[2], times = wide[3], types = wide[4], chars = wide[5];
    const std::size_t data = second + 44;
    const std::size_t end = data + times * 9 + types * 6 + chars + leap * 12 + isstd + isut;
    if (bytes.size() < end || types == 0) return false;

    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < types; ++i) {
      offsets.push_back(static_cast<std::int32_t>(word(bytes, data + times * 9 + i * 6)));
    }
    first_ = offsets.front();
    for (std::size_t i = 0; i < times; ++i) {
      const std::uint64_t high = word(bytes, data + i * 8), low = word(bytes, data + i * 8 + 4);
      const std::size_t type = static_cast<unsigned char>(bytes[data + times * 8 + i]);
      if (type >= offsets.size()) return false;
      transitions_.emplace_back(static_cast<std::int64_t>(high << 32 | low), offsets[type]);
    }
    std::string_view footer = bytes.substr(end);
    if (!footer.empty() && footer.front() == '\n') footer.remove_prefix(1);
    rule_ = PosixRule::parse(footer.substr(0, footer.find('\n')));
    return true;
  }

  std::int64_t offset_seconds(std::int64_t seconds) const {
    const auto next = std::upper_bound(transitions_.begin(), transitions_.end(), seconds,
                                       [](std::int64_t value, const auto& entry) { return value < entry.first; });
    if (next == transitions_.end() && rule_) return rule_->offset_at(seconds);
    return next == transitions_.begin() ? first_ : std::prev(next)->second;
  }

  std::int64_t first_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> transitions_;  // From when (UTC), which offset.
  std::optional<PosixRule> rule_;
};

// `+02:00`, `-0530`, `+7`.
std::optional<std::int64_t> fixed_offset(std::string_view text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const std::int64_t sign = text.front() == '-' ? -1 : 1;
  std::string digits;
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != ':') {
      return std::nullopt;
    }
  }
  if (digits.size() != 1 && digits.size() != 2 && digits.size() != 4) return std::nullopt;
  const int hours = std::atoi(digits.substr(0, digits.size() == 1 ? 1 : 2).c_str());
  const int minutes = digits.size() == 4 ? std::atoi(digits.c_str() + 2) : 0;
  if (hours > 14 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

std::shared_ptr<const Zone> load(const std::string& name) {
  if (name == "UTC" || name == "Z" || name == "z" || name == "GMT" || name == "UT" || name == "Etc/UTC") {
    return std::make_shared<FixedZone>("UTC", 0);
  }
  if (const auto offset = fixed_offset(name)) {
    if (*offset == 0) return std::make_shared<FixedZone>("UTC", 0);
    const std::int64_t minutes = std::abs(*offset) / 60;
    char text[16];
    std::snprintf(text, sizeof text, "%c%02d:%02d", *offset < 0 ? '-' : '+', static_cast<int>(minutes / 60),
                  static_cast<int>(minutes % 60));
    return std::make_shared<FixedZone>(text, *offset);
  }
  // A name of the database, and never a path out of it.
  const bool plain =
      !name.empty() && name.size() < 64 && std::isalpha(static_cast<unsigned char>(name.front())) &&
      std::all_of(
          name.begin(), name.end(),
          [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
  if (!plain) return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  if (!file) return nullptr;
  std::string bytes(max_file_size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return FileZone::parse(name, bytes);
}

}  // namespace

std::shared_ptr<const Zone> Zone::find(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  auto zone = load(name);
  if (!zone) throw_invalid_argument("'" + name + "' is not a valid time zone");
  if (known.size() < max_cached_zones) known.emplace(name, zone);
  return zone;
}

}  // namespace tarn::duck
