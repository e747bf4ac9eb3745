"""object_store, the Rust crate that delta-rs, DataFusion, polars and many others reach S3 by, through obstore."""

import datetime
import os
import urllib.request

import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

CONTENT = os.urandom(1 << 20) * 17


@pytest.fixture
def store(tarn, bucket):
    access_key_id, secret = tarn.root
    return S3Store(
        bucket,
        endpoint=tarn.endpoint,
        region="us-east-1",
        access_key_id=access_key_id,
        secret_access_key=secret,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def content_of(store, key):
    return bytes(obstore.get(store, key).bytes())


@pytest.mark.parametrize("key", ["plain", "with space", "ä/+%41&=?.txt"])
def test_small(store, key):
    obstore.put(store, key, b"content", attributes={"Content-Type": "text/csv", "who": "me"})
    assert content_of(store, key) == b"content"
    assert dict(obstore.get(store, key).attributes) == {"Content-Type": "text/csv", "who": "me"}
    assert bytes(obstore.get_range(store, key, start=2, end=5)) == b"nte"
    obstore.copy(store, key, "copied")
    obstore.rename(store, "copied", "moved")
    assert content_of(store, "moved") == b"content"
    obstore.delete(store, [key, "moved"])
    assert list(obstore.list(store)) == []


def test_large_and_presigned(store, s3, bucket):
    obstore.put(store, "large", CONTENT, chunk_size=5 << 20)
    assert "-" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    assert content_of(store, "large") == CONTENT
    ranges = obstore.get_ranges(store, "large", starts=[100, 8_000_000], ends=[110, 8_070_000])
    assert [bytes(each) for each in ranges] == [CONTENT[100:110], CONTENT[8_000_000:8_070_000]]
    with urllib.request.urlopen(obstore.sign(store, "GET", "large", datetime.timedelta(minutes=5))) as answer:
        assert answer.read() == CONTENT


def test_conditions(store):
    first = obstore.put(store, "once", b"1", mode="create")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "once", b"2", mode="create")
    obstore.put(store, "once", b"3", mode={"e_tag": first["e_tag"]})
    with pytest.raises(PreconditionError):
        obstore.put(store, "once", b"4", mode={"e_tag": first["e_tag"]})
    assert content_of(store, "once") == b"3"


def test_pages(store, s3, bucket):
    for number in range(1_020):
        s3.put_object(Bucket=bucket, Key=f"many/{number:04}", Body=b"")
    assert [len(each) for each in obstore.list(store, chunk_size=5_000)] == [1_020]
    assert obstore.list_with_delimiter(store)["common_prefixes"] == ["many"]
    assert len(obstore.list(store, offset="many/0999", chunk_size=5_000).collect()) == 20
    obstore.delete(store, [f"many/{number:04}" for number in range(1_020)])
    assert list(obstore.list(store)) == []
