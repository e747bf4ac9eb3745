"""A Tarn server for the tests of real clients: one for the session, on a random port, in a fresh data folder."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import uuid

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TARN_BINARY", str(ROOT / "build/dev/tarn"))
REGION = "us-east-1"
HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = pathlib.Path(os.environ.get("TARN_DEPS_DIR", pathlib.Path.home() / ".cache/tarn")) / "clients"

# The tests in with_NAME/ and slow/with_NAME/ import a client that lives in an environment of its own (scripts/client-environments),
# and are run by that environment's Python; everything else is run by the Python that has boto3's newest release.
collect_ignore = [str(each) for each in HERE.rglob("with_*") if each.name != "with_" + pathlib.Path(sys.prefix).name]
if not os.environ.get("TARN_SLOW_CLIENTS"):
    collect_ignore.append("slow")


class Tarn:
    """A running server, and clients for it. `options` go to `tarn serve`; `environment` is added to the process's."""

    def __init__(self, data_dir, options=(), environment=None):
        self.data_dir = str(data_dir)
        self.options = list(options)
        self.environment = environment or {}
        self.process = None
        self.endpoint = None
        self.root = None

    def start(self):
        command = [BINARY, "serve", "--data-dir", self.data_dir, "--listen", "127.0.0.1:0", *self.options]
        self.log = open(self.data_dir + ".log", "ab")
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env={**clean_environment(), **self.environment}
        )
        deadline = time.monotonic() + 30
        while True:
            shown = subprocess.run(
                [BINARY, "env", "--data-dir", self.data_dir], capture_output=True, text=True, check=False
            )
            if shown.returncode == 0:
                break
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("tarn did not start:\n" + self.log_text())
            time.sleep(0.02)
        exported = dict(re.findall(r"export (\w+)='([^']*)'", shown.stdout))
        self.endpoint = exported["AWS_ENDPOINT_URL"]
        self.root = (exported["AWS_ACCESS_KEY_ID"], exported["AWS_SECRET_ACCESS_KEY"])
        self.exported = exported
        return self

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=15)

    def kill(self):
        """SIGKILL: nothing acknowledged may be lost."""
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.start()
        return self

    def log_text(self):
        return pathlib.Path(self.data_dir + ".log").read_text(errors="replace")

    def client(self, service, key=None, token=None, region=REGION, **config):
        """A boto3 client; of root unless `key` is an (access key id, secret) pair. `config` is botocore's Config."""
        access_key_id, secret = key or self.root
        settings = {"retries": {"max_attempts": 1}, **config}
        if service == "s3":
            settings.setdefault("s3", {"addressing_style": "path"})
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=region,
            verify=False,
            config=Config(**settings),
        )

    def environment_for(self, key=None, token=None):
        """Variables that point command-line tools at this server."""
        access_key_id, secret = key or self.root
        environment = {
            **clean_environment(),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if token:
            environment["AWS_SESSION_TOKEN"] = token
        return environment

    def new_user(self, *statements):
        """The key of a new IAM user who may do what the policy statements say."""
        iam = self.client("iam")
        name = "user-" + uuid.uuid4().hex[:12]
        iam.create_user(UserName=name)
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(document))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def new_role(self, trusted, *statements):
        """The ARN of a new role. `trusted` is a trust policy's Principal, such as {"Service": "glue.amazonaws.com"}."""
        iam = self.client("iam")
        name = "role-" + uuid.uuid4().hex[:12]
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}],
        }
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(document))
        return arn

    def new_bucket(self):
        name = "bucket-" + uuid.uuid4().hex[:16]
        self.client("s3").create_bucket(Bucket=name)
        return name

    def new_account(self, name="second"):
        """Another account's root key and id."""
        made = subprocess.run(
            [BINARY, "account", "create", name, "--data-dir", self.data_dir], capture_output=True, text=True, check=True
        )
        account = json.loads(made.stdout)
        return (account["AccessKeyId"], account["SecretAccessKey"]), account["AccountId"]

    def advance(self, seconds):
        """Moves the lake's clock."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from botocore.httpsession import URLLib3Session

        body = json.dumps({"advance_seconds": seconds})
        request = AWSRequest("POST", self.endpoint + "/_tarn/test/clock", data=body)
        SigV4Auth(Credentials(*self.root), "tarn", REGION).add_auth(request)
        answer = URLLib3Session(verify=not self.endpoint.startswith("https:")).send(request.prepare())
        assert answer.status_code == 200, answer.text
        return answer


def clean_environment():
    """The process's, without what would point a client elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TARN_"))}


@pytest.fixture(scope="session")
def tarn():
    """The session's server. Tests share it, so they make buckets, users and tables of their own."""
    with tempfile.TemporaryDirectory(prefix="tarn-clients-") as folder:
        server = Tarn(folder + "/data", ["--test-clock"]).start()
        yield server
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def own_tarn(tmp_path):
    """Makes servers of a test's own: own_tarn("--relaxed"); each in its own folder."""
    made = []

    def start(*options, **environment):
        server = Tarn(tmp_path / f"data{len(made)}", options, environment)
        made.append(server)
        return server.start()

    yield start
    for server in made:
        if server.process and server.process.poll() is None:
            server.kill()


@pytest.fixture
def tool(tarn, tmp_path):
    """Runs installed command-line clients as root, in a folder of the test's own: tool("awscli2", "aws", "s3", "ls").

    Gives what the program printed. It must succeed unless `refused`: then it must fail, and what it said of it comes back.
    """

    def run(environment, program, *arguments, refused=False, stdin=None, settings=None, timeout=120):
        path = CLIENTS / environment / "bin" / program
        if not path.exists():
            pytest.skip(f"{path} is not installed: run scripts/client-environments")
        ran = subprocess.run(
            [path, *map(str, arguments)],
            env={**tarn.environment_for(), "HOME": str(tmp_path), **(settings or {})},
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if refused:
            assert ran.returncode != 0, ran.stdout
            return ran.stderr
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return ran.stdout

    return run


@pytest.fixture
def s3(tarn):
    return tarn.client("s3")


@pytest.fixture
def bucket(tarn):
    return tarn.new_bucket()
