// Regular expressions in Java's dialect, by PCRE2: look-around, named groups, `$1` in replacements.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "duck/trino/kernels.h"
#include "duck/trino/lists.h"
#include "duck/trino/registry.h"

namespace tarn::duck {
namespace {

using ::duckdb::DataChunk;
using ::duckdb::ExpressionState;
using ::duckdb::FlatVector;
using ::duckdb::idx_t;
using ::duckdb::ListVector;
using ::duckdb::Vector;

// How much a match may backtrack: a pattern that is slow on purpose fails its query, and nothing else.
constexpr std::uint32_t match_limit = 10'000'000;
constexpr std::uint32_t depth_limit = 100'000;
constexpr std::size_t max_text = 64 << 20;
constexpr std::size_t max_cached_patterns = 256;

class Regexp {
 public:
  explicit Regexp(Text pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF, &error, &offset,
                          nullptr);
    if (!code_) {
      PCRE2_UCHAR message[256];
      pcre2_get_error_message(error, message, sizeof message);
      throw_invalid_argument("Invalid regular expression '" + std::string(pattern) +
                             "': " + reinterpret_cast<const char*>(message) + " at position " + std::to_string(offset));
    }
    pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE);
    context_ = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(context_, match_limit);
    pcre2_set_depth_limit(context_, depth_limit);
    pcre2_pattern_info(code_, PCRE2_INFO_CAPTURECOUNT, &groups_);
  }
  ~Regexp() {
    pcre2_match_context_free(context_);
    pcre2_code_free(code_);
  }
  Regexp(const Regexp&) = delete;
  Regexp& operator=(const Regexp&) = delete;

  std::uint32_t groups() const { return groups_; }

