#include "training/instance_types.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace tarn::training {

namespace {

constexpr double gibibyte = 1 << 30;

// Families whose sizes grow by the rule: so many GiB a "large", half of it a "medium", double an "xlarge", and N
// xlarges an "Nxlarge".
struct Family {
  std::string_view name;
  double gibibytes_a_large;
};
constexpr Family families[] = {
    {"t2", 8},       {"t3", 8},       {"m4", 8},       {"m5", 8},       {"m5d", 8},       {"m6i", 8},   {"m6id", 8},
    {"m6g", 8},      {"m6gd", 8},     {"m7i", 8},      {"m7g", 8},      {"m8g", 8},       {"c4", 3.75}, {"c5", 4},
    {"c5d", 4},      {"c5n", 5.25},   {"c6i", 4},      {"c6id", 4},     {"c6g", 4},       {"c6gd", 4},  {"c6gn", 4},
    {"c7i", 4},      {"c7g", 4},      {"c8g", 4},      {"r5", 16},      {"r5d", 16},      {"r6i", 16},  {"r6id", 16},
    {"r6g", 16},     {"r6gd", 16},    {"r7i", 16},     {"r7g", 16},     {"r8g", 16},      {"g4dn", 8},  {"g5", 8},
    {"g6", 8},       {"g6e", 16},     {"p3", 15.25},   {"inf2", 8},     {"m8i", 8},       {"c8i", 4},   {"r8i", 16},
    {"m7i-flex", 8}, {"c7i-flex", 4}, {"m8i-flex", 8}, {"c8i-flex", 4}, {"r8i-flex", 16}, {"r7gd", 16}, {"c6in", 4},
    {"g7", 8},       {"g7e", 16},
};

// Types that follow no rule.
struct Exception {
  std::string_view type;
  double gibibytes;
};
constexpr Exception exceptions[] = {
    {"p2.xlarge", 61},       {"p2.8xlarge", 488},        {"p2.16xlarge", 732},       {"p3dn.24xlarge", 768},
    {"p4d.24xlarge", 1152},  {"p4de.24xlarge", 1152},    {"p5.48xlarge", 2048},      {"p5e.48xlarge", 2048},
    {"trn1.2xlarge", 32},    {"trn1.32xlarge", 512},     {"trn1n.32xlarge", 512},    {"trn2.48xlarge", 2048},
    {"inf2.xlarge", 16},     {"inf2.8xlarge", 128},      {"inf2.24xlarge", 384},     {"inf2.48xlarge", 768},
    {"t2.medium", 4},        {"t3.medium", 4},           {"inf1.xlarge", 8},         {"inf1.2xlarge", 16},
    {"inf1.6xlarge", 48},    {"inf1.24xlarge", 192},     {"dl1.24xlarge", 768},      {"p5.4xlarge", 256},
    {"p5en.48xlarge", 2048}, {"p6-b200.48xlarge", 2048}, {"p6-b300.48xlarge", 4096}, {"p6e-gb200.36xlarge", 960},
};

// How many "large" a size is; 0: no such size.
double larges(std::string_view size) {
  if (size == "medium") return 0.5;
  if (size == "large") return 1;
  if (size == "xlarge") return 2;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number);
  if (error != std::errc() || std::string_view(end, size.data() + size.size()) != "xlarge") return 0;
  return 2.0 * number;
}

}  // namespace

std::optional<std::uint64_t> memory_of_instance(std::string_view type) {
  if (!type.starts_with("ml.")) return std::nullopt;
  type.remove_prefix(3);
  const auto exception = std::ranges::find(exceptions, type, &Exception::type);
  if (exception != std::end(exceptions)) return static_cast<std::uint64_t>(exception->gibibytes * gibibyte);
  const std::size_t dot = std::min(type.find('.'), type.size());
  const auto family = std::ranges::find(families, type.substr(0, dot), &Family::name);
  if (family == std::end(families) || dot == type.size()) return std::nullopt;
  const double count = larges(type.substr(dot + 1));
  if (count == 0) return std::nullopt;
  return static_cast<std::uint64_t>(count * family->gibibytes_a_large * gibibyte);
}

}  // namespace tarn::training
