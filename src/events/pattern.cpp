#include "events/pattern.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace tarn::events {

using nlohmann::json;

namespace {

constexpr std::size_t max_pattern = 4096;
constexpr int max_depth = 64;

// What one value of an event must be like.
struct Test {
  enum class Kind { literal, prefix, suffix, wildcard, anything_but, numeric, exists, cidr };
  Kind kind = Kind::literal;
  json literal;
  std::string text;
  bool ignore_case = false;
  bool wanted = true;                                  // exists.
  std::vector<std::pair<std::string, double>> bounds;  // numeric.
  std::vector<Test> alternatives;                      // anything-but: none of these.
  std::array<unsigned char, 16> network{};             // cidr.
  int family = 0, prefix_bits = 0;
};

[[noreturn]] void refuse(const std::string& why) {
  throw Error(errors::invalid_event_pattern, "Event pattern is not valid. Reason: " + why);
}

}  // namespace

// One level of the pattern: every field must match, and of each $or at least one branch.
struct Pattern::Node {
  // Fields that are objects: names and what lies below each, in step (a pair would need Node to be complete).
  std::vector<std::string> names;
  std::vector<Node> below;
  std::vector<std::pair<std::string, std::vector<Test>>> leaves;
  std::vector<std::vector<Node>> alternatives;
};

namespace {

using Node = Pattern::Node;

std::string text_of(const json& value, const char* what) {
  if (!value.is_string()) refuse(std::string(what) + " match pattern must be a string");
  return value.get<std::string>();
}

void compile_affix(Test& test, const json& value, const char* what) {
  if (value.is_object() && value.size() == 1 && value.contains("equals-ignore-case")) {
    test.ignore_case = true;
    test.text = to_lower(text_of(value["equals-ignore-case"], what));
  } else {
    test.text = text_of(value, what);
  }
}

void compile_numeric(Test& test, const json& value) {
  if (!value.is_array() || value.empty() || value.size() % 2 != 0 || value.size() > 4) {
    refuse("numeric match pattern must be an array of one or two comparisons");
  }
  for (std::size_t i = 0; i < value.size(); i += 2) {
    if (!value[i].is_string() || !value[i + 1].is_number()) refuse("numeric wants an operator and a number");
    const std::string op = value[i];
    if (op != "=" && op != "<" && op != "<=" && op != ">" && op != ">=") refuse("unknown numeric operator " + op);
    test.bounds.emplace_back(op, value[i + 1].get<double>());
  }
}

void compile_cidr(Test& test, const std::string& text) {
  const auto slash = text.find('/');
  const std::string address = text.substr(0, slash);
  test.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const int most = test.family == AF_INET ? 32 : 128;
  if (slash == std::string::npos || inet_pton(test.family, address.c_str(), test.network.data()) != 1) {
    refuse("malformed CIDR, one '/' required: " + text);
  }
  const auto [end, failure] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), test.prefix_bits);
  if (failure != std::errc{} || end != text.data() + text.size() || test.prefix_bits < 0 || test.prefix_bits > most) {
    refuse("malformed CIDR mask: " + text);
  }
}

Test compile_test(const json& value, bool inside_anything_but = false);

void compile_anything_but(Test& test, const json& value) {
  const auto add = [&](const json& item) {
    test.alternatives.push_back(compile_test(item, true));
    if (test.alternatives.back().kind == Test::Kind::exists) refuse("anything-but cannot hold exists");
  };
  if (value.is_array()) {
    if (value.empty()) refuse("anything-but list must not be empty");
    for (const json& item : value) add(item);
  } else if (value.is_object() && value.size() == 1 && value.begin()->is_array()) {
    // {"prefix": ["a", "b"]}
    for (const json& item : *value.begin()) add(json{{value.begin().key(), item}});
  } else {
    add(value);
  }
}

Test compile_test(const json& value, bool inside_anything_but) {
  Test test;
  if (!value.is_object()) {
    if (value.is_array()) refuse("match value must be string, number, true, false, or null");
    test.literal = value;
    return test;
  }
  if (value.size() != 1) refuse("only one key allowed in match expression");
  const std::string key = value.begin().key();
  const json& argument = value.begin().value();
  if (key == "prefix" || key == "suffix") {
    test.kind = key == "prefix" ? Test::Kind::prefix : Test::Kind::suffix;
    compile_affix(test, argument, key.c_str());
  } else if (key == "equals-ignore-case") {
    test.ignore_case = true;
    test.text = to_lower(text_of(argument, key.c_str()));
  } else if (key == "wildcard") {
    test.kind = Test::Kind::wildcard;
    test.text = text_of(argument, "wildcard");
    if (test.text.find("**") != std::string::npos) refuse("consecutive wildcard characters");
  } else if (key == "numeric" && !inside_anything_but) {
    test.kind = Test::Kind::numeric;
    compile_numeric(test, argument);
  } else if (key == "exists" && !inside_anything_but) {
    if (!argument.is_boolean()) refuse("exists match pattern must be either true or false");
    test.kind = Test::Kind::exists;
    test.wanted = argument.get<bool>();
  } else if (key == "cidr" && !inside_anything_but) {
    test.kind = Test::Kind::cidr;
    compile_cidr(test, text_of(argument, "cidr"));
  } else if (key == "anything-but" && !inside_anything_but) {
    test.kind = Test::Kind::anything_but;
    compile_anything_but(test, argument);
  } else {
    refuse("unrecognized match type " + key);
  }
  return test;
}

