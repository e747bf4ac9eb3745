"""A disk that is full: every caller is told so, nothing acknowledged is lost, nothing half is there, and what finds room
again is taken at once."""

import contextlib
import gzip
import json
import os
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from conftest import Tarn
from s3_help import body_of, keys
from test_athena import Analyst
from test_sagemaker import archive_of, job_of, run
from waits import eventually

MIB = 1 << 20
PART = 5 * MIB


class SmallDisk:
    """A lake on a file system of its own, which is made full by a file beside the lake."""

    def __init__(self, folder):
        self.folder = folder
        self.ballast = folder / "ballast"
        self.server = Tarn(folder / "data", ["--test-clock"]).start()

    def leave(self, free):
        """Makes the disk as full as that."""
        for _ in range(100):  # The server may write between the question and the answer.
            space = os.statvfs(self.folder)
            with open(self.ballast, "ab") as file, contextlib.suppress(OSError):
                size = file.tell() + space.f_bavail * space.f_frsize - free
                assert size >= 0, "the disk is fuller than that already"
                os.posix_fallocate(file.fileno(), 0, max(size, 1))
                return
        raise AssertionError("the disk could not be filled")

    def make_room(self):
        self.ballast.unlink()

    def blob_files(self):
        return [path for path in (self.folder / "data/blobs").rglob("*") if path.is_file()]

    def no_orphans(self, kept):
        """Once nothing but `kept` blobs is named, nothing else is left: after a sweep at a start, and a while."""
        self.server.advance(3600)
        self.server.kill()
        self.server.restart()
        eventually(lambda: len(self.blob_files()) <= kept)
        assert len(self.blob_files()) == kept


@pytest.fixture
def disk(tmp_path):
    """A file system of 96 MB with a lake on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    made = SmallDisk(folder)
    yield made
    if made.server.process.poll() is None:
        made.server.kill()
    subprocess.run(["umount", "-l", folder], check=False)


def fill(s3, bucket, size, kept):
    """Puts objects until the disk is full; gives the refusal."""
    for number in range(100_000):
        key, body = f"{size}/{number}", os.urandom(64) + b"x" * (size - 64)
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        except ClientError as refusal:
            return refusal.response
        kept[key] = body
    raise AssertionError("the disk never was full")


def is_full(refusal):
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 507, refusal
    assert refusal["Error"]["Code"] == "InsufficientStorage" and "full" in refusal["Error"]["Message"]


def test_puts_are_refused_and_taken_again(disk):
    bucket, s3, kept = disk.server.new_bucket(), disk.server.client("s3", retries={"max_attempts": 0}), {}
    # Blobs first; then rows, in what is left.
    for size in (1_000_000, 40_000, 8_000):
        is_full(fill(s3, bucket, size, kept))
    for key, body in kept.items():
        assert body_of(s3.get_object(Bucket=bucket, Key=key)) == body
    # Room is made beside the lake (nothing can be deleted on a disk without room for the deletion's row).
    subprocess.run(["mount", "-o", "remount,size=160m", disk.folder], check=True)
    s3.put_object(Bucket=bucket, Key="after", Body=b"y" * 2_000_000)
    for key in [key for key in kept if key.startswith("1000000/")][:20]:
        s3.delete_object(Bucket=bucket, Key=key)
        del kept[key]
    disk.server.kill()
    disk.server.restart()
    s3 = disk.server.client("s3")
    for key, body in kept.items():
        assert body_of(s3.get_object(Bucket=bucket, Key=key)) == body
    assert body_of(s3.get_object(Bucket=bucket, Key="after")) == b"y" * 2_000_000
    assert sorted(keys(s3.list_objects_v2(Bucket=bucket, MaxKeys=1000))) == sorted([*kept, "after"])[:1000]


def test_the_first_small_write_after_it_is_taken(disk):
    bucket, s3 = disk.server.new_bucket(), disk.server.client("s3", retries={"max_attempts": 0})
    disk.leave(0)
    is_full(fill(s3, bucket, 1_000, {}))
    disk.make_room()
    s3.put_object(Bucket=bucket, Key="after", Body=b"y")
    assert body_of(s3.get_object(Bucket=bucket, Key="after")) == b"y"


def test_parts_and_copies(disk):
    bucket, s3 = disk.server.new_bucket(), disk.server.client("s3", retries={"max_attempts": 0})
    target = {"Bucket": bucket, "Key": "large"}
    upload = s3.create_multipart_upload(**target)["UploadId"]
    bodies = [os.urandom(PART), os.urandom(PART)]
    parts = []

    def send(number):
        sent = s3.upload_part(**target, UploadId=upload, PartNumber=number, Body=bodies[number - 1])
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    send(1)
    s3.put_object(Bucket=bucket, Key="source", Body=os.urandom(4 * MIB))
    disk.leave(3 * MIB)
    for attempt in (
        lambda: send(2),
        lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "source"}),
        lambda: s3.copy_object(
            Bucket=bucket, Key="cold", CopySource={"Bucket": bucket, "Key": "source"}, StorageClass="GLACIER_IR"
        ),
        lambda: s3.upload_part_copy(
            **target, UploadId=upload, PartNumber=2, CopySource={"Bucket": bucket, "Key": "source"}
        ),
        lambda: s3.put_object(Bucket=bucket, Key="source", Body=os.urandom(4 * MIB)),
    ):
        with pytest.raises(ClientError) as refused:
            attempt()
        is_full(refused.value.response)
    assert [part["PartNumber"] for part in s3.list_parts(**target, UploadId=upload)["Parts"]] == [1]
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["source"]
    disk.make_room()
    send(2)
    s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
    assert body_of(s3.get_object(**target)) == b"".join(bodies)
    disk.no_orphans(3)


def test_a_query_that_writes_a_table(disk):
    analyst = Analyst(disk.server)
    analyst.run(f"CREATE DATABASE {analyst.database}")
    lines = b"".join(b"%d,%s\n" % (number, os.urandom(40).hex().encode()) for number in range(200_000))
    analyst.s3.put_object(Bucket=analyst.bucket, Key="raw/noise/a.csv", Body=lines)
    analyst.run(
        "CREATE EXTERNAL TABLE noise (id bigint, noise string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        f"LOCATION 's3://{analyst.bucket}/raw/noise/'"
    )
    disk.leave(4 * MIB)
    copy = f"CREATE TABLE copy WITH (external_location = 's3://{analyst.bucket}/copy/') AS SELECT * FROM noise"
    reason = analyst.reason(copy)
    assert "full" in reason and "'copy/" in reason, reason
    # A result that finds no room says so as well.
    reason = analyst.reason("SELECT * FROM noise")
    assert "full" in reason, reason
    tables = disk.server.client("glue").get_tables(DatabaseName=analyst.database)["TableList"]
    assert [table["Name"] for table in tables] == ["noise"]
    assert keys(analyst.s3.list_objects_v2(Bucket=analyst.bucket, Prefix="copy/")) == []
    disk.make_room()
    analyst.run(copy)
    assert analyst.rows("SELECT count(*) FROM copy") == [["_col0"], ["200000"]]
    disk.no_orphans(named_blobs(analyst))


def named_blobs(analyst):
    """How many blobs the bucket's objects have: those that are too large for a row, and each part of an upload."""
    count = 0
    for each in analyst.s3.list_objects_v2(Bucket=analyst.bucket)["Contents"]:
        parts = each["ETag"].strip('"').partition("-")[2]
        count += int(parts) if parts else each["Size"] > 32 << 10
    return count


