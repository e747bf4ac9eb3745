"""Starts, kills and ends a Tarn server, and makes clients of it."""

import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import boto3
from botocore.config import Config

REGION = "us-east-1"


class Server:
    def __init__(self, binary, folder, listen="127.0.0.1:9320"):
        self.binary = pathlib.Path(binary)
        self.folder = pathlib.Path(folder)
        self.listen = listen
        self.process = None
        self.environment = {}

    def start(self):
        """Returns the seconds until it was ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = open(self.folder.parent / f"{self.folder.name}.log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data-dir", self.folder, "--listen", self.listen, "--test-clock"],
            stdout=log, stderr=log, start_new_session=True,
        )
        (self.folder.parent / f"{self.folder.name}.pid").write_text(str(self.process.pid))
        while True:
            try:
                with urllib.request.urlopen(f"http://{self.listen}/_tarn/health/ready", timeout=1) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended at once; its log is {log.name}")
            if time.monotonic() - began > 60:
                raise SystemExit(f"the server is not ready after a minute; its log is {log.name}")
            time.sleep(0.01)
        took = time.monotonic() - began
        self._read_environment()
        return took

    def _read_environment(self):
        lines = subprocess.run([self.binary, "env", "--data-dir", self.folder], capture_output=True, text=True, check=True).stdout
        self.environment = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", lines, re.M))

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    @property
    def endpoint(self):
        return self.environment["AWS_ENDPOINT_URL"]

    def session(self, credentials=None):
        """A boto3 session of root, or of credentials as CreateAccessKey and AssumeRole give them."""
        if credentials is None:
            return boto3.Session(
                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
                region_name=REGION,
            )
        return boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
            region_name=REGION,
        )

    def client(self, service, session=None):
        session = session or self.session()
        return session.client(service, endpoint_url=self.endpoint, config=Config(retries={"max_attempts": 2}, read_timeout=300))

    def advance(self, seconds):
        """Moves the lake's clock forward, as root."""
        self.signed("POST", "/_tarn/test/clock", f'{{"advance_seconds": {int(seconds)}}}')

    def signed(self, method, path, body=""):
        """A signed request to a path of Tarn's own; its text."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method, self.endpoint + path, data=body.encode(), headers={"Content-Type": "application/json"})
        SigV4Auth(self.session().get_credentials(), "tarn", REGION).add_auth(request)
        sent = urllib.request.Request(self.endpoint + path, data=body.encode() if body else None, headers=dict(request.headers), method=method)
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return answer.read().decode()
