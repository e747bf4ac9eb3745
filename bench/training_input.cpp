// Training input: Pipe mode beside `cat FILE > FIFO`, and Parquet made into RecordIO-protobuf.
//
//   bench_training_input FOLDER [MEGABYTES] [MILLION_ROWS]
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "duck/memory_files.h"
#include "training/input/pipe_feeder.h"
#include "training/input/table_pieces.h"

namespace {

namespace fs = std::filesystem;
using namespace tarn;
using namespace tarn::training;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Files of a folder as a lake: by read(), as bytes that lie sealed or inline, or by slices, as plain blobs do.
class FolderLake : public Lake {
 public:
  FolderLake(fs::path folder, bool slices) : folder_(std::move(folder)), slices_(slices) {}
  std::vector<LakeObject> list(const std::string& bucket, const std::string&) override {
    std::vector<LakeObject> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      found.push_back({.bucket = bucket,
                       .key = entry.path().filename(),
                       .version = "null",
                       .e_tag = "e",
                       .size = entry.file_size()});
    }
    std::ranges::sort(found, {}, &LakeObject::key);
    return found;
  }
  std::optional<LakeObject> find(const std::string&, const std::string&) override { return std::nullopt; }
  std::unique_ptr<LakeReader> open(const LakeObject& object) override {
    return std::make_unique<Reader>(folder_ / object.key, object.size, slices_);
  }
  std::shared_ptr<duck::Files> files(const std::vector<LakeObject>&) override { return engine_files; }
  void put_file(const std::string&, const std::string&, const fs::path&) override {}
  void put_bytes(const std::string&, const std::string&, std::string, const std::string&) override {}
  void remove(const std::string&, const std::string&) override {}
  std::shared_ptr<duck::MemoryFiles> engine_files = std::make_shared<duck::MemoryFiles>();

