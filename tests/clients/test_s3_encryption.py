"""Encryption at rest: SSE-S3, which is always on, and keys that customers bring."""

import base64
import hashlib
import os
import pathlib

import boto3
import pytest
from botocore.config import Config

from s3_help import body_of, refused

KEY = b"k" * 32
OTHER = b"o" * 32
SECRET = b"a very secret text "


def with_key(key=KEY):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}


def from_key(key=KEY):
    return {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": key}


@pytest.fixture(scope="module")
def relaxed(tmp_path_factory):
    from conftest import Tarn

    server = Tarn(tmp_path_factory.mktemp("sse") / "data", ["--relaxed"]).start()
    yield server
    server.stop()


@pytest.fixture
def keyed(relaxed):
    return relaxed.client("s3"), relaxed.new_bucket()


def on_disk(server, needle):
    """Does any file of the data folder show these bytes?"""
    for path in pathlib.Path(server.data_dir).rglob("*"):
        if path.is_file() and needle in path.read_bytes():
            return True
    return False


def test_everything_is_sealed_and_says_so(own_tarn):
    server = own_tarn()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    for name, body in (("small", SECRET), ("large", SECRET * 20_000)):
        assert s3.put_object(Bucket="lake", Key=name, Body=body)["ServerSideEncryption"] == "AES256"
        assert s3.head_object(Bucket="lake", Key=name)["ServerSideEncryption"] == "AES256"
        answer = s3.get_object(Bucket="lake", Key=name)
        assert answer["ServerSideEncryption"] == "AES256"
        assert body_of(answer) == body
        part = s3.get_object(Bucket="lake", Key=name, Range="bytes=7-12")
        assert body_of(part) == b"secret"
    s3.put_object(Bucket="lake", Key="asked", Body=SECRET, ServerSideEncryption="AES256")
    copied = s3.copy_object(Bucket="lake", Key="copy", CopySource="lake/large")
    assert copied["ServerSideEncryption"] == "AES256"
    assert body_of(s3.get_object(Bucket="lake", Key="copy")) == SECRET * 20_000
    upload = s3.create_multipart_upload(Bucket="lake", Key="parts")
    assert upload["ServerSideEncryption"] == "AES256"
    where = {"Bucket": "lake", "Key": "parts", "UploadId": upload["UploadId"]}
    first = s3.upload_part(**where, PartNumber=1, Body=SECRET * 300_000)
    assert first["ServerSideEncryption"] == "AES256"
    last = s3.upload_part_copy(**where, PartNumber=2, CopySource="lake/large")["CopyPartResult"]
    done = s3.complete_multipart_upload(
        **where,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 2, "ETag": last["ETag"]}]},
    )
    assert done["ServerSideEncryption"] == "AES256"
    server.kill()
    assert not on_disk(server, b"a very secret text")
    server.restart()
    s3 = server.client("s3")
    assert body_of(s3.get_object(Bucket="lake", Key="small")) == SECRET
    assert body_of(s3.get_object(Bucket="lake", Key="parts")) == SECRET * 320_000
    answer = s3.get_object(Bucket="lake", Key="parts", Range=f"bytes={len(SECRET) * 300_000 - 5}-{len(SECRET) * 300_000 + 5}")
    assert body_of(answer) == (SECRET * 2)[len(SECRET) - 5 : len(SECRET) + 6]


def test_the_master_key_is_looked_after(own_tarn):
    server = own_tarn()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="k", Body=SECRET)
    assert server.stop() == 0
    key_file = pathlib.Path(server.data_dir) / "master.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = key_file.read_text()
    for wrong in (None, "00" * 32 + "\n", "nonsense"):
        key_file.unlink(missing_ok=True)
        if wrong:
            key_file.write_text(wrong)
        with pytest.raises(RuntimeError, match="master.key"):
            server.start()
    key_file.write_text(key)
    server.start()
    assert body_of(server.client("s3").get_object(Bucket="lake", Key="k")) == SECRET


def test_plain_at_rest_promises_nothing(own_tarn):
    server = own_tarn()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="sealed", Body=SECRET)
    server.stop()
    server.options.append("--at-rest=plain")
    server.start()
    s3 = server.client("s3")
    assert "ServerSideEncryption" not in s3.put_object(Bucket="lake", Key="plain", Body=SECRET)
    with refused("NotImplemented", 501):
        s3.put_object(Bucket="lake", Key="k", Body=SECRET, ServerSideEncryption="AES256")
    with refused("ServerSideEncryptionConfigurationNotFoundError", 404):
        s3.get_bucket_encryption(Bucket="lake")
    # What was sealed before stays so, and stays readable; and the other way round.
    assert s3.head_object(Bucket="lake", Key="sealed")["ServerSideEncryption"] == "AES256"
    assert body_of(s3.get_object(Bucket="lake", Key="sealed")) == SECRET
    server.stop()
    server.options.remove("--at-rest=plain")
    server.start()
    s3 = server.client("s3")
    assert "ServerSideEncryption" not in s3.head_object(Bucket="lake", Key="plain")
    assert body_of(s3.get_object(Bucket="lake", Key="plain")) == SECRET
    assert s3.copy_object(Bucket="lake", Key="plain", CopySource="lake/plain", MetadataDirective="REPLACE")[
        "ServerSideEncryption"
    ] == "AES256"


def test_bucket_configuration(s3, bucket):
    told = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert told[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    s3.delete_bucket_encryption(Bucket=bucket)
    told = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert told[0]["BucketKeyEnabled"] is False
    with refused("NotImplemented", 501):
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
            },
        )
    for algorithm in ("aws:kms", "aws:kms:dsse"):
        with refused("NotImplemented", 501):
            s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption=algorithm)


