"""SIGKILL in the midst of mixed writes: what was acknowledged is there, whole; what was deleted stays deleted; lists say
what gets say; the history tells of each change; and in the end no file is left that nothing names.

TARN_KILL_ROUNDS sets how many rounds are tried: 20, and 200 in a long test."""

import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import random
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from s3_help import body_of, keys
from waits import eventually

ROUNDS = int(os.environ.get("TARN_KILL_ROUNDS", "20"))
PLAIN_WRITERS, VERSIONED_WRITERS = 4, 3
PART = 5 << 20
SIZES = [0, 100, 5_000, 40_000, 300_000]
GONE = "gone"  # In place of a digest: no object, or a delete marker.


def digest_of(body):
    return hashlib.md5(body).hexdigest()


def whole(answer):
    """The digest of an object's bytes, which the metadata that was written with them must name."""
    digest = digest_of(body_of(answer))
    assert answer["Metadata"]["digest"] == digest, "bytes of one write, metadata of another"
    return digest


class Writer:
    """Works on keys of its own, so that it knows what must be there; `unsure` is what was under way when the server
    died."""

    def __init__(self, number):
        self.random = random.Random(number)
        self.prefix = f"w{number}/"
        self.acknowledged = 0

    def key(self):
        return self.prefix + str(self.random.randrange(15))

    def body(self):
        return self.random.randbytes(self.random.choice(SIZES))

    def run(self, s3, bucket, stop):
        while not stop.is_set():
            try:
                self.step(s3, bucket)
                self.acknowledged += 1
            except BotoCoreError:
                return  # The server died. An answer that refuses is a failure, and not caught.

    def put(self, s3, bucket, key, body):
        return s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata={"digest": digest_of(body)})

    def put_parts(self, s3, bucket, key, body, complete=True):
        target = {"Bucket": bucket, "Key": key}
        upload = s3.create_multipart_upload(**target, Metadata={"digest": digest_of(body)})["UploadId"]
        parts = []
        for number, part in ((1, body[:PART]), (2, body[PART:])):
            sent = s3.upload_part(**target, UploadId=upload, PartNumber=number, Body=part)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        if complete:
            return s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
        return None


class PlainWriter(Writer):
    """In a bucket without versions, whose larger objects a lifecycle rule moves to another tier meanwhile."""

    def __init__(self, number):
        super().__init__(number)
        self.known = {}  # key → digest or GONE
        self.unsure = {}  # key → what the write under way would have left

    def step(self, s3, bucket):
        key, chance = self.key(), self.random.random()
        if chance < 0.45:
            body = self.body()
            self.write(key, digest_of(body), lambda: self.put(s3, bucket, key, body))
        elif chance < 0.60:
            source = self.random.choice([each for each, is_ in self.known.items() if is_ != GONE] or [None])
            if source:
                location = {"Bucket": bucket, "Key": source}
                self.write(
                    key,
                    self.known[source],
                    lambda: s3.copy_object(
                        Bucket=bucket,
                        Key=key,
                        CopySource=location,
                        Metadata={"digest": self.known[source]},
                        MetadataDirective="REPLACE",
                    ),
                )
        elif chance < 0.68:
            body = self.random.randbytes(PART + 1000)
            self.write(key, digest_of(body), lambda: self.put_parts(s3, bucket, key, body))
        elif chance < 0.72:
            # An upload that is never completed, and one that is given up.
            self.put_parts(s3, bucket, key, self.random.randbytes(PART + 1), complete=False)
            upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
            s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=self.body())
            s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
        elif chance < 0.88:
            self.write(key, GONE, lambda: s3.delete_object(Bucket=bucket, Key=key))
        else:
            several = {self.key() for _ in range(5)}
            self.unsure = {each: GONE for each in several}
            deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": each} for each in several]})
            assert not deleted.get("Errors")
            self.known.update(self.unsure)
            self.unsure = {}

    def write(self, key, after, call):
        self.unsure = {key: after}
        call()
        self.known[key] = after
        self.unsure = {}

    def check(self, s3, bucket):
        listed = {each["Key"]: each for each in s3.list_objects_v2(Bucket=bucket, Prefix=self.prefix).get("Contents", [])}
        found = {}
        for key in {*self.known, *self.unsure, *listed}:
            try:
                answer = s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                assert error.response["Error"]["Code"] == "NoSuchKey", (key, error)
                found[key] = GONE
                assert key not in listed, f"{key} is listed and cannot be read"
                continue
            found[key] = whole(answer)
            assert listed[key]["Size"] == answer["ContentLength"] and listed[key]["ETag"] == answer["ETag"], key
        for key, is_ in found.items():
            allowed = {self.known.get(key, GONE), self.unsure.get(key, self.known.get(key, GONE))}
            assert is_ in allowed, (key, is_, allowed)
        self.known, self.unsure = found, {}


