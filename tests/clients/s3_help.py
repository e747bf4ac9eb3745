"""Short ways to say what tests of S3 say often."""

import contextlib

import pytest
from botocore.exceptions import ClientError


@contextlib.contextmanager
def refused(code, status=None):
    """The call inside must be refused with this code (and status); gives the error's parts."""
    with pytest.raises(ClientError) as caught:
        details = {}
        yield details
    response = caught.value.response
    assert response["Error"]["Code"] == code, response["Error"]
    if status is not None:
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    details.update(response["Error"])


def put(s3, bucket, *keys, body=b"x"):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def keys(listing):
    return [each["Key"] for each in listing.get("Contents", [])]


def prefixes(listing):
    return [each["Prefix"] for each in listing.get("CommonPrefixes", [])]


def body_of(answer):
    return answer["Body"].read()
