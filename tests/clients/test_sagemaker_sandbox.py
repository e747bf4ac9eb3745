"""What the programs of jobs and endpoints may do, take and leave behind: the server killed under them, their role's
credentials, their limits."""

import importlib
import io
import json
import os
import random
import tarfile
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest
from test_sagemaker import archive_of, channel, code_of, csv_of, log_of, name_of, run, script_job, wait_for
from waits import eventually

SAGEMAKER = {"Service": "sagemaker.amazonaws.com"}


@pytest.fixture
def sagemaker(tarn):
    return tarn.client("sagemaker")


@pytest.fixture
def role(tarn, bucket):
    return tarn.new_role(
        SAGEMAKER,
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"],
        },
    )


def processes_below(folder):
    """Processes of this machine that have something below the folder mounted, or among their arguments."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/mountinfo") as file:
                mounted = folder in file.read()
            with open(f"/proc/{number}/cmdline") as file:
                named = folder in file.read()
        except OSError:
            continue
        if mounted or named:
            found.append(int(number))
    return found


def serve_model(sagemaker, s3, bucket, role, script, name="AllTraffic", **environment):
    """An endpoint whose model is the script; its name."""
    key = name_of("model") + ".tar.gz"
    s3.put_object(Bucket=bucket, Key=key, Body=archive_of({"code/inference.py": script}))
    model, endpoint = name_of("model"), name_of("endpoint")
    container = {
        "Image": "tarn/python:3",
        "ModelDataUrl": f"s3://{bucket}/{key}",
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py", **environment},
    }
    sagemaker.create_model(ModelName=model, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {"VariantName": name, "ModelName": model, "InitialInstanceCount": 1, "InstanceType": "ml.t3.medium"}
    sagemaker.create_endpoint_config(EndpointConfigName=endpoint, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    return endpoint


def in_service(sagemaker, endpoint):
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


def failed_or_runs_again(sagemaker, name):
    """A job whose program was cut off has failed; one that had no program yet begins anew."""
    job = sagemaker.describe_training_job(TrainingJobName=name)
    return job["TrainingJobStatus"] == "Failed" or job["SecondaryStatus"] == "Training"


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    while True: time.sleep(1)
open("/opt/ml/input/data/train_0", "rb").read(1)
open("/opt/ml/input/data/never_0", "rb").read()
while True: time.sleep(1)
"""


def test_nothing_outlives_a_server_that_is_killed(own_tarn):
    tarn = own_tarn()
    bucket = tarn.new_bucket()
    role = tarn.new_role(SAGEMAKER, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    s3 = tarn.client("s3")
    s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(1000, 1))
    script = "def model_fn(folder): return 1\ndef predict_fn(data, model): return [model]\n"
    endpoint = serve_model(tarn.client("sagemaker"), s3, bucket, role, script)
    in_service(tarn.client("sagemaker"), endpoint)
    source = random.Random(11)
    for _ in range(5):
        sagemaker = tarn.client("sagemaker")
        request = script_job(tarn.client("s3"), bucket, role, STUBBORN)
        request["InputDataConfig"] = [
            channel(name, f"s3://{bucket}/train/", ContentType="text/csv") for name in ("train", "never")
        ]
        sagemaker.create_training_job(**request)
        # From before there is a process to long after.
        time.sleep(source.choice([0, 0.02, 0.05, 0.1, 0.3, 1.0]) + source.random() * 0.05)
        tarn.kill()
        eventually(lambda: not processes_below(tarn.data_dir + "/jobs"))
        tarn.restart()
        sagemaker = tarn.client("sagemaker")
        eventually(lambda: failed_or_runs_again(sagemaker, request["TrainingJobName"]))
    in_service(tarn.client("sagemaker"), endpoint)
    runtime = tarn.client("sagemaker-runtime")

    def answers():
        try:
            return runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1")["Body"].read()
        except botocore.exceptions.ClientError:
            return None

    eventually(answers)
    assert answers() == b"[1]"
    tarn.stop()
    eventually(lambda: not processes_below(tarn.data_dir + "/jobs"))


# Speaks to the lake with an SDK that was told nothing: address, region and keys come from the environment.
AS_ITS_ROLE = """
import boto3, botocore.exceptions
print("who", boto3.client("sts").get_caller_identity()["Arn"])
s3 = boto3.client("s3")
s3.put_object(Bucket=%r, Key="made/by-the-script", Body=b"yes")
try:
    s3.list_objects_v2(Bucket=%r)
    print("listed")
except botocore.exceptions.ClientError as error:
    print("refused", error.response["Error"]["Code"])
print("method", boto3.Session().get_credentials().method)
"""


def source_with_sdk(script):
    """A source directory that brings the SDK along, for the sandbox sees the machine's own packages only."""
    wanted = ("endpoints", "partitions", "sdk-default", "_retry", "s3", "sts")

    def take(info):
        parts = info.name.split("/")
        if "__pycache__" in parts:
            return None
        if parts[:2] == ["botocore", "data"] and len(parts) > 2 and not parts[2].startswith(wanted):
            return None
        return info

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"):
            module = importlib.import_module(name)
            place = module.__file__ if name == "six" else os.path.dirname(module.__file__)
            archive.add(place, arcname=os.path.basename(place), filter=take)
        info = tarfile.TarInfo("train.py")
        info.size = len(script)
        archive.addfile(info, io.BytesIO(script.encode()))
    return out.getvalue()