 private:
  class Reader : public LakeReader {
   public:
    Reader(const fs::path& path, std::uint64_t size, bool slices)
        : fd_(std::shared_ptr<int>(new int(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
                                   [](int* fd) { ::close(*fd), delete fd; })),
          size_(size),
          slices_(slices) {}
    std::size_t read(std::span<std::byte> buffer) override {
      const ssize_t got = slices_ ? 0 : ::read(*fd_, buffer.data(), buffer.size());
      return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    std::optional<FileSlice> next_slice() override {
      if (!slices_ || size_ == 0) return std::nullopt;
      return FileSlice{.fd = *fd_, .offset = 0, .length = std::exchange(size_, 0), .owner = fd_};
    }

   private:
    std::shared_ptr<int> fd_;
    std::uint64_t size_;
    bool slices_;
  };
  fs::path folder_;
  bool slices_;
};

// Reads a FIFO to its end as a training program does, in another process.
pid_t start_reader(const fs::path& fifo) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  while (!fs::exists(fifo)) ::usleep(200);
  const int fd = ::open(fifo.c_str(), O_RDONLY);
  static char buffer[1 << 20];
  while (::read(fd, buffer, sizeof buffer) > 0) {
  }
  ::_exit(0);
}

struct Rate {
  double gigabytes_a_second;
  double cpu_a_gigabyte;  // Of the writing side.
};

Rate run_cat(const fs::path& file, const fs::path& folder, double bytes) {
  const fs::path fifo = folder / "cat_0";
  ::mkfifo(fifo.c_str(), 0600);
  const double children = cpu_of(RUSAGE_CHILDREN);
  const double began = now();
  const pid_t writer = ::fork();
  if (writer == 0) {
    const std::string command = "exec cat '" + file.string() + "' > '" + fifo.string() + "'";
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const pid_t reader = start_reader(fifo);
  ::waitpid(writer, nullptr, 0);
  const double cpu = cpu_of(RUSAGE_CHILDREN) - children;
  ::waitpid(reader, nullptr, 0);
  const double took = now() - began;
  fs::remove(fifo);
  return {bytes / took / 1e9, cpu / bytes * 1e9};
}

Rate run_pipe(Lake& lake, const fs::path& folder, double bytes) {
  const pid_t reader = start_reader(folder / "pipe_0");
  const double cpu = cpu_of(RUSAGE_SELF);
  const double began = now();
  PipeFeeder feeder(
      folder, "pipe", [&](std::uint64_t) { return object_pieces(lake, lake.list("b", ""), {}); },
      [](const std::string& reason) { std::fprintf(stderr, "%s\n", reason.c_str()); });
  ::waitpid(reader, nullptr, 0);
  const double took = now() - began;
  feeder.stop();
  return {bytes / took / 1e9, (cpu_of(RUSAGE_SELF) - cpu) / bytes * 1e9};
}

void bench_pipes(const fs::path& folder, std::size_t megabytes) {
  const fs::path data = folder / "data";
  fs::create_directories(data);
  {
    std::ofstream out(data / "object", std::ios::binary);
    std::string block(1 << 20, '\0');
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 2654435761u >> 13);
    for (std::size_t i = 0; i < megabytes; ++i) out << block;
  }
  const auto bytes = static_cast<double>(megabytes << 20);
  FolderLake by_read(data, false);
  FolderLake by_slices(data, true);
  std::printf("%-44s %10s %14s\n", "one file, warm, to a reader of 1 MiB", "GB/s", "CPU s/GB sent");
  for (int round = 0; round < 3; ++round) {
    const auto print = [](const char* what, Rate rate) {
      std::printf("%-44s %10.2f %14.3f\n", what, rate.gigabytes_a_second, rate.cpu_a_gigabyte);
    };
    print("cat FILE > FIFO", run_cat(data / "object", folder, bytes));
    print("Pipe mode, bytes through memory", run_pipe(by_read, folder, bytes));
    print("Pipe mode, spliced slices", run_pipe(by_slices, folder, bytes));
  }
}

void bench_tables(const fs::path& folder, std::size_t million_rows) {
  set_thread_kind(ThreadKind::engine, "bench");
  duck::Engine engine({.memory_bytes = 1ull << 30, .threads = 2, .spill_directory = folder / "spill"});
  fs::create_directories(folder / "empty");
  FolderLake lake(folder / "empty", false);
  std::string sql = "COPY (SELECT (i % 2)::FLOAT AS label";
  for (int column = 0; column < 20; ++column)
    sql += ", (hash(i * 31 + " + std::to_string(column) + ") % 100000 / 7.0)::FLOAT AS f" + std::to_string(column);
  sql += " FROM range(" + std::to_string(million_rows * 1'000'000) + ") t(i)) TO 's3://b/t.parquet' (FORMAT parquet)";
  engine.connect(lake.engine_files)->execute(sql);
  const auto size = lake.engine_files->all().at("s3://b/t.parquet")->size();
  std::vector<LakeObject> objects = {
      {.bucket = "b", .key = "t.parquet", .version = "null", .e_tag = "e", .size = size}};
  std::printf("\n%-44s %10s %14s\n", "Parquet to RecordIO-protobuf, 20 floats", "MB/s", "MB/CPU s");
  for (int round = 0; round < 3; ++round) {
    TableSource source(engine, lake, *parse_table_options("application/x-recordio-protobuf; from=parquet; label=label"),
                       objects);
    const double cpu = cpu_of(RUSAGE_SELF);
    const double began = now();
    double bytes = 0;
    const auto pieces = source.pieces({0});
    while (const auto piece = pieces->next()) bytes += static_cast<double>(piece->size());
    std::printf("%-44s %10.0f %14.0f\n", ("read " + std::to_string(size >> 20) + " MiB").c_str(),
                bytes / (now() - began) / 1e6, bytes / (cpu_of(RUSAGE_SELF) - cpu) / 1e6);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_training_input FOLDER [MEGABYTES] [MILLION_ROWS]\n");
    return 64;
  }
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bench_pipes(folder, argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1024);
  bench_tables(folder, argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 2);
  fs::remove_all(folder);
  return 0;
}
