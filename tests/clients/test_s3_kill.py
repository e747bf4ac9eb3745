"""SIGKILL in the midst of writes: what was acknowledged is there, whole; what was deleted stays deleted."""

import concurrent.futures
import hashlib
import os
import random
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from s3_help import body_of, keys

ROUNDS = int(os.environ.get("TARN_KILL_ROUNDS", "4"))
WRITERS = 6


class Writer:
    """Works on keys of its own, so that it knows what must be there: the last acknowledged state of each, or the one
    that was under way when the server died."""

    def __init__(self, number):
        self.random = random.Random(number)
        self.prefix = f"w{number}/"
        self.known = {}  # key → digest of its bytes, None: deleted.
        self.unsure = {}  # key → what a write that nobody answered would have left.

    def run(self, s3, bucket, stop):
        while not stop.is_set():
            key = self.prefix + str(self.random.randrange(20))
            action = self.random.random()
            if action < 0.25:
                after, body = None, None
            else:
                size = self.random.choice([0, 100, 5_000, 40_000, 300_000]) if action < 0.95 else (5 << 20) + 1000
                body = self.random.randbytes(size)
                after = hashlib.md5(body).hexdigest()
            self.unsure = {key: after}
            try:
                if body is None:
                    s3.delete_object(Bucket=bucket, Key=key)
                elif len(body) > 5 << 20:
                    self.multipart(s3, bucket, key, body)
                else:
                    s3.put_object(Bucket=bucket, Key=key, Body=body)
            except (BotoCoreError, ClientError):
                return  # The server died; `unsure` says what may have happened.
            self.known[key] = after
            self.unsure = {}

    @staticmethod
    def multipart(s3, bucket, key, body):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        parts = []
        for number, part in ((1, body[: 5 << 20]), (2, body[5 << 20 :])):
            sent = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=part)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})

    def check(self, s3, bucket):
        found = {}
        for key in keys(s3.list_objects_v2(Bucket=bucket, Prefix=self.prefix)):
            found[key] = hashlib.md5(body_of(s3.get_object(Bucket=bucket, Key=key))).hexdigest()
        for key in {*self.known, *self.unsure, *found}:
            allowed = {self.known.get(key)}
            if key in self.unsure:
                allowed.add(self.unsure[key])
            assert found.get(key) in allowed, key
            self.known[key] = found.get(key)
        self.unsure = {}


def test_nothing_acknowledged_is_lost(own_tarn):
    tarn = own_tarn()
    bucket = tarn.new_bucket()
    writers = [Writer(number) for number in range(WRITERS)]
    pause = random.Random(7)
    for _ in range(ROUNDS):
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            running = [
                pool.submit(writer.run, tarn.client("s3", retries={"max_attempts": 0}), bucket, stop)
                for writer in writers
            ]
            time.sleep(pause.uniform(0.3, 1.5))
            tarn.kill()
            stop.set()
            for each in running:
                each.result()
        tarn.restart()
        for writer in writers:
            writer.check(tarn.client("s3"), bucket)
    assert sum(len(writer.known) for writer in writers) > WRITERS
