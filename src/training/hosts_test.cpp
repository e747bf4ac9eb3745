// Jobs of several instances.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/eventually.h"
#include "training/testing.h"

namespace tarn::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Hosts : public testing::TrainingTest {
 protected:
  JobSpec together(JobSpec spec, std::int64_t instances) const {
    spec.instance_type = "ml.m5.large";
    spec.instance_count = instances;
    return spec;
  }
  std::string log_of_host(const std::string& job, int host) {
    return job_log(job + "/algo-" + std::to_string(host) + "-");
  }
};

constexpr const char* telling_script = R"(
import json, os, socket
config = json.load(open("/opt/ml/input/config/resourceconfig.json"))
me = config["current_host"]
for channel in ("shared", "dealt"):
    folder = "/opt/ml/input/data/" + channel
    print(channel, sorted(os.listdir(folder)))
print("hosts", config["hosts"], os.environ["SM_CURRENT_HOST"], socket.gethostname(), config["network_interface_name"])
print("groups", json.dumps(config["instance_groups"]), config["current_group_name"])
open("/opt/ml/model/" + me, "w").write(me)
open("/opt/ml/model/same", "w").write(me)
open("/opt/ml/output/data/" + me, "w").write("report")
)";

TEST_F(Hosts, EachHasItsShareItsNameAndItsLog) {
  for (const char* key : {"a", "b", "c", "d", "e"}) lake->put("data", std::string("parts/") + key, key);
  put_script(telling_script);
  auto spec = together(script_job("shares"), 2);
  spec.channels = {{.name = "shared", .uri = "s3://data/parts/", .mode = InputMode::file},
                   {.name = "dealt", .uri = "s3://data/parts/", .sharded = true, .mode = InputMode::file}};
  const Job done = run(spec);
  ASSERT_EQ(done.status, "Completed") << done.failure_reason << job_log("shares");
  const std::string first = log_of_host("shares", 1);
  const std::string second = log_of_host("shares", 2);
  EXPECT_THAT(first, HasSubstr("shared ['a', 'b', 'c', 'd', 'e']"));
  EXPECT_THAT(second, HasSubstr("shared ['a', 'b', 'c', 'd', 'e']"));
  EXPECT_THAT(first, HasSubstr("dealt ['a', 'c', 'e']"));
  EXPECT_THAT(second, HasSubstr("dealt ['b', 'd']"));
  EXPECT_THAT(first, HasSubstr("hosts ['algo-1', 'algo-2'] algo-1 algo-1 lo"));
  EXPECT_THAT(second, HasSubstr("hosts ['algo-1', 'algo-2'] algo-2 algo-2 lo"));
  EXPECT_THAT(second, HasSubstr(R"("hosts": ["algo-1", "algo-2"])"));
  // The files of both, in one archive.
  auto model = unpacked("models/shares/output/model.tar.gz");
  EXPECT_EQ(model["algo-1"] + model["algo-2"] + model["same"], "algo-1algo-2algo-1");
  EXPECT_THAT(first, HasSubstr("Several hosts left /opt/ml/model/same"));
  EXPECT_EQ(unpacked("models/shares/output/output.tar.gz").size(), 2u);
  // An object that both read was read once by the job.
  EXPECT_EQ(done.lineage_count, 10u);
}

TEST_F(Hosts, PipesHaveSharesThatTheShuffleMovesFromEpochToEpoch) {
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) lake->put("data", std::string("parts/") + key, key);
  put_script(
      "for epoch in range(4):\n    with open('/opt/ml/input/data/train_' + str(epoch)) as pipe:\n        "
      "print('epoch', epoch, pipe.read())\n");
  auto spec = together(script_job("pipes"), 3);
  spec.channels = {
      {.name = "train", .uri = "s3://data/parts/", .sharded = true, .mode = InputMode::pipe, .shuffle_seed = 7}};
  const Job done = run(spec);
  ASSERT_EQ(done.status, "Completed") << done.failure_reason << job_log("pipes");
  std::set<std::string> shares_of_first;
  for (int epoch = 0; epoch < 4; ++epoch) {
    std::string all;
    for (int host = 1; host <= 3; ++host) {
      const std::string log = log_of_host("pipes", host);
      const std::string beginning = "epoch " + std::to_string(epoch) + " ";
      const std::size_t at = log.find(beginning);
      ASSERT_NE(at, std::string::npos) << log;
      const std::string share = log.substr(at + beginning.size(), 2);
      if (host == 1) shares_of_first.insert(share);
      all += share;
    }
    std::ranges::sort(all);
    EXPECT_EQ(all, "abcdef");
  }
  EXPECT_GT(shares_of_first.size(), 1u);
}

