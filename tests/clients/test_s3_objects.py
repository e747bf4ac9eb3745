"""Objects: put, get, head, copy, delete, tags, conditions, checksums."""

import base64
import concurrent.futures
import datetime
import hashlib
import random
import socket
import urllib.parse
import urllib.request
import zlib

import pytest
from botocore.exceptions import ClientError

from s3_help import body_of, keys, put, refused


@pytest.mark.parametrize("size", [0, 1, 4096, 32768, 32769, 1_000_000, 9_000_000])
def test_bytes_come_back(s3, bucket, size):
    body = bytes(number * 7 % 251 for number in range(1000)) * (size // 1000 + 1)
    body = body[:size]
    made = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert made["ETag"] == '"' + hashlib.md5(body).hexdigest() + '"'
    answer = s3.get_object(Bucket=bucket, Key="k")
    assert answer["ContentLength"] == size
    assert answer["ETag"] == made["ETag"]
    assert body_of(answer) == body


def test_many_uploads_at_once(s3, bucket):
    """Their MD5s are made side by side; some clients go away amid their body."""
    where = urllib.parse.urlsplit(s3.meta.endpoint_url)

    def upload(number):
        body = random.Random(number).randbytes(60_000 + number * 91_237)
        tag = s3.put_object(Bucket=bucket, Key=f"k{number}", Body=body)["ETag"]
        return tag, '"' + hashlib.md5(body).hexdigest() + '"'

    def leave(number):
        url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": f"gone{number}"})
        with socket.create_connection((where.hostname, where.port)) as connection:
            line = f"PUT {url.split(where.netloc, 1)[1]} HTTP/1.1\r\n"
            head = line + f"Host: {where.netloc}\r\nContent-Length: 3000000\r\n\r\n"
            connection.sendall(head.encode() + bytes(300_000 * (number + 1)))

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        left = [pool.submit(leave, number) for number in range(8)]
        for tag, expected in pool.map(upload, range(40)):
            assert tag == expected
        for each in left:
            each.result()
    assert len(keys(s3.list_objects_v2(Bucket=bucket))) == 40


def test_description(s3, bucket):
    said = {
        "ContentType": "text/csv",
        "ContentEncoding": "deflate, gzip",
        "ContentLanguage": "de",
        "ContentDisposition": 'attachment; filename="a.csv"',
        "CacheControl": "no-cache",
        "Metadata": {"origin": "jfk", "empty": ""},
    }
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=2%203", **said)
    for answer in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
        assert {name: answer[name] for name in said} == said
        assert answer["TagCount"] == 2
        assert "StorageClass" not in answer
    plain = s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert "VersionId" not in plain
    assert s3.head_object(Bucket=bucket, Key="plain")["ContentType"] == "binary/octet-stream"
    with refused("MetadataTooLarge", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "b" * 2048})


def test_response_overrides(s3, bucket):
    put(s3, bucket, "k")
    answer = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="text/plain", ResponseCacheControl="private"
    )
    assert (answer["ContentType"], answer["CacheControl"]) == ("text/plain", "private")


@pytest.mark.parametrize(
    "header, expected, content_range",
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=5-", b"56789", "bytes 5-9/10"),
        ("lines=1-2", b"0123456789", None),
        ("bytes=5-2", b"0123456789", None),
        ("bytes=0-1,4-5", b"0123456789", None),
    ],
)
def test_ranges(s3, bucket, header, expected, content_range):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert body_of(answer) == expected
    assert answer.get("ContentRange") == content_range
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == (206 if content_range else 200)


def test_ranges_that_hold_nothing(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with refused("InvalidRange", 416) as error:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")
    assert error["ActualObjectSize"] == "10"
    put(s3, bucket, "empty", body=b"")
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key="empty", Range="bytes=0-")
    assert body_of(s3.get_object(Bucket=bucket, Key="empty")) == b""


def test_missing(s3, bucket):
    with refused("NoSuchKey", 404) as error:
        s3.get_object(Bucket=bucket, Key="none")
    assert error["Key"] == "none"
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="none")
    with refused("InvalidArgument", 400):
        s3.get_object(Bucket=bucket, Key="none", VersionId="nonsense")
    assert s3.delete_object(Bucket=bucket, Key="none")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("KeyTooLongError", 400):
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")
    put(s3, bucket, "k" * 1024)


