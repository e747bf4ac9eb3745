"""Every way in which a channel brings its data, read by a script as SageMaker's documentation describes them."""

import gzip
import io
import json
import struct
import tarfile

import botocore.exceptions
import pytest
from test_sagemaker import LINEAR_LEARNER, channel, code_of, csv_of, job_of, log_of, run, script_job, wait_for
from test_sagemaker_sandbox import role, sagemaker  # noqa: F401  (fixtures)
from waits import eventually

MAGIC = 0xCED7230A

# Reads epochs of pipes, whole or only their beginning, and files; leaves what it saw as JSON.
READER = """
import json, os, sys, time
DATA = "/opt/ml/input/data/"
def epoch(channel, number, most=-1):
    path = DATA + channel + "_" + str(number)
    while not os.path.exists(path): time.sleep(0.001)
    with open(path, "rb", buffering=0) as pipe:
        if most >= 0: return pipe.read(most).hex()
        parts = []
        while True:
            part = pipe.read(1 << 16)
            if not part: return b"".join(parts).hex()
            parts.append(part)
def files(channel):
    found = {}
    for folder, _, names in os.walk(DATA + channel):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, DATA + channel)] = open(path).read()
    return found
seen = {}
%s
seen["config"] = json.load(open("/opt/ml/input/config/inputdataconfig.json"))
seen["resources"] = json.load(open("/opt/ml/input/config/resourceconfig.json"))
json.dump(seen, open("/opt/ml/output/data/seen.json", "w"))
"""


def read_by_script(sagemaker, s3, bucket, role, channels, plan):
    """What the plan's lines put into `seen`."""
    request = script_job(s3, bucket, role, READER % plan)
    request["InputDataConfig"] = channels
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return output_of(s3, bucket, job["TrainingJobName"])["seen.json"]