TEST_F(Hosts, ReachEachOtherByNameOnPortsOfTheirOwn) {
  put_script(R"(
import json, socket, time
config = json.load(open("/opt/ml/input/config/resourceconfig.json"))
me, others = config["current_host"], [one for one in config["hosts"] if one != config["current_host"]]
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((me, 23456))
server.listen()
for other in others:
    for attempt in range(2000):
        try:
            client = socket.create_connection((other, 23456))
            break
        except OSError:
            time.sleep(0.05)
    client.sendall(("from " + me).encode())
    client.close()
print(me, "heard", sorted(server.accept()[0].recv(100).decode() for _ in others))
)");
  const Job done = run(together(script_job("names"), 3));
  ASSERT_EQ(done.status, "Completed") << done.failure_reason << job_log("names");
  EXPECT_THAT(log_of_host("names", 1), HasSubstr("algo-1 heard ['from algo-2', 'from algo-3']"));
  EXPECT_THAT(log_of_host("names", 3), HasSubstr("algo-3 heard ['from algo-1', 'from algo-2']"));
}

TEST_F(Hosts, IsolationIsToldWhereItKeepsThemApart) {
  put_script("print('ran')\n");
  auto spec = together(script_job("apart"), 2);
  spec.network_isolation = true;
  EXPECT_EQ(run(spec).status, "Completed");
  EXPECT_THAT(log_of_host("apart", 2), HasSubstr("cannot reach each other"));
}

TEST_F(Hosts, TheFailureOfOneEndsTheOthersWithItsReason) {
  put_script(R"(
import json, os, time
me = json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"]
print("at work", flush=True)
if me == "algo-2":
    time.sleep(0.3)
    open("/opt/ml/output/failure", "w").write("the disk is warm")
    os._exit(3)
open("/opt/ml/model/half", "w").write("x")
time.sleep(600)
)");
  const auto began = std::chrono::steady_clock::now();
  const Job done = run(together(script_job("one-fails"), 3));
  EXPECT_EQ(done.status, "Failed");
  EXPECT_EQ(done.failure_reason, "AlgorithmError: the disk is warm, exit code: 3, instance: algo-2");
  EXPECT_LT(std::chrono::steady_clock::now() - began, kPatience);
  EXPECT_FALSE(lake->get("out", "models/one-fails/output/model.tar.gz"));
}

TEST_F(Hosts, TheLimitOfOneEndsAll) {
  put_script(R"(
import json, time
if json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"] == "algo-2":
    kept = [bytearray(b"x" * (1 << 20)) for _ in range(4096)]
time.sleep(600)
)");
  auto spec = together(script_job("limit"), 2);
  spec.instance_type = "ml.tiny.large";
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason, HasSubstr("instance: algo-2"));
}

