"""Lifecycle, storage classes, restores, by the lake's clock."""

import pytest

from s3_help import body_of, keys, put, refused
from waits import eventually

DAY = 86_400
LARGE = b"0123456789" * 20_000


@pytest.fixture
def lake(own_tarn):
    """A server whose clock this test may move as it likes."""
    return own_tarn("--test-clock")


RULES = [
    {
        "ID": "cold",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "raw/", "Tags": [{"Key": "a", "Value": "b"}], "ObjectSizeGreaterThan": 5}},
        "Transitions": [
            {"Days": 30, "StorageClass": "STANDARD_IA"},
            {"Days": 90, "StorageClass": "GLACIER"},
        ],
        "Expiration": {"Days": 365},
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 30, "StorageClass": "GLACIER", "NewerNoncurrentVersions": 3}
        ],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 60, "NewerNoncurrentVersions": 2},
    },
    {
        "ID": "uploads",
        "Status": "Disabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
    {"ID": "markers", "Status": "Enabled", "Filter": {}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
]


def test_rules_come_back_as_they_were_put(s3, bucket):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": RULES})
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == RULES
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    legacy = [{"ID": "old", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": legacy})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == legacy
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize(
    "rule, code",
    [
        ({"Transitions": [{"Days": 10, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({}, "InvalidRequest"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        (
            {"Transitions": [{"Days": 30, "StorageClass": "GLACIER"}], "Expiration": {"Days": 30}},
            "InvalidArgument",
        ),
    ],
)
def test_what_cannot_be(s3, bucket, rule, code):
    with refused(code, 400):
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}]},
        )


def test_expiration_is_told(s3, bucket):
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {"ID": "two days", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 2}},
                {
                    "ID": "uploads",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "tmp/"},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                },
            ]
        },
    )
    made = s3.put_object(Bucket=bucket, Key="tmp/k", Body=b"x")
    assert 'rule-id="two%20days"' in made["Expiration"] and "00:00:00 GMT" in made["Expiration"]
    assert s3.head_object(Bucket=bucket, Key="tmp/k")["Expiration"] == made["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="tmp/k")
    assert upload["AbortRuleId"] == "uploads" and upload["AbortDate"].hour == 0


def test_data_ages(lake):
    s3, bucket = lake.client("s3"), lake.new_bucket()
    put(s3, bucket, "raw/flights.csv", body=LARGE)
    put(s3, bucket, "raw/airlines.csv", "tmp/k", body=b"small")
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "cold",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "raw/"},
                    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
                },
                {"ID": "gone", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 40}},
            ]
        },
    )

    def class_of(key):
        return s3.head_object(Bucket=bucket, Key=key).get("StorageClass", "STANDARD")

    lake.advance(31 * DAY)
    eventually(lambda: class_of("raw/flights.csv") == "STANDARD_IA")
    assert body_of(s3.get_object(Bucket=bucket, Key="raw/flights.csv")) == LARGE
    assert class_of("raw/airlines.csv") == "STANDARD"  # Under 128 KiB.
    lake.advance(60 * DAY)
    eventually(lambda: class_of("raw/flights.csv") == "GLACIER")
    eventually(lambda: "tmp/k" not in keys(s3.list_objects_v2(Bucket=bucket)))
    with refused("InvalidObjectState", 403) as error:
        s3.get_object(Bucket=bucket, Key="raw/flights.csv")
    assert error["StorageClass"] == "GLACIER"

    restore = {"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}}
    answer = s3.restore_object(Bucket=bucket, Key="raw/flights.csv", RestoreRequest=restore)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.head_object(Bucket=bucket, Key="raw/flights.csv")["Restore"] == 'ongoing-request="true"'
    with refused("RestoreAlreadyInProgress", 409):
        s3.restore_object(Bucket=bucket, Key="raw/flights.csv", RestoreRequest=restore)
    lake.advance(5 * 3600)
    eventually(
        lambda: 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key="raw/flights.csv")["Restore"]
    )
    assert body_of(s3.get_object(Bucket=bucket, Key="raw/flights.csv")) == LARGE
    lake.advance(4 * DAY)
    eventually(lambda: "Restore" not in s3.head_object(Bucket=bucket, Key="raw/flights.csv"))
    with refused("InvalidObjectState", 403):
        s3.get_object(Bucket=bucket, Key="raw/flights.csv")


def test_storage_classes(s3, bucket):
    for storage_class in ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"):
        s3.put_object(Bucket=bucket, Key=storage_class, Body=b"x", StorageClass=storage_class)
        answer = s3.get_object(Bucket=bucket, Key=storage_class)
        assert (answer["StorageClass"], body_of(answer)) == (storage_class, b"x")
    for storage_class in ("GLACIER", "DEEP_ARCHIVE"):
        s3.put_object(Bucket=bucket, Key=storage_class, Body=b"x", StorageClass=storage_class)
        with refused("InvalidObjectState", 403):
            s3.get_object(Bucket=bucket, Key=storage_class)
    listed = {each["Key"]: each["StorageClass"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert all(key == storage_class for key, storage_class in listed.items())
    with refused("InvalidStorageClass", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="OUTPOSTS")
    with refused("InvalidObjectState", 403):
        s3.restore_object(Bucket=bucket, Key="STANDARD_IA", RestoreRequest={"Days": 1})
    with refused("InvalidRequest", 400):
        s3.restore_object(
            Bucket=bucket,
            Key="DEEP_ARCHIVE",
            RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}},
        )


def test_cost_by_class(tarn, s3, bucket):
    import json

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    from botocore.httpsession import URLLib3Session

    def cost(key):
        request = AWSRequest("GET", f"{tarn.endpoint}/_tarn/cost?bucket={bucket}")
        SigV4Auth(Credentials(*key), "tarn", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        return answer.status_code, json.loads(answer.text)

    s3.put_object(Bucket=bucket, Key="hot", Body=LARGE)
    s3.put_object(Bucket=bucket, Key="cold", Body=LARGE, StorageClass="GLACIER")
    status, answer = cost(tarn.root)
    assert status == 200, answer
    classes = {each["storage_class"]: each for each in answer["classes"]}
    assert classes["GLACIER"]["bytes"] == len(LARGE)
    assert classes["GLACIER"]["billable_bytes"] == len(LARGE) + 32_768
    assert 0 < classes["GLACIER"]["usd_per_month"] < classes["STANDARD"]["usd_per_month"]
    assert answer["usd_per_month"] == pytest.approx(sum(each["usd_per_month"] for each in classes.values()))
    status, answer = cost(tarn.new_user())
    assert (status, answer["code"]) == (403, "AccessDenied")
