"""Buckets and what can be configured on them."""

import json
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from s3_help import put, refused


def new_name():
    return "bucket-" + uuid.uuid4().hex[:16]


def test_create_head_location_delete(s3):
    name = new_name()
    assert s3.create_bucket(Bucket=name)["Location"] == "/" + name
    head = s3.head_bucket(Bucket=name)
    assert head["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    listed = s3.list_buckets()
    assert name in [bucket["Name"] for bucket in listed["Buckets"]]
    assert len(listed["Owner"]["ID"]) == 64
    assert s3.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
    with refused("NoSuchBucket", 404) as error:
        s3.list_objects_v2(Bucket=name)
    assert error["BucketName"] == name


def test_create_twice_and_elsewhere(tarn, s3, bucket):
    with refused("BucketAlreadyOwnedByYou", 409):
        s3.create_bucket(Bucket=bucket)
    key, _ = tarn.new_account("stranger")
    with refused("BucketAlreadyExists", 409):
        tarn.client("s3", key=key).create_bucket(Bucket=bucket)
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(Bucket=new_name(), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket="Not-A-Name")


def test_delete_of_a_bucket_with_objects(s3, bucket):
    put(s3, bucket, "k")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_list_buckets_in_pages(s3):
    stem = "page-" + uuid.uuid4().hex[:8] + "-"
    names = [stem + str(number) for number in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    told, token = [], {}
    while True:
        page = s3.list_buckets(Prefix=stem, MaxBuckets=2, **token)
        assert len(page["Buckets"]) <= 2
        told += [bucket["Name"] for bucket in page["Buckets"]]
        if "ContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["ContinuationToken"]}
    assert told == names


def test_expected_owner(s3, bucket, tarn):
    account = tarn.client("sts").get_caller_identity()["Account"]
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    with refused("403", 403):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="000000000001")
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="000000000001")


# What Terraform reads of every bucket at each refresh.
NOT_CONFIGURED = {
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_policy_status": "NoSuchBucketPolicy",
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_bucket_tagging": "NoSuchTagSet",
}


@pytest.mark.parametrize("operation", NOT_CONFIGURED)
def test_not_configured(s3, bucket, operation):
    with refused(NOT_CONFIGURED[operation], 404):
        getattr(s3, operation)(Bucket=bucket)


def test_not_configured_but_answered(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert s3.list_bucket_inventory_configurations(Bucket=bucket)["IsTruncated"] is False
    with refused("NoSuchConfiguration", 404):
        s3.get_bucket_inventory_configuration(Bucket=bucket, Id="none")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    acl = s3.get_bucket_acl(Bucket=bucket)
    assert acl["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]


def test_new_buckets_are_private(s3, bucket):
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == {name: True for name in block} and len(block) == 4
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_public_access_block_and_ownership(s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicAcls"] and not block["RestrictPublicBuckets"]
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=bucket)
    for mode in ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"):
        controls = {"Rules": [{"ObjectOwnership": mode}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
        assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket=bucket)


def test_tagging(s3, bucket):
    tags = [{"Key": "team", "Value": "ml"}, {"Key": "empty", "Value": ""}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    with refused("InvalidTag", 400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [tags[0], tags[0]]})
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


def test_versioning(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_what_would_not_be_honoured_is_refused(s3, bucket):
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    with refused("NotImplemented", 501):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})


def test_notifications_to_eventbridge_and_not_to_topics(s3, bucket):
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}
    with refused("NotImplemented", 501):
        s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "TopicConfigurations": [
                    {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def policy(bucket, principal, action="s3:GetObject", effect="Allow"):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "one",
                    "Effect": effect,
                    "Principal": principal,
                    "Action": action,
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                }
            ],
        }
    )