Node compile_node(const json& pattern, int depth) {
  if (depth > max_depth) refuse("it is nested too deeply");
  if (!pattern.is_object()) refuse("Filter is not an object");
  if (pattern.empty()) refuse("Empty objects are not allowed");
  Node node;
  for (const auto& [name, value] : pattern.items()) {
    if (name == "$or" && value.is_array()) {
      if (value.size() < 2) refuse("$or needs at least two alternatives");
      auto& branches = node.alternatives.emplace_back();
      for (const json& branch : value) branches.push_back(compile_node(branch, depth + 1));
    } else if (value.is_object()) {
      node.names.push_back(name);
      node.below.push_back(compile_node(value, depth + 1));
    } else if (value.is_array()) {
      if (value.empty()) refuse("Empty arrays are not allowed");
      auto& tests = node.leaves.emplace_back(name, std::vector<Test>{}).second;
      for (const json& item : value) tests.push_back(compile_test(item));
    } else {
      refuse("\"" + name + "\" must be an object or an array");
    }
  }
  return node;
}

// * stands for any run; \* and \\ for themselves.
bool wildcard(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && (escaped ? pattern[p + 1] == text[t] : pattern[p] != '*' && pattern[p] == text[t])) {
      ++t, p += escaped ? 2 : 1;
    } else if (p < pattern.size() && !escaped && pattern[p] == '*') {
      star = p++, mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1, t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool in_network(const Test& test, const std::string& text) {
  std::array<unsigned char, 16> address{};
  if (inet_pton(test.family, text.c_str(), address.data()) != 1) return false;
  const int whole = test.prefix_bits / 8, rest = test.prefix_bits % 8;
  if (std::memcmp(address.data(), test.network.data(), static_cast<std::size_t>(whole)) != 0) return false;
  return rest == 0 || (address[whole] ^ test.network[whole]) >> (8 - rest) == 0;
}

bool within(const Test& test, double number) {
  return std::ranges::all_of(test.bounds, [number](const auto& bound) {
    const auto& [op, limit] = bound;
    if (op == "=") return number == limit;
    if (op == "<") return number < limit;
    if (op == "<=") return number <= limit;
    if (op == ">") return number > limit;
    return number >= limit;
  });
}

bool holds(const Test& test, const json& value) {
  switch (test.kind) {
    case Test::Kind::literal:
      if (test.ignore_case) return value.is_string() && to_lower(value.get<std::string>()) == test.text;
      return value == test.literal;
    case Test::Kind::prefix:
    case Test::Kind::suffix: {
      if (!value.is_string()) return false;
      const std::string text = test.ignore_case ? to_lower(value.get<std::string>()) : value.get<std::string>();
      return test.kind == Test::Kind::prefix ? text.starts_with(test.text) : text.ends_with(test.text);
    }
    case Test::Kind::wildcard:
      return value.is_string() && wildcard(value.get_ref<const std::string&>(), test.text);
    case Test::Kind::anything_but:
      return std::ranges::none_of(test.alternatives, [&](const Test& other) { return holds(other, value); });
    case Test::Kind::numeric:
      return value.is_number() && within(test, value.get<double>());
    case Test::Kind::cidr:
      return value.is_string() && in_network(test, value.get<std::string>());
    case Test::Kind::exists:
      return test.wanted;
  }
  return false;
}

// A field that is a list matches where one of its elements does. `field` is null where it is not there; exists looks at
// leaves only.
bool leaf_matches(const std::vector<Test>& tests, const json* field) {
  if (field && field->is_object()) field = nullptr;
  const bool there = field && !(field->is_array() && field->empty());
  if (!there) {
    return std::ranges::any_of(tests, [](const Test& test) { return test.kind == Test::Kind::exists && !test.wanted; });
  }
  const auto one = [&](const json& value) {
    return std::ranges::any_of(tests, [&](const Test& test) { return holds(test, value); });
  };
  return field->is_array() ? std::ranges::any_of(*field, one) : one(*field);
}

bool node_matches(const Node& node, const json& event) {
  const auto find = [&event](const std::string& name) -> const json* {
    const auto at = event.find(name);
    return at == event.end() ? nullptr : &*at;
  };
  static const json nothing = json::object();
  for (const auto& [name, tests] : node.leaves) {
    if (!leaf_matches(tests, find(name))) return false;
  }
  for (std::size_t i = 0; i < node.names.size(); ++i) {
    const Node& inner = node.below[i];
    const json* field = find(node.names[i]);
    const auto one = [&](const json& value) { return value.is_object() && node_matches(inner, value); };
    const bool matched = !field              ? node_matches(inner, nothing)
                         : field->is_array() ? std::ranges::any_of(*field, one)
                                             : one(*field);
    if (!matched) return false;
  }
  return std::ranges::all_of(node.alternatives, [&](const std::vector<Node>& branches) {
    return std::ranges::any_of(branches, [&](const Node& branch) { return node_matches(branch, event); });
  });
}

}  // namespace

Pattern::Pattern(std::string_view text) {
  if (text.size() > max_pattern) refuse("it is longer than 4096 characters");
  const json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) refuse("it is no JSON");
  root_ = std::make_unique<Node>(compile_node(parsed, 0));
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::matches(std::string_view event) const {
  const json parsed = json::parse(event, nullptr, false);
  return parsed.is_object() && node_matches(*root_, parsed);
}

}  // namespace tarn::events