TRAIN = """
import os
with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights"), "wb") as file:
    file.write(os.urandom({size}))
"""


def test_what_a_training_job_leaves(disk):
    server = disk.server
    bucket, s3, sagemaker = server.new_bucket(), server.client("s3"), server.client("sagemaker")
    role = server.new_role(
        {"Service": "sagemaker.amazonaws.com"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"],
        },
    )
    s3.put_object(Bucket=bucket, Key="code.tar.gz", Body=archive_of({"train.py": TRAIN.format(size=20 * MIB)}))
    given = {
        "sagemaker_program": json.dumps("train.py"),
        "sagemaker_submit_directory": json.dumps(f"s3://{bucket}/code.tar.gz"),
    }
    disk.leave(30 * MIB)  # The program's own files fit, their archive does not.
    described = run(sagemaker, job_of(role, bucket, [], image="tarn/python:3", hyperparameters=given))
    assert described["TrainingJobStatus"] == "Failed", described
    reason = described["FailureReason"]
    assert "full" in reason, reason
    assert keys(s3.list_objects_v2(Bucket=bucket, Prefix="models/")) == []
    disk.make_room()
    described = run(sagemaker, job_of(role, bucket, [], image="tarn/python:3", hyperparameters=given))
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    (model,) = keys(s3.list_objects_v2(Bucket=bucket, Prefix="models/"))
    assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith(model)
    disk.no_orphans(1)


def delivered(server, bucket):
    """The request ids in the trail's files."""
    s3, found = server.client("s3"), set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="AWSLogs/"):
        for each in page.get("Contents", []):
            packed = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            found |= {record["requestID"] for record in json.loads(gzip.decompress(packed)).get("Records", [])}
    return found


def test_what_a_trail_could_not_deliver_is_delivered_later(disk):
    server = disk.server
    s3, cloudtrail, logs = server.client("s3"), server.client("cloudtrail"), server.new_bucket()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{logs}", f"arn:aws:s3:::{logs}/*"],
    }
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    cloudtrail.create_trail(Name="all", S3BucketName=logs)
    cloudtrail.start_logging(Name="all")
    made = set()
    for number in range(20):
        answer = server.client("iam").create_user(UserName=f"user{number}")
        made.add(answer["ResponseMetadata"]["RequestId"])
    disk.leave(0)
    refused = fill(server.client("s3", retries={"max_attempts": 0}), logs, 1_000, {})
    is_full(refused)
    time.sleep(8)  # Longer than a delivery waits: it is tried, and finds no room.
    disk.make_room()
    eventually(lambda: made <= delivered(server, logs), pause=1)
    for number in range(20):
        assert server.client("iam").get_user(UserName=f"user{number}")["User"]["UserName"] == f"user{number}"
