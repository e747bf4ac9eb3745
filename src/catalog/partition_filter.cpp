#include "catalog/partition_filter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "catalog/errors.h"

namespace tarn::catalog {

namespace {
enum class Truth { no, unknown, yes };
enum class KeyType { text, number, date };
}  // namespace

// What a partition's value and a literal are compared as.
struct PartitionFilter::Node {
  enum class Kind { logical_and, logical_or, logical_not, compare, like, in, is_null };
  Kind kind;
  std::vector<std::unique_ptr<Node>> children;
  std::size_t column = 0;
  KeyType type = KeyType::text;
  std::string op;
  std::vector<std::string> literals;
  bool negated = false;
};

namespace {

using Node = PartitionFilter::Node;
using NodePtr = std::unique_ptr<Node>;

constexpr std::size_t max_expression = 2048;
constexpr int max_depth = 64;
// Hive's name for the partition of NULL.
constexpr std::string_view null_partition = "__HIVE_DEFAULT_PARTITION__";

[[noreturn]] void refuse(const std::string& why) {
  throw Error(errors::invalid_input, "Unsupported expression: " + why);
}

struct Token {
  enum class Kind { end, word, text, number, symbol };
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;
};

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
    Token token{.kind = Token::Kind::end, .text = {}, .at = at_};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '\'') return quoted('\'', Token::Kind::text, token);
    if (c == '"' || c == '`') return quoted(c, Token::Kind::word, token);
    if (is_word_start(c)) return run(Token::Kind::word, token, [](char x) { return is_word_start(x) || is_digit(x); });
    if (is_digit(c) || ((c == '-' || c == '+' || c == '.') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      token.text = c;
      ++at_;
      Token rest = run(Token::Kind::number, token, [](char x) { return is_digit(x) || x == '.'; });
      return rest;
    }
    for (const std::string_view symbol : {"<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ","}) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        token.kind = Token::Kind::symbol;
        token.text = symbol;
        return token;
      }
    }
    refuse("unexpected character at position " + std::to_string(at_ + 1));
  }

