"""Corner cases of copies, completions and batches, as AWS documents them."""

import base64
import datetime
import hashlib
import urllib.parse
import uuid

import botocore.exceptions
import pytest
from botocore import UNSIGNED

from s3_help import body_of, keys, put, refused


def test_copies_across_classes_and_tags(tarn, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes" * 20_000, StorageClass="STANDARD_IA", Tagging="a=1", WebsiteRedirectLocation="/to")
    source = {"Bucket": bucket, "Key": "k"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert "StorageClass" not in head, "a copy is STANDARD unless it says otherwise"
    assert "WebsiteRedirectLocation" not in head, "which is never copied"
    assert head["ETag"] == s3.head_object(Bucket=bucket, Key="k")["ETag"]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, StorageClass="GLACIER_IR", WebsiteRedirectLocation="/x")
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert (head["StorageClass"], head["WebsiteRedirectLocation"]) == ("GLACIER_IR", "/x")
    assert body_of(s3.get_object(Bucket=bucket, Key="copy")) == b"bytes" * 20_000
    # In place, as tools move objects between classes.
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, StorageClass="STANDARD", MetadataDirective="COPY")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="k")
    # Whoever copies tags must be allowed to read and to write them.
    may = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"}
    user = tarn.client("s3", key=tarn.new_user(may))
    with refused("AccessDenied", 403):
        user.copy_object(Bucket=bucket, Key="theirs", CopySource=source)
    user.copy_object(Bucket=bucket, Key="theirs", CopySource=source, TaggingDirective="REPLACE")
    assert s3.get_object_tagging(Bucket=bucket, Key="theirs")["TagSet"] == []


def test_copies_of_archived_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    with refused("InvalidObjectState", 403):
        s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "cold"})
    put(s3, bucket, "warm")
    s3.copy_object(Bucket=bucket, Key="warm", CopySource={"Bucket": bucket, "Key": "warm"}, StorageClass="DEEP_ARCHIVE")
    with refused("InvalidObjectState", 403):
        s3.get_object(Bucket=bucket, Key="warm")


def test_copies_of_versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"second")
    # An older version is brought back by a copy onto itself.
    made = s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": first})
    assert made["CopySourceVersionId"] == first and made["VersionId"] != first
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == b"first"
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="l", CopySource={"Bucket": bucket, "Key": "k"})
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="l", CopySource={"Bucket": bucket, "Key": "k", "VersionId": marker})


def begin(s3, bucket, **arguments):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **arguments)["UploadId"]
    return {"Bucket": bucket, "Key": "k", "UploadId": upload}


def test_completing_twice(s3, bucket):
    where = begin(s3, bucket)
    sent = s3.upload_part(**where, PartNumber=1, Body=b"bytes")
    parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
    first = s3.complete_multipart_upload(**where, MultipartUpload=parts)
    second = s3.complete_multipart_upload(**where, MultipartUpload=parts)
    assert first["ETag"] == second["ETag"] == '"' + hashlib.md5(hashlib.md5(b"bytes").digest()).hexdigest() + '-1"'
    with refused("NoSuchUpload", 404):
        s3.upload_part(**where, PartNumber=2, Body=b"late")
    with refused("NoSuchUpload", 404):
        s3.list_parts(**where)
    put(s3, bucket, "k")
    with refused("NoSuchUpload", 404):
        s3.complete_multipart_upload(**where, MultipartUpload=parts)


def test_completing_in_a_versioned_bucket_makes_one_version(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    where = begin(s3, bucket)
    sent = s3.upload_part(**where, PartNumber=7, Body=b"bytes")
    parts = {"Parts": [{"PartNumber": 7, "ETag": sent["ETag"]}]}
    versions = {s3.complete_multipart_upload(**where, MultipartUpload=parts)["VersionId"] for _ in range(3)}
    assert len(versions) == 1
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(**where)


def test_composite_checksums_must_be_told_again(s3, bucket):
    where = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    sent = s3.upload_part(**where, PartNumber=1, Body=b"bytes", ChecksumAlgorithm="SHA256")
    with refused("InvalidRequest", 400):
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]})
    wrong = base64.b64encode(b"0" * 32).decode()
    part = {"PartNumber": 1, "ETag": sent["ETag"]}
    with refused("InvalidPart", 400):
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{**part, "ChecksumSHA256": wrong}]})
    right = {**part, "ChecksumSHA256": sent["ChecksumSHA256"]}
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [right]})


