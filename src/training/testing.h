// What tests of training stand on: rows and a lake in memory, a real queue, real sandboxes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"
#include "training/input/test_lake.h"
#include "training/sandbox/archive.h"
#include "training/training.h"

namespace tarn::training::testing {

class TrainingTest : public ::testing::Test {
 protected:
  TrainingTest() { restart(); }
  ~TrainingTest() override {
    shut_down();
    std::filesystem::remove_all(folder);
  }

  // A server that starts on the rows that are there.
  void restart() {
    shut_down();
    queue = std::make_unique<work::Queue>(store, lake_clock);
    logs = std::make_unique<logs::Logs>(store, wall);
    Options options;
    options.work_folder = folder / "work";
    options.algorithm_binary = TARN_ALGORITHM_BINARY;
    options.algorithm_arguments = {};
    options.stop_patience = std::chrono::seconds(2);
    options.shutdown_patience = std::chrono::seconds(1);
    options.instance_memory = {{"ml.tiny.large", 128 << 20}};
    options.endpoint_url = [] { return "http://127.0.0.1:9320"; };
    training = std::make_unique<Training>(Dependencies{
        .meta = store,
        .work = *queue,
        .logs = *logs,
        .wall = wall,
        .random = random,
        .lake_of_role = [this](std::string role, std::string) -> Task<std::shared_ptr<Lake>> {
          if (role != "role") throw Error(tarn::errors::access_denied, "The role " + role + " may not be assumed.");
          co_return lake;
        },
        .credentials_of_role = [this](std::string role, std::string session) -> Task<RoleCredentials> {
          co_return RoleCredentials{
              .environment = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/" + role + "/" + session}},
              .lease = lease};
        },
        .options = options});
    sync_wait(queue->start());
    sync_wait(training->start());
  }
  void shut_down() {
    if (queue) queue->stop(std::chrono::seconds(10));
    if (training) training->stop();
    training.reset();
    queue.reset();
  }

  static bool eventually(const std::function<bool()>& condition) {
    return tarn::eventually(condition, std::chrono::milliseconds(10));
  }

  static JobSpec script_job(const std::string& name) {
    JobSpec spec{.name = name, .role_arn = "role", .image = "tarn/python:3"};
    spec.output_path = "s3://out/models";
    spec.hyperparameters = {{"sagemaker_program", "\"train.py\""},
                            {"sagemaker_submit_directory", "\"s3://code/source.tar.gz\""}};
    return spec;
  }
  static JobSpec linear_job(const std::string& name) {
    JobSpec spec{
        .name = name, .role_arn = "role", .image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"};
    spec.output_path = "s3://out/models/";
    spec.hyperparameters = {{"predictor_type", "binary_classifier"}, {"mini_batch_size", "100"}, {"epochs", "3"}};
    spec.channels = {{.name = "train", .uri = "s3://data/train/", .content_type = "text/csv", .mode = InputMode::pipe}};
    return spec;
  }
  // A script (and what stands beside it) as a source directory in the lake.
  void put_archive(const std::string& bucket, const std::string& key, const std::map<std::string, std::string>& files) {
    const auto place = folder / "archive";
    std::filesystem::remove_all(place);
    for (const auto& [name, text] : files) {
      std::filesystem::create_directories((place / name).parent_path());
      std::ofstream(place / name) << text;
    }
    write_tar_gz(place, folder / "archive.tar.gz");
    lake->put_file(bucket, key, folder / "archive.tar.gz");
  }
  void put_script(const std::string& script) { put_archive("code", "source.tar.gz", {{"train.py", script}}); }
  // 600 lines whose label is whether the first number is above the second.
  void put_examples() {
    for (int part = 0; part < 2; ++part) {
      std::string csv;
      for (int i = 0; i < 300; ++i) {
        const int a = (i * 7919 + part) % 101;
        const int b = (i * 104729) % 97;
        csv += std::to_string(a > b ? 1 : 0) + "," + std::to_string(a) + "," + std::to_string(b) + "\n";
      }
      lake->put("data", "train/part-" + std::to_string(part) + ".csv", csv);
    }
  }

  Job create(JobSpec spec) { return sync_wait(training->create_job(account, std::move(spec), {})); }
  Job job(const std::string& name) { return sync_wait(training->find_job(account, name)); }
  Job run(JobSpec spec) {
    const std::string name = spec.name;
    create(std::move(spec));
    EXPECT_TRUE(eventually([&] { return job(name).over(); })) << job(name).secondary_status;
    return job(name);
  }
  std::string log_of(const std::string& group, const std::string& stream_prefix) {
    std::string text;
    try {
      for (const auto& event : sync_wait(logs->filter(account, group, {.stream_prefix = stream_prefix})).items)
        text += event.message + "\n";
    } catch (const Error&) {
      // No group yet.
    }
    return text;
  }
  std::string job_log(const std::string& name) { return log_of("/aws/sagemaker/TrainingJobs", name); }
  std::map<std::string, std::string> unpacked(const std::string& key) {
    const auto bytes = lake->get("out", key);
    std::map<std::string, std::string> files;
    if (!bytes) return files;
    const auto place = folder / "unpacked";
    std::filesystem::remove_all(place);
    std::size_t at = 0;
    read_tar_gz(
        [&](std::span<std::byte> out) {
          const std::size_t count = std::min(out.size(), bytes->size() - at);
          std::copy_n(reinterpret_cast<const std::byte*>(bytes->data()) + at, count, out.data());
          at += count;
          return count;
        },
        place);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
      std::ifstream file(entry.path());
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(place).string()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }
  template <typename Call>
  static std::string refusal(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.code().name) + ": " + error.message();
    }
    return "taken";
  }

  std::filesystem::path folder = "/tmp/tarn-training-" + std::to_string(::getpid());
  meta::MemoryStore store;
  LakeClock lake_clock;
  SystemClock wall;
  SystemRandom random;
  std::shared_ptr<TestLake> lake = std::make_shared<TestLake>();
  std::unique_ptr<work::Queue> queue;
  std::unique_ptr<logs::Logs> logs;
  std::unique_ptr<Training> training;
  std::shared_ptr<int> lease = std::make_shared<int>();  // Of the credentials that programs have.
  AccountId account = AccountId::trusted("123456789012");
};

}  // namespace tarn::training::testing
