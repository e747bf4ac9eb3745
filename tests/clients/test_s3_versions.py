"""Versions: reading, removing, null versions, delete markers."""

from s3_help import body_of, refused


def version(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def read(s3, bucket, key, **arguments):
    return body_of(s3.get_object(Bucket=bucket, Key=key, **arguments))


def test_versions_are_kept_and_removed(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    version(s3, bucket, "Enabled")
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    assert one != two
    assert read(s3, bucket, "k") == b"two"
    assert read(s3, bucket, "k", VersionId=one) == b"one"
    assert read(s3, bucket, "k", VersionId="null") == b"before"
    assert s3.head_object(Bucket=bucket, Key="k", VersionId=one)["VersionId"] == one
    removed = s3.delete_object(Bucket=bucket, Key="k", VersionId=two)
    assert removed["VersionId"] == two and "DeleteMarker" not in removed
    assert read(s3, bucket, "k") == b"one"
    with refused("NoSuchVersion", 404):
        s3.get_object(Bucket=bucket, Key="k", VersionId=two)


def test_delete_markers(s3, bucket):
    version(s3, bucket, "Enabled")
    s3.put_object(Bucket=bucket, Key="k", Body=b"one")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("MethodNotAllowed", 405):
        s3.get_object(Bucket=bucket, Key="k", VersionId=marker)
    with refused("405", 405):
        s3.head_object(Bucket=bucket, Key="k", VersionId=marker)
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=bucket)
    undone = s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)
    assert undone["DeleteMarker"] is True and undone["VersionId"] == marker
    assert read(s3, bucket, "k") == b"one"


def test_suspended(s3, bucket):
    version(s3, bucket, "Enabled")
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    version(s3, bucket, "Suspended")
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"null one")["VersionId"] == "null"
    s3.put_object(Bucket=bucket, Key="k", Body=b"null two")
    ids = [each["VersionId"] for each in s3.list_object_versions(Bucket=bucket)["Versions"]]
    assert ids == ["null", one]
    assert s3.delete_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    assert [each["VersionId"] for each in s3.list_object_versions(Bucket=bucket)["Versions"]] == [one]


def test_many_versions_at_once(s3, bucket):
    version(s3, bucket, "Enabled")
    made = [s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"] for _ in range(3)]
    gone = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "k", "VersionId": each} for each in made] + [{"Key": "new"}]}
    )["Deleted"]
    assert {each.get("VersionId") for each in gone} == {*made, None}
    marker = next(each for each in gone if each["Key"] == "new")
    assert marker["DeleteMarker"] is True and marker["DeleteMarkerVersionId"]
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_tags_and_copies_of_versions(s3, bucket):
    version(s3, bucket, "Enabled")
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    tags = [{"Key": "a", "Value": "1"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=one, Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=one)["TagSet"] == tags
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    copied = s3.copy_object(
        Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": one}
    )
    assert copied["CopySourceVersionId"] == one
    assert read(s3, bucket, "k") == b"one"
