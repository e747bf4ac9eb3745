"""Listings: V1, V2, versions; delimiters, pages, encodings."""

import pytest

from s3_help import keys, prefixes, put, refused


@pytest.fixture(scope="module")
def folders(tarn):
    bucket = tarn.new_bucket()
    put(tarn.client("s3"), bucket, "a", "b/1", "b/2", "b/c/3", "d/", "e f", "z+ä")
    return bucket


def test_v2(s3, folders):
    everything = s3.list_objects_v2(Bucket=folders)
    assert keys(everything) == ["a", "b/1", "b/2", "b/c/3", "d/", "e f", "z+ä"]
    assert (everything["KeyCount"], everything["IsTruncated"], everything["Name"]) == (7, False, folders)
    assert "Owner" not in everything["Contents"][0]
    assert len(s3.list_objects_v2(Bucket=folders, FetchOwner=True)["Contents"][0]["Owner"]["ID"]) == 64
    top = s3.list_objects_v2(Bucket=folders, Delimiter="/")
    assert (keys(top), prefixes(top)) == (["a", "e f", "z+ä"], ["b/", "d/"])
    assert top["KeyCount"] == 5
    inside = s3.list_objects_v2(Bucket=folders, Prefix="b/", Delimiter="/")
    assert (keys(inside), prefixes(inside)) == (["b/1", "b/2"], ["b/c/"])
    assert keys(s3.list_objects_v2(Bucket=folders, StartAfter="b/2")) == ["b/c/3", "d/", "e f", "z+ä"]
    # Where a token says where to go on, the start is told again but counts no more.
    page = s3.list_objects_v2(Bucket=folders, StartAfter="b/1", MaxKeys=1)
    following = s3.list_objects_v2(Bucket=folders, StartAfter="b/1", ContinuationToken=page["NextContinuationToken"])
    assert (page["StartAfter"], following["StartAfter"]) == ("b/1", "b/1")
    assert (keys(page), keys(following)[0]) == (["b/2"], "b/c/3")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_v2_pages(s3, folders, size, delimiter):
    told = []
    for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=folders, Delimiter=delimiter, PaginationConfig={"PageSize": size}
    ):
        assert page["KeyCount"] <= size
        told += sorted(keys(page) + prefixes(page))
    whole = s3.list_objects_v2(Bucket=folders, Delimiter=delimiter)
    assert told == sorted(keys(whole) + prefixes(whole))


def test_v1(s3, folders):
    page = s3.list_objects(Bucket=folders, MaxKeys=2)
    assert (keys(page), page["IsTruncated"], page["Marker"]) == (["a", "b/1"], True, "")
    assert "NextMarker" not in page
    assert len(page["Contents"][0]["Owner"]["ID"]) == 64
    rolled = s3.list_objects(Bucket=folders, Delimiter="/", MaxKeys=2)
    assert (keys(rolled), prefixes(rolled), rolled["NextMarker"]) == (["a"], ["b/"], "b/")
    rest = s3.list_objects(Bucket=folders, Delimiter="/", Marker=rolled["NextMarker"])
    assert (keys(rest), prefixes(rest)) == (["e f", "z+ä"], ["d/"])


def test_limits(s3, folders):
    assert keys(s3.list_objects_v2(Bucket=folders, MaxKeys=0)) == []
    assert s3.list_objects_v2(Bucket=folders, MaxKeys=5000)["MaxKeys"] == 1000
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=folders, MaxKeys=-1)
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=folders, ContinuationToken="not a token")


def test_control_characters_travel_encoded(s3, bucket):
    names = ["a\x01b", "a\nb", "a&b<c>", "😀"]
    put(s3, bucket, *names)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == sorted(names, key=lambda name: name.encode())


def test_versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = [s3.put_object(Bucket=bucket, Key="k", Body=str(n).encode())["VersionId"] for n in range(3)]
    other = s3.put_object(Bucket=bucket, Key="other", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    listed = s3.list_object_versions(Bucket=bucket)
    assert [(each["Key"], each["VersionId"], each["IsLatest"]) for each in listed["Versions"]] == [
        ("k", made[2], False),
        ("k", made[1], False),
        ("k", made[0], False),
        ("other", other, True),
    ]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["DeleteMarkers"]] == [
        (marker["VersionId"], True)
    ]
    told = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1}):
        told += [each["VersionId"] for each in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    assert told == [marker["VersionId"], made[2], made[1], made[0], other]
