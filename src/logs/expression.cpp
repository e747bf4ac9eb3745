#include "logs/expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>

namespace tarn::logs {

struct Expression::Code {
  pcre2_code* code = nullptr;
  pcre2_match_context* context = nullptr;
  ~Code() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
};

namespace {

constexpr std::uint32_t step_limit = 100'000;
constexpr std::uint32_t heap_limit_kib = 4096;

struct Match {
  pcre2_match_data* data;
  explicit Match(const pcre2_code* code) : data(pcre2_match_data_create_from_pattern(code, nullptr)) {}
  ~Match() { pcre2_match_data_free(data); }
  Match(const Match&) = delete;
  Match& operator=(const Match&) = delete;
};

}  // namespace

std::optional<Expression> Expression::parse(std::string_view pattern, std::string* reason) {
  int code = 0;
  PCRE2_SIZE offset = 0;
  auto owned = std::make_shared<Code>();
  // UTF with invalid text allowed: a log line may hold anything.
  owned->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                              PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, nullptr);
  if (!owned->code) {
    if (reason) {
      char text[160] = {};
      pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
      *reason = std::string(text) + " at character " + std::to_string(offset);
    }
    return std::nullopt;
  }
  owned->context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(owned->context, step_limit);
  pcre2_set_heap_limit(owned->context, heap_limit_kib);
  Expression expression;
  expression.code_ = std::move(owned);
  return expression;
}

bool Expression::occurs_in(std::string_view text) const {
  const Match match(code_->code);
  return pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match.data,
                     code_->context) >= 0;
}

std::optional<std::string_view> Expression::first_group(std::string_view text) const {
  const Match match(code_->code);
  const int groups = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match.data,
                                 code_->context);
  if (groups < 2) return std::nullopt;
  const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(match.data);
  if (places[2] == PCRE2_UNSET) return std::nullopt;
  return text.substr(places[2], places[3] - places[2]);
}

}  // namespace tarn::logs
