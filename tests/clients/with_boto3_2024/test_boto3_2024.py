"""boto3 as it was before it sent checksums of its own accord: its bodies are signed or carry an MD5."""

import os
import urllib.request

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

CONTENT = os.urandom(1 << 20) * 12


def test_it_is_the_old_one():
    assert tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 36)


@pytest.mark.parametrize("key", ["plain", "with space", "ä/+%41&=?.txt"])
def test_put_get_range_copy_delete(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"content", Metadata={"who": "me"})
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"content"
    part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=2-4")
    assert (part["Body"].read(), part["ContentRange"]) == (b"nte", "bytes 2-4/7")
    s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": key})
    assert s3.head_object(Bucket=bucket, Key="copied")["Metadata"] == {"who": "me"}
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": "copied"}]})
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key=key)
    assert refused.value.response["Error"]["Code"] == "NoSuchKey"


def test_transfers(s3, bucket, tmp_path):
    (tmp_path / "there").write_bytes(CONTENT)
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    s3.upload_file(str(tmp_path / "there"), bucket, "large", Config=parts)
    assert "-3" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copied", Config=parts)
    s3.download_file(bucket, "copied", str(tmp_path / "back"), Config=parts)
    assert (tmp_path / "back").read_bytes() == CONTENT


def test_checksums_when_asked_for(s3, bucket):
    made = s3.put_object(Bucket=bucket, Key="key", Body=b"content", ChecksumAlgorithm="SHA256")
    assert s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumSHA256"] == made["ChecksumSHA256"]


def test_pages(s3, bucket):
    for number in range(1_020):
        s3.put_object(Bucket=bucket, Key=f"{number:04}", Body=b"")
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(s3.get_paginator(operation).paginate(Bucket=bucket))
        assert [len(page["Contents"]) for page in pages] == [1_000, 20]


def test_presigned(tarn, bucket):
    for signature in ("s3", "s3v4"):
        s3 = tarn.client("s3", signature_version=signature)
        url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "by url"})
        urllib.request.urlopen(urllib.request.Request(url, data=b"content", method="PUT", headers={"Content-Type": ""})).close()
        with urllib.request.urlopen(s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "by url"})) as answer:
            assert answer.read() == b"content"


def test_other_services(tarn):
    assert tarn.client("sts").get_caller_identity()["Arn"].endswith(":root")
    assert "DatabaseList" in tarn.client("glue").get_databases()
    assert tarn.client("athena").list_work_groups()["WorkGroups"][0]["Name"] == "primary"
    assert "TrainingJobSummaries" in tarn.client("sagemaker").list_training_jobs()
    assert "logGroups" in tarn.client("logs").describe_log_groups()
    assert "Users" in tarn.client("iam").list_users()