 private:
  // A quote inside is doubled.
  Token quoted(char quote, Token::Kind kind, Token token) {
    token.kind = kind;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        token.text += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        token.text += text_[++at_];
      } else {
        ++at_;
        return token;
      }
    }
    refuse("the quote opened at position " + std::to_string(token.at + 1) + " is never closed");
  }

  template <typename Accepts>
  Token run(Token::Kind kind, Token token, Accepts accepts) {
    token.kind = kind;
    while (at_ < text_.size() && accepts(text_[at_])) token.text += text_[at_++];
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

KeyType key_type(const Column& column) {
  const std::string type = to_lower(column.type.value_or("string"));
  for (const std::string_view number : {"tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "long"}) {
    if (type.starts_with(number)) return KeyType::number;
  }
  if (type == "date" || type.starts_with("timestamp")) return KeyType::date;
  for (const std::string_view text : {"string", "varchar", "char", "boolean"}) {
    if (type.starts_with(text)) return KeyType::text;
  }
  refuse("the partition key " + column.name + " has type " + type + ", which cannot be filtered");
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Column>& keys) : lexer_(text), keys_(keys) { advance(); }

  NodePtr parse() {
    NodePtr root = disjunction();
    if (token_.kind != Token::Kind::end) unexpected();
    return root;
  }

 private:
  void advance() { token_ = lexer_.next(); }
  bool at_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && equal_ignoring_case(token_.text, word);
  }
  bool at_symbol(std::string_view symbol) const { return token_.kind == Token::Kind::symbol && token_.text == symbol; }
  bool take_word(std::string_view word) {
    if (!at_word(word)) return false;
    advance();
    return true;
  }
  void expect_symbol(std::string_view symbol) {
    if (!at_symbol(symbol)) unexpected();
    advance();
  }
  [[noreturn]] void unexpected() const {
    if (token_.kind == Token::Kind::end) refuse("it ends too early");
    refuse("unexpected '" + token_.text + "' at position " + std::to_string(token_.at + 1));
  }

  static NodePtr join(Node::Kind kind, NodePtr left, NodePtr right) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  NodePtr disjunction() {
    NodePtr left = conjunction();
    while (take_word("or")) left = join(Node::Kind::logical_or, std::move(left), conjunction());
    return left;
  }

  NodePtr conjunction() {
    NodePtr left = negation();
    while (take_word("and")) left = join(Node::Kind::logical_and, std::move(left), negation());
    return left;
  }

  NodePtr negation() {
    if (++depth_ > max_depth) refuse("it is nested too deeply");
    NodePtr node;
    if (take_word("not")) {
      node = std::make_unique<Node>();
      node->kind = Node::Kind::logical_not;
      node->children.push_back(negation());
    } else if (at_symbol("(")) {
      advance();
      node = disjunction();
      expect_symbol(")");
    } else {
      node = predicate();
    }
    --depth_;
    return node;
  }

  NodePtr predicate() {
    if (token_.kind != Token::Kind::word) unexpected();
    auto node = std::make_unique<Node>();
    const auto key =
        std::ranges::find_if(keys_, [&](const Column& k) { return equal_ignoring_case(k.name, token_.text); });
    if (key == keys_.end()) refuse("'" + token_.text + "' is not a partition key of the table");
    node->column = static_cast<std::size_t>(key - keys_.begin());
    node->type = key_type(*key);
    advance();
    if (take_word("is")) return null_test(std::move(node));
    node->negated = take_word("not");
    if (take_word("in")) return membership(std::move(node));
    if (take_word("between")) return between(std::move(node));
    if (take_word("like")) {
      node->kind = Node::Kind::like;
      if (node->type != KeyType::text) refuse("LIKE needs a text key");
      node->literals.push_back(literal(*node));
      return node;
    }
    if (node->negated || token_.kind != Token::Kind::symbol) unexpected();
    node->kind = Node::Kind::compare;
    node->op = token_.text == "!=" ? "<>" : token_.text;
    if (node->op == "(" || node->op == ")" || node->op == ",") unexpected();
    advance();
    node->literals.push_back(literal(*node));
    return node;
  }

  NodePtr null_test(NodePtr node) {
    node->kind = Node::Kind::is_null;
    node->negated = take_word("not");
    if (!take_word("null")) unexpected();
    return node;
  }

  NodePtr membership(NodePtr node) {
    node->kind = Node::Kind::in;
    expect_symbol("(");
    node->literals.push_back(literal(*node));
    while (at_symbol(",")) {
      advance();
      node->literals.push_back(literal(*node));
    }
    expect_symbol(")");
    return node;
  }

  // a BETWEEN x AND y is a >= x AND a <= y.
  NodePtr between(NodePtr node) {
    const bool negated = node->negated;
    auto upper = std::make_unique<Node>();
    upper->column = node->column;
    upper->type = node->type;
    upper->kind = node->kind = Node::Kind::compare;
    node->negated = false;
    node->op = ">=";
    node->literals.push_back(literal(*node));
    if (!take_word("and")) unexpected();
    upper->op = "<=";
    upper->literals.push_back(literal(*upper));
    NodePtr both = join(Node::Kind::logical_and, std::move(node), std::move(upper));
    if (!negated) return both;
    auto inverted = std::make_unique<Node>();
    inverted->kind = Node::Kind::logical_not;
    inverted->children.push_back(std::move(both));
    return inverted;
  }

  std::string literal(const Node& node) {
    // DATE '2013-01-01' and TIMESTAMP '…' are their text.
    if (at_word("date") || at_word("timestamp")) advance();
    if (token_.kind != Token::Kind::text && token_.kind != Token::Kind::number && !at_word("true") &&
        !at_word("false")) {
      unexpected();
    }
    std::string text = token_.text;
    if (node.type == KeyType::number) {
      double number;
      const auto [end, failure] =
          std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), text.data() + text.size(), number);
      if (failure != std::errc{} || end != text.data() + text.size()) {
        refuse("'" + text + "' is no number, as the key " + keys_[node.column].name + " wants");
      }
    }
    advance();
    return text;
  }

  Lexer lexer_;
  const std::vector<Column>& keys_;
  Token token_;
  int depth_ = 0;
};

Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}
Truth invert(Truth value) {
  return value == Truth::unknown ? value : truth(value == Truth::no);
}