def output_of(s3, bucket, job):
    archive = s3.get_object(Bucket=bucket, Key=f"models/{job}/output/output.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {one.name: json.loads(files.extractfile(one).read()) for one in files if one.isfile()}


def record(payload):
    return struct.pack("<II", MAGIC, len(payload)) + payload + b"\0" * (-len(payload) % 4)


def of_type(data_type, name, uri, **more):
    made = channel(name, uri, **more)
    made["DataSource"]["S3DataSource"]["S3DataType"] = data_type
    return made


def shuffled(items, seed, epoch):
    """The order that is documented: Fisher-Yates by SplitMix64."""
    mask, golden = (1 << 64) - 1, 0x9E3779B97F4A7C15
    state = (seed & mask) ^ (epoch * golden & mask)
    items = list(items)
    for i in range(len(items), 1, -1):
        state = (state + golden) & mask
        z = state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        j = (z ^ z >> 31) % i
        items[i - 1], items[j] = items[j], items[i - 1]
    return items


def test_pipes_bring_what_was_asked_for(tarn, sagemaker, s3, bucket, role):
    parts = {f"parts/{i}": bytes([65 + i]) * (i + 1) for i in range(6)}
    for key, body in parts.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.put_object(Bucket=bucket, Key="zipped/1.gz", Body=gzip.compress(b"one") + gzip.compress(b"two"))
    s3.put_object(Bucket=bucket, Key="zipped/2.gz", Body=gzip.compress(b"three"))
    s3.put_object(Bucket=bucket, Key="large/1", Body=bytes(range(256)) * 20_000)
    lines = [{"image-ref": f"s3://{bucket}/parts/{i}", "label": i, "note": {"n": [i]}} for i in (3, 1)]
    s3.put_object(Bucket=bucket, Key="lines.jsonl", Body="\n".join(map(json.dumps, lines)))
    uri = f"s3://{bucket}/"
    augmented = of_type("AugmentedManifestFile", "augmented", uri + "lines.jsonl", RecordWrapperType="RecordIO")
    augmented["DataSource"]["S3DataSource"]["AttributeNames"] = ["label", "image-ref", "note"]
    sharded = channel("sharded", uri + "parts/")
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    channels = [
        channel("plain", uri + "parts/"),
        channel("wrapped", uri + "parts/", RecordWrapperType="RecordIO"),
        channel("zipped", uri + "zipped/", CompressionType="Gzip"),
        channel("shuffled", uri + "parts/", ShuffleConfig={"Seed": -42}),
        channel("early", uri + "large/"),
        augmented,
        sharded,
    ]
    plan = "\n".join(
        [
            "for name in ('plain', 'wrapped', 'zipped', 'augmented', 'sharded'): seen[name] = epoch(name, 0)",
            "seen['again'] = epoch('plain', 1)",
            "seen['shuffled'] = [epoch('shuffled', number) for number in range(3)]",
            "seen['early'] = [epoch('early', 0, 3), epoch('early', 1, 5), len(epoch('early', 2)) // 2]",
            "seen['left'] = sorted(name for name in os.listdir(DATA))",
        ]
    )
    seen = read_by_script(sagemaker, s3, bucket, role, channels, plan)
    whole = b"".join(parts.values())
    assert bytes.fromhex(seen["plain"]) == bytes.fromhex(seen["again"]) == bytes.fromhex(seen["sharded"]) == whole
    assert bytes.fromhex(seen["wrapped"]) == b"".join(map(record, parts.values()))
    assert bytes.fromhex(seen["zipped"]) == b"onetwothree"
    for number, epoch in enumerate(seen["shuffled"]):
        assert bytes.fromhex(epoch) == b"".join(shuffled(parts.values(), -42, number))
    assert seen["early"] == ["000102", "0001020304", 256 * 20_000]
    attributes = [b"3", b"DDDD", b'{"n":[3]}', b"1", b"BB", b'{"n":[1]}']
    assert bytes.fromhex(seen["augmented"]) == b"".join(map(record, attributes))
    # A pipe is gone after its epoch; the next one waits.
    assert "plain_0" not in seen["left"] and "plain_2" in seen["left"]
    assert seen["config"]["wrapped"]["RecordWrapperType"] == "RecordIO"
    assert seen["config"]["sharded"]["S3DistributionType"] == "ShardedByS3Key"
    assert seen["config"]["plain"]["TrainingInputMode"] == "Pipe"
    assert (seen["resources"]["current_host"], seen["resources"]["hosts"]) == ("algo-1", ["algo-1"])


def test_files_lie_below_their_channel(tarn, sagemaker, s3, bucket, role):
    for key in ("in/a/1.txt", "in/a/2.txt", "in/b.txt", "other/c.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body="of " + key)
    manifest = [{"prefix": f"s3://{bucket}/in/"}, "a/2.txt", "b.txt"]
    s3.put_object(Bucket=bucket, Key="manifest.json", Body=json.dumps(manifest))
    channels = [
        channel("prefix", f"s3://{bucket}/in/", "File"),
        of_type("ManifestFile", "manifest", f"s3://{bucket}/manifest.json", mode="File"),
    ]
    plan = "for name in ('prefix', 'manifest'): seen[name] = files(name)"
    seen = read_by_script(sagemaker, s3, bucket, role, channels, plan)
    assert seen["prefix"] == {"a/1.txt": "of in/a/1.txt", "a/2.txt": "of in/a/2.txt", "b.txt": "of in/b.txt"}
    assert seen["manifest"] == {"a/2.txt": "of in/a/2.txt", "b.txt": "of in/b.txt"}


def refusal_of(sagemaker, request):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.create_training_job(**request)
    return code_of(error), error.value.response["Error"]["Message"]


def test_what_cannot_be_is_refused(tarn, sagemaker, s3, bucket, role):
    def refused(**more):
        mode = more.pop("mode", "File")
        data_type = more.pop("data_type", "S3Prefix")
        return refusal_of(
            sagemaker, job_of(role, bucket, [of_type(data_type, "train", f"s3://{bucket}/x", mode=mode, **more)])
        )

    assert refused(mode="FastFile") == (
        "ValidationException",
        "Channel 'train': FastFile is not implemented; the input modes are File and Pipe.",
    )
    assert "Pipe mode only" in refused(CompressionType="Gzip")[1]
    assert "Pipe mode only" in refused(RecordWrapperType="RecordIO")[1]
    assert "Pipe mode only" in refused(data_type="AugmentedManifestFile")[1]
    assert "needs AttributeNames" in refused(data_type="AugmentedManifestFile", mode="Pipe")[1]
    request = job_of(role, bucket, [])
    request["ResourceConfig"]["InstanceCount"] = 21
    assert refusal_of(sagemaker, request)[0] == "ResourceLimitExceeded"
    request = job_of(role, bucket, [channel("train", f"s3://{bucket}/x")] * 2)
    assert "more than once" in refusal_of(sagemaker, request)[1]


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda bucket: channel("train", f"s3://no-{bucket}/x/"), "NoSuchBucket"),
        (lambda bucket: channel("train", f"s3://{bucket}/nothing/"), "No S3 objects found under S3 URL"),
        (lambda bucket: of_type("ManifestFile", "train", f"s3://{bucket}/none.json", mode="File"), "does not exist"),
    ],
    ids=["bucket", "prefix", "manifest"],
)
def test_input_that_is_not_there_is_the_reason(tarn, sagemaker, s3, bucket, make, reason):
    role = tarn.new_role({"Service": "sagemaker.amazonaws.com"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    job = run(sagemaker, job_of(role, bucket, [make(bucket)], hyperparameters={"predictor_type": "regressor"}))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed: ")
    assert reason in job["FailureReason"]


def test_a_corrupt_object_is_named(tarn, sagemaker, s3, bucket, role):
    s3.put_object(Bucket=bucket, Key="zipped/bad.gz", Body=gzip.compress(b"x" * 100_000)[:-20])
    script = "import time\nprint(len(open('/opt/ml/input/data/train_0', 'rb').read()))\ntime.sleep(60)\n"
    request = script_job(s3, bucket, role, script)
    request["InputDataConfig"] = [channel("train", f"s3://{bucket}/zipped/", CompressionType="Gzip")]
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert f"s3://{bucket}/zipped/bad.gz is no valid gzip" in job["FailureReason"]


def test_a_script_that_dies_tells_its_status_and_last_lines(tarn, sagemaker, s3, bucket, role):
    job = run(sagemaker, script_job(s3, bucket, role, "import os\nprint('the tape tore', flush=True)\nos._exit(9)\n"))
    assert job["FailureReason"] == "AlgorithmError: the program's last lines were:\nthe tape tore, exit code: 9"
    job = run(sagemaker, script_job(s3, bucket, role, "raise ValueError('no such column')\n"))
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ")
    assert "no such column" in job["FailureReason"] and job["FailureReason"].endswith(", exit code: 1")


def test_hyperparameters_that_cannot_be_are_the_reason(tarn, sagemaker, s3, bucket, role):
    s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(10, 1))
    channels = [channel("train", f"s3://{bucket}/train/", ContentType="text/csv")]

    def reason(**hyperparameters):
        job = run(sagemaker, job_of(role, bucket, channels, hyperparameters=hyperparameters))
        assert job["TrainingJobStatus"] == "Failed"
        return job["FailureReason"]

    assert "No value(s) were specified for 'predictor_type' which are required hyperparameter(s)" in reason()
    assert "'many' is not valid for epochs" in reason(predictor_type="regressor", epochs="many")
    assert reason(predictor_type="regressor", depth="3").startswith(
        "ClientError: Additional hyperparameters are not allowed ('depth' was unexpected)"
    )


def test_checkpoints_metrics_and_logs(tarn, sagemaker, s3, bucket, role):
    s3.put_object(Bucket=bucket, Key="checkpoints/before/step", Body=b"41")
    script = "\n".join(
        [
            "import os",
            "path = '/opt/ml/checkpoints/before/step'",
            "step = int(open(path).read())",
            "open('/opt/ml/checkpoints/after', 'w').write(str(step + 1))",
            "for loss in (3.5, 2.25): print('step %d loss=%.2f;' % (step, loss), flush=True)",
            "print('loss=none;')",
        ]
    )
    request = script_job(s3, bucket, role, script, CheckpointConfig={"S3Uri": f"s3://{bucket}/checkpoints"})
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+);"}]
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert s3.get_object(Bucket=bucket, Key="checkpoints/after")["Body"].read() == b"42"
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert metrics == {"loss": 2.25}
    assert job["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    times = [(one["StartTime"], one["EndTime"]) for one in job["SecondaryStatusTransitions"]]
    assert times == sorted(times) and all(start <= end for start, end in times)
    assert job["BillableTimeInSeconds"] >= 1 and job["TrainingStartTime"] <= job["TrainingEndTime"]

    logs, group = tarn.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job["TrainingJobName"])["logStreams"]
    assert [one["logStreamName"] for one in streams] == [job["TrainingJobName"] + "/algo-1-0"]
    events = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True)
    assert [one["message"] for one in events["events"]][:2] == ["step 41 loss=3.50;", "step 41 loss=2.25;"]
    found = logs.filter_log_events(
        logGroupName=group, logStreamNames=[streams[0]["logStreamName"]], filterPattern='"loss=2"'
    )["events"]
    assert [one["message"] for one in found] == ["step 41 loss=2.25;"]


