"""Access control lists, ownership of objects and Block Public Access, across accounts and for nobody in particular."""

import uuid

import boto3
import json

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from s3_help import body_of, keys, refused

EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


@pytest.fixture(scope="module")
def guest(tarn):
    """Another account: its client and its canonical id."""
    key, _ = tarn.new_account("guest-" + uuid.uuid4().hex[:8])
    client = tarn.client("s3", key=key)
    return client, client.list_buckets()["Owner"]["ID"]


@pytest.fixture
def nobody(tarn):
    return boto3.client(
        "s3",
        endpoint_url=tarn.endpoint,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


@pytest.fixture
def listed(s3):
    """A bucket with lists on and nothing blocked."""
    name = "listed-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    return name


def grants(answer):
    return {(each["Grantee"].get("ID") or each["Grantee"].get("URI"), each["Permission"]) for each in answer["Grants"]}


def test_lists_are_off_by_default(s3, bucket):
    owner = s3.list_buckets()["Owner"]["ID"]
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}
    ]
    for acl in ("private", "public-read"):
        with refused("AccessControlListNotSupported", 400):
            s3.put_bucket_acl(Bucket=bucket, ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL=acl)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    with refused("AccessControlListNotSupported", 400):
        s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert grants(s3.get_object_acl(Bucket=bucket, Key="k")) == {(owner, "FULL_CONTROL")}
    assert grants(s3.get_bucket_acl(Bucket=bucket)) == {(owner, "FULL_CONTROL")}


def test_a_public_object(s3, nobody, listed):
    s3.put_object(Bucket=listed, Key="open", Body=b"bytes", ACL="public-read")
    s3.put_object(Bucket=listed, Key="closed", Body=b"bytes")
    assert body_of(nobody.get_object(Bucket=listed, Key="open")) == b"bytes"
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="closed")
    with refused("AccessDenied", 403):
        nobody.list_objects_v2(Bucket=listed)
    owner = s3.get_object_acl(Bucket=listed, Key="open")["Owner"]["ID"]
    assert grants(s3.get_object_acl(Bucket=listed, Key="open")) == {(owner, "FULL_CONTROL"), (EVERYONE, "READ")}
    s3.put_object_acl(Bucket=listed, Key="open", ACL="private")
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="open")


def test_a_public_bucket(s3, nobody, guest, listed):
    s3.put_bucket_acl(Bucket=listed, ACL="public-read-write")
    nobody.put_object(Bucket=listed, Key="k", Body=b"x")
    assert keys(nobody.list_objects_v2(Bucket=listed)) == ["k"]
    client, canonical_id = guest
    client.put_object(Bucket=listed, Key="theirs", Body=b"theirs")
    acl = client.get_object_acl(Bucket=listed, Key="theirs")
    assert acl["Owner"]["ID"] == canonical_id
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=listed, Key="theirs")
    client.put_object(Bucket=listed, Key="theirs", Body=b"theirs", ACL="bucket-owner-full-control")
    assert body_of(s3.get_object(Bucket=listed, Key="theirs")) == b"theirs"
    s3.delete_object(Bucket=listed, Key="theirs")
    with refused("AccessDenied", 403):
        client.get_bucket_acl(Bucket=listed)


