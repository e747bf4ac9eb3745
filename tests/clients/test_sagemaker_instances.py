"""Training jobs of several instances: shares of the data, names, ends, logs."""

import json
import tarfile

from test_sagemaker import LINEAR_LEARNER, channel, csv_of, job_of, run, script_job
from test_sagemaker_input import output_of
from test_sagemaker_sandbox import role, sagemaker  # noqa: F401  (fixtures)

TELL = """
import json, os, socket
config = json.load(open("/opt/ml/input/config/resourceconfig.json"))
host = config["current_host"]
seen = {"config": config, "files": sorted(os.listdir("/opt/ml/input/data/train"))}
seen["addresses"] = [socket.gethostbyname(one) for one in config["hosts"]]
json.dump(seen, open("/opt/ml/output/data/" + host + ".json", "w"))
open("/opt/ml/model/" + host, "w").write(host)
print(host, "is done", flush=True)
"""


def sharded(name, uri, mode="File", **more):
    made = channel(name, uri, mode=mode, **more)
    made["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    return made


def streams_of(tarn, job):
    streams = tarn.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job + "/"
    )
    return [stream["logStreamName"].split("/")[1].rsplit("-", 1)[0] for stream in streams["logStreams"]]


def test_each_host_has_its_share(tarn, sagemaker, s3, bucket, role):
    for key in "abcde":
        s3.put_object(Bucket=bucket, Key=f"shares/{key}", Body=key.encode())
    request = script_job(s3, bucket, role, TELL)
    request["InputDataConfig"] = [sharded("train", f"s3://{bucket}/shares/")]
    request["ResourceConfig"]["InstanceCount"] = 2
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ResourceConfig"]["InstanceCount"] == 2
    # Wall-clock seconds: who bills multiplies by InstanceCount.
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]
    seen = output_of(s3, bucket, job["TrainingJobName"])
    assert (seen["algo-1.json"]["files"], seen["algo-2.json"]["files"]) == (["a", "c", "e"], ["b", "d"])
    config = seen["algo-2.json"]["config"]
    assert (config["current_host"], config["hosts"]) == ("algo-2", ["algo-1", "algo-2"])
    assert config["instance_groups"] == [
        {"instance_group_name": "homogeneousCluster", "instance_type": config["current_instance_type"], "hosts": config["hosts"]}
    ]
    assert len(set(seen["algo-1.json"]["addresses"])) == 2
    assert seen["algo-1.json"]["addresses"] == seen["algo-2.json"]["addresses"]
    archive = s3.get_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/model.tar.gz")["Body"]
    with tarfile.open(fileobj=archive, mode="r|gz") as files:
        assert sorted(one.name for one in files if one.isfile()) == ["algo-1", "algo-2"]
    assert streams_of(tarn, job["TrainingJobName"]) == ["algo-1", "algo-2"]


def test_the_failure_of_one_is_that_of_the_job(tarn, sagemaker, s3, bucket, role):
    script = TELL.replace("import json", "import time, json") + (
        "if host == 'algo-2':\n    open('/opt/ml/output/failure', 'w').write('the second is tired')\n    os._exit(4)\n"
        "time.sleep(600)\n"
    )
    s3.put_object(Bucket=bucket, Key="shares/a", Body=b"a")
    request = script_job(s3, bucket, role, script)
    request["InputDataConfig"] = [channel("train", f"s3://{bucket}/shares/", mode="File")]
    request["ResourceConfig"]["InstanceCount"] = 2
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: the second is tired, exit code: 4, instance: algo-2"


def test_linear_learner_over_pipes_of_shards(tarn, sagemaker, s3, bucket, role):
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"csv/{number}.csv", Body=csv_of(500, number))
    parameters = {"predictor_type": "binary_classifier", "mini_batch_size": "100", "epochs": "5"}
    channels = [
        sharded("train", f"s3://{bucket}/csv/", mode="Pipe", ContentType="text/csv", ShuffleConfig={"Seed": 3}),
        channel("validation", f"s3://{bucket}/csv/", ContentType="text/csv"),
    ]
    request = job_of(role, bucket, channels, image=LINEAR_LEARNER, hyperparameters=parameters)
    request["ResourceConfig"]["InstanceCount"] = 2
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert metrics["validation:roc_auc_score"] > 0.95
    lineage = s3.get_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/lineage.json")["Body"]
    assert len(json.load(lineage)["objects"]) == 6
