#include <gmock/gmock.h>

#include "training/testing.h"

namespace tarn::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Jobs : public testing::TrainingTest {};

std::vector<std::string> statuses(const Job& job) {
  std::vector<std::string> result;
  for (const auto& transition : job.transitions) {
    result.push_back(transition.status);
    EXPECT_TRUE(transition.end) << transition.status;
  }
  return result;
}

TEST_F(Jobs, LinearLearnerTrainsThroughPipesAndLeavesItsModel) {
  put_examples();
  const Job done = run(linear_job("linear"));
  EXPECT_EQ(done.status, "Completed") << done.failure_reason << job_log("linear");
  EXPECT_THAT(statuses(done), ElementsAre("Starting", "Downloading", "Training", "Uploading", "Completed"));
  EXPECT_EQ(done.model_uri, "s3://out/models/linear/output/model.tar.gz");
  EXPECT_EQ(done.arn, "arn:aws:sagemaker:us-east-1:123456789012:training-job/linear");
  EXPECT_THAT(unpacked("models/linear/output/model.tar.gz")["model.json"], HasSubstr("\"tarn-linear-learner\""));
  ASSERT_EQ(done.lineage.size(), 2u);
  EXPECT_EQ(done.lineage[1].uri, "s3://data/train/part-1.csv");
  EXPECT_THAT(done.transitions[1].message, HasSubstr("train=s3://data/train/part-0.csv?versionId=null#ETag="));
  EXPECT_THAT(lake->get("out", "models/linear/output/lineage.json").value(), HasSubstr("s3://data/train/part-0.csv"));
  EXPECT_THAT(job_log("linear/algo-1-0"),
              HasSubstr("#quality_metric: host=algo-1, epoch=2, train binary_classification"));
  EXPECT_TRUE(std::ranges::any_of(
      done.metrics, [](const Metric& metric) { return metric.name == "train:objective_loss" && metric.value > 0; }));
}

TEST_F(Jobs, BadHyperparametersAreTheReason) {
  put_examples();
  auto spec = linear_job("bad");
  spec.hyperparameters["epochs"] = "many";
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_EQ(done.secondary_status, "Failed");
  EXPECT_THAT(done.failure_reason,
              StartsWith("ClientError: Unable to initialize the algorithm. Failed to validate hyperparameters."));
  EXPECT_THAT(done.failure_reason, HasSubstr("'many' is not valid for epochs"));
  EXPECT_FALSE(lake->get("out", "models/bad/output/model.tar.gz"));
}

TEST_F(Jobs, MissingInputIsTheReason) {
  const Job done = run(linear_job("empty"));
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason, StartsWith("ClientError: Data download failed: No S3 objects found under S3 URL"));
}

TEST_F(Jobs, ARoleThatMayNotBeAssumedIsTheReason) {
  put_examples();
  auto spec = linear_job("role");
  spec.role_arn = "other";
  EXPECT_THAT(run(spec).failure_reason, HasSubstr("AccessDenied: The role other may not be assumed."));
}

TEST_F(Jobs, TablesAreStreamedAsRecords) {
  set_thread_kind(ThreadKind::engine, "test");
  {
    auto files = std::make_shared<duck::MemoryFiles>();
    duck::Engine engine;
    engine.connect(files)->execute(
        "COPY (SELECT i % 10 AS a, i % 7 AS b, (i % 10 > 4)::INTEGER AS late FROM range(2000) t(i)) TO 's3://b/x' "
        "(FORMAT parquet)");
    lake->put("data", "table/x.parquet", *files->all().at("s3://b/x"));
  }
  auto spec = linear_job("table");
  spec.channels[0].uri = "s3://data/table/";
  spec.channels[0].content_type = "application/x-recordio-protobuf; from=parquet; label=late; features=a,b";
  spec.channels.push_back(spec.channels[0]);
  spec.channels[1].name = "validation";
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Completed") << done.failure_reason;
  EXPECT_THAT(job_log("table"), HasSubstr("validation roc_auc_score <score>=1"));
  spec.name = "missing-column";
  spec.channels[0].content_type = "application/x-recordio-protobuf; from=parquet; label=late; features=a,c";
  EXPECT_THAT(run(spec).failure_reason, HasSubstr("Channel train: "));
}