// Numbers whole: a bigint beyond 2^53 must not be compared as a double.
std::optional<int> compare_numbers(std::string_view a, std::string_view b) {
  const auto whole = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t number;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
  };
  const auto left = whole(a), right = whole(b);
  if (left && right) return *left < *right ? -1 : *left > *right;
  const auto real = [](std::string_view text) -> std::optional<double> {
    double number;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || std::isnan(number)) return std::nullopt;
    return number;
  };
  const auto x = real(a), y = real(b);
  if (!x || !y) return std::nullopt;
  return *x < *y ? -1 : *x > *y;
}

std::optional<int> compare_dates(std::string_view a, std::string_view b) {
  const auto left = parse_iso8601(a), right = parse_iso8601(b);
  if (!left || !right) return std::nullopt;
  return *left < *right ? -1 : *left > *right;
}

std::optional<int> compare(KeyType type, const std::string& value, const std::string& literal) {
  switch (type) {
    case KeyType::number:
      return compare_numbers(value, literal);
    case KeyType::date:
      return compare_dates(value, literal);
    case KeyType::text:
      return value < literal ? -1 : value > literal;
  }
  return std::nullopt;
}

bool holds(const std::string& op, int order) {
  if (op == "=") return order == 0;
  if (op == "<>") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  return order >= 0;
}

// SQL's LIKE without an escape: % any run, _ one character. Linear in both by going back to the last % only.
bool like(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '_' || (pattern[p] == text[t] && pattern[p] != '%'))) {
      ++t, ++p;
    } else if (p < pattern.size() && pattern[p] == '%') {
      star = p++, mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1, t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

Truth evaluate(const Node& node, const std::vector<std::string>& values);

Truth evaluate_predicate(const Node& node, const std::vector<std::string>& values) {
  if (node.column >= values.size()) return Truth::unknown;
  const std::string& value = values[node.column];
  const bool null = value == null_partition;
  if (node.kind == Node::Kind::is_null) return truth(null != node.negated);
  if (null) return Truth::unknown;
  if (node.kind == Node::Kind::like) return truth(like(value, node.literals[0]) != node.negated);
  if (node.kind == Node::Kind::compare) {
    const auto order = compare(node.type, value, node.literals[0]);
    return order ? truth(holds(node.op, *order)) : Truth::unknown;
  }
  bool found = false;
  for (const std::string& literal : node.literals) {
    const auto order = compare(node.type, value, literal);
    if (!order) return Truth::unknown;
    found = found || *order == 0;
  }
  return truth(found != node.negated);
}

Truth evaluate(const Node& node, const std::vector<std::string>& values) {
  switch (node.kind) {
    case Node::Kind::logical_not:
      return invert(evaluate(*node.children[0], values));
    case Node::Kind::logical_and:
      return std::min(evaluate(*node.children[0], values), evaluate(*node.children[1], values));
    case Node::Kind::logical_or:
      return std::max(evaluate(*node.children[0], values), evaluate(*node.children[1], values));
    default:
      return evaluate_predicate(node, values);
  }
}

std::optional<std::string> pinned(const Node& node) {
  if (node.kind == Node::Kind::logical_and) {
    for (const NodePtr& child : node.children) {
      if (auto value = pinned(*child)) return value;
    }
  }
  // Only text: '01' and 1 are one number but two values.
  if (node.kind == Node::Kind::compare && node.column == 0 && node.op == "=" && node.type == KeyType::text) {
    return node.literals[0];
  }
  return std::nullopt;
}

}  // namespace

PartitionFilter::PartitionFilter(std::string_view expression, const std::vector<Column>& partition_keys) {
  if (expression.size() > max_expression) refuse("it is longer than 2048 characters");
  if (expression.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  root_ = Parser(expression, partition_keys).parse();
}

PartitionFilter::~PartitionFilter() = default;
PartitionFilter::PartitionFilter(PartitionFilter&&) noexcept = default;

bool PartitionFilter::matches(const std::vector<std::string>& values) const {
  return !root_ || evaluate(*root_, values) == Truth::yes;
}

std::optional<std::string> PartitionFilter::pinned_first_value() const {
  return root_ ? pinned(*root_) : std::nullopt;
}

}  // namespace tarn::catalog
