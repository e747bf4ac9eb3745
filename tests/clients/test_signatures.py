"""Signatures as botocore makes them, against our reading of them: whatever it signs, we must find right."""

import datetime
import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, MissingDependencyException

KEYS = [
    "plain.txt",
    "with blank",
    "plus+and%percent",
    "a%20b",
    "umlaut-äöü-漢字-🦆",
    "quotes'\"<>&",
    "//double//slash//",
    "dots/../and/./dots",
    "(brackets)[and]{braces}",
    "tilde~!$&*,;=:@",
    "question?and#hash",
    "trailing/",
    "back\\slash|pipe^",
    "x" * 1000,
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_every_key_by_headers_and_by_url(tarn, bucket, key, version):
    s3 = tarn.client("s3", signature_version=version)
    body = key.encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]
    assert [each["Key"] for each in listed] == [key]
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key, "ResponseContentType": "a/b; c=d"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == body and answer.headers["Content-Type"] == "a/b; c=d"
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key})
    request = urllib.request.Request(put, b"by url", method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"by url"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_end_and_cannot_be_changed(tarn, bucket, version):
    s3 = tarn.client("s3", signature_version=version)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    for changed in (url.replace("/k?", "/l?"), url.replace("Signature=", "Signature=A"), url + "&acl"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(changed)
        assert refused.value.code == 403, changed
    expired = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=-1)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(expired)
    assert refused.value.code in (400, 403)


def test_bodies_of_all_ways_to_sign_them(tarn, bucket):
    body = bytes(range(256)) * 1000
    for settings in (
        {"s3": {"addressing_style": "path", "payload_signing_enabled": True}},
        {"s3": {"addressing_style": "path", "payload_signing_enabled": False}},
        {"request_checksum_calculation": "when_supported"},
        {"request_checksum_calculation": "when_required"},
    ):
        s3 = tarn.client("s3", signature_version="s3v4", **settings)
        for algorithm in (None, "CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"):
            extra = {"ChecksumAlgorithm": algorithm} if algorithm else {}
            try:
                s3.put_object(Bucket=bucket, Key="k", Body=body, **extra)
            except MissingDependencyException:
                # botocore needs a package of its own for some checksums.
                assert algorithm in ("CRC32C", "CRC64NVME")
                continue
            assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def send(tarn, request):
    prepared = request.prepare()
    parts = urllib.parse.urlsplit(prepared.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request(prepared.method, parts.path + ("?" + parts.query if parts.query else ""), prepared.body,
                       dict(prepared.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def signed(tarn, method, path, body=b"", headers=None, auth=S3SigV4Auth, service="s3", **kwargs):
    request = AWSRequest(method, tarn.endpoint + path, data=body, headers=headers or {})
    auth(Credentials(*tarn.root), service, "us-east-1", **kwargs).add_auth(request)
    return request


def test_a_body_that_is_not_the_signed_one(tarn, bucket):
    request = signed(tarn, "PUT", f"/{bucket}/k", b"signed", {"X-Amz-Content-SHA256": hashlib.sha256(b"signed").hexdigest()})
    request.data = b"forged"
    status, text = send(tarn, request)
    assert status == 400 and "XAmzContentSHA256Mismatch" in text
    with pytest.raises(ClientError, match="404|Not Found|NoSuchKey"):
        tarn.client("s3").head_object(Bucket=bucket, Key="k")


def test_headers_on_the_way_cannot_be_added(tarn, bucket):
    request = signed(tarn, "PUT", f"/{bucket}/k", b"x")
    request.headers["x-amz-meta-added"] = "1"
    status, text = send(tarn, request)
    assert status == 403 and "not signed" in text


def test_a_clock_that_is_wrong(tarn, bucket, monkeypatch):
    wrong = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: wrong.replace(tzinfo=None))
    status, text = send(tarn, signed(tarn, "GET", f"/{bucket}"))
    assert status == 403 and "RequestTimeTooSkewed" in text


def test_another_region_is_told_the_right_one(tarn, bucket):
    s3 = tarn.client("s3", region="eu-west-1")
    request = AWSRequest("GET", f"{tarn.endpoint}/{bucket}")
    S3SigV4Auth(Credentials(*tarn.root), "s3", "eu-west-1").add_auth(request)
    status, text = send(tarn, request)
    assert status == 400 and "AuthorizationHeaderMalformed" in text and "<Region>us-east-1</Region>" in text
    assert s3.meta.region_name == "eu-west-1"


def test_sessions_sign_with_their_token(tarn, bucket):
    role = tarn.new_role({"AWS": "*"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    user = tarn.new_user({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
    made = tarn.client("sts", user).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    for version in ("s3v4", "s3"):
        s3 = tarn.client("s3", key, made["SessionToken"], signature_version=version)
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"x"
    with pytest.raises(ClientError, match="InvalidToken"):
        tarn.client("s3", key, made["SessionToken"][:-4] + "AAAA").list_buckets()
    with pytest.raises(ClientError, match="InvalidAccessKeyId|InvalidToken"):
        tarn.client("s3", key).list_buckets()


def test_unsigned_requests_are_denied(tarn, bucket):
    from botocore import UNSIGNED

    anonymous = boto3.client("s3", endpoint_url=tarn.endpoint, region_name="us-east-1",
                             config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}))
    with pytest.raises(ClientError, match="AccessDenied"):
        anonymous.list_objects_v2(Bucket=bucket)


def test_a_wrong_secret_is_told_what_was_signed(tarn):
    key_id, secret = tarn.root
    with pytest.raises(ClientError) as refused:
        tarn.client("s3", (key_id, secret[::-1])).list_buckets()
    error = refused.value.response["Error"]
    assert error["Code"] == "SignatureDoesNotMatch"
    assert error["Message"].startswith("The request signature we calculated does not match the signature you provided.")
    assert error["AWSAccessKeyId"] == key_id and error["StringToSign"].startswith("AWS4-HMAC-SHA256\n")
