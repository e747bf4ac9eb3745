"""Object Lock: retention, legal holds, defaults, and what they keep from being deleted."""

import datetime
import uuid

import pytest

from s3_help import refused


@pytest.fixture
def vault(s3):
    name = "vault-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def in_days(s3, bucket, days):
    """So many days from the lake's own now, which other tests move."""
    s3.put_object(Bucket=bucket, Key="clock")
    return s3.head_object(Bucket=bucket, Key="clock")["LastModified"] + datetime.timedelta(days=days)


def test_configuration(s3, vault, bucket):
    answer = s3.get_object_lock_configuration(Bucket=vault)["ObjectLockConfiguration"]
    assert answer == {"ObjectLockEnabled": "Enabled"}
    assert s3.get_bucket_versioning(Bucket=vault)["Status"] == "Enabled"
    for rule in ({"Mode": "COMPLIANCE", "Days": 1}, {"Mode": "GOVERNANCE", "Years": 2}):
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}}
        s3.put_object_lock_configuration(Bucket=vault, ObjectLockConfiguration=configuration)
        assert s3.get_object_lock_configuration(Bucket=vault)["ObjectLockConfiguration"] == configuration
    with refused("InvalidBucketState", 409):
        s3.put_bucket_versioning(Bucket=vault, VersioningConfiguration={"Status": "Suspended"})
    with refused("ObjectLockConfigurationNotFoundError", 404):
        s3.get_object_lock_configuration(Bucket=bucket)
    with refused("InvalidBucketState", 409):
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"


@pytest.mark.parametrize(
    "rule, code",
    [
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"Mode": "abc", "Days": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidRetentionPeriod"),
        ({"Mode": "GOVERNANCE", "Years": -1}, "InvalidRetentionPeriod"),
        ({"Mode": "COMPLIANCE", "Days": 36501}, "InvalidRetentionPeriod"),
    ],
)
def test_configurations_that_are_refused(s3, vault, rule, code):
    with refused(code, 400):
        s3.put_object_lock_configuration(
            Bucket=vault,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}},
        )