  // The number of a named group; 0 if there is none.
  std::uint32_t group_named(const std::string& name) const {
    const int number = pcre2_substring_number_from_name(code_, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
    return number > 0 ? static_cast<std::uint32_t>(number) : 0;
  }

  // The first match from `start` on; false if there is none. Groups are read with group() until the next call.
  bool find(Text text, std::size_t start) const {
    const int count = pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), start,
                                  PCRE2_NO_UTF_CHECK, data(), context_);
    if (count == PCRE2_ERROR_NOMATCH) return false;
    if (count < 0) throw_invalid_argument("The regular expression takes too long on its input");
    return true;
  }
  std::pair<std::size_t, std::size_t> match() const {
    const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data());
    return {places[0], places[1]};
  }
  std::optional<Text> group(Text text, std::uint32_t number) const {
    const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data());
    if (places[2 * number] == PCRE2_UNSET) return std::nullopt;
    return text.substr(places[2 * number], places[2 * number + 1] - places[2 * number]);
  }

  // Calls f for each match; f returns false to stop.
  template <typename F>
  void each(Text text, F f) const {
    std::size_t start = 0;
    while (start <= text.size() && find(text, start)) {
      const auto [begin, end] = match();
      if (!f()) return;
      start = end;
      if (begin == end) {
        // After an empty match goes on one character later.
        ++start;
        while (start < text.size() && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) ++start;
      }
    }
  }

 private:
  // One a thread, large enough for any pattern: a compiled pattern is shared by all.
  static pcre2_match_data* data() {
    struct Free {
      void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    };
    thread_local const std::unique_ptr<pcre2_match_data, Free> shared(pcre2_match_data_create(1'000, nullptr));
    return shared.get();
  }

  pcre2_code* code_ = nullptr;
  pcre2_match_context* context_ = nullptr;
  std::uint32_t groups_ = 0;
};

using RegexpPtr = std::shared_ptr<const Regexp>;

// Patterns that come by row are compiled once each, up to a limit.
class Patterns {
 public:
  const Regexp& get(Text pattern) {
    const auto found = known_.find(std::string(pattern));
    if (found != known_.end()) return *found->second;
    if (known_.size() >= max_cached_patterns) known_.clear();
    return *known_.emplace(std::string(pattern), std::make_shared<const Regexp>(pattern)).first->second;
  }

 private:
  std::unordered_map<std::string, RegexpPtr> known_;
};

const Regexp& pattern_of(const RegexpPtr& constant, Text pattern) {
  if (constant) return *constant;
  thread_local Patterns patterns;
  return patterns.get(pattern);
}

RegexpPtr constant_pattern(const Call& call) {
  const auto text = call.constant_text(1);
  return text ? std::make_shared<const Regexp>(*text) : nullptr;
}

std::uint32_t check_group(const Regexp& regexp, std::int64_t group) {
  if (group < 0) throw_invalid_argument("Group cannot be negative");
  if (group > regexp.groups()) {
    throw_invalid_argument("Pattern has " + std::to_string(regexp.groups()) + " groups. Cannot access group " +
                           std::to_string(group));
  }
  return static_cast<std::uint32_t>(group);
}

std::optional<std::string> extract(const Regexp& regexp, Text text, std::int64_t group) {
  const std::uint32_t number = check_group(regexp, group);
  if (!regexp.find(text, 0)) return std::nullopt;
  const auto found = regexp.group(text, number);
  if (!found) return std::nullopt;
  return std::string(*found);
}

// Appends a replacement for the current match: `$1`, `${name}`, and `\` before what is meant as it is.
void append_replacement(const Regexp& regexp, Text text, Text replacement, std::string& result) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i == replacement.size())
        throw_invalid_argument("Illegal replacement sequence: " + std::string(replacement));
      result += replacement[i];
    } else if (c != '$') {
      result += c;
    } else if (i + 1 < replacement.size() && replacement[i + 1] == '{') {
      const std::size_t end = replacement.find('}', i);
      if (end == replacement.npos) throw_invalid_argument("Illegal replacement sequence: " + std::string(replacement));
      const std::string name(replacement.substr(i + 2, end - i - 2));
      const std::uint32_t number = regexp.group_named(name);
      if (number == 0) throw_invalid_argument("Illegal replacement sequence: unknown group { " + name + " }");
      result += regexp.group(text, number).value_or("");
      i = end;
    } else {
      if (i + 1 == replacement.size() || replacement[i + 1] < '0' || replacement[i + 1] > '9') {
        throw_invalid_argument("Illegal replacement sequence: " + std::string(replacement));
      }
      std::uint32_t number = static_cast<std::uint32_t>(replacement[++i] - '0');
      if (number > regexp.groups()) {
        throw_invalid_argument("Illegal replacement sequence: unknown group " + std::to_string(number));
      }
      // Further digits count while there is such a group.
      while (i + 1 < replacement.size() && replacement[i + 1] >= '0' && replacement[i + 1] <= '9') {
        const std::uint32_t longer = number * 10 + static_cast<std::uint32_t>(replacement[i + 1] - '0');
        if (longer > regexp.groups()) break;
        number = longer;
        ++i;
      }
      result += regexp.group(text, number).value_or("");
    }
  }
}

std::string replace(const Regexp& regexp, Text text, Text replacement) {
  std::string result;
  std::size_t done = 0;
  regexp.each(text, [&] {
    const auto [begin, end] = regexp.match();
    result.append(text.substr(done, begin - done));
    append_replacement(regexp, text, replacement, result);
    if (result.size() > max_text) throw_invalid_argument("the result is too long");
    done = end;
    return true;
  });
  return result.append(text.substr(done));
}

