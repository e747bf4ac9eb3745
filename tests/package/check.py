"""Unpacks a package as a user would and drives it from outside: an object, a crawler, a query, a training job.

    tests/package/check.py ARCHIVE                 here, with an empty environment
    tests/package/check.py ARCHIVE --root FOLDER   inside a bare system (debootstrap's, say), by chroot: as root
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

READINGS = b"id,city,temp\n1,Ghent,9.5\n2,Turku,NA\n"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": ["glue.amazonaws.com", "sagemaker.amazonaws.com"]}}]}
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"


def wait_for(what, ended, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := ended():
            return answer
        time.sleep(0.1)
    raise SystemExit(f"{what}: not after {seconds} s")


class Packaged:
    """The unpacked program and its server, `root` being what it takes for the whole machine."""

    def __init__(self, archive, root):
        self.root = root
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tarn-package-", dir=f"{root or ''}/tmp"))
        subprocess.run(["tar", "--extract", "--gzip", "--file", archive, "--directory", self.folder], check=True)
        (self.unpacked,) = self.folder.iterdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.listen = f"127.0.0.1:{probe.getsockname()[1]}"

    def command(self, *arguments):
        inside = "/" + str(self.unpacked.relative_to(self.root or "/"))
        enter = ["chroot", str(self.root)] if self.root else []
        return [*enter, "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", inside + "/bin/tarn", *arguments]

    def data(self):
        return "/" + str((self.folder / "data").relative_to(self.root or "/"))

    def start(self):
        self.server = subprocess.Popen(
            self.command("serve", "--data-dir", self.data(), "--listen", self.listen), stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

        def ready():
            assert self.server.poll() is None, "the server ended"
            try:
                return urllib.request.urlopen(f"http://{self.listen}/_tarn/health/ready", timeout=1).status == 200
            except OSError:
                return False

        wait_for("ready", ready)
        told = subprocess.check_output(self.command("env", "--data-dir", self.data()), text=True)
        self.environment = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", told, re.M))

    def client(self, service):
        return boto3.client(
            service, endpoint_url=f"http://{self.listen}", region_name="us-east-1",
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def end(self):
        os.killpg(self.server.pid, signal.SIGTERM)
        assert self.server.wait(timeout=20) == 0, "the server did not end well"
        shutil.rmtree(self.folder)


def drive(tarn):
    s3, iam, glue, athena = (tarn.client(name) for name in ("s3", "iam", "glue", "athena"))
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="raw/weather/1.csv", Body=READINGS)
    assert s3.get_object(Bucket="lake", Key="raw/weather/1.csv")["Body"].read() == READINGS
    role = iam.create_role(RoleName="all", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="all", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_crawler(Name="raw", Role=role, DatabaseName="db", Targets={"S3Targets": [{"Path": "s3://lake/raw/"}]})
    glue.start_crawler(Name="raw")
    last = lambda: glue.get_crawler(Name="raw")["Crawler"].get("LastCrawl", {})
    wait_for("the crawler", lambda: last().get("Status") == "SUCCEEDED")
    query = athena.start_query_execution(
        QueryString="SELECT city FROM db.weather WHERE temp IS NULL",
        ResultConfiguration={"OutputLocation": "s3://lake/results/"},
    )["QueryExecutionId"]

    def answered():
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        assert status["State"] != "FAILED", status
        return status["State"] == "SUCCEEDED"

    wait_for("the query", answered)
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["city", "Turku"], rows
    return role


def train(tarn, role):
    s3, sagemaker = tarn.client("s3"), tarn.client("sagemaker")
    s3.put_object(Bucket="lake", Key="train/1.csv", Body="".join(f"{x % 7},{x % 7}.5\n" for x in range(500)).encode())
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://lake/train/"}
    sagemaker.create_training_job(
        TrainingJobName="job", RoleArn=role,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://lake/models/"}, StoppingCondition={"MaxRuntimeInSeconds": 100},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        HyperParameters={"predictor_type": "regressor", "mini_batch_size": "100", "epochs": "2"},
    )

    def trained():
        job = sagemaker.describe_training_job(TrainingJobName="job")
        assert job["TrainingJobStatus"] != "Failed", job["FailureReason"]
        return job["TrainingJobStatus"] == "Completed"

    wait_for("the training job", trained)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive")
    parser.add_argument("--root", type=pathlib.Path)
    arguments = parser.parse_args()
    tarn = Packaged(arguments.archive, arguments.root)
    tarn.start()
    role = drive(tarn)
    sandboxes = (arguments.root or pathlib.Path("/")).joinpath("usr/bin/bwrap").exists()
    if sandboxes:
        train(tarn, role)
    tarn.end()
    print("served, crawled, queried" + (", trained" if sandboxes else "; no bubblewrap there, so nothing was trained"))


if __name__ == "__main__":
    sys.exit(main())
