"""The client beneath s3torchconnector (AWS's C runtime, as Mountpoint and awscli 2 use it): what its data sets call."""

import os

import pytest
from s3torchconnectorclient._mountpoint_s3_client import MountpointS3Client, S3Exception

CONTENT = os.urandom(1 << 20) * 20


@pytest.fixture
def client(tarn, monkeypatch):
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)
    return MountpointS3Client(
        region="us-east-1",
        user_agent_prefix="test",
        throughput_target_gbps=1.0,
        part_size=5 << 20,
        unsigned=False,
        endpoint=tarn.endpoint,
        force_path_style=True,
    )


def put(client, bucket, key, content):
    stream = client.put_object(bucket, key)
    stream.write(content)
    stream.close()


@pytest.mark.parametrize("key", ["plain", "with space", "ä/+%41&=?.txt"])
def test_small(client, bucket, key):
    put(client, bucket, key, b"content")
    assert b"".join(client.get_object(bucket, key)) == b"content"
    assert client.head_object(bucket, key).size == 7
    client.delete_object(bucket, key)
    with pytest.raises(S3Exception):
        client.head_object(bucket, key)


def test_large_in_parts_and_ranges(client, bucket, s3):
    put(client, bucket, "large", CONTENT)
    assert "-" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    assert b"".join(client.get_object(bucket, "large")) == CONTENT
    assert b"".join(client.get_object(bucket, "large", start=7_000_000, end=7_000_100)) == CONTENT[7_000_000:7_000_100]


def test_copy_and_pages(client, bucket, s3):
    put(client, bucket, "one", b"1")
    client.copy_object(bucket, "one", bucket, "another")
    assert b"".join(client.get_object(bucket, "another")) == b"1"
    for number in range(1_020):
        s3.put_object(Bucket=bucket, Key=f"many/{number:04}", Body=b"")
    pages = list(client.list_objects(bucket, "many/"))
    assert [len(page.object_info) for page in pages] == [1_000, 20]
