// What a job may take, see and reach: its program is somebody else's.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "training/testing.h"

namespace tarn::training {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class JobLimits : public testing::TrainingTest {};

TEST_F(JobLimits, MemoryBeyondTheInstanceEndsTheJob) {
  put_script(R"(
import os, time
# Two processes, of which each alone has room.
if os.fork() == 0:
    data = b"x" * (90 << 20)
    time.sleep(60)
data = b"y" * (90 << 20)
time.sleep(60)
)");
  auto spec = script_job("greedy");
  spec.instance_type = "ml.tiny.large";  // 128 MiB: testing.h.
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason, StartsWith("ClientError: Please use an instance type with more memory"));
  EXPECT_THAT(done.failure_reason, HasSubstr("of the 128 MiB of ml.tiny.large, exit code: 137"));
}

TEST_F(JobLimits, AnAllocationBeyondTheInstanceFailsInTheProgram) {
  put_script("data = b'x' * (400 << 20)\n");
  auto spec = script_job("greedy");
  spec.instance_type = "ml.tiny.large";
  EXPECT_THAT(run(spec).failure_reason, HasSubstr("MemoryError"));
}

TEST_F(JobLimits, FilesBeyondTheVolumeEndTheJob) {
  put_script(R"(
import os, time
for number in range(3):
    for place in ("/opt/ml/output/data", "/tmp"):
        file = os.open("%s/%d" % (place, number), os.O_CREAT | os.O_WRONLY)
        os.posix_fallocate(file, 0, 250 << 20)
time.sleep(60)
)");
  auto spec = script_job("wide");
  spec.volume_gigabytes = 1;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason, HasSubstr("No space left on device: the job's files take more than the 1 GB that "
                                             "ResourceConfig.VolumeSizeInGB gives the job, exit code: 137"));
}

TEST_F(JobLimits, AFileBeyondTheVolumeCannotBeWritten) {
  put_script("open('/opt/ml/output/data/file', 'wb').truncate(2 << 30)\n");
  auto spec = script_job("long");
  spec.volume_gigabytes = 1;
  EXPECT_THAT(run(spec).failure_reason, HasSubstr("File too large"));
}

TEST_F(JobLimits, AModelOfHolesIsNotUploaded) {
  put_script("for name in 'ab': open('/opt/ml/model/' + name, 'wb').truncate(900 << 20)\n");
  auto spec = script_job("hollow");
  spec.volume_gigabytes = 1;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Failed");
  EXPECT_THAT(done.failure_reason,
              StartsWith("ClientError: Artifact upload failed: the files of /opt/ml/model have 1887436800 bytes"));
}

TEST_F(JobLimits, InputBeyondTheVolumeIsNotCopied) {
  put_examples();
  lake->claim_size("data", "train/part-0.csv", std::uint64_t{2} << 30);
  auto spec = script_job("large");
  spec.channels = {{.name = "train", .uri = "s3://data/train/", .mode = InputMode::file}};
  spec.volume_gigabytes = 1;
  EXPECT_THAT(run(spec).failure_reason,
              StartsWith("ClientError: Data download failed: No space left on device: up to channel train"));
}

TEST_F(JobLimits, TheLastLinesAreTheReasonOfAProgramThatGaveNone) {
  put_script("import os\nfor i in range(30): print('line', i, flush=True)\nos._exit(9)\n");
  const Job done = run(script_job("silent"));
  EXPECT_THAT(done.failure_reason, StartsWith("AlgorithmError: the program's last lines were:\nline 20\n"));
  EXPECT_THAT(done.failure_reason, ::testing::EndsWith("line 29, exit code: 9"));
  put_script("import os\nos.kill(os.getpid(), 11)\n");
  EXPECT_EQ(run(script_job("dumb")).failure_reason, "AlgorithmError: the program ended without a word, exit code: 139");
}

// ---- what it sees

