// The 22 TPC-H queries in Athena's dialect, through parser, printer and system.trino, beside the same texts in plain
// DuckDB: one engine, the same Parquet files in memory. What it measures is what the dialect costs.
//
//   tpchgen-cli -s 1 --format parquet --output-dir DIR && bench_tpch DIR [tests/sql/tpch]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "duck/engine.h"
#include "duck/memory_files.h"
#include "query/sql/parser.h"
#include "query/sql/printer.h"

namespace tarn {
namespace {

constexpr int runs = 3;  // The best of them counts.

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string scan(const std::string& table) {
  return "read_parquet('s3://tpch/" + table + ".parquet')";
}

class Tables : public sql::TableResolver {
 public:
  std::variant<sql::ResolvedSource, sql::ResolvedView> resolve(const sql::TableReference& table, const std::string&,
                                                               const sql::TableUse&) override {
    return sql::ResolvedSource{.sql = scan(table.name.folded()), .hidden_columns = {}};
  }
};

struct Timed {
  double seconds = 1e9;
  std::size_t rows = 0;
};

template <typename Start>
Timed best_of(Start start) {
  Timed best;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    std::size_t rows = 0;
    const auto result = start();
    while (const auto chunk = result->next()) rows += chunk->rows();
    best.rows = rows;
    best.seconds =
        std::min(best.seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

int run(const std::filesystem::path& data, const std::filesystem::path& queries) {
  const auto files = std::make_shared<duck::MemoryFiles>();
  duck::Engine engine({.memory_bytes = 8ull << 30, .threads = 2});
  const auto connection = engine.connect(files);
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    if (entry.path().extension() != ".parquet") continue;
    const std::string table = entry.path().stem();
    files->put("s3://tpch/" + table + ".parquet", read_file(entry.path()));
    connection->execute("CREATE TEMP VIEW " + table + " AS SELECT * FROM " + scan(table));
  }
  std::set<std::filesystem::path> texts;
  for (const auto& entry : std::filesystem::directory_iterator(queries)) texts.insert(entry.path());
  double ours = 0, plain = 0;
  std::printf("%-8s %10s %10s %8s %8s\n", "query", "dialect s", "plain s", "ratio", "rows");
  for (const auto& path : texts) {
    const std::string text = read_file(path);
    const Timed dialect = best_of([&] {
      const auto statement = sql::parse(text);
      Tables tables;
      return connection->run(sql::print_query(*std::get<sql::QueryPtr>(statement->node), tables, {.database = "tpch"}));
    });
    const Timed engine_alone = best_of([&] { return connection->run(text); });
    ours += dialect.seconds;
    plain += engine_alone.seconds;
    std::printf("%-8s %10.3f %10.3f %8.2f %8zu%s\n", path.stem().c_str(), dialect.seconds, engine_alone.seconds,
                dialect.seconds / engine_alone.seconds, dialect.rows,
                dialect.rows == engine_alone.rows ? "" : "  rows differ");
    std::fflush(stdout);
  }
  std::printf("%-8s %10.3f %10.3f %8.2f\n", "total", ours, plain, ours / plain);
  return 0;
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_tpch DIR [QUERIES]\n");
    return 2;
  }
  return tarn::run(argv[1], argc > 2 ? argv[2] : "tests/sql/tpch");
}