def test_customer_keys(keyed):
    s3, bucket = keyed
    for name, body in (("small", SECRET), ("large", SECRET * 20_000)):
        put = s3.put_object(Bucket=bucket, Key=name, Body=body, **with_key())
        assert put["SSECustomerAlgorithm"] == "AES256"
        assert put["SSECustomerKeyMD5"]
        assert "ServerSideEncryption" not in put
        head = s3.head_object(Bucket=bucket, Key=name, **with_key())
        assert head["SSECustomerKeyMD5"] == put["SSECustomerKeyMD5"]
        assert head["ContentLength"] == len(body)
        assert body_of(s3.get_object(Bucket=bucket, Key=name, **with_key())) == body
        assert body_of(s3.get_object(Bucket=bucket, Key=name, Range="bytes=7-12", **with_key())) == b"secret"
        assert hashlib.md5(body).hexdigest() not in put["ETag"]
        with refused("InvalidRequest", 400):
            s3.get_object(Bucket=bucket, Key=name)
        with refused("400", 400):
            s3.head_object(Bucket=bucket, Key=name)
        with refused("AccessDenied", 403):
            s3.get_object(Bucket=bucket, Key=name, **with_key(OTHER))
    s3.put_object(Bucket=bucket, Key="ordinary", Body=b"x")
    with refused("InvalidRequest", 400):
        s3.get_object(Bucket=bucket, Key="ordinary", **with_key())
    s3.delete_object(Bucket=bucket, Key="small")


def test_customer_keys_in_copies(keyed):
    s3, bucket = keyed
    s3.put_object(Bucket=bucket, Key="a", Body=SECRET, **with_key())
    source = {"Bucket": bucket, "Key": "a"}
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
    with refused("AccessDenied", 403):
        s3.copy_object(Bucket=bucket, Key="b", CopySource=source, **from_key(OTHER))
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source, **from_key(), **with_key(OTHER))
    assert body_of(s3.get_object(Bucket=bucket, Key="b", **with_key(OTHER))) == SECRET
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource=source, **from_key())
    assert copied["ServerSideEncryption"] == "AES256"
    assert body_of(s3.get_object(Bucket=bucket, Key="c")) == SECRET


def test_customer_keys_in_parts(keyed):
    s3, bucket = keyed
    made = s3.create_multipart_upload(Bucket=bucket, Key="k", **with_key())
    assert made["SSECustomerKeyMD5"]
    where = {"Bucket": bucket, "Key": "k", "UploadId": made["UploadId"]}
    with refused("InvalidRequest", 400):
        s3.upload_part(**where, PartNumber=1, Body=b"x")
    with refused("InvalidRequest", 400):
        s3.upload_part(**where, PartNumber=1, Body=b"x", **with_key(OTHER))
    body = os.urandom(5 << 20)
    first = s3.upload_part(**where, PartNumber=1, Body=body, **with_key())
    s3.put_object(Bucket=bucket, Key="source", Body=SECRET, **with_key(OTHER))
    second = s3.upload_part_copy(
        **where, PartNumber=2, CopySource={"Bucket": bucket, "Key": "source"}, **from_key(OTHER), **with_key()
    )
    parts = [{"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 2, "ETag": second["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert body_of(s3.get_object(Bucket=bucket, Key="k", **with_key())) == body + SECRET
    answer = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={len(body) - 3}-{len(body) + 3}", **with_key())
    assert body_of(answer) == (body + SECRET)[len(body) - 3 : len(body) + 4]


def test_half_a_customer_key(keyed, tarn, bucket):
    s3, own = keyed
    def text(key):
        return base64.b64encode(key).decode()

    def digest(key):
        return base64.b64encode(hashlib.md5(key).digest()).decode()

    # The client completes what is missing, so headers are put in by hand.
    def put(headers):
        def add(request, **_):
            for name, value in headers.items():
                request.headers["x-amz-server-side-encryption-customer-" + name] = value

        client = boto3.client(
            "s3",
            endpoint_url=s3.meta.endpoint_url,
            aws_access_key_id=s3._request_signer._credentials.access_key,
            aws_secret_access_key=s3._request_signer._credentials.secret_key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )
        client.meta.events.register("before-sign.s3.PutObject", add)
        client.put_object(Bucket=own, Key="k", Body=b"x")

    with refused("InvalidArgument", 400):
        put({"key": text(KEY), "key-MD5": digest(KEY)})
    with refused("InvalidEncryptionAlgorithmError", 400):
        put({"algorithm": "DES", "key": text(KEY), "key-MD5": digest(KEY)})
    with refused("InvalidArgument", 400):
        put({"algorithm": "AES256"})
    with refused("InvalidArgument", 400):
        put({"algorithm": "AES256", "key": text(KEY), "key-MD5": digest(OTHER)})
    with refused("InvalidArgument", 400):
        put({"algorithm": "AES256", "key": text(b"short"), "key-MD5": digest(b"short")})
    with refused("InvalidArgument", 400):
        s3.put_object(Bucket=own, Key="k", Body=b"x", ServerSideEncryption="AES256", **with_key())
    # Over plain HTTP anyone could read the key.
    with refused("InvalidRequest", 400):
        tarn.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x", **with_key())


def test_customer_keys_can_be_blocked(keyed):
    s3, bucket = keyed
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **with_key())
    told = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert told["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