def test_retention_headers_and_deletion(s3, vault):
    until = in_days(s3, vault, 3)
    put = s3.put_object(
        Bucket=vault,
        Key="k",
        Body=b"x",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="OFF",
        ChecksumAlgorithm="CRC32",
    )
    head = s3.head_object(Bucket=vault, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"] == until
    assert head["ObjectLockLegalHoldStatus"] == "OFF"
    assert s3.get_object(Bucket=vault, Key="k")["ObjectLockMode"] == "GOVERNANCE"
    version = put["VersionId"]
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=vault, Key="k", VersionId=version)
    answer = s3.delete_objects(Bucket=vault, Delete={"Objects": [{"Key": "k", "VersionId": version}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    assert s3.delete_object(Bucket=vault, Key="k")["DeleteMarker"]
    assert s3.get_object(Bucket=vault, Key="k", VersionId=version)["Body"].read() == b"x"
    s3.delete_object(Bucket=vault, Key="k", VersionId=version, BypassGovernanceRetention=True)
    with refused("NoSuchVersion", 404):
        s3.get_object(Bucket=vault, Key="k", VersionId=version)


def test_bypass_needs_its_permission(tarn, s3, vault):
    version = s3.put_object(
        Bucket=vault,
        Key="k",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=in_days(s3, vault, 3),
        ChecksumAlgorithm="CRC32",
    )["VersionId"]
    user = tarn.client(
        "s3",
        key=tarn.new_user(
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["s3:BypassGovernanceRetention", "s3:GetObjectRetention"], "Resource": "*"},
        ),
    )
    with refused("AccessDenied", 403):
        user.delete_object(Bucket=vault, Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert "ObjectLockMode" not in user.head_object(Bucket=vault, Key="k")
    with refused("AccessDenied", 403):
        user.get_object_retention(Bucket=vault, Key="k")


def test_retention_is_only_lengthened(s3, vault):
    s3.put_object(Bucket=vault, Key="k")
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(Bucket=vault, Key="k")
    until = in_days(s3, vault, 10)
    s3.put_object_retention(Bucket=vault, Key="k", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    assert s3.get_object_retention(Bucket=vault, Key="k")["Retention"] == {
        "Mode": "GOVERNANCE",
        "RetainUntilDate": until,
    }
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": in_days(s3, vault, 5)}
    with refused("AccessDenied", 403):
        s3.put_object_retention(Bucket=vault, Key="k", Retention=shorter)
    s3.put_object_retention(Bucket=vault, Key="k", Retention=shorter, BypassGovernanceRetention=True)
    s3.put_object_retention(Bucket=vault, Key="k", Retention={}, BypassGovernanceRetention=True)
    strict = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    s3.put_object_retention(Bucket=vault, Key="k", Retention=strict)
    for weaker in (shorter, {}, {"Mode": "GOVERNANCE", "RetainUntilDate": until}):
        with refused("AccessDenied", 403):
            s3.put_object_retention(Bucket=vault, Key="k", Retention=weaker, BypassGovernanceRetention=True)
    with refused("InvalidArgument", 400):
        s3.put_object_retention(
            Bucket=vault, Key="k", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": in_days(s3, vault, -1)}
        )
    with refused("MalformedXML", 400):
        s3.put_object_retention(Bucket=vault, Key="k", Retention={"Mode": "COMPLIANCE"})


def test_legal_hold(s3, vault, bucket):
    version = s3.put_object(Bucket=vault, Key="k")["VersionId"]
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(Bucket=vault, Key="k")
    s3.put_object_legal_hold(Bucket=vault, Key="k", LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(Bucket=vault, Key="k")["LegalHold"]["Status"] == "ON"
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=vault, Key="k", VersionId=version, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=vault, Key="k", LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket=vault, Key="k", VersionId=version)
    with refused("NoSuchKey", 404):
        s3.put_object_legal_hold(Bucket=vault, Key="missing", LegalHold={"Status": "ON"})
    with refused("MalformedXML", 400):
        s3.put_object_legal_hold(Bucket=vault, Key="k", LegalHold={"Status": "abc"})
    s3.put_object(Bucket=bucket, Key="k")
    with refused("InvalidRequest", 400):
        s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "ON"})
    with refused("InvalidRequest", 400):
        s3.get_object_legal_hold(Bucket=bucket, Key="k")
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="k", ObjectLockLegalHoldStatus="ON", ChecksumAlgorithm="CRC32")


def test_defaults_and_multipart(s3, vault):
    s3.put_object_lock_configuration(
        Bucket=vault,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    s3.put_object(Bucket=vault, Key="k")
    head = s3.head_object(Bucket=vault, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE"
    kept = head["ObjectLockRetainUntilDate"] - head["LastModified"]
    assert abs(kept - datetime.timedelta(days=1)) < datetime.timedelta(seconds=2)
    upload = s3.create_multipart_upload(
        Bucket=vault,
        Key="big",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=in_days(s3, vault, 1),
        ObjectLockLegalHoldStatus="ON",
    )["UploadId"]
    part = s3.upload_part(Bucket=vault, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        Bucket=vault,
        Key="big",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    head = s3.head_object(Bucket=vault, Key="big")
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockLegalHoldStatus"] == "ON"
    s3.copy_object(Bucket=vault, Key="copy", CopySource={"Bucket": vault, "Key": "big"})
    assert s3.head_object(Bucket=vault, Key="copy")["ObjectLockMode"] == "GOVERNANCE"


def test_half_a_retention_and_no_digest(tarn, s3, vault):
    with refused("InvalidArgument", 400):
        s3.put_object(Bucket=vault, Key="k", ObjectLockMode="GOVERNANCE", ChecksumAlgorithm="CRC32")
    without = tarn.client("s3", request_checksum_calculation="when_required")
    with refused("InvalidRequest", 400):
        without.put_object(Bucket=vault, Key="k", ObjectLockLegalHoldStatus="ON")


def test_it_ends_with_the_lakes_clock(own_tarn):
    server = own_tarn("--test-clock")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    version = s3.put_object(
        Bucket="vault",
        Key="k",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=in_days(s3, "vault", 2),
        ChecksumAlgorithm="CRC32",
    )["VersionId"]
    server.kill()
    server.restart()
    s3 = server.client("s3")
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket="vault", Key="k", VersionId=version)
    server.advance(3 * 86400)
    s3.delete_object(Bucket="vault", Key="k", VersionId=version)