def test_a_script_acts_as_its_role(tarn, sagemaker, s3, bucket, role):
    request = script_job(s3, bucket, role, "")
    source = source_with_sdk(AS_ITS_ROLE % (bucket, tarn.new_bucket()))
    s3.put_object(Bucket=bucket, Key="code/source.tar.gz", Body=source)
    job = run(sagemaker, request)
    log = log_of(tarn, job["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason") + log
    assert f"assumed-role/{role.rsplit('/', 1)[1]}/{job['TrainingJobName']}" in log
    assert "refused AccessDenied" in log and "listed" not in log
    assert "method container-role" in log
    assert s3.get_object(Bucket=bucket, Key="made/by-the-script")["Body"].read() == b"yes"


ASKS_FOR_KEYS = """
import json, os, urllib.error, urllib.request
uri, token = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
def ask(uri, token):
    request = urllib.request.Request(uri, headers={"Authorization": token})
    try:
        return json.loads(urllib.request.urlopen(request).read())
    except urllib.error.HTTPError as error:
        return error.code
print("wrong token", ask(uri, token[:-1] + "."))
print("wrong address", ask(uri + "x", token))
keys = ask(uri, token)
json.dump({"keys": keys, "uri": uri, "token": token}, open("/opt/ml/output/data/keys.json", "w"))
print("secrets", [name for name in os.environ if name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")])
print("endpoint", os.environ["AWS_ENDPOINT_URL"])
"""


def test_the_keys_of_a_script_are_its_roles_and_its_own(tarn, sagemaker, s3, bucket, role):
    request = script_job(s3, bucket, role, ASKS_FOR_KEYS)
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = log_of(tarn, job["TrainingJobName"])
    assert "wrong token 403" in log and "wrong address 403" in log and "secrets []" in log
    assert "endpoint " + tarn.endpoint in log
    output = s3.get_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/output.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(output)) as archive:
        given = json.loads(archive.extractfile("keys.json").read())
    keys = given["keys"]
    assert keys["RoleArn"] == role and keys["Expiration"].endswith("Z")
    as_job = tarn.client("sts", key=(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["Token"])
    assert as_job.get_caller_identity()["Arn"].endswith("/" + job["TrainingJobName"])
    mine = tarn.client("s3", key=(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["Token"])
    assert mine.list_objects_v2(Bucket=bucket)["KeyCount"] > 0
    with pytest.raises(botocore.exceptions.ClientError) as error:
        mine.list_objects_v2(Bucket=tarn.new_bucket())
    assert code_of(error) == "AccessDenied"
    # The job is over: nobody else gets keys with what it was given.
    again = urllib.request.Request(given["uri"], headers={"Authorization": given["token"]})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(again)
    assert refused.value.code == 403


def test_an_isolated_script_has_neither_network_nor_keys(tarn, sagemaker, s3, bucket, role):
    port = tarn.endpoint.rsplit(":", 1)[1]
    script = "\n".join(
        [
            "import os, socket",
            "print('keys', 'AWS_CONTAINER_CREDENTIALS_FULL_URI' in os.environ)",
            "try:",
            f"    socket.create_connection(('127.0.0.1', {port}), timeout=5)",
            "    print('connected')",
            "except OSError: print('no way')",
        ]
    )
    job = run(sagemaker, script_job(s3, bucket, role, script, EnableNetworkIsolation=True))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "keys False\nno way" in log_of(tarn, job["TrainingJobName"])


def test_what_goes_beyond_the_volume_fails_the_job(tarn, sagemaker, s3, bucket, role):
    script = "\n".join(
        [
            "import os, time",
            "for name in ('/tmp/a', '/opt/ml/output/data/b', '/opt/ml/model/c'):",
            "    os.posix_fallocate(os.open(name, os.O_CREAT | os.O_WRONLY), 0, 500 << 20)",
            "time.sleep(60)",
        ]
    )
    request = script_job(s3, bucket, role, script)
    request["ResourceConfig"]["VolumeSizeInGB"] = 1
    job = run(sagemaker, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert "No space left on device" in job["FailureReason"] and "VolumeSizeInGB" in job["FailureReason"]


def test_time_that_runs_out(tarn, sagemaker, s3, bucket, role):
    request = script_job(s3, bucket, role, "import time\nopen('/opt/ml/model/m', 'w').write('1')\ntime.sleep(60)\n")
    request["StoppingCondition"]["MaxRuntimeInSeconds"] = 1
    job = run(sagemaker, request)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert "FailureReason" not in job
    assert "exceeded MaxRuntimeInSeconds" in job["SecondaryStatusTransitions"][-1]["StatusMessage"]
    assert s3.head_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/model.tar.gz")


def test_a_models_program_acts_as_its_role_too(tarn, sagemaker, s3, bucket, role):
    script = "\n".join(
        [
            "import json, os, urllib.request",
            "def model_fn(folder):",
            "    request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],",
            "        headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})",
            "    return json.loads(urllib.request.urlopen(request).read())['RoleArn']",
            "def predict_fn(data, model): return model",
        ]
    )
    endpoint = serve_model(sagemaker, s3, bucket, role, script)
    in_service(sagemaker, endpoint)
    runtime = tarn.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1")
    assert json.loads(answer["Body"].read()) == role
    sagemaker.delete_endpoint(EndpointName=endpoint)
