#include "training/job_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace tarn::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class JobFolder : public testing::Test {
 protected:
  ~JobFolder() override { fs::remove_all(folder); }
  Json config(const std::string& name) const {
    std::ifstream file(folder / "input/config" / name);
    return Json::parse(file);
  }
  void write_failure(const std::string& text) const {
    fs::create_directories(folder / "output");
    std::ofstream(folder / "output/failure") << text;
  }
  fs::path folder = "/tmp/tarn-job-folder-" + std::to_string(::getpid());
};

TEST_F(JobFolder, IsLaidOutAsContainersExpect) {
  Job job;
  job.spec.instance_type = "ml.m5.large";
  job.spec.hyperparameters = {{"epochs", "3"}, {"name", "\"x\""}};
  job.spec.channels = {{.name = "train", .content_type = "text/csv", .mode = InputMode::file},
                       {.name = "more", .sharded = true, .record_wrapper = true, .mode = InputMode::pipe}};
  make_job_folder(folder, job);
  for (const char* name : {"input/config", "input/data/train", "model", "output/data", "checkpoints"})
    EXPECT_TRUE(fs::is_directory(folder / name)) << name;
  // A channel of pipes has no folder.
  EXPECT_FALSE(fs::exists(folder / "input/data/more"));
  // Values are texts, whatever they look like.
  EXPECT_EQ(config("hyperparameters.json"), (Json{{"epochs", "3"}, {"name", "\"x\""}}));
  EXPECT_EQ(config("inputdataconfig.json"), (Json{{"train",
                                                   {{"TrainingInputMode", "File"},
                                                    {"S3DistributionType", "FullyReplicated"},
                                                    {"RecordWrapperType", "None"},
                                                    {"ContentType", "text/csv"}}},
                                                  {"more",
                                                   {{"TrainingInputMode", "Pipe"},
                                                    {"S3DistributionType", "ShardedByS3Key"},
                                                    {"RecordWrapperType", "RecordIO"}}}}));
  const Json resources = config("resourceconfig.json");
  EXPECT_EQ(resources["current_host"], "algo-1");
  EXPECT_EQ(resources["hosts"], Json::array({"algo-1"}));
  EXPECT_EQ(resources["current_instance_type"], "ml.m5.large");
  EXPECT_EQ(resources["instance_groups"][0]["hosts"], Json::array({"algo-1"}));
}

TEST_F(JobFolder, AHostOfSeveralKnowsItselfAndTheOthers) {
  Job job;
  job.spec.instance_count = 3;
  make_job_folder(folder, job, 1);
  const Json resources = config("resourceconfig.json");
  EXPECT_EQ(resources["current_host"], "algo-2");
  EXPECT_EQ(resources["hosts"], Json::array({"algo-1", "algo-2", "algo-3"}));
  EXPECT_EQ(resources["instance_groups"][0]["hosts"], resources["hosts"]);
}

TEST_F(JobFolder, AJobWithoutAnythingHasEmptyObjects) {
  make_job_folder(folder, {});
  EXPECT_EQ(config("hyperparameters.json"), Json::object());
  EXPECT_EQ(config("inputdataconfig.json"), Json::object());
}

TEST_F(JobFolder, TheFailureIsItsFirstCharacters) {
  EXPECT_EQ(failure_file(folder), "");
  write_failure("tilted");
  EXPECT_EQ(failure_file(folder), "tilted");
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "ä";
  write_failure(many);
  EXPECT_EQ(failure_file(folder).size(), 2 * 1024u);
}

TEST_F(JobFolder, WhatIsNoFileIsNoFailure) {
  fs::create_directories(folder / "output/failure");
  EXPECT_EQ(failure_file(folder), "");
  fs::remove(folder / "output/failure");
  std::ofstream(folder / "secret") << "the server's";
  fs::create_symlink(folder / "secret", folder / "output/failure");
  EXPECT_EQ(failure_file(folder), "");
  fs::remove(folder / "output/failure");
  // A pipe that nobody writes must not hold the server.
  ASSERT_EQ(::mkfifo((folder / "output/failure").c_str(), 0600), 0);
  EXPECT_EQ(failure_file(folder), "");
}

}  // namespace
}  // namespace tarn::training
