// Pattern: a regular expression of a model, as Java writes them, compiled at its first use.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace tarn::aws {

class Pattern {
 public:
  constexpr explicit Pattern(std::string_view text) : text_(text) {}
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  std::string_view text() const { return text_; }

  // Does all of `subject` (UTF-8) match? A subject that costs too much to try does not; a pattern that PCRE2 cannot
  // compile matches everything, which the generator's tests exclude.
  bool matches(std::string_view subject) const;
  bool compiles() const;

 protected:
  const void* compiled() const;

 private:
  std::string_view text_;
  mutable std::atomic<const void*> code_{nullptr};
};

// A pattern that ends: of a request, of a test. Those of the models live as long as the program and are never freed.
class PassingPattern : public Pattern {
 public:
  explicit PassingPattern(std::string_view text) : Pattern(text) {}
  ~PassingPattern();
};

// `text` in PCRE2's dialect, anchored at both ends: \uXXXX becomes \x{XXXX}, and a pair of surrogates in a class
// becomes the code points that it stands for.
std::string pcre_text(std::string_view text);

}  // namespace tarn::aws