class VersionedWriter(Writer):
    """In a bucket that keeps versions: every one of them is known by its id."""

    def __init__(self, number):
        super().__init__(number)
        self.known = {}  # key → [(version id, digest or GONE)], newest first
        self.unsure = None  # (key, digest or GONE: a version that may have been made) or (key, version id: one removed)

    def step(self, s3, bucket):
        key, chance = self.key(), self.random.random()
        versions = self.known.setdefault(key, [])
        if chance < 0.5:
            body = self.body()
            self.add(key, digest_of(body), lambda: self.put(s3, bucket, key, body))
        elif chance < 0.55:
            body = self.random.randbytes(PART + 1000)
            self.add(key, digest_of(body), lambda: self.put_parts(s3, bucket, key, body))
        elif chance < 0.62 and versions:
            source, digest = self.random.choice(versions)
            if digest != GONE:
                location = {"Bucket": bucket, "Key": key, "VersionId": source}
                target = self.key()
                self.known.setdefault(target, [])
                self.add(target, digest, lambda: s3.copy_object(Bucket=bucket, Key=target, CopySource=location))
        elif chance < 0.75 or not versions:
            self.add(key, GONE, lambda: s3.delete_object(Bucket=bucket, Key=key))
        elif chance < 0.82:
            self.remove_several(s3, bucket, key)
        else:
            which = self.random.choice(versions[:3])
            self.unsure = ("removed", key, which[0])
            s3.delete_object(Bucket=bucket, Key=key, VersionId=which[0])
            versions.remove(which)
            self.unsure = None

    def remove_several(self, s3, bucket, key):
        """Versions of one key in a batch, of which each stands for itself."""
        which = self.random.sample(self.known[key], min(3, len(self.known[key])))
        self.unsure = ("removed", key, *[version for version, _ in which])
        several = [{"Key": key, "VersionId": version} for version, _ in which]
        deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": several})
        assert not deleted.get("Errors")
        self.known[key] = [each for each in self.known[key] if each not in which]
        self.unsure = None

    def add(self, key, digest, call):
        self.unsure = ("made", key, digest)
        made = call()
        self.known[key].insert(0, (made["VersionId"], digest))
        self.unsure = None

    def check(self, s3, bucket):
        found = {key: [] for key in self.known}
        latest = {}
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=self.prefix)
        for page in pages:
            # Markers come apart from versions: by time they are one list, and in it no two of a key have one time.
            both = page.get("Versions", []) + page.get("DeleteMarkers", [])
            for each in both:
                digest = GONE
                if "Size" in each:
                    digest = whole(s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"]))
                found.setdefault(each["Key"], []).append((each["VersionId"], digest))
                if each["IsLatest"]:
                    assert latest.setdefault(each["Key"], digest) == digest
        for key, versions in found.items():
            self.check_key(key, versions)
            if versions:
                self.check_current(s3, bucket, key, latest[key])
        listed = keys(s3.list_objects_v2(Bucket=bucket, Prefix=self.prefix))
        assert sorted(listed) == sorted(key for key, digest in latest.items() if digest != GONE)
        self.unsure = None

    def check_key(self, key, versions):
        expected = list(self.known.get(key, []))
        if set(versions) != set(expected):
            kind, concerned, *what = self.unsure
            assert concerned == key, key
            if kind == "made":
                extra = set(versions) - set(expected)
                assert [digest for _, digest in extra] == what, key
                expected.insert(0, extra.pop())
            else:
                expected = [each for each in expected if each in versions or each[0] not in what]
        assert set(versions) == set(expected), key
        self.known[key] = expected

    def check_current(self, s3, bucket, key, digest):
        assert digest == self.known[key][0][1], f"{key}: another version is the latest"
        try:
            assert whole(s3.get_object(Bucket=bucket, Key=key)) == digest
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchKey" and digest == GONE, key


class ExpiringWriter(Writer):
    """In the plain bucket, under a prefix whose objects a lifecycle rule removes: what has gone stays away, and what is
    there is whole."""

    def __init__(self, number):
        super().__init__(number)
        self.prefix = f"expiring/{number}/"
        self.made = 0
        self.gone = set()

    def step(self, s3, bucket):
        body = self.body()
        self.made += 1
        self.put(s3, bucket, f"{self.prefix}{self.made}", body)
        time.sleep(0.05)

    def check(self, s3, bucket):
        there = {each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=self.prefix).get("Contents", [])}
        assert not there & self.gone, "what had expired is back"
        for number in range(1, self.made + 1):
            key = f"{self.prefix}{number}"
            try:
                whole(s3.get_object(Bucket=bucket, Key=key))
            except ClientError as error:
                assert error.response["Error"]["Code"] == "NoSuchKey", (key, error)
                self.gone.add(key)


