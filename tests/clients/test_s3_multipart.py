"""Multipart uploads, in every order they can come."""

import base64
import hashlib
import os

import pytest

from s3_help import body_of, put, refused

PART = 5 << 20


@pytest.fixture(scope="module")
def part():
    return os.urandom(PART)


def begin(s3, bucket, **arguments):
    return s3.create_multipart_upload(Bucket=bucket, Key="k", **arguments)["UploadId"]


def send(s3, bucket, upload, number, body, **arguments):
    sent = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body, **arguments)
    return {"PartNumber": number, "ETag": sent["ETag"]}


def complete(s3, bucket, upload, parts, **arguments):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}, **arguments
    )


def test_parts_become_an_object(s3, bucket, part):
    upload = begin(s3, bucket, ContentType="text/csv", Metadata={"a": "b"}, Tagging="t=1")
    two = send(s3, bucket, upload, 4, b"the end")
    one = send(s3, bucket, upload, 2, part)
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert [(each["PartNumber"], each["Size"]) for each in listed["Parts"]] == [(2, PART), (4, 7)]
    made = complete(s3, bucket, upload, [one, two])
    digests = hashlib.md5(part).digest() + hashlib.md5(b"the end").digest()
    assert made["ETag"] == '"' + hashlib.md5(digests).hexdigest() + '-2"'
    assert made["Location"].endswith(f"/{bucket}/k")
    answer = s3.get_object(Bucket=bucket, Key="k")
    assert (answer["ContentType"], answer["Metadata"], answer["TagCount"]) == ("text/csv", {"a": "b"}, 1)
    assert body_of(answer) == part + b"the end"
    ranged = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={PART - 3}-{PART + 3}")
    assert body_of(ranged) == part[-3:] + b"the "
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (body_of(second), second["PartsCount"]) == (b"the end", 2)
    assert second["ContentRange"] == f"bytes {PART}-{PART + 6}/{PART + 7}"
    assert s3.head_object(Bucket=bucket, Key="k", PartNumber=1)["ContentLength"] == PART
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=3)
    # A client that did not hear the answer asks again.
    assert complete(s3, bucket, upload, [one, two])["ETag"] == made["ETag"]


def test_refusals(s3, bucket, part):
    upload = begin(s3, bucket)
    one = send(s3, bucket, upload, 1, part)
    small = send(s3, bucket, upload, 2, b"small")
    last = send(s3, bucket, upload, 3, b"last")
    with refused("InvalidPartOrder", 400):
        complete(s3, bucket, upload, [last, one])
    with refused("EntityTooSmall", 400) as error:
        complete(s3, bucket, upload, [one, small, last])
    assert error["PartNumber"] == "2"
    with refused("InvalidPart", 400):
        complete(s3, bucket, upload, [one, {"PartNumber": 9, "ETag": one["ETag"]}])
    with refused("InvalidPart", 400):
        complete(s3, bucket, upload, [{"PartNumber": 1, "ETag": last["ETag"]}])
    with refused("MalformedXML", 400):
        complete(s3, bucket, upload, [])
    with refused("NoSuchUpload", 404):
        send(s3, bucket, "nonsense", 1, b"x")
    with refused("InvalidArgument", 400):
        send(s3, bucket, upload, 10_001, b"x")
    put(s3, bucket, "k")
    with refused("PreconditionFailed", 412):
        complete(s3, bucket, upload, [one], IfNoneMatch="*")
    complete(s3, bucket, upload, [one])


def test_abort(s3, bucket, part):
    upload = begin(s3, bucket)
    send(s3, bucket, upload, 1, b"x")
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(each["Key"], each["UploadId"]) for each in listed] == [("k", upload)]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_lists_in_pages(s3, bucket):
    uploads = []
    for key in ("a", "b", "b", "c/1", "c/2"):
        uploads.append((key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]))
    told = []
    for page in s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 2}
    ):
        told += [(each["Key"], each["UploadId"]) for each in page["Uploads"]]
    assert told == uploads
    rolled = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [each["Prefix"] for each in rolled["CommonPrefixes"]] == ["c/"]
    upload = begin(s3, bucket)
    for number in range(1, 6):
        send(s3, bucket, upload, number, b"x")
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key="k", UploadId=upload, PaginationConfig={"PageSize": 2}
    )
    assert [each["PartNumber"] for page in pages for each in page["Parts"]] == [1, 2, 3, 4, 5]


def test_copied_parts(s3, bucket, part):
    s3.put_object(Bucket=bucket, Key="from", Body=part + b"tail")
    upload = begin(s3, bucket)
    made = []
    for number, span in ((1, f"bytes=0-{PART - 1}"), (2, f"bytes={PART}-{PART + 3}")):
        copied = s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "from"},
            CopySourceRange=span,
        )
        made.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    with refused("InvalidArgument", 400):
        s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=3,
            CopySource={"Bucket": bucket, "Key": "from"},
            CopySourceRange=f"bytes=0-{PART + 4}",
        )
    complete(s3, bucket, upload, made)
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == part + b"tail"


def test_composite_and_full_checksums(s3, bucket, part):
    upload = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    parts = []
    for number, body in ((1, part), (2, b"tail")):
        sent = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": sent["ChecksumSHA256"]})
    made = complete(s3, bucket, upload, parts)
    digest = hashlib.sha256(hashlib.sha256(part).digest() + hashlib.sha256(b"tail").digest()).digest()
    assert made["ChecksumSHA256"] == base64.b64encode(digest).decode() + "-2"
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "Checksum"])
    assert attributes["ObjectParts"]["TotalPartsCount"] == 2
    assert attributes["ObjectParts"]["Parts"][1]["ChecksumSHA256"] == parts[1]["ChecksumSHA256"]
    assert attributes["Checksum"]["ChecksumType"] == "COMPOSITE"

    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    sent = [send(s3, bucket, upload, number, body) for number, body in ((1, part), (2, b"tail"))]
    made = complete(s3, bucket, upload, sent, ChecksumType="FULL_OBJECT")
    import zlib

    whole = base64.b64encode(zlib.crc32(part + b"tail").to_bytes(4, "big")).decode()
    assert (made["ChecksumCRC32"], made["ChecksumType"]) == (whole, "FULL_OBJECT")
