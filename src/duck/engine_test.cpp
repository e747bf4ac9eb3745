#include "duck/engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "duck/engine_thread.h"
#include "duck/memory_files.h"

namespace tarn::duck {
namespace {

class EngineTest : public testing::Test {
 protected:
  // All rows as text, fields joined by "|", NULL as "∅".
  std::vector<std::string> rows(const std::string& sql) {
    std::vector<std::string> result;
    const auto running = connection->run(sql);
    columns = running->columns();
    while (const auto chunk = running->next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        std::string line;
        for (std::size_t column = 0; column < columns.size(); ++column) {
          if (column) line += "|";
          line += chunk->text(column, row).value_or("∅");
        }
        result.push_back(line);
      }
    }
    return result;
  }
  std::string one(const std::string& expression) { return rows("SELECT " + expression).at(0); }
  std::string error_of(const std::string& sql) {
    try {
      rows(sql);
    } catch (const SqlError& error) {
      return error.name();
    }
    return "no error";
  }

  static Engine& engine() {
    // Never destroyed: an engine must not outlive main, whose end DuckDB's thread-locals do not survive.
    static Engine& shared =
        *new Engine({.memory_bytes = 256 << 20, .threads = 2, .spill_directory = "/tmp/tarn_engine_test_spill"});
    return shared;
  }

  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  std::unique_ptr<Connection> connection = engine().connect(files);
  std::vector<Column> columns;
};

struct TextCase {
  const char* sql;
  const char* text;
  const char* type;
};

class ValueTexts : public EngineTest, public testing::WithParamInterface<TextCase> {};

TEST_P(ValueTexts, AreAthenas) {
  EXPECT_EQ(one(GetParam().sql), GetParam().text) << GetParam().sql;
  EXPECT_EQ(trino_name(columns.at(0).type), GetParam().type) << GetParam().sql;
}

INSTANTIATE_TEST_SUITE_P(
    , ValueTexts,
    testing::Values(
        TextCase{"TRUE", "true", "boolean"}, TextCase{"(-5)::TINYINT", "-5", "tinyint"},
        TextCase{"9223372036854775807", "9223372036854775807", "bigint"}, TextCase{"1e20::DOUBLE", "1.0E20", "double"},
        TextCase{"0.1::FLOAT", "0.1", "real"}, TextCase{"1.50::DECIMAL(10,2)", "1.50", "decimal(10,2)"},
        TextCase{"-0.05::DECIMAL(38,4)", "-0.0500", "decimal(38,4)"}, TextCase{"'x|y'", "x|y", "varchar"},
        TextCase{"NULL", "∅", "integer"}, TextCase{"'hello'::BLOB", "68 65 6c 6c 6f", "varbinary"},
        TextCase{"DATE '2024-01-15'", "2024-01-15", "date"}, TextCase{"DATE '0044-03-15'", "0044-03-15", "date"},
        TextCase{"TIME '01:02:03'", "01:02:03.000", "time(3)"},
        TextCase{"TIMESTAMP '2024-01-15 10:30:45.123456'", "2024-01-15 10:30:45.123", "timestamp(3)"},
        TextCase{"TIMESTAMP '1969-12-31 23:59:59.999'", "1969-12-31 23:59:59.999", "timestamp(3)"},
        TextCase{"TIMESTAMPTZ '2024-01-15 10:30:45+02:00'", "2024-01-15 08:30:45.000 UTC",
                 "timestamp(3) with time zone"},
        TextCase{"INTERVAL 60 DAY", "60 00:00:00.000", "interval day to second"},
        TextCase{"[1, 2, NULL]", "[1, 2, null]", "array(integer)"},
        TextCase{"MAP {'b': 2, 'a': 1}", "{a=1, b=2}", "map(varchar, integer)"},
        TextCase{"MAP {10: 'x', 9: NULL}", "{9=null, 10=x}", "map(integer, varchar)"},
        TextCase{"{'x': 1, 'y': 'foo'}", "{x=1, y=foo}", "row(x integer, y varchar)"},
        TextCase{"row(1, 'x')", "{1, x}", "row(integer, varchar)"},
        TextCase{"[{'a': [1.5::DOUBLE]}]", "[{a=[1.5]}]", "array(row(a array(double)))"},
        TextCase{"'{\"a\": 1}'::JSON", "{\"a\": 1}", "json"},
        TextCase{"'12151fd2-7586-11e9-8f9e-2a86e4085a59'::UUID", "12151fd2-7586-11e9-8f9e-2a86e4085a59", "uuid"}));

TEST_F(EngineTest, ReadsFilesAndCountsTheirBytes) {
  files->put("s3://lake/t/a.csv", "id,name\n1,one\n2,two\n");
  files->put("s3://lake/t/b[1]*.csv", "id,name\n3,three\n");
  EXPECT_EQ(rows("SELECT * FROM read_csv(['s3://lake/t/a.csv', 's3://lake/t/b[1]*.csv'], header = true, auto_detect = "
                 "false, columns = {'id': 'INTEGER', 'name': 'VARCHAR'}) ORDER BY id"),
            (std::vector<std::string>{"1|one", "2|two", "3|three"}));
  EXPECT_EQ(connection->progress().bytes_read, 36u);
  EXPECT_EQ(rows("SELECT count(*) FROM read_csv('s3://lake/t/', header = true)").at(0), "3");
}

TEST_F(EngineTest, WritesParquetInPartitionsAndReadsItBack) {
  const auto count = connection->execute(
      "COPY (SELECT i, i % 2 AS part FROM range(1000) t(i)) TO 's3://lake/out' (FORMAT parquet, COMPRESSION zstd, "
      "PARTITION_BY (part), FILENAME_PATTERN 'part_{i}')");
  EXPECT_EQ(count, 1000u);
  const auto written = files->all();
  ASSERT_EQ(written.size(), 2u);
  EXPECT_TRUE(written.begin()->first.starts_with("s3://lake/out/part=0/part_")) << written.begin()->first;
  EXPECT_GT(connection->progress().bytes_written, 100u);
  const auto path = written.rbegin()->first;
  EXPECT_EQ(rows("SELECT count(*), min(i), max(i) FROM read_parquet('" + path + "')").at(0), "500|1|999");
}

TEST_F(EngineTest, WritesCsvAndJson) {
  connection->execute("COPY (SELECT 1 AS a, 'x,y' AS b) TO 's3://lake/o.csv' (FORMAT csv, HEADER false)");
  connection->execute("COPY (SELECT 1 AS a, 'x' AS b) TO 's3://lake/o.json' (FORMAT json)");
  EXPECT_EQ(*files->all().at("s3://lake/o.csv"), "1,\"x,y\"\n");
  EXPECT_EQ(*files->all().at("s3://lake/o.json"), "{\"a\":1,\"b\":\"x\"}\n");
}

TEST_F(EngineTest, PublishesNothingOfAFailedCopy) {
  EXPECT_THROW(connection->execute("COPY (SELECT CAST(CASE WHEN i = 900000 THEN 'x' ELSE '1' END AS INTEGER) AS n FROM "
                                   "range(1000000) t(i)) TO 's3://lake/bad.parquet' (FORMAT parquet)"),
               SqlError);
  EXPECT_TRUE(files->all().empty());
}

TEST_F(EngineTest, ThrowsWhatTheFilesThrew) {
  files->put("s3://lake/secret.csv", "a\n1\n");
  files->deny("s3://lake/secret.csv");
  try {
    rows("SELECT * FROM read_csv('s3://lake/secret.csv')");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::access_denied);
    EXPECT_EQ(error.resource(), "s3://lake/secret.csv");
  }
  EXPECT_EQ(one("1"), "1");  // The connection goes on.
}

