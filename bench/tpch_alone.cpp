// TPC-H through the printer and the engine: bench_tpch_alone DATA_FOLDER QUERIES_FOLDER [RUNS] prints, for each query,
// the best time of its runs in seconds, the least CPU time, the bytes it read and its answer, one JSON object a line.
// bench/tpch-alone compares it with DuckDB alone, as its Python package runs it on the same files.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/executor.h"
#include "duck/engine.h"
#include "measure.h"
#include "query/sql/parser.h"
#include "query/sql/printer.h"

namespace {

using namespace tarn;

// s3://tpch/x.parquet is x.parquet in a folder, as a plain blob would be.
class Folder : public duck::Files {
 public:
  explicit Folder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Task<std::unique_ptr<duck::File>> open(std::string path) override {
    co_return std::make_unique<Opened>(path, folder_ / std::filesystem::path(path).filename());
  }
  Task<std::vector<duck::FileInfo>> list(std::string) override { co_return std::vector<duck::FileInfo>(); }
  Task<std::unique_ptr<duck::FileWriter>> create(std::string path) override {
    throw std::runtime_error("nothing is written here: " + path);
    co_return nullptr;
  }

 private:
  class Opened : public duck::File {
   public:
    Opened(std::string path, const std::filesystem::path& file) {
      const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) throw std::runtime_error("cannot open " + file.string());
      owner_ = std::shared_ptr<const void>(nullptr, [fd](const void*) { ::close(fd); });
      struct stat status{};
      ::fstat(fd, &status);
      info_.path = std::move(path);
      info_.size = static_cast<std::uint64_t>(status.st_size);
      slice_ = {.fd = fd, .offset = 0, .length = info_.size, .owner = owner_};
    }
    const duck::FileInfo& info() const override { return info_; }
    Task<void> read(std::uint64_t, std::span<std::byte>) override { throw std::runtime_error("slices are read"); }
    std::vector<FileSlice> slices() override { return {slice_}; }

   private:
    duck::FileInfo info_;
    FileSlice slice_;
    std::shared_ptr<const void> owner_;
  };

  std::filesystem::path folder_;
};

class Tables : public sql::TableResolver {
 public:
  std::variant<sql::ResolvedSource, sql::ResolvedView> resolve(const sql::TableReference& table, const std::string&,
                                                               const sql::TableUse&) override {
    return sql::ResolvedSource{"read_parquet('s3://tpch/" + table.name.parts.back().text + ".parquet')", {}};
  }
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: bench_tpch_alone DATA_FOLDER QUERIES_FOLDER [RUNS]\n");
    return 2;
  }
  set_thread_kind(ThreadKind::engine, "main");
  const int runs = count > 3 ? std::atoi(arguments[3]) : 3;
  const auto files = std::make_shared<Folder>(arguments[1]);
  duck::Engine engine({.memory_bytes = 4ull << 30, .threads = 2, .spill_directory = "/tmp/tarn_bench_tpch"});
  for (int number = 1; number <= 22; ++number) {
    char name[16];
    std::snprintf(name, sizeof name, "q%02d.sql", number);
    const std::string query = text_of(std::filesystem::path(arguments[2]) / name);
    double best = 1e9, best_cpu = 1e9;
    std::uint64_t rows = 0, bytes = 0;
    nlohmann::json answer;
    for (int run = 0; run < runs; ++run) {
      const auto connection = engine.connect(files, duck::Rules::trino);
      const auto start = std::chrono::steady_clock::now();
      const double cpu = bench::cpu_seconds();
      Tables tables;
      const auto statement = sql::parse_query_dialect(query);
      const auto text = sql::print_query(*std::get<sql::QueryPtr>(statement->node), tables, {.database = "tpch"});
      const auto result = connection->run(text);
      rows = 0;
      answer = nlohmann::json::array();
      while (const auto chunk = result->next()) {
        rows += chunk->rows();
        for (std::size_t row = 0; row < chunk->rows(); ++row) {
          auto& line = answer.emplace_back(nlohmann::json::array());
          for (std::size_t column = 0; column < result->columns().size(); ++column) {
            const auto text = chunk->text(column, row);
            line.push_back(text ? nlohmann::json(*text) : nlohmann::json());
          }
        }
      }
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      best_cpu = std::min(best_cpu, bench::cpu_seconds() - cpu);
      bytes = connection->progress().bytes_read;
    }
    std::printf("{\"query\": %d, \"seconds\": %.4f, \"cpu\": %.4f, \"rows\": %llu, \"bytes\": %llu, \"answer\": %s}\n",
                number, best, best_cpu, static_cast<unsigned long long>(rows), static_cast<unsigned long long>(bytes),
                answer.dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}