def test_what_is_missing_in_a_public_bucket(s3, nobody, listed):
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="none")
    s3.put_bucket_acl(Bucket=listed, ACL="public-read")
    with refused("NoSuchKey", 404):
        nobody.get_object(Bucket=listed, Key="none")
    with refused("404", 404):
        nobody.head_object(Bucket=listed, Key="none")
    s3.put_object(Bucket=listed, Key="closed", Body=b"x")
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="closed")
    # What a policy forbids stays forbidden, there or not.
    hidden = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{listed}/hidden/*"}
    s3.put_bucket_policy(Bucket=listed, Policy=json.dumps({"Version": "2012-10-17", "Statement": [hidden]}))
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="hidden/none")


def test_grants_to_an_account(s3, guest, listed):
    client, canonical_id = guest
    s3.put_bucket_acl(Bucket=listed, GrantRead=f'id="{canonical_id}"', GrantReadACP=f"id={canonical_id}")
    assert grants(s3.get_bucket_acl(Bucket=listed)) == {(canonical_id, "READ"), (canonical_id, "READ_ACP")}
    s3.put_object(Bucket=listed, Key="k", Body=b"x", GrantRead=f'uri="{AUTHENTICATED}", id="{canonical_id}"')
    assert keys(client.list_objects_v2(Bucket=listed)) == ["k"]
    assert client.get_bucket_acl(Bucket=listed)["Owner"]["ID"] != canonical_id
    assert body_of(client.get_object(Bucket=listed, Key="k")) == b"x"
    with refused("AccessDenied", 403):
        client.put_object(Bucket=listed, Key="new", Body=b"x")
    with refused("AccessDenied", 403):
        client.get_object_acl(Bucket=listed, Key="k")


def test_lists_of_objects_tell_whose_each_is(s3, guest, listed):
    other, other_id = guest
    me = s3.list_buckets()["Owner"]["ID"]
    s3.put_bucket_versioning(Bucket=listed, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_acl(Bucket=listed, GrantWrite=f"id={other_id}", GrantFullControl=f"id={me}")
    other.put_object(Bucket=listed, Key="theirs", Body=b"x")
    s3.put_object(Bucket=listed, Key="ours", Body=b"x")
    expected = {"ours": me, "theirs": other_id}
    v2 = s3.list_objects_v2(Bucket=listed, FetchOwner=True)["Contents"]
    assert {each["Key"]: each["Owner"]["ID"] for each in v2} == expected
    v1 = s3.list_objects(Bucket=listed)["Contents"]
    assert {each["Key"]: each["Owner"]["ID"] for each in v1} == expected
    versions = s3.list_object_versions(Bucket=listed)["Versions"]
    assert {each["Key"]: each["Owner"]["ID"] for each in versions} == expected
    s3.put_bucket_acl(Bucket=listed, ACL="private")
    s3.put_bucket_ownership_controls(
        Bucket=listed, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    assert {each["Owner"]["ID"] for each in s3.list_objects(Bucket=listed)["Contents"]} == {me}


def test_xml_lists(s3, guest, listed):
    _, canonical_id = guest
    owner = s3.get_bucket_acl(Bucket=listed)["Owner"]
    policy = {
        "Owner": owner,
        "Grants": [
            {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "FULL_CONTROL"},
            {"Grantee": {"Type": "CanonicalUser", "ID": canonical_id}, "Permission": "WRITE"},
            {"Grantee": {"Type": "Group", "URI": EVERYONE}, "Permission": "READ"},
        ],
    }
    s3.put_bucket_acl(Bucket=listed, AccessControlPolicy=policy)
    told = s3.get_bucket_acl(Bucket=listed)
    assert grants(told) == {(owner["ID"], "FULL_CONTROL"), (canonical_id, "WRITE"), (EVERYONE, "READ")}
    s3.put_bucket_acl(Bucket=listed, AccessControlPolicy={"Owner": owner, "Grants": told["Grants"]})
    with refused("AccessDenied", 403):
        s3.put_bucket_acl(Bucket=listed, AccessControlPolicy={**policy, "Owner": {"ID": canonical_id}})
    with refused("InvalidArgument", 400):
        stranger = {"Grantee": {"Type": "CanonicalUser", "ID": "0" * 64}, "Permission": "READ"}
        s3.put_bucket_acl(Bucket=listed, AccessControlPolicy={"Owner": owner, "Grants": [stranger]})
    with refused("UnresolvableGrantByEmailAddress", 400):
        stranger = {
            "Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "none@lake.test"},
            "Permission": "READ",
        }
        s3.put_bucket_acl(Bucket=listed, AccessControlPolicy={"Owner": owner, "Grants": [stranger]})


def test_lists_that_are_refused(s3, listed):
    with refused("InvalidArgument", 400):
        s3.put_bucket_acl(Bucket=listed, GrantRead='uri="http://acs.amazonaws.com/groups/global/Nobody"')
    with refused("InvalidArgument", 400):
        s3.put_bucket_acl(Bucket=listed, GrantRead="nonsense")
    with refused("InvalidRequest", 400):
        s3.put_bucket_acl(Bucket=listed, ACL="private", GrantRead=f"uri={EVERYONE}")
    with refused("InvalidArgument", 400):
        s3.put_bucket_acl(Bucket=listed, ACL="bucket-owner-read")
    with refused("MissingSecurityHeader", 400):
        s3.put_bucket_acl(Bucket=listed)
    with refused("NoSuchKey", 404):
        s3.put_object_acl(Bucket=listed, Key="none", ACL="private")


def test_block_public_access(s3, nobody, listed):
    s3.put_object(Bucket=listed, Key="k", Body=b"x", ACL="public-read")
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
    s3.put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration=block)
    assert body_of(nobody.get_object(Bucket=listed, Key="k")) == b"x"
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=listed, Key="k", Body=b"x", ACL="public-read")
    with refused("AccessDenied", 403):
        s3.put_bucket_acl(Bucket=listed, ACL="authenticated-read")
    with refused("AccessDenied", 403):
        s3.put_object_acl(Bucket=listed, Key="k", ACL="public-read-write")
    s3.put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration={**block, "IgnorePublicAcls": True})
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="k")


def test_buckets_made_with_lists(s3, nobody):
    name = "made-" + uuid.uuid4().hex[:16]
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        s3.create_bucket(Bucket=name, ACL="public-read")
    with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
        s3.create_bucket(Bucket=name, ACL="public-read", ObjectOwnership="ObjectWriter")
    s3.create_bucket(Bucket=name, ACL="private", ObjectOwnership="BucketOwnerPreferred")
    rules = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerPreferred"}]


def test_lists_are_turned_off(s3, nobody, listed):
    s3.put_bucket_acl(Bucket=listed, ACL="public-read")
    s3.put_object(Bucket=listed, Key="k", Body=b"x", ACL="public-read")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        s3.put_bucket_ownership_controls(Bucket=listed, OwnershipControls=enforced)
    s3.put_bucket_acl(Bucket=listed, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=listed, OwnershipControls=enforced)
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="k")


def test_multipart_and_copies_bring_lists(s3, nobody, listed):
    upload = s3.create_multipart_upload(Bucket=listed, Key="big", ACL="public-read")["UploadId"]
    part = s3.upload_part(Bucket=listed, Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(
        Bucket=listed, Key="big", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    assert body_of(nobody.get_object(Bucket=listed, Key="big")) == b"part"
    s3.copy_object(Bucket=listed, Key="copy", CopySource={"Bucket": listed, "Key": "big"})
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=listed, Key="copy")
    s3.copy_object(Bucket=listed, Key="copy", CopySource={"Bucket": listed, "Key": "big"}, ACL="public-read")
    assert body_of(nobody.get_object(Bucket=listed, Key="copy")) == b"part"


def test_relaxed_servers_make_buckets_with_lists(own_tarn):
    server = own_tarn("--relaxed")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="public-bucket", ACL="public-read")
    s3.put_object(Bucket="public-bucket", Key="k", Body=b"x", ACL="public-read")
    server.kill()
    server.restart()
    unsigned = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}),
    )
    assert keys(unsigned.list_objects_v2(Bucket="public-bucket")) == ["k"]
    assert body_of(unsigned.get_object(Bucket="public-bucket", Key="k")) == b"x"