TEST_F(EngineTest, NamesFailuresAsTrinoDoes) {
  EXPECT_EQ(error_of("SELECT CAST('x' AS INTEGER)"), "INVALID_CAST_ARGUMENT");
  EXPECT_EQ(error_of("SELECT 2147483647::INTEGER + 1::INTEGER"), "NUMERIC_VALUE_OUT_OF_RANGE");
  EXPECT_EQ(error_of("SELECT nonsense(1)"), "FUNCTION_NOT_FOUND");
  EXPECT_EQ(error_of("SELECT * FROM nowhere"), "TABLE_NOT_FOUND");
  EXPECT_EQ(error_of("SELECT nothing FROM (SELECT 1 AS a)"), "COLUMN_NOT_FOUND");
  EXPECT_EQ(error_of("SELEC 1"), "SYNTAX_ERROR");
  files->put("s3://lake/cut.parquet", "PAR1 no more of it");
  EXPECT_EQ(error_of("SELECT * FROM read_parquet('s3://lake/cut.parquet')"), "HIVE_BAD_DATA");
}

TEST_F(EngineTest, LeadsToNoOtherFileNetworkOrSetting) {
  std::ofstream("/tmp/tarn_engine_test.csv") << "a\n1\n";
  for (const char* sql :
       {"SELECT * FROM read_csv('/tmp/tarn_engine_test.csv')", "SELECT * FROM '/tmp/tarn_engine_test.csv'",
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", "COPY (SELECT 1) TO '/tmp/tarn_engine_out.csv'",
        "ATTACH '/tmp/tarn_engine.db'", "SET memory_limit = '10GB'", "SET enable_external_access = true",
        "INSTALL httpfs", "LOAD httpfs", "EXPORT DATABASE '/tmp/x'", "SELECT getenv('HOME')"}) {
    EXPECT_NE(error_of(sql), "no error") << sql;
  }
}

