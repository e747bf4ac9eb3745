"""What every service says of requests that it cannot serve or read, as real clients see it."""

import base64
import hashlib

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

REGION = "us-east-1"


def send(tarn, service, method, path, body=b"", headers=None):
    request = AWSRequest(method, tarn.endpoint + path, data=body, headers=headers or {})
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(*tarn.root), service, REGION).add_auth(request)
    return URLLib3Session().send(request.prepare())


@pytest.mark.parametrize("service,operation,arguments", [
    ("kms", "list_keys", {}),
    ("dynamodb", "list_tables", {}),
    ("sns", "list_topics", {}),
    ("lakeformation", "list_resources", {}),
    ("iam", "list_virtual_mfa_devices", {}),
    ("sts", "assume_root", {"TargetPrincipal": "123456789012", "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/x" * 2}}),
    ("athena", "list_notebook_metadata", {"WorkGroup": "primary"}),
    ("s3", "get_object_torrent", {"Bucket": "bucket", "Key": "key"}),
])
def test_what_is_not_there_says_so(tarn, service, operation, arguments):
    with pytest.raises(ClientError) as caught:
        getattr(tarn.client(service, parameter_validation=False), operation)(**arguments)
    error = caught.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    assert "Tarn does not implement" in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_every_violation_is_named(tarn):
    with pytest.raises(ClientError) as caught:
        tarn.client("athena").list_work_groups(MaxResults=500, NextToken="x" * 2000)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: ")
    assert "Value '500' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50" in message
    assert "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to 1024" in message


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"MaxResults": "5"}', b"\xff", b"[" * 5000])
def test_json_that_cannot_be_read(tarn, body):
    answer = send(tarn, "athena", "POST", "/", body,
                  {"X-Amz-Target": "AmazonAthena.ListWorkGroups", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "SerializationException"


@pytest.mark.parametrize("body", [b"<VersioningConfiguration>", b"<Other/>", b"text", b"\xff\xfe",
                                  b"<VersioningConfiguration><Status>Perhaps</Status></VersioningConfiguration>"])
def test_xml_that_cannot_be_read(tarn, body):
    bucket = tarn.new_bucket()
    answer = send(tarn, "s3", "PUT", f"/{bucket}?versioning", body,
                  {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()})
    assert answer.status_code == 400
    assert "<Code>MalformedXML</Code>" in answer.text


@pytest.mark.parametrize("body,code", [
    (b"Action=Nonsense&Version=2010-05-08", "InvalidAction"),
    (b"Version=2010-05-08", "InvalidAction"),
    (b"Action=ListUsers&Version=2010-05-08&MaxItems=many", "MalformedInput"),
    (b"Action=ListUsers&Version=2010-05-08&MaxItems=0", "ValidationError"),
])
def test_forms_that_cannot_be_read(tarn, body, code):
    answer = send(tarn, "iam", "POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text
    assert answer.headers["Content-Type"] == "text/xml"


def test_unknown_members_are_ignored(tarn):
    answer = send(tarn, "athena", "POST", "/", b'{"FutureMember": {"a": [1]}}',
                  {"X-Amz-Target": "AmazonAthena.ListWorkGroups", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status_code == 200
