// tests/sql/trino-answers.tsv: what Trino 476 itself answered, beside what comes out here through parser, printer and
// engine. A line is the statement, Trino's answer and a mark, separated by tabs:
//   the answer is rows joined by ";" (sorted as text), fields by "|", NULL as "∅";
//   or "!" and the error's name, of which only is asked that there is one.
//   The mark is "refused" where an error here stands for an answer there. Nothing else may differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "duck/engine.h"
#include "duck/memory_files.h"
#include "query/sql/parser.h"
#include "query/sql/printer.h"

namespace tarn::query {
namespace {

class NoTables : public sql::TableResolver {
 public:
  std::variant<sql::ResolvedSource, sql::ResolvedView> resolve(const sql::TableReference& table, const std::string&,
                                                               const sql::TableUse&) override {
    throw sql::SqlError(sql::error_names::table_not_found, table.name.position(), table.name.text());
  }
};

std::string answer(duck::Connection& connection, const std::string& text) {
  try {
    const auto statement = sql::parse_query_dialect(text);
    NoTables tables;
    const auto result = connection.run(
        sql::print_query(*std::get<sql::QueryPtr>(statement->node), tables, {.database = "db", .user = "someone"}));
    std::vector<std::string> rows;
    while (const auto chunk = result->next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        std::string line;
        for (std::size_t column = 0; column < result->columns().size(); ++column) {
          line += (column > 0 ? "|" : "") + chunk->text(column, row).value_or("∅");
        }
        rows.push_back(std::move(line));
      }
    }
    std::ranges::sort(rows);
    std::string all;
    for (const auto& row : rows) all += (all.empty() ? "" : ";") + row;
    return all;
  } catch (const duck::SqlError& error) {
    return "!" + error.name();
  } catch (const sql::SqlError& error) {
    return "!" + std::string(error.name());
  }
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0;;) {
    const auto end = line.find('\t', at);
    fields.push_back(line.substr(at, end - at));
    if (end == line.npos) return fields;
    at = end + 1;
  }
}

TEST(TrinoAnswers, AreOurs) {
  std::ifstream file("tests/sql/trino-answers.tsv");
  ASSERT_TRUE(file) << "run from the source folder";
  duck::Engine& engine = *new duck::Engine({.memory_bytes = 256 << 20, .threads = 1});
  const auto connection = engine.connect(std::make_shared<duck::MemoryFiles>(), duck::Rules::trino);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    const auto fields = fields_of(line);
    ASSERT_EQ(fields.size(), 3u) << line;
    const std::string mine = answer(*connection, fields[0]);
    if (fields[1].starts_with('!')) {
      EXPECT_TRUE(mine.starts_with('!')) << fields[0] << "\n  Trino " << fields[1] << "\n  here " << mine;
    } else if (fields[2] == "refused") {
      EXPECT_TRUE(mine.starts_with('!')) << fields[0] << "\n  answers " << mine << " now: take the mark away";
    } else {
      EXPECT_EQ(mine, fields[1]) << fields[0];
    }
    ++count;
  }
  EXPECT_GT(count, 400u);
}

}  // namespace
}  // namespace tarn::query
