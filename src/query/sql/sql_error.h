// What is wrong with a statement, and where: the one way in which this folder refuses.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace tarn::sql {

// Counted from 1, columns in code points: as Trino does.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

// `name` is Trino's error name (SYNTAX_ERROR, NOT_SUPPORTED, TABLE_NOT_FOUND …), of static storage. what() is the text
// that Athena shows after the name: "line 1:8: mismatched input …".
class SqlError : public std::exception {
 public:
  SqlError(std::string_view name, Position position, std::string_view message)
      : name_(name),
        position_(position),
        text_("line " + std::to_string(position.line) + ":" + std::to_string(position.column) + ": " +
              std::string(message)) {}

  std::string_view name() const { return name_; }
  Position position() const { return position_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string_view name_;
  Position position_;
  std::string text_;
};

namespace error_names {
inline constexpr std::string_view syntax_error = "SYNTAX_ERROR";
inline constexpr std::string_view not_supported = "NOT_SUPPORTED";
inline constexpr std::string_view invalid_literal = "INVALID_LITERAL";
inline constexpr std::string_view table_not_found = "TABLE_NOT_FOUND";
inline constexpr std::string_view type_not_found = "TYPE_NOT_FOUND";
inline constexpr std::string_view function_not_found = "FUNCTION_NOT_FOUND";
inline constexpr std::string_view invalid_arguments = "INVALID_FUNCTION_ARGUMENT";
inline constexpr std::string_view invalid_parameters = "INVALID_PARAMETER_USAGE";
inline constexpr std::string_view view_is_recursive = "VIEW_IS_RECURSIVE";
inline constexpr std::string_view statement_too_large = "STATEMENT_TOO_LARGE";
}  // namespace error_names

}  // namespace tarn::sql