class Administrator(Writer):
    """Changes whose records are management events: each that was acknowledged is in the history once."""

    def __init__(self, tarn):
        super().__init__(1000)
        self.tarn = tarn
        self.acknowledged_requests = {}
        self.began = datetime.datetime.now(datetime.timezone.utc)

    def step(self, s3, _):
        iam, name = self.iam, f"u{self.random.randrange(10**12)}"
        calls = [
            ("CreateUser", lambda: iam.create_user(UserName=name)),
            ("CreateAccessKey", lambda: iam.create_access_key(UserName=name)),
            ("CreateBucket", lambda: s3.create_bucket(Bucket=name)),
            ("DeleteBucket", lambda: s3.delete_bucket(Bucket=name)),
        ]
        for operation, call in calls:
            metadata = call()["ResponseMetadata"]
            request = metadata.get("RequestId") or metadata["HTTPHeaders"]["x-amz-request-id"]
            self.acknowledged_requests[request] = operation
        time.sleep(0.02)

    def run(self, s3, bucket, stop):
        self.iam = self.tarn.client("iam", retries={"max_attempts": 0})
        super().run(s3, bucket, stop)

    def check(self, _, __):
        told = {}
        pages = self.tarn.client("cloudtrail").get_paginator("lookup_events").paginate(StartTime=self.began)
        for page in pages:
            for each in page["Events"]:
                event = json.loads(each["CloudTrailEvent"])
                assert event["requestID"] not in told, "an event is told twice"
                told[event["requestID"]] = event["eventName"]
        missing = {request: name for request, name in self.acknowledged_requests.items() if told.get(request) != name}
        assert not missing, missing
        self.acknowledged_requests = {}
        self.began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)


def move_large_objects(s3, bucket):
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "cold",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}],
                },
                {
                    "ID": "expire",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "expiring/"},
                    "Expiration": {"Days": 2},
                },
            ]
        },
    )


def remove_everything(s3, bucket):
    for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def files_of_blobs(tarn):
    return [path for path in pathlib.Path(tarn.data_dir, "blobs").rglob("*") if path.is_file()]


def test_nothing_acknowledged_is_lost(own_tarn):
    # A lifecycle day of a second: what is two seconds old moves to another tier while it is overwritten.
    tarn = own_tarn("--test-clock", "--test-lifecycle-day", "1")
    plain, versioned = tarn.new_bucket(), tarn.new_bucket()
    s3 = tarn.client("s3")
    move_large_objects(s3, plain)
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
    writers = [(PlainWriter(number), plain) for number in range(PLAIN_WRITERS)]
    writers += [(VersionedWriter(number + 100), versioned) for number in range(VERSIONED_WRITERS)]
    expiring = ExpiringWriter(200)
    writers += [(expiring, plain), (Administrator(tarn), None)]
    pause = random.Random(7)
    for _ in range(ROUNDS):
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(len(writers)) as pool:
            running = [
                pool.submit(writer.run, tarn.client("s3", retries={"max_attempts": 0}), bucket, stop)
                for writer, bucket in writers
            ]
            time.sleep(pause.uniform(0.2, 1.2))
            tarn.kill()
            stop.set()
            for each in running:
                each.result()
        tarn.restart()
        s3 = tarn.client("s3")
        with concurrent.futures.ThreadPoolExecutor(len(writers)) as pool:
            for each in [pool.submit(writer.check, s3, bucket) for writer, bucket in writers]:
                each.result()
    acknowledged = sum(writer.acknowledged for writer, _ in writers)
    moved = [each["Key"] for each in s3.list_objects_v2(Bucket=plain)["Contents"] if each["StorageClass"] == "GLACIER_IR"]
    print(f"{ROUNDS} kills, {acknowledged} steps acknowledged, {len(moved)} objects in the colder tier at the end")
    assert acknowledged > ROUNDS * len(writers)
    assert moved, "no lifecycle rule had anything to do"
    assert expiring.gone, "nothing expired"

    # Once nothing is left to name a file, none is left: neither of what was removed nor of what a kill cut off.
    for bucket in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        remove_everything(s3, bucket)
    tarn.advance(3600)
    tarn.kill()
    tarn.restart()
    eventually(lambda: not files_of_blobs(tarn))