@pytest.fixture
def vault(s3):
    name = "vault-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def test_batches_under_locks(s3, vault):
    s3.put_object(Bucket=vault, Key="clock")
    until = s3.head_object(Bucket=vault, Key="clock")["LastModified"] + datetime.timedelta(days=2)
    versions = {}
    for key, lock in {
        "free": {},
        "governed": {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until},
        "kept": {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until},
        "held": {"ObjectLockLegalHoldStatus": "ON"},
    }.items():
        versions[key] = s3.put_object(Bucket=vault, Key=key, Body=b"x", ChecksumAlgorithm="CRC32", **lock)["VersionId"]
    batch = {"Objects": [{"Key": key, "VersionId": version} for key, version in versions.items()]}
    answer = s3.delete_objects(Bucket=vault, Delete={**batch, "Quiet": True})
    assert "Deleted" not in answer
    assert {each["Key"]: each["Code"] for each in answer["Errors"]} == dict.fromkeys(["governed", "kept", "held"], "AccessDenied")
    assert {each["VersionId"] for each in answer["Errors"]} == {versions[key] for key in ("governed", "kept", "held")}
    answer = s3.delete_objects(Bucket=vault, Delete=batch, BypassGovernanceRetention=True)
    assert sorted(each["Key"] for each in answer["Deleted"]) == ["free", "governed"]
    assert sorted(each["Key"] for each in answer["Errors"]) == ["held", "kept"]
    # Without a version, a lock keeps nobody from hiding the key.
    answer = s3.delete_objects(Bucket=vault, Delete={"Objects": [{"Key": "held"}, {"Key": "held"}, {"Key": "never"}]})
    assert len(answer["Deleted"]) == 3 and all(each["DeleteMarker"] for each in answer["Deleted"])
    assert "held" not in keys(s3.list_objects_v2(Bucket=vault))
    assert body_of(s3.get_object(Bucket=vault, Key="held", VersionId=versions["held"])) == b"x"


def test_parts_are_read_by_their_numbers(s3, bucket):
    where = begin(s3, bucket)
    sizes = [5 << 20, 5 << 20, 3]
    parts = []
    for number, size in enumerate(sizes, 1):
        sent = s3.upload_part(**where, PartNumber=10 * number, Body=bytes([number]) * size)
        parts.append({"PartNumber": 10 * number, "ETag": sent["ETag"]})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    for number, size in enumerate(sizes, 1):
        head = s3.head_object(Bucket=bucket, Key="k", PartNumber=number)
        assert (head["ContentLength"], head["PartsCount"]) == (size, 3)
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
        assert got["ContentRange"].startswith(f"bytes {sum(sizes[:number - 1])}-") and got["PartsCount"] == 3
        assert body_of(got) == bytes([number]) * size
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=4)
    with refused("InvalidRequest", 400):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize", "ObjectParts", "ETag"])
    assert attributes["ObjectSize"] == sum(sizes) and attributes["ObjectParts"]["TotalPartsCount"] == 3
    assert attributes["ETag"].endswith("-3")
    put(s3, bucket, "single")
    got = s3.get_object(Bucket=bucket, Key="single", PartNumber=1)
    assert body_of(got) == b"x" and "PartsCount" not in got
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="single", PartNumber=2)


@pytest.mark.parametrize("algorithm, kind", [("SHA256", "COMPOSITE"), ("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_a_part_is_read_with_its_own_checksum(s3, bucket, algorithm, kind):
    where = {"Bucket": bucket, "Key": "k"}
    where["UploadId"] = s3.create_multipart_upload(**where, ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]
    name, bodies, parts = "Checksum" + algorithm, [b"a" * (5 << 20), b"the end"], []
    for number, body in enumerate(bodies, 1):
        sent = s3.upload_part(**where, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], name: sent[name]})
    whole = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    for part, body in zip(parts, bodies):
        for read in (s3.get_object, s3.head_object):
            got = read(Bucket=bucket, Key="k", PartNumber=part["PartNumber"], ChecksumMode="ENABLED")
            assert (got[name], got["ChecksumType"]) == (part[name], kind)
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=part["PartNumber"])
        assert body_of(got) == body
    assert name not in s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[name] == whole[name]
    made = s3.put_object(Bucket=bucket, Key="single", Body=b"x", ChecksumAlgorithm="SHA1")
    got = s3.get_object(Bucket=bucket, Key="single", PartNumber=1)
    assert got["ChecksumSHA1"] == made["ChecksumSHA1"]


