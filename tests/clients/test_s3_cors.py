"""CORS as a browser meets it: the preflight, which nobody signs, and the headers of real answers."""

import pytest
import urllib3

from s3_help import refused

http = urllib3.PoolManager()
RULES = [
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*suffix"]},
    {
        "ID": "uploads",
        "AllowedMethods": ["PUT", "POST"],
        "AllowedOrigins": ["https://app.test"],
        "AllowedHeaders": ["x-amz-*", "Content-Type"],
        "ExposeHeaders": ["ETag", "x-amz-version-id"],
        "MaxAgeSeconds": 3000,
    },
    {"AllowedMethods": ["HEAD"], "AllowedOrigins": ["*"]},
]


@pytest.fixture
def shared(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    return bucket


def preflight(tarn, path, **headers):
    return http.request("OPTIONS", tarn.endpoint + path, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_configuration(s3, bucket, shared):
    assert s3.get_bucket_cors(Bucket=shared)["CORSRules"] == RULES
    s3.delete_bucket_cors(Bucket=shared)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=shared)
    s3.delete_bucket_cors(Bucket=shared)


@pytest.mark.parametrize(
    "rule, code",
    [
        ({"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*.*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-*"]}, "InvalidRequest"),
    ],
)
def test_rules_that_are_refused(s3, bucket, rule, code):
    with refused(code, 400):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


def test_preflight(tarn, shared):
    answer = preflight(
        tarn,
        f"/{shared}/key",
        Origin="https://app.test",
        Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="X-Amz-Date, content-type",
    )
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.test"
    assert answer.headers["Access-Control-Allow-Methods"] == "PUT, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-date, content-type"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, x-amz-version-id"
    assert answer.headers["Access-Control-Max-Age"] == "3000"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]


def test_preflights_that_are_refused(tarn, shared):
    refusals = [
        dict(Origin="https://app.test", Access_Control_Request_Method="DELETE"),
        dict(Origin="https://other.test", Access_Control_Request_Method="PUT"),
        dict(
            Origin="https://app.test",
            Access_Control_Request_Method="PUT",
            Access_Control_Request_Headers="Authorization",
        ),
    ]
    for headers in refusals:
        answer = preflight(tarn, f"/{shared}/key", **headers)
        assert answer.status == 403
        assert b"<Code>AccessForbidden</Code>" in answer.data
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert preflight(tarn, f"/{shared}/key", Access_Control_Request_Method="GET").status == 400
    assert preflight(tarn, f"/{shared}/key", Origin="foo.suffix").status == 400
    assert preflight(tarn, "/no-such-bucket/k", Origin="a", Access_Control_Request_Method="GET").status == 403


def test_real_answers(tarn, s3, shared):
    s3.put_object(Bucket=shared, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "k"})
    answer = http.request("GET", url, headers={"Origin": "foo.suffix"})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "foo.suffix"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    # Refusals carry them too, else a page could not read why.
    missing = s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "none"})
    answer = http.request("GET", missing, headers={"Origin": "foo.suffix"})
    assert answer.status == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "foo.suffix"
    head = s3.generate_presigned_url("head_object", Params={"Bucket": shared, "Key": "k"})
    answer = http.request("HEAD", head, headers={"Origin": "https://anywhere.test"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for headers in ({}, {"Origin": "foo.other"}):
        assert "Access-Control-Allow-Origin" not in http.request("GET", url, headers=headers).headers