TEST_F(EngineTest, StopsWhenAsked) {
  std::stop_source source;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.request_stop();
  });
  const auto started = std::chrono::steady_clock::now();
  try {
    connection->execute(
        "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b WHERE a.range <> b.range",
        source.get_token());
    ADD_FAILURE() << "it ended";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.name(), "USER_CANCELED");
  }
  stopper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
  EXPECT_EQ(one("1"), "1");
  EXPECT_THROW(connection->run("SELECT 1", source.get_token()), SqlError);
}

TEST_F(EngineTest, AResultThatIsNotReadToItsEndIsCancelled) {
  {
    const auto running = connection->run("SELECT * FROM range(100000000)");
    EXPECT_NE(running->next(), nullptr);
  }
  EXPECT_EQ(one("1"), "1");
}

TEST_F(EngineTest, FailsBeyondItsMemory) {
  Engine small({.memory_bytes = 32 << 20, .threads = 1});
  const auto other = small.connect(files);
  try {
    other->execute(
        "SELECT count(*) FROM (SELECT DISTINCT range, range::VARCHAR || 'some longer text' FROM range(5000000))");
    ADD_FAILURE() << "it fitted";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.name(), "EXCEEDED_LOCAL_MEMORY_LIMIT");
  }
}

// A folder to spill to, with what an engine that was killed has left there.
class SpillTest : public testing::Test {
 protected:
  SpillTest() {
    std::filesystem::create_directories(folder);
    std::ofstream(left_over) << "blocks";
    std::ofstream(foreign) << "notes";
  }
  ~SpillTest() override { std::filesystem::remove_all(folder); }

  static std::uint64_t count(Engine& engine, const std::string& sql) {
    const auto connection = engine.connect(std::make_shared<MemoryFiles>());
    const auto running = connection->run(sql);
    std::uint64_t rows = 0;
    while (const auto chunk = running->next()) rows += chunk->rows();
    return rows;
  }

  const std::filesystem::path folder = "/tmp/tarn_spill_test_" + std::to_string(::getpid());
  const std::filesystem::path left_over = folder / "duckdb_temp_storage_S64K-0.tmp";
  const std::filesystem::path foreign = folder / "notes.txt";
};

