"""minio-py."""

import datetime
import io
import os
import urllib.request

import minio
import pytest
from minio.commonconfig import CopySource, Tags
from minio.deleteobjects import DeleteObject

LARGE = os.urandom(1 << 20) * 12


@pytest.fixture
def client(tarn):
    access_key_id, secret = tarn.root
    return minio.Minio(tarn.endpoint.removeprefix("http://"), access_key=access_key_id, secret_key=secret, secure=False)


def put(client, bucket, key, content, **more):
    return client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(content), length=len(content), **more)


def read(client, bucket, key, **more):
    answer = client.get_object(bucket_name=bucket, object_name=key, **more)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()


@pytest.mark.parametrize("key", ["plain", "with space", "ä/+%41&=?.txt"])
def test_put_and_get(client, bucket, key):
    put(client, bucket, key, b"content", content_type="text/csv", metadata={"who": "me"})
    assert read(client, bucket, key) == b"content"
    assert read(client, bucket, key, offset=2, length=3) == b"nte"
    told = client.stat_object(bucket_name=bucket, object_name=key)
    assert (told.size, told.content_type, told.metadata["x-amz-meta-who"]) == (7, "text/csv", "me")


def test_multipart(client, bucket, s3):
    put(client, bucket, "large", LARGE, part_size=5 << 20)
    assert "-3" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    assert read(client, bucket, "large") == LARGE
    client.put_object(bucket_name=bucket, object_name="unknown", data=io.BytesIO(LARGE), length=-1, part_size=5 << 20)
    assert read(client, bucket, "unknown") == LARGE


def test_lists_copies_and_deletes(client, bucket):
    for number in range(1_020):
        put(client, bucket, f"many/{number:04}", b"")
    assert len(list(client.list_objects(bucket_name=bucket, prefix="many/"))) == 1_020
    assert [one.object_name for one in client.list_objects(bucket_name=bucket)] == ["many/"]
    source = CopySource(bucket_name=bucket, object_name="many/0001")
    client.copy_object(bucket_name=bucket, object_name="a copy", source=source)
    assert read(client, bucket, "a copy") == b""
    names = [DeleteObject(one.object_name) for one in client.list_objects(bucket_name=bucket, recursive=True)]
    assert list(client.remove_objects(bucket_name=bucket, delete_object_list=names)) == []
    client.remove_bucket(bucket_name=bucket)
    assert not client.bucket_exists(bucket_name=bucket)


def test_presigned_in_both_directions(client, bucket):
    for_put = client.presigned_put_object(bucket_name=bucket, object_name="by url", expires=datetime.timedelta(minutes=5))
    urllib.request.urlopen(urllib.request.Request(for_put, data=b"content", method="PUT")).close()
    with urllib.request.urlopen(client.presigned_get_object(bucket_name=bucket, object_name="by url")) as answer:
        assert answer.read() == b"content"


def test_tags_and_missing(client, bucket):
    put(client, bucket, "tagged", b"x")
    tags = Tags.new_object_tags()
    tags["team"] = "lake"
    client.set_object_tags(bucket_name=bucket, object_name="tagged", tags=tags)
    assert client.get_object_tags(bucket_name=bucket, object_name="tagged") == {"team": "lake"}
    with pytest.raises(minio.error.S3Error) as refused:
        client.stat_object(bucket_name=bucket, object_name="nothing")
    assert refused.value.code == "NoSuchKey"