def test_a_job_through_an_early_stop_of_its_pipes(tarn, sagemaker, s3, bucket, role):
    """StopTrainingJob while the program has left its pipe early and waits for another that nobody will ever fill."""
    s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(100, 1))
    script = "import os\nopen('/opt/ml/input/data/train_0').read(1)\nos.mkfifo('/tmp/never')\nopen('/tmp/never')\n"
    request = script_job(s3, bucket, role, script)
    request["InputDataConfig"] = [channel("train", f"s3://{bucket}/train/")]
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    eventually(lambda: sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")
    sagemaker.stop_training_job(TrainingJobName=name)
    job = wait_for(sagemaker, name)
    assert job["TrainingJobStatus"] == "Stopped"
    statuses = [one["Status"] for one in job["SecondaryStatusTransitions"]]
    assert statuses[:4] == ["Starting", "Downloading", "Training", "Stopping"] and statuses[-1] == "Stopped"


def test_linear_learner_reads_a_manifest_of_records(tarn, sagemaker, s3, bucket, role):
    """What the SDK's LinearLearner.fit(record_set) asks for."""

    def tensor(values):
        floats = struct.pack(f"<{len(values)}f", *values)
        packed = b"\x0a" + bytes([len(floats)]) + floats
        value = b"\x12" + bytes([len(packed)]) + packed
        entry = b"\x0a\x06values" + b"\x12" + bytes([len(value)]) + value
        return bytes([len(entry)]) + entry

    rows = [((i * 37) % 101 / 10, (i * 53) % 97 / 10) for i in range(1200)]
    for part in range(3):
        body = b"".join(
            record(b"\x0a" + tensor(row) + b"\x12" + tensor([3 * row[0] - 2 * row[1] + 1])) for row in rows[part::3]
        )
        s3.put_object(Bucket=bucket, Key=f"records/matrix_{part}.pbr", Body=body)
    names = [f"matrix_{part}.pbr" for part in range(3)]
    manifest = [{"prefix": f"s3://{bucket}/records/"}, *names]
    s3.put_object(Bucket=bucket, Key="records/.amazon.manifest", Body=json.dumps(manifest))
    train = of_type("ManifestFile", "train", f"s3://{bucket}/records/.amazon.manifest", mode="File")
    train["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    parameters = {"predictor_type": "regressor", "feature_dim": "2", "mini_batch_size": "50", "epochs": "30"}
    test = {**train, "ChannelName": "test"}
    job = run(sagemaker, job_of(role, bucket, [train, test], hyperparameters=parameters))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert metrics["test:mse"] < 0.05
    assert "completed 100" in log_of(tarn, job["TrainingJobName"]) or metrics["train:progress"] > 0
    assert job["AlgorithmSpecification"]["TrainingImage"] == LINEAR_LEARNER
