"""What Terraform's AWS provider asks of a bucket: to find its region, at each refresh, and to change its tags.

The provider itself cannot be had from a package registry, so these are its calls, in its order. It goes by exact codes: one that
it does not expect ends the run."""

import concurrent.futures
import urllib.error
import urllib.request
import uuid

import pytest

from s3_help import refused
from test_s3control import control_client

REFRESH = [
    ("head_bucket", None),
    ("get_bucket_policy", "NoSuchBucketPolicy"),
    ("get_bucket_acl", None),
    ("get_bucket_cors", "NoSuchCORSConfiguration"),
    ("get_bucket_website", "NoSuchWebsiteConfiguration"),
    ("get_bucket_versioning", None),
    ("get_bucket_accelerate_configuration", None),
    ("get_bucket_request_payment", None),
    ("get_bucket_logging", None),
    ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
    ("get_bucket_encryption", None),
    ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ("get_bucket_tagging", "NoSuchTagSet"),
    ("get_bucket_location", None),
    ("get_bucket_notification_configuration", None),
]
# Resources of their own, that are read again once they are destroyed.
DESTROYED = [
    ("delete_public_access_block", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    ("delete_bucket_ownership_controls", "get_bucket_ownership_controls", "OwnershipControlsNotFoundError"),
    ("delete_bucket_policy", "get_bucket_policy", "NoSuchBucketPolicy"),
    ("delete_bucket_cors", "get_bucket_cors", "NoSuchCORSConfiguration"),
    ("delete_bucket_lifecycle", "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("delete_bucket_tagging", "get_bucket_tagging", "NoSuchTagSet"),
    ("delete_bucket_encryption", "get_bucket_encryption", None),
]


def read(s3, operation, bucket, code):
    if code is None:
        return getattr(s3, operation)(Bucket=bucket)
    with refused(code, 404):
        getattr(s3, operation)(Bucket=bucket)


def test_refresh(s3, bucket):
    for operation, code in REFRESH:
        read(s3, operation, bucket, code)


@pytest.mark.parametrize("delete,operation,code", DESTROYED)
def test_destroyed(s3, bucket, delete, operation, code):
    getattr(s3, delete)(Bucket=bucket)
    read(s3, operation, bucket, code)
    getattr(s3, delete)(Bucket=bucket)


def test_a_bucket_that_is_gone(s3):
    for operation, _ in REFRESH[1:]:
        with refused("NoSuchBucket", 404):
            getattr(s3, operation)(Bucket="gone-" + uuid.uuid4().hex)
    with refused("404", 404):
        s3.head_bucket(Bucket="gone-" + uuid.uuid4().hex)


def head(tarn, bucket):
    try:
        return urllib.request.urlopen(urllib.request.Request(f"{tarn.endpoint}/{bucket}", method="HEAD"))
    except urllib.error.HTTPError as error:
        return error


def test_the_region_is_told_to_anyone(tarn, bucket):
    """SDKs (GetBucketRegion) ask unsigned, and read it from the refusal."""
    answer = head(tarn, bucket)
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (403, "us-east-1")
    answer = head(tarn, "gone-" + uuid.uuid4().hex)
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (404, None)
    stranger = tarn.client("s3", key=tarn.new_user())
    with refused("403", 403):
        stranger.head_bucket(Bucket=bucket)


def test_a_head_from_another_region_is_told_where_to_go(tarn, bucket):
    elsewhere = tarn.client("s3", region="eu-west-1", retries={"max_attempts": 3})
    answer = elsewhere.head_bucket(Bucket=bucket)
    assert answer["BucketRegion"] == "us-east-1"
    elsewhere.put_object(Bucket=bucket, Key="key", Body=b"content")
    assert elsewhere.head_object(Bucket=bucket, Key="key")["ContentLength"] == 7


@pytest.fixture
def tags_of(tarn):
    """The calls upon a bucket's tags by its ARN, which the provider has made since 6.23."""
    control = control_client(tarn)
    account = tarn.client("sts").get_caller_identity()["Account"]

    def call(operation, bucket, client=control, **arguments):
        answer = getattr(client, operation)(AccountId=account, ResourceArn=f"arn:aws:s3:::{bucket}", **arguments)
        return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}

    return call


def test_tags(s3, tags_of):
    bucket = "tagged-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"Tags": [{"Key": "team", "Value": "lake"}]})
    assert tags_of("list_tags_for_resource", bucket) == {"team": "lake"}
    tags_of("tag_resource", bucket, Tags=[{"Key": "team", "Value": "sea"}, {"Key": "ä b", "Value": ""}])
    assert tags_of("list_tags_for_resource", bucket) == {"team": "sea", "ä b": ""}
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"][0] == {"Key": "team", "Value": "sea"}
    tags_of("untag_resource", bucket, TagKeys=["ä b", "none"])
    assert tags_of("list_tags_for_resource", bucket) == {"team": "sea"}
    tags_of("untag_resource", bucket, TagKeys=["team"])
    assert tags_of("list_tags_for_resource", bucket) == {}
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


def test_tags_that_are_refused(tarn, s3, bucket, tags_of):
    with refused("InvalidTag", 400):
        tags_of("tag_resource", bucket, Tags=[{"Key": "aws:mine", "Value": ""}])
    tags_of("tag_resource", bucket, Tags=[{"Key": str(number), "Value": ""} for number in range(49)])
    with refused("InvalidTag", 400):
        tags_of("tag_resource", bucket, Tags=[{"Key": key, "Value": ""} for key in "ab"])
    assert len(tags_of("list_tags_for_resource", bucket)) == 49
    with refused("NoSuchBucket", 404):
        tags_of("list_tags_for_resource", "gone-" + uuid.uuid4().hex)
    with refused("NotImplemented", 501):
        control = control_client(tarn)
        account = tarn.client("sts").get_caller_identity()["Account"]
        control.list_tags_for_resource(AccountId=account, ResourceArn=f"arn:aws:s3:us-east-1:{account}:storage-lens-group/x")


def test_who_may_tag(tarn, bucket, tags_of):
    reads = {"Effect": "Allow", "Action": "s3:ListTagsForResource", "Resource": f"arn:aws:s3:::{bucket}"}
    reader = control_client(tarn, key=tarn.new_user(reads))
    assert tags_of("list_tags_for_resource", bucket, client=reader) == {}
    with refused("AccessDenied", 403):
        tags_of("tag_resource", bucket, client=reader, Tags=[{"Key": "a", "Value": "b"}])
    with refused("AccessDenied", 403):
        tags_of("untag_resource", bucket, client=reader, TagKeys=["a"])


def test_tags_by_many_at_once(bucket, tags_of):
    """None is lost."""
    with concurrent.futures.ThreadPoolExecutor(8) as many:
        list(many.map(lambda key: tags_of("tag_resource", bucket, Tags=[{"Key": key, "Value": key}]), map(str, range(40))))
    assert tags_of("list_tags_for_resource", bucket) == {str(number): str(number) for number in range(40)}