std::int64_t characters(Text text) {
  std::int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::int32_t find_position(const Regexp& regexp, Text text, std::int64_t start, std::int64_t occurrence) {
  if (start < 1) throw_invalid_argument("start position cannot be smaller than 1");
  if (occurrence < 1) throw_invalid_argument("occurrence cannot be smaller than 1");
  std::size_t first = 0;
  for (std::int64_t left = start - 1; first < text.size() && left > 0; --left) {
    ++first;
    while (first < text.size() && (static_cast<unsigned char>(text[first]) & 0xC0) == 0x80) ++first;
  }
  if (start > characters(text) + 1) return -1;
  std::int64_t result = -1;
  const Text rest = text.substr(first);
  regexp.each(rest, [&] {
    if (--occurrence > 0) return true;
    result = characters(text.substr(0, first + regexp.match().first)) + 1;
    return false;
  });
  return static_cast<std::int32_t>(result);
}

// A kernel that makes an array of texts a row: `make(regexp, text, row, emit)`.
template <typename F>
Kernel array_kernel(RegexpPtr constant, F make) {
  return [constant, make](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    const auto text = [&](idx_t column, idx_t row) {
      const auto& value = FlatVector::GetData<::duckdb::string_t>(arguments.data[column])[row];
      return Text(value.GetData(), value.GetSize());
    };
    idx_t total = ListVector::GetListSize(result);
    each_row(arguments, result, [&](idx_t row) {
      const idx_t first = total;
      const auto emit = [&](std::optional<Text> item) {
        ListVector::Reserve(result, total + 1);
        Vector& items = ListVector::GetEntry(result);
        detail::store(items, total++, item);
        ListVector::SetListSize(result, total);
      };
      make(pattern_of(constant, text(1, row)), text(0, row), arguments, row, emit);
      FlatVector::GetData<::duckdb::list_entry_t>(result)[row] = {first, total - first};
    });
  };
}

Kernel extract_all_kernel(Call& call) {
  return array_kernel(constant_pattern(call),
                      [](const Regexp& regexp, Text text, DataChunk& arguments, idx_t row, auto emit) {
                        const std::int64_t group =
                            arguments.ColumnCount() > 2 ? FlatVector::GetData<std::int64_t>(arguments.data[2])[row] : 0;
                        const std::uint32_t number = check_group(regexp, group);
                        regexp.each(text, [&] {
                          emit(regexp.group(text, number));
                          return true;
                        });
                      });
}

Kernel split_kernel(Call& call) {
  return array_kernel(constant_pattern(call), [](const Regexp& regexp, Text text, DataChunk&, idx_t, auto emit) {
    std::size_t done = 0;
    regexp.each(text, [&] {
      const auto [begin, end] = regexp.match();
      emit(std::optional(text.substr(done, begin - done)));
      done = end;
      return true;
    });
    emit(std::optional(text.substr(done)));
  });
}

}  // namespace

void add_regexp(Registry& registry) {
  registry.maker("regexp_like(varchar, varchar) -> boolean", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text>([regexp](Text text, Text pattern) { return pattern_of(regexp, pattern).find(text, 0); });
  });
  registry.maker("regexp_extract(varchar, varchar) -> varchar", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text>(
        [regexp](Text text, Text pattern) { return extract(pattern_of(regexp, pattern), text, 0); });
  });
  registry.maker("regexp_extract(varchar, varchar, bigint) -> varchar", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text, std::int64_t>([regexp](Text text, Text pattern, std::int64_t group) {
      return extract(pattern_of(regexp, pattern), text, group);
    });
  });
  registry.maker("regexp_replace(varchar, varchar) -> varchar", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text>(
        [regexp](Text text, Text pattern) { return replace(pattern_of(regexp, pattern), text, ""); });
  });
  registry.maker("regexp_replace(varchar, varchar, varchar) -> varchar", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text, Text>([regexp](Text text, Text pattern, Text replacement) {
      return replace(pattern_of(regexp, pattern), text, replacement);
    });
  });
  registry.maker("regexp_count(varchar, varchar) -> bigint", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text>([regexp](Text text, Text pattern) {
      std::int64_t count = 0;
      pattern_of(regexp, pattern).each(text, [&] { return ++count, true; });
      return count;
    });
  });
  registry.maker("regexp_position(varchar, varchar) -> integer", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text>(
        [regexp](Text text, Text pattern) { return find_position(pattern_of(regexp, pattern), text, 1, 1); });
  });
  registry.maker("regexp_position(varchar, varchar, bigint) -> integer", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text, std::int64_t>([regexp](Text text, Text pattern, std::int64_t start) {
      return find_position(pattern_of(regexp, pattern), text, start, 1);
    });
  });
  registry.maker("regexp_position(varchar, varchar, bigint, bigint) -> integer", [](Call& call) {
    const auto regexp = constant_pattern(call);
    return rows<Text, Text, std::int64_t, std::int64_t>(
        [regexp](Text text, Text pattern, std::int64_t start, std::int64_t occurrence) {
          return find_position(pattern_of(regexp, pattern), text, start, occurrence);
        });
  });
  registry.maker("regexp_extract_all(varchar, varchar) -> array(varchar)", extract_all_kernel);
  registry.maker("regexp_extract_all(varchar, varchar, bigint) -> array(varchar)", extract_all_kernel);
  registry.maker("regexp_split(varchar, varchar) -> array(varchar)", split_kernel);
}

}  // namespace tarn::duck