constexpr const char* curious_script = R"(
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
parser.add_argument("--name")
arguments = parser.parse_args()
print("alpha", arguments.alpha, "name", arguments.name)
print("rows", sum(1 for part in sorted(os.listdir(os.environ["SM_CHANNEL_TRAIN"]))
                  for line in open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], part))))
print("hp", os.environ["SM_HP_ALPHA"], os.environ["SM_HOSTS"], os.environ["MINE"])
print("accuracy=0.5;")
print("accuracy=0.75;")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights.txt"), "w") as file:
    file.write("w")
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w") as file:
    file.write("r")
)";

TEST_F(Jobs, ScriptModeRunsAsTheFrameworkContainersDo) {
  put_examples();
  put_script(curious_script);
  auto spec = script_job("script");
  spec.channels = {{.name = "train", .uri = "s3://data/train/", .mode = InputMode::file}};
  spec.hyperparameters.insert({{"alpha", "0.25"}, {"name", "\"flights\""}});
  spec.environment = {{"MINE", "yes"}};
  spec.metric_definitions = {{"accuracy", "accuracy=([0-9.]+);"}};
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Completed") << done.failure_reason << job_log("script");
  EXPECT_THAT(job_log("script"), HasSubstr("alpha 0.25 name flights\n"));
  EXPECT_THAT(job_log("script"), HasSubstr("rows 600\n"));
  EXPECT_THAT(job_log("script"), HasSubstr("hp 0.25 [\"algo-1\"] yes\n"));
  ASSERT_EQ(done.metrics.size(), 1u);
  EXPECT_EQ(done.metrics[0].value, 0.75);
  EXPECT_EQ(unpacked("models/script/output/model.tar.gz")["weights.txt"], "w");
  EXPECT_EQ(unpacked("models/script/output/output.tar.gz")["report.txt"], "r");
}

TEST_F(Jobs, AScriptSeesNothingOfTheServer) {
  std::ofstream(folder / "secret") << "the server's";
  put_script("import os\nfor place in ('" + (folder / "secret").string() +
             "', '/etc/shadow', '/root', '/work'):\n"
             "    print(place, os.path.exists(place))\n"
             "os.symlink('" +
             (folder / "secret").string() +
             "', '/opt/ml/model/link')\n"
             "os.symlink('" +
             (folder / "secret").string() +
             "', '/opt/ml/output/failure')\n"
             "try:\n    os.rename('/opt/ml/model', '/opt/ml/elsewhere')\nexcept OSError as error:\n    print('kept', "
             "error.errno)\n"
             "raise SystemExit(0)\n");
  const Job done = run(script_job("curious"));
  EXPECT_EQ(done.status, "Completed") << done.failure_reason;
  EXPECT_EQ(job_log("curious").find("True"), std::string::npos) << job_log("curious");
  EXPECT_THAT(job_log("curious"), HasSubstr("kept 16"));
  EXPECT_TRUE(unpacked("models/curious/output/model.tar.gz").empty());
}