def test_read_conditions(s3, bucket):
    made = s3.put_object(Bucket=bucket, Key="k", Body=b"x", CacheControl="max-age=60")
    e_tag = made["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    before, after = modified - datetime.timedelta(hours=1), modified + datetime.timedelta(hours=1)
    get = lambda **conditions: s3.get_object(Bucket=bucket, Key="k", **conditions)  # noqa: E731
    get(IfMatch=e_tag)
    get(IfMatch=f'"other", {e_tag}')
    get(IfNoneMatch='"other"')
    get(IfModifiedSince=before)
    get(IfUnmodifiedSince=after)
    get(IfMatch=e_tag, IfUnmodifiedSince=before)
    with refused("PreconditionFailed", 412):
        get(IfMatch='"other"')
    with refused("PreconditionFailed", 412):
        get(IfUnmodifiedSince=before)
    for conditions in ({"IfNoneMatch": e_tag}, {"IfModifiedSince": modified}, {"IfNoneMatch": "*"}):
        with pytest.raises(ClientError) as unchanged:
            get(**conditions)
        answer = unchanged.value.response["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 304
        # By which a cache knows its copy again.
        assert answer["HTTPHeaders"]["etag"] == e_tag
        assert answer["HTTPHeaders"]["last-modified"] == modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
        assert answer["HTTPHeaders"]["cache-control"] == "max-age=60"
    with refused("412", 412):
        s3.head_object(Bucket=bucket, Key="k", IfMatch='"other"')


def test_write_conditions(s3, bucket):
    made = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch='"other"')
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=made["ETag"])
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="none", Body=b"2", IfMatch=made["ETag"])
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=made["ETag"])
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == b"2"


def test_of_many_writers_one_wins(tarn, bucket):
    def write(number):
        client = tarn.client("s3")
        try:
            client.put_object(Bucket=bucket, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
            return number
        except client.exceptions.ClientError as refusal:
            assert refusal.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict")
            return None

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(24)) if number is not None]
    assert len(winners) == 1
    assert body_of(tarn.client("s3").get_object(Bucket=bucket, Key="lock")) == str(winners[0]).encode()


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_computed_and_told(s3, bucket, algorithm):
    member = "Checksum" + algorithm
    expected = {
        "CRC32": "y/Q5Jg==",
        "CRC32C": "4waSgw==",
        "CRC64NVME": "rosUhgp5mIg=",
        "SHA1": base64.b64encode(hashlib.sha1(b"123456789").digest()).decode(),
        "SHA256": base64.b64encode(hashlib.sha256(b"123456789").digest()).decode(),
    }[algorithm]
    # botocore computes some of them only with an extension that few have: given, they are checked all the same.
    given = {"ChecksumAlgorithm": algorithm} if algorithm in ("CRC32", "SHA1", "SHA256") else {member: expected}
    made = s3.put_object(Bucket=bucket, Key="k", Body=b"123456789", **given)
    assert made[member] == expected
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (head[member], head["ChecksumType"]) == (expected, "FULL_OBJECT")
    ranged = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", Range="bytes=0-3")
    assert member not in ranged
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert listed["ChecksumAlgorithm"] == [algorithm]


EMPTY = {
    "SHA512": hashlib.sha512(b"").digest(),
    "MD5": hashlib.md5(b"").digest(),
    # As the specification of xxHash gives them.
    "XXHASH64": bytes.fromhex("ef46db3751d8e999"),
    "XXHASH3": bytes.fromhex("2d06800538d394c2"),
    "XXHASH128": bytes.fromhex("99aa06d3014798d86001c324468d497f"),
}


@pytest.mark.parametrize("algorithm", EMPTY)
def test_newer_checksums(s3, bucket, algorithm):
    member = "Checksum" + algorithm
    expected = base64.b64encode(EMPTY[algorithm]).decode()
    made = s3.put_object(Bucket=bucket, Key="k", Body=b"", **{member: expected})
    assert (made[member], made["ChecksumType"]) == (expected, "FULL_OBJECT")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == expected
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])
    assert attributes["Checksum"] == {member: expected, "ChecksumType": "FULL_OBJECT"}
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["ChecksumAlgorithm"] == [algorithm]
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert copied["CopyObjectResult"][member] == expected
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **{member: expected})
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", **{member: "AAAA"})


def test_newer_checksums_of_parts(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA512")
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == ("SHA512", "COMPOSITE")
    digest = hashlib.sha512(b"part").digest()
    told = base64.b64encode(digest).decode()
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    sent = s3.upload_part(**where, PartNumber=1, Body=b"part", ChecksumSHA512=told)
    parts = [{"PartNumber": 1, "ETag": sent["ETag"], "ChecksumSHA512": told}]
    made = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert made["ChecksumSHA512"] == base64.b64encode(hashlib.sha512(digest).digest()).decode() + "-1"
    with refused("InvalidRequest", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="XXHASH3", ChecksumType="FULL_OBJECT")


def test_wrong_digests(s3, bucket):
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=base64.b64encode(b"0" * 16).decode())
    with refused("InvalidDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5="nonsense")
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumCRC32="AAAAAA==")
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumCRC32="AA==")
    s3.put_object(
        Bucket=bucket, Key="k", Body=b"x", ContentMD5=base64.b64encode(hashlib.md5(b"x").digest()).decode()
    )
    right = base64.b64encode(zlib.crc32(b"x").to_bytes(4, "big")).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumCRC32=right)