def test_completing_under_conditions(s3, bucket):
    def completed(**conditions):
        where = begin(s3, bucket)
        sent = s3.upload_part(**where, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
        return s3.complete_multipart_upload(**where, MultipartUpload=parts, **conditions)

    with refused("NoSuchKey", 404):
        completed(IfMatch='"none"')
    made = completed(IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        completed(IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        completed(IfMatch='"other"')
    completed(IfMatch=made["ETag"])


def test_policies_by_prefix_tell_what_is_missing_there(tarn, s3, bucket):
    may = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringLike": {"s3:prefix": "public/*"}},
        },
    ]
    user = tarn.client("s3", key=tarn.new_user(*may))
    with refused("NoSuchKey", 404):
        user.get_object(Bucket=bucket, Key="public/none")
    with refused("AccessDenied", 403):
        user.get_object(Bucket=bucket, Key="private/none")


def test_names_are_encoded_where_that_is_asked_for(s3, bucket):
    names = ["a+b", "a b", "ä/%41", "x\x01y/z"]
    put(s3, bucket, *names)
    listed = s3.list_objects_v2(Bucket=bucket, EncodingType="url", Delimiter="/", StartAfter="a")
    assert listed["EncodingType"] == "url"
    assert [urllib.parse.unquote_plus(key) for key in keys(listed)] == ["a b", "a+b"]
    assert "a%2Bb" in keys(listed)
    assert [each["Prefix"] for each in listed["CommonPrefixes"]] == ["x%01y/", "%C3%A4/"]
    assert sorted(keys(s3.list_objects_v2(Bucket=bucket))) == sorted(names)
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=bucket, EncodingType="base64")


def test_a_missing_bucket_is_no_secret(tarn, bucket):
    stranger = tarn.client("s3", key=tarn.new_user())
    missing = "no-such-" + bucket
    for call in (
        lambda name: stranger.list_objects_v2(Bucket=name),
        lambda name: stranger.list_object_versions(Bucket=name),
        lambda name: stranger.put_object(Bucket=name, Key="k", Body=b""),
        lambda name: stranger.get_bucket_policy(Bucket=name),
        lambda name: stranger.delete_bucket(Bucket=name),
    ):
        with refused("NoSuchBucket", 404) as told:
            call(missing)
        assert told["BucketName"] == missing
        with refused("AccessDenied", 403) as told:
            call(bucket)
        assert told["Resource"].startswith("/" + bucket)


def test_nobody_in_particular_is_told_the_same(tarn, bucket):
    nobody = tarn.client("s3", signature_version=UNSIGNED)
    with refused("NoSuchBucket", 404):
        nobody.list_objects_v2(Bucket="no-such-" + bucket)
    with refused("AccessDenied", 403) as told:
        nobody.list_objects_v2(Bucket=bucket)
    assert told["Message"] == "Access Denied" and told["Resource"] == "/" + bucket
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=bucket, Key="k")


def test_the_expected_owner_is_an_account(tarn, s3, bucket):
    for wrong in ("abc", "12345678901", "1234567890123"):
        with refused("InvalidBucketOwnerAWSAccountID", 400):
            s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=wrong)
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="111122223333")
    account = tarn.client("sts").get_caller_identity()["Account"]
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=account)


def test_who_began_an_upload(tarn, s3, bucket):
    upload = begin(s3, bucket)
    owner = s3.list_buckets()["Owner"]["ID"]
    assert s3.list_parts(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])["Initiator"]["ID"] == owner
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiator"]["ID"] == owner
    user = tarn.client("s3", key=tarn.new_user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    user.create_multipart_upload(Bucket=bucket, Key="of a user")
    told = s3.list_multipart_uploads(Bucket=bucket, Prefix="of a user")["Uploads"][0]["Initiator"]
    assert ":user/" in told["ID"]


def test_attributes_of_what_a_marker_hides(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag"])
    answer = error.value.response
    assert answer["Error"]["Code"] == "NoSuchKey"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