TEST_F(Jobs, WhatAScriptSaysOfItsEndIsTheReason) {
  put_script("import os\nopen('/opt/ml/output/failure', 'w').write('the data is tilted')\nos._exit(3)\n");
  EXPECT_EQ(run(script_job("tells")).failure_reason, "AlgorithmError: the data is tilted, exit code: 3");
  put_script("raise ValueError('no such column')\n");
  const Job raised = run(script_job("raises"));
  EXPECT_EQ(raised.failure_reason,
            "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"ValueError: no such column (train.py, "
            "line 1)\"\nCommand \"/usr/bin/python3 train.py\", exit code: 1");
  EXPECT_THAT(job_log("raises"), HasSubstr("Traceback"));
  auto missing = script_job("missing");
  missing.hyperparameters["sagemaker_program"] = "\"other.py\"";
  EXPECT_THAT(run(missing).failure_reason, StartsWith("ClientError: the source directory has no file other.py"));
}

TEST_F(Jobs, AStopLetsTheProgramEndAndKeepsItsModel) {
  put_script(R"(
import signal, sys, time
def end(*_):
    open("/opt/ml/model/partial", "w").write("half")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready")
while True: time.sleep(0.05)
)");
  create(script_job("stopped"));
  ASSERT_TRUE(eventually([&] { return job_log("stopped").find("ready") != std::string::npos; }));
  EXPECT_EQ(job("stopped").secondary_status, "Training");
  sync_wait(training->stop_job(account, "stopped"));
  ASSERT_TRUE(eventually([&] { return job("stopped").over(); }));
  const Job done = job("stopped");
  EXPECT_EQ(done.status, "Stopped");
  EXPECT_EQ(done.secondary_status, "Stopped");
  EXPECT_EQ(done.failure_reason, "");
  EXPECT_EQ(unpacked("models/stopped/output/model.tar.gz")["partial"], "half");
  EXPECT_THAT(refusal([&] { sync_wait(training->stop_job(account, "stopped")); }),
              HasSubstr("The request was rejected because the training job is in status Stopped."));
}

TEST_F(Jobs, AProgramThatDoesNotEndIsKilled) {
  put_script(
      "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\nwhile True: "
      "time.sleep(1)\n");
  auto spec = script_job("endless");
  spec.max_runtime_seconds = 1;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Stopped");
  EXPECT_EQ(done.secondary_status, "MaxRuntimeExceeded");
}

TEST_F(Jobs, ARestartedServerTellsTheTruth) {
  put_script("import time\nprint('ready')\nwhile True: time.sleep(0.05)\n");
  create(script_job("cut-off"));
  ASSERT_TRUE(eventually([&] { return job_log("cut-off").find("ready") != std::string::npos; }));
  restart();
  ASSERT_TRUE(eventually([&] { return job("cut-off").over(); }));
  EXPECT_EQ(job("cut-off").status, "Failed");
  EXPECT_THAT(job("cut-off").failure_reason, HasSubstr("the server was stopped while the job ran"));
}

TEST_F(Jobs, CheckpointsCarryAJobOverARestart) {
  put_script(R"(
import os, time
path = "/opt/ml/checkpoints/step"
step = int(open(path).read()) if os.path.exists(path) else 0
print("begins at", step, flush=True)
if step == 0:
    open(path, "w").write("7")
    while True: time.sleep(0.05)
open("/opt/ml/model/step", "w").write(str(step))
os.remove(path)
)");
  auto spec = script_job("resumed");
  spec.checkpoint_uri = "s3://out/checkpoints";
  create(spec);
  ASSERT_TRUE(eventually([&] { return lake->get("out", "checkpoints/step") == "7"; }));
  restart();
  ASSERT_TRUE(eventually([&] { return job("resumed").over(); }));
  EXPECT_EQ(job("resumed").status, "Completed") << job("resumed").failure_reason;
  EXPECT_THAT(job_log("resumed/algo-1-1"), HasSubstr("begins at 7"));
  EXPECT_EQ(unpacked("models/resumed/output/model.tar.gz")["step"], "7");
  EXPECT_FALSE(lake->get("out", "checkpoints/step"));
}

TEST_F(Jobs, AJobWhoseItemWasNeverWrittenStartsWithTheNextServer) {
  put_examples();
  Job lost;
  lost.spec = linear_job("lost");
  lost.arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/lost";
  Rows rows(store);
  ASSERT_TRUE(sync_wait(rows.create(account, "lost", lost, {{"team", "a"}})));
  EXPECT_FALSE(sync_wait(rows.create(account, "lost", lost, {})));
  EXPECT_EQ(sync_wait(rows.new_jobs(account)), std::vector<std::string>{"lost"});
  restart();
  ASSERT_TRUE(eventually([&] { return job("lost").over(); }));
  EXPECT_EQ(job("lost").status, "Completed") << job("lost").failure_reason;
  EXPECT_TRUE(sync_wait(rows.new_jobs(account)).empty());
  EXPECT_EQ(sync_wait(training->tags(account, lost.arn)), (TagMap{{"team", "a"}}));
}

TEST_F(Jobs, AJobCutOffWhileItDownloadsBeginsAnew) {
  put_examples();
  put_script("import os\nprint('files', len(os.listdir('/opt/ml/input/data/train')))\n");
  auto spec = script_job("interrupted");
  spec.channels = {{.name = "train", .uri = "s3://data/train/", .mode = InputMode::file}};
  std::atomic<bool> held = true;
  lake->before_open = [&held](const LakeObject& object) {
    while (held && object.bucket == "data") std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  create(spec);
  ASSERT_TRUE(eventually([&] { return lake->opened > 0; }));
  std::thread release([&held] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    held = false;
  });
  restart();
  release.join();
  ASSERT_TRUE(eventually([&] { return job("interrupted").over(); }));
  EXPECT_EQ(job("interrupted").status, "Completed") << job("interrupted").failure_reason;
  EXPECT_THAT(job_log("interrupted"), HasSubstr("files 2"));
}

TEST_F(Jobs, InputThatCannotBeReadEndsTheProgram) {
  put_examples();
  lake->before_open = [](const LakeObject& object) {
    if (object.key.ends_with("part-1.csv")) throw InputError(object.uri() + " was replaced.");
  };
  put_script("import time\nopen('/opt/ml/input/data/train_0').read()\ntime.sleep(60)\n");
  auto spec = script_job("torn");
  spec.channels = {{.name = "train", .uri = "s3://data/train/", .mode = InputMode::pipe}};
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_EQ(done.failure_reason,
            "ClientError: Data download failed: Channel train: s3://data/train/part-1.csv was replaced.");
  EXPECT_FALSE(lake->get("out", "models/torn/output/model.tar.gz"));
}

TEST_F(Jobs, InputThatNobodyReadsFailsNobody) {
  put_examples();
  lake->before_open = [](const LakeObject& object) {
    if (object.bucket == "data") throw InputError("cannot be read");
  };
  put_script("print('done')\n");
  auto spec = script_job("idle");
  spec.channels = {{.name = "train", .uri = "s3://data/train/", .mode = InputMode::pipe}};
  EXPECT_EQ(run(spec).status, "Completed");
}

TEST_F(Jobs, RefusesWhatCanNeverRun) {
  const auto refused = [&](const std::function<void(JobSpec&)>& change) {
    auto spec = linear_job("refused");
    change(spec);
    return refusal([&] { create(spec); });
  };
  EXPECT_THAT(refused([](JobSpec& s) { s.image = "myrepo/mine:2"; }),
              HasSubstr("\"myrepo/mine:2\" = \"file:///path\""));
  EXPECT_THAT(refused([](JobSpec& s) { s.output_path = "/tmp"; }), HasSubstr("S3OutputPath '/tmp' is no S3 URI"));
  EXPECT_THAT(refused([](JobSpec& s) { s.metric_definitions = {{"m", "("}}; }), HasSubstr("metric definition 'm'"));
  EXPECT_THAT(refused([](JobSpec& s) { s.channels[0].mode = InputMode::fast_file; }),
              HasSubstr("FastFile is not implemented"));
  EXPECT_THAT(refused([](JobSpec& s) { s.channels.push_back(s.channels[0]); }), HasSubstr("more than once"));
  EXPECT_THAT(refused([](JobSpec& s) {
                s.channels[0].mode = InputMode::file;
                s.channels[0].gzip = true;
              }),
              HasSubstr("Pipe mode only"));
  EXPECT_THAT(refused([](JobSpec& s) { s.channels[0].data_type = DataType::augmented_manifest; }),
              HasSubstr("needs AttributeNames"));
  EXPECT_THAT(refused([](JobSpec& s) { s.channels[0].content_type = "application/x-recordio-protobuf; from=orc"; }),
              HasSubstr("from=orc"));
  EXPECT_THAT(refusal([&] { job("refused"); }), HasSubstr("ValidationException: Requested resource not found."));
  put_examples();
  run(linear_job("twice"));
  EXPECT_THAT(refusal([&] { create(linear_job("twice")); }),
              StartsWith("ResourceInUse: Training job names must be unique"));
}

TEST_F(Jobs, TagsBelongToWhatIsThere) {
  put_examples();
  const std::string arn = create(linear_job("tagged")).arn;
  EXPECT_TRUE(sync_wait(training->tags(account, arn)).empty());
  sync_wait(training->add_tags(account, arn, {{"team", "a"}, {"cost", "1"}}));
  sync_wait(training->add_tags(account, arn, {{"team", "b"}}));
  sync_wait(training->remove_tags(account, arn, {"cost"}));
  EXPECT_EQ(sync_wait(training->tags(account, arn)), (TagMap{{"team", "b"}}));
  TagMap many;
  for (int i = 0; i < 50; ++i) many["key" + std::to_string(i)] = "";
  EXPECT_THAT(refusal([&] { sync_wait(training->add_tags(account, arn, many)); }), HasSubstr("at most 50"));
  EXPECT_THAT(refusal([&] { sync_wait(training->tags(account, arn + "x")); }), HasSubstr("Could not find resource"));
  eventually([&] { return job("tagged").over(); });
}

}  // namespace
}  // namespace tarn::training