def test_policy_is_kept_as_it_was_put(s3, bucket, tarn):
    account = tarn.client("sts").get_caller_identity()["Account"]
    text = policy(bucket, {"AWS": account})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    s3.delete_bucket_policy(Bucket=bucket)
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=bucket)
    with refused("MalformedPolicy", 400):
        s3.put_bucket_policy(Bucket=bucket, Policy="{")
    with refused("MalformedPolicy", 400):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket + "x", {"AWS": account}))
    with refused("MalformedPolicy", 400):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, {"AWS": account}, action="iam:GetUser"))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket[:4] + "*", {"AWS": account}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Action": "s3:HeadObject"}, "Policy has invalid action"),
        ({"Action": "s3:PutObject", "Resource": "BUCKET"}, "Action does not apply to any resource(s) in statement"),
        ({"Resource": "*"}, "Policy has invalid resource"),
        ({"Principal": {"AWS": "arn:aws:iam::999988887777:root"}}, "Invalid principal in policy"),
        ({"Condition": {"StringEquals": {"s3:x-acl": "private"}}}, "Policy has an invalid condition key"),
        (
            {"Condition": {"StringEquals": {"s3:prefix": "a"}}},
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        ({"Sid": "x" * 20480}, "Normalized policy document exceeds the maximum allowed size of 20480 bytes"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_in_s3s_words(s3, bucket, tarn, change, message):
    account = tarn.client("sts").get_caller_identity()["Account"]
    document = json.loads(policy(bucket, {"AWS": account}))
    document["Statement"][0].update(change)
    text = json.dumps(document).replace("BUCKET", f"arn:aws:s3:::{bucket}")
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert error.value.response["Error"]["Code"] == "MalformedPolicy"
    assert error.value.response["Error"]["Message"] == message
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=bucket)


def test_a_public_policy_needs_the_block_off(s3, bucket, tarn):
    put(s3, bucket, "k")
    with refused("AccessDenied", 403):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "*"))
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "*"))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True

    from botocore import UNSIGNED

    anonymous = tarn.client("s3", signature_version=UNSIGNED)
    assert anonymous.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("AccessDenied", 403):
        anonymous.list_objects_v2(Bucket=bucket)
    with refused("AccessDenied", 403):
        anonymous.put_object(Bucket=bucket, Key="k", Body=b"y")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=bucket, Key="k")


def test_a_policy_opens_the_bucket_to_another_account(s3, bucket, tarn):
    put(s3, bucket, "k")
    key, account = tarn.new_account("guest")
    guest = tarn.client("s3", key=key)
    with refused("AccessDenied", 403):
        guest.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, {"AWS": account}))
    assert guest.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("AccessDenied", 403):
        guest.delete_object(Bucket=bucket, Key="k")


def test_requesters_who_pay_must_say_so(tarn, s3, bucket):
    key, account = tarn.new_account("payer")
    other = tarn.client("s3", key=key)
    put(s3, bucket, "k")
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        other.put_object(Bucket=bucket, Key="l", Body=b"")
    told = other.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    assert told["Body"].read() == b"x" and told["RequestCharged"] == "requester"
    listed = other.list_objects_v2(Bucket=bucket, RequestPayer="requester")
    assert listed["KeyCount"] == 1 and listed["RequestCharged"] == "requester"
    assert other.put_object(Bucket=bucket, Key="l", Body=b"", RequestPayer="requester")["RequestCharged"] == "requester"
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    url = other.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k", "RequestPayer": "requester"})
    answer = urllib.request.urlopen(url)
    assert answer.read() == b"x" and answer.headers["x-amz-request-charged"] == "requester"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    user = tarn.client("s3", key=tarn.new_user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}))
    assert user.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_where_requesters_pay_nobody_is_anonymous(tarn, s3, bucket):
    put(s3, bucket, "k")
    s3.delete_public_access_block(Bucket=bucket)
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [anyone]}))
    url = f"{tarn.endpoint}/{bucket}/k"
    assert urllib.request.urlopen(url).read() == b"x"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    with pytest.raises(urllib.error.HTTPError) as denied:
        urllib.request.urlopen(urllib.request.Request(url, headers={"x-amz-request-payer": "requester"}))
    assert denied.value.code == 403


def test_acceleration_can_only_stay_off(s3, bucket):
    with refused("NotImplemented", 501):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"
    with refused("MalformedXML", 400):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={})


@pytest.mark.parametrize(
    "operation,arguments",
    [
        ("list_bucket_analytics_configurations", {}),
        ("get_bucket_analytics_configuration", {"Id": "a"}),
        ("list_bucket_intelligent_tiering_configurations", {}),
        ("get_bucket_intelligent_tiering_configuration", {"Id": "a"}),
        ("get_object_torrent", {"Key": "k"}),
        ("get_bucket_metadata_configuration", {}),
    ],
)
def test_what_is_not_there_says_so(s3, bucket, operation, arguments):
    with refused("NotImplemented", 501):
        getattr(s3, operation)(Bucket=bucket, **arguments)