TEST_F(Hosts, AStopReachesAll) {
  put_script(R"(
import json, signal, sys, time
me = json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"]
def end(*_):
    open("/opt/ml/model/" + me, "w").write("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("at work", flush=True)
while True:
    time.sleep(0.1)
)");
  create(together(script_job("stopped"), 2));
  ASSERT_TRUE(eventually([&] {
    return log_of_host("stopped", 1).find("at work") != std::string::npos &&
           log_of_host("stopped", 2).find("at work") != std::string::npos;
  })) << job("stopped").failure_reason;
  sync_wait(training->stop_job(account, "stopped"));
  ASSERT_TRUE(eventually([&] { return job("stopped").over(); }));
  EXPECT_EQ(job("stopped").status, "Stopped");
  EXPECT_EQ(unpacked("models/stopped/output/model.tar.gz").size(), 2u);
}

TEST_F(Hosts, TheTimeOfAllEnds) {
  put_script("import time\nprint('at work', flush=True)\ntime.sleep(600)\n");
  auto spec = together(script_job("late"), 2);
  spec.max_runtime_seconds = 1;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Stopped");
  EXPECT_EQ(done.secondary_status, "MaxRuntimeExceeded");
}

TEST_F(Hosts, ARestartOfTheServerIsTold) {
  put_script("import time\nprint('at work', flush=True)\ntime.sleep(600)\n");
  create(together(script_job("cut-off"), 2));
  ASSERT_TRUE(eventually([&] { return log_of_host("cut-off", 2).find("at work") != std::string::npos; }));
  restart();
  ASSERT_TRUE(eventually([&] { return job("cut-off").over(); }));
  EXPECT_EQ(job("cut-off").status, "Failed");
  EXPECT_THAT(job("cut-off").failure_reason, HasSubstr("the server was stopped while the job ran"));
}

// ---- linear-learner

double weight_of(const std::map<std::string, std::string>& model) {
  return nlohmann::json::parse(model.at("model.json")).at("weights")[0][0].get<double>();
}

TEST_F(Hosts, LinearLearnerLearnsFromAllShards) {
  // The label grows by 3 a unit in one object, and falls by 2 in the other: one shard's slope is 3 or -2, that of both
  // is 0.5.
  std::string rising, falling;
  for (int i = 1; i <= 1000; ++i) {
    const double a = i / 1000.0;
    rising += std::to_string(3 * a) + "," + std::to_string(a) + "\n";
    falling += std::to_string(2 * a) + "," + std::to_string(-a) + "\n";
  }
  lake->put("data", "train/1.csv", rising);
  lake->put("data", "train/2.csv", falling);
  for (const InputMode mode : {InputMode::file, InputMode::pipe}) {
    auto spec = together(linear_job(mode == InputMode::file ? "files" : "fifos"), 2);
    spec.hyperparameters = {{"predictor_type", "regressor"},
                            {"mini_batch_size", "100"},
                            {"epochs", "30"},
                            {"learning_rate", "0.05"},
                            {"l1", "0"},
                            {"wd", "0"}};
    spec.channels[0].sharded = true;
    spec.channels[0].mode = mode;
    const Job done = run(spec);
    ASSERT_EQ(done.status, "Completed") << done.failure_reason << job_log(spec.name);
    const auto model = unpacked("models/" + spec.name + "/output/model.tar.gz");
    EXPECT_EQ(model.size(), 1u);
    EXPECT_NEAR(weight_of(model), 0.5, 0.1);
    EXPECT_THAT(log_of_host(spec.name, 2), HasSubstr("#quality_metric: host=algo-2, epoch=0, train mse_objective"));
    EXPECT_THAT(log_of_host(spec.name, 1), Not(HasSubstr("host=algo-2")));
  }
}

TEST_F(Hosts, LinearLearnerNamesTheHostWithBadData) {
  lake->put("data", "train/1.csv", "1,2\n0,3\n1,2\n");
  lake->put("data", "train/2.csv", "1,2\n0,x\n");
  auto spec = together(linear_job("bad-shard"), 2);
  spec.channels[0].sharded = true;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason, StartsWith("ClientError: "));
  EXPECT_THAT(done.failure_reason, HasSubstr("instance: algo-2"));
}

TEST_F(Hosts, MoreInstancesThanObjectsAreTold) {
  put_examples();
  auto spec = together(linear_job("idle"), 3);
  spec.channels[0].sharded = true;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Completed") << done.failure_reason << job_log("idle");
  EXPECT_THAT(log_of_host("idle", 3), HasSubstr("ShardedByS3Key leaves nothing for algo-3"));
}

TEST_F(Hosts, CountsThatCannotBeAreRefused) {
  EXPECT_THAT(refusal([&] { create(together(script_job("none"), 0)); }), StartsWith("ValidationException: "));
  EXPECT_THAT(refusal([&] { create(together(script_job("many"), 21)); }), StartsWith("ResourceLimitExceeded: "));
}

}  // namespace
}  // namespace tarn::training