TEST_F(SpillTest, WhatAnEngineThatDiedLeftIsRemovedAtTheStart) {
  const Engine engine({.memory_bytes = 64 << 20, .threads = 1, .spill_directory = folder});
  EXPECT_FALSE(std::filesystem::exists(left_over));
  EXPECT_TRUE(std::filesystem::exists(foreign));
}

constexpr auto sorted =
    "SELECT range, 'a text that is long enough to be kept apart ' || range AS t FROM range(2000000) ORDER BY "
    "hash(range)";
constexpr auto grouped = "SELECT range::VARCHAR || ' and a longer text' AS t, count(*) FROM range(2000000) GROUP BY t";
constexpr auto joined =
    "SELECT a.range FROM range(2000000) a JOIN (SELECT range, range::VARCHAR || ' and a longer text' AS t FROM "
    "range(2000000)) b ON a.range = b.range WHERE t <> ''";

TEST_F(SpillTest, StatementsThatDoNotFitSpill) {
  Engine engine({.memory_bytes = 64 << 20, .threads = 2, .spill_directory = folder});
  EXPECT_EQ(count(engine, sorted), 2'000'000u);
  EXPECT_EQ(count(engine, grouped), 2'000'000u);
  EXPECT_EQ(count(engine, joined), 2'000'000u);
}

TEST_F(SpillTest, TwoAtOnceShareTheMemory) {
  Engine engine({.memory_bytes = 96 << 20, .threads = 2, .spill_directory = folder});
  std::jthread other([&] { EXPECT_EQ(count(engine, sorted), 2'000'000u); });
  EXPECT_EQ(count(engine, grouped), 2'000'000u);
}

TEST_F(SpillTest, WhatDoesNotFitTheSpillEitherFails) {
  Engine engine({.memory_bytes = 64 << 20, .threads = 2, .spill_directory = folder, .spill_bytes = 1 << 20});
  try {
    count(engine, sorted);
    ADD_FAILURE() << "it fitted";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.name(), "EXCEEDED_SPILL_LIMIT");
    EXPECT_NE(error.message(), "");
  }
  EXPECT_EQ(count(engine, "SELECT 1"), 1u);
}

TEST_F(EngineTest, DescribesWithoutRunning) {
  const auto found = connection->describe("SELECT 1::INTEGER AS a, [1.5::DOUBLE] AS b");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(hive_name(found[1].type), "array<double>");
  EXPECT_THROW(connection->describe("SELECT nothing"), SqlError);
}

TEST_F(EngineTest, GivesNumbersInColumns) {
  const auto running = connection->run(
      "SELECT i, CASE WHEN i = 1 THEN NULL ELSE i * 0.5::DECIMAL(5,2) END, 'x' FROM "
      "range(3) t(i)");
  const auto chunk = running->next();
  std::vector<double> values(3);
  std::vector<float> singles(3);
  ASSERT_TRUE(chunk->read_numbers(0, std::span(singles)));
  EXPECT_EQ(singles, (std::vector<float>{0, 1, 2}));
  ASSERT_TRUE(chunk->read_numbers(1, std::span(values)));
  EXPECT_EQ(values[2], 1.0);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_TRUE(chunk->is_null(1, 1));
  EXPECT_FALSE(chunk->read_numbers(2, std::span(values)));
}

TEST(EngineThread, RunsWorkAwayFromTheCaller) {
  const auto work = []() -> Task<ThreadKind> { co_return co_await on_engine_thread([] { return thread_kind(); }); };
  EXPECT_EQ(sync_wait(work()), ThreadKind::engine);
  const auto failing = []() -> Task<void> { co_await on_engine_thread([] { throw SqlError("A", "b"); }); };
  EXPECT_THROW(sync_wait(failing()), SqlError);
}

}  // namespace
}  // namespace tarn::duck