def test_copy(s3, bucket):
    s3.put_object(
        Bucket=bucket, Key="from ä+%", Body=b"bytes", ContentType="text/csv", Metadata={"a": "b"}, Tagging="t=1"
    )
    source = {"Bucket": bucket, "Key": "from ä+%"}
    made = s3.copy_object(Bucket=bucket, Key="to", CopySource=source)
    assert made["CopyObjectResult"]["ETag"] == '"' + hashlib.md5(b"bytes").hexdigest() + '"'
    copied = s3.get_object(Bucket=bucket, Key="to")
    assert (copied["ContentType"], copied["Metadata"], copied["TagCount"]) == ("text/csv", {"a": "b"}, 1)
    assert body_of(copied) == b"bytes"
    s3.copy_object(
        Bucket=bucket,
        Key="replaced",
        CopySource=source,
        MetadataDirective="REPLACE",
        ContentType="text/plain",
        TaggingDirective="REPLACE",
        Tagging="u=2",
    )
    replaced = s3.head_object(Bucket=bucket, Key="replaced")
    assert (replaced["ContentType"], replaced["Metadata"]) == ("text/plain", {})
    assert s3.get_object_tagging(Bucket=bucket, Key="replaced")["TagSet"] == [{"Key": "u", "Value": "2"}]


def test_copy_refusals(s3, bucket):
    put(s3, bucket, "k")
    source = {"Bucket": bucket, "Key": "k"}
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "none"})
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=source, CopySourceIfMatch='"other"')
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=source, StorageClass="STANDARD", IfNoneMatch="*")


def test_tagging(s3, bucket):
    put(s3, bucket, "k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    tags = [{"Key": "a", "Value": "1"}, {"Key": "ä", "Value": "ö"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    with refused("BadRequest", 400):
        many = [{"Key": str(number), "Value": ""} for number in range(11)]
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": many})
    with refused("InvalidTag", 400):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "k" * 129, "Value": ""}]})
    with refused("InvalidTag", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&a=2")
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    with refused("NoSuchKey", 404):
        s3.get_object_tagging(Bucket=bucket, Key="none")


def test_delete_objects(s3, bucket):
    names = [f"k{number}" for number in range(1000)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: s3.put_object(Bucket=bucket, Key=name, Body=b"x"), names[:50]))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names]})
    assert sorted(each["Key"] for each in answer["Deleted"]) == sorted(names)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names + ["one more"]]})


def test_attributes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345", ChecksumAlgorithm="SHA256")
    answer = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"]
    )
    assert answer["ETag"] == hashlib.md5(b"12345").hexdigest()
    assert answer["Checksum"]["ChecksumSHA256"]
    assert answer["ObjectSize"] == 5
    assert answer["StorageClass"] == "STANDARD"
    assert "ObjectParts" not in answer


def test_acl_retention_hold_reads(s3, bucket):
    put(s3, bucket, "k")
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Grants"][0]["Permission"] == "FULL_CONTROL"
    with refused("InvalidRequest", 400):
        s3.get_object_retention(Bucket=bucket, Key="k")
    with refused("InvalidRequest", 400):
        s3.get_object_legal_hold(Bucket=bucket, Key="k")


def test_presigned(s3, bucket):
    put(s3, bucket, "a b/ä", body=b"signed")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b/ä"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"signed"


def test_rights_are_felt(tarn, s3, bucket):
    put(s3, bucket, "features/1", "raw/1")
    reader = tarn.client(
        "s3",
        key=tarn.new_user(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/features/*"}
        ),
    )
    assert body_of(reader.get_object(Bucket=bucket, Key="features/1")) == b"x"
    with refused("AccessDenied", 403) as error:
        reader.get_object(Bucket=bucket, Key="raw/1")
    assert "s3:GetObject" in error["Message"] and f"{bucket}/raw/1" in error["Message"]
    with refused("AccessDenied", 403):  # Who may not list does not learn what is missing.
        reader.get_object(Bucket=bucket, Key="features/none")
    with refused("AccessDenied", 403):
        reader.copy_object(Bucket=bucket, Key="features/2", CopySource={"Bucket": bucket, "Key": "features/1"})
    both = reader.delete_objects  # Each key is asked about by itself.
    answer = both(Bucket=bucket, Delete={"Objects": [{"Key": "features/1"}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"


def test_tags_of_an_object_decide(tarn, s3, bucket):
    s3.put_object(Bucket=bucket, Key="open", Body=b"o", Tagging="class=open")
    s3.put_object(Bucket=bucket, Key="secret", Body=b"s", Tagging="class=secret")
    reader = tarn.client(
        "s3",
        key=tarn.new_user(
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
                "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "open"}},
            }
        ),
    )
    assert body_of(reader.get_object(Bucket=bucket, Key="open")) == b"o"
    with refused("AccessDenied", 403):
        reader.get_object(Bucket=bucket, Key="secret")