TEST_F(JobLimits, AProgramSeesNoOtherJobsAndNotTheMachinesProcesses) {
  const std::string host = std::to_string(::getpid());
  put_script(
      "import os, time\nopen('/opt/ml/output/data/secret', 'w').write('of the first')\nprint('ready', flush=True)\n"
      "time.sleep(60)\n");
  create(script_job("first"));
  ASSERT_TRUE(eventually([&] { return job_log("first").find("ready") != std::string::npos; }));
  put_script(R"(
import os, subprocess
work = ")" + (folder / "work").string() +
             R"("
print("others", os.path.exists(work))
found = subprocess.run(["find", "/", "-xdev", "-name", "secret"], capture_output=True, text=True).stdout
print("found", [path for path in found.split() if not path.startswith("/opt/ml")])
mounts = open("/proc/self/mountinfo").read()
print("first", "job-first" in mounts)
numbers = [name for name in os.listdir("/proc") if name.isdigit()]
print("processes", len(numbers) <= 4)
commands = " ".join(open("/proc/%s/cmdline" % n).read() for n in numbers if n != "1")
print("test", "tarn_training_test" in commands, os.path.exists("/proc/)" +
             host + R"(/environ"))
)");
  const Job done = run(script_job("second"));
  EXPECT_EQ(done.status, "Completed") << done.failure_reason;
  const std::string log = job_log("second");
  EXPECT_THAT(log, HasSubstr("others False\n"));
  EXPECT_THAT(log, HasSubstr("found []\n"));
  EXPECT_THAT(log, HasSubstr("first False\n"));
  EXPECT_THAT(log, HasSubstr("processes True\n"));
  EXPECT_THAT(log, HasSubstr("test False False\n"));
  sync_wait(training->stop_job(account, "first"));
  EXPECT_TRUE(eventually([&] { return job("first").over(); }));
}

// Listens on a port of this machine's loopback.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof place;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&place), length), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&place), &length);
    port_ = ntohs(place.sin_port);
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::string port() const { return std::to_string(port_); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST_F(JobLimits, AnIsolatedProgramHasNoNetworkAndNoCredentials) {
  const Listener listener;
  put_script(
      "import os, socket\n"
      "print('credentials', 'AWS_CONTAINER_CREDENTIALS_FULL_URI' in os.environ)\n"
      "print('endpoint', os.environ.get('AWS_ENDPOINT_URL'))\n"
      "try:\n    socket.create_connection(('127.0.0.1', " +
      listener.port() + "), timeout=5)\n    print('connected')\nexcept OSError as error:\n    print('refused')\n");
  auto spec = script_job("isolated");
  spec.network_isolation = true;
  ASSERT_EQ(run(spec).status, "Completed");
  EXPECT_THAT(job_log("isolated"), HasSubstr("credentials False\nendpoint None\nrefused\n"));
  spec.name = "open";
  spec.network_isolation = false;
  ASSERT_EQ(run(spec).status, "Completed");
  EXPECT_THAT(job_log("open"), HasSubstr("credentials True\nendpoint http://127.0.0.1:9320\nconnected\n"));
}

TEST_F(JobLimits, CredentialsAreTheRolesAndEndWithTheJob) {
  put_script("import os\nprint(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])\n");
  ASSERT_EQ(run(script_job("acting")).status, "Completed");
  EXPECT_THAT(job_log("acting"), HasSubstr("http://127.0.0.1/role/acting\n"));
  EXPECT_TRUE(eventually([&] { return lease.use_count() == 1; }));
}

// ---- its time

TEST_F(JobLimits, AJobThatIsStoppedAtOnceNeverRuns) {
  put_script("print('ran')\n");
  create(script_job("early"));
  sync_wait(training->stop_job(account, "early"));
  ASSERT_TRUE(eventually([&] { return job("early").over(); }));
  EXPECT_EQ(job("early").status, "Stopped");
}

TEST_F(JobLimits, TimeThatRunsOutBeforeTheProgramBeginsEndsTheJob) {
  put_examples();
  lake->before_open = [](const LakeObject& object) {
    if (object.bucket == "data") std::this_thread::sleep_for(std::chrono::milliseconds(700));
  };
  put_script("open('/opt/ml/model/made', 'w')\n");
  auto spec = script_job("late");
  for (const char* name : {"one", "two"})
    spec.channels.push_back({.name = name, .uri = "s3://data/train/", .mode = InputMode::file});
  spec.max_runtime_seconds = 1;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Stopped");
  EXPECT_EQ(done.secondary_status, "MaxRuntimeExceeded");
  EXPECT_EQ(done.model_uri, "");
}

TEST_F(JobLimits, TimeThatRunsOutLetsTheProgramSaveItsModel) {
  put_script(R"(
import signal, sys, time
def end(*_):
    open("/opt/ml/model/half", "w").write("way")
    sys.exit(1)
signal.signal(signal.SIGTERM, end)
while True: time.sleep(0.05)
)");
  auto spec = script_job("slow");
  // Enough for Python to start on a busy machine: before it hears, a signal just ends it.
  spec.max_runtime_seconds = 8;
  const Job done = run(spec);
  EXPECT_EQ(done.status, "Stopped");
  EXPECT_EQ(done.secondary_status, "MaxRuntimeExceeded");
  EXPECT_EQ(done.failure_reason, "");
  EXPECT_EQ(done.transitions.back().message, "Training job runtime exceeded MaxRuntimeInSeconds provided");
  EXPECT_EQ(unpacked("models/slow/output/model.tar.gz")["half"], "way");
}

}  // namespace
}  // namespace tarn::training
