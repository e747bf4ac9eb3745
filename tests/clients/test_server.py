"""The server itself, as a user meets it: start, keys, signatures, signals, health."""

import datetime
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from conftest import BINARY


def get(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def code_of(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return caught.value.response["Error"]["Code"]


def test_first_start_makes_a_key_and_shows_it_once(own_tarn):
    server = own_tarn()
    key_id, secret = server.root
    assert key_id.startswith("AKIA") and len(secret) == 40
    assert secret in server.log_text()
    mode = stat.S_IMODE(os.stat(server.data_dir + "/root-key.json").st_mode)
    assert mode == 0o600
    assert server.stop() == 0
    os.truncate(server.data_dir + ".log", 0)
    server.restart()
    assert server.root == (key_id, secret)
    assert secret not in server.log_text()
    arn = server.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith(":root")


def test_the_first_root_key_can_be_given(own_tarn):
    server = own_tarn(TARN_ROOT_ACCESS_KEY_ID="AKIAGIVENGIVENGIVEN1", TARN_ROOT_SECRET_ACCESS_KEY="s" * 40)
    assert server.root == ("AKIAGIVENGIVENGIVEN1", "s" * 40)
    assert server.client("sts").get_caller_identity()["Account"]


def test_accounts_are_apart(tarn):
    key, account = tarn.new_account("another")
    assert tarn.client("sts", key).get_caller_identity()["Account"] == account
    assert tarn.client("sts").get_caller_identity()["Account"] != account


def test_accounts_are_listed_and_have_names_of_their_own(tarn):
    name = "named-" + uuid.uuid4().hex[:8]
    _, account = tarn.new_account(name)
    command = [BINARY, "account", "create", name, "--data-dir", tarn.data_dir]
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1 and f"An account named {name} exists already." in again.stderr
    listed = subprocess.run(
        [BINARY, "account", "list", "--data-dir", tarn.data_dir], capture_output=True, text=True, check=True
    )
    accounts = {each["DisplayName"]: each for each in json.loads(listed.stdout)["Accounts"]}
    assert accounts[name]["AccountId"] == account and "default" in accounts
    assert "Secret" not in listed.stdout


def test_one_server_a_folder(tarn):
    second = subprocess.run(
        [BINARY, "serve", "--data-dir", tarn.data_dir, "--listen", "127.0.0.1:0"], capture_output=True, text=True
    )
    assert second.returncode == 1
    assert "another server runs on" in second.stderr


def test_commands_need_a_running_server(tmp_path):
    shown = subprocess.run([BINARY, "env", "--data-dir", str(tmp_path)], capture_output=True, text=True)
    assert shown.returncode == 1 and "no server runs on" in shown.stderr and shown.stdout == ""


def test_env_is_for_a_shell(tarn):
    shown = subprocess.run([BINARY, "env", "--data-dir", tarn.data_dir], capture_output=True, text=True)
    script = shown.stdout + 'echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID"'
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True).stdout
    assert told.split() == [tarn.endpoint, tarn.root[0]]


def test_health_and_metrics(tarn):
    assert get(tarn.endpoint + "/_tarn/health/live")[0] == 200
    status, text = get(tarn.endpoint + "/_tarn/health/ready")
    assert status == 200 and json.loads(text)["test_clock"] is True
    status, text = get(tarn.endpoint + "/_tarn/metrics")
    assert status == 200 and "\ntarn_http_requests_total " in text
    assert get(tarn.endpoint + "/_tarn/nothing")[0] == 404


def test_only_root_moves_the_clock_and_only_where_it_is_allowed(own_tarn):
    server = own_tarn("--test-clock")
    before = json.loads(get(server.endpoint + "/_tarn/health/live")[1])["lake_time"]
    answer = json.loads(server.advance(86400).text)
    assert answer["lake_advanced_seconds"] == 86400
    moved = datetime.datetime.fromisoformat(answer["lake_time"]) - datetime.datetime.fromisoformat(before)
    assert 0 <= moved.total_seconds() - 86400 < 60
    with pytest.raises(AssertionError):
        server.advance(-1)
    request = urllib.request.Request(server.endpoint + "/_tarn/test/clock", b'{"advance_seconds": 1}', method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    plain = own_tarn()
    with pytest.raises(AssertionError, match="404|NotFound"):
        plain.advance(1)


def test_signatures_that_are_wrong(tarn):
    key_id, secret = tarn.root
    assert code_of(tarn.client("sts", (key_id, secret[:-1] + "?")).get_caller_identity) == "SignatureDoesNotMatch"
    assert code_of(tarn.client("sts", ("AKIANOBODYNOBODYNOBO", secret)).get_caller_identity) == "InvalidClientTokenId"
    assert code_of(tarn.client("sts", token="nonsense").get_caller_identity) == "InvalidClientTokenId"


def exchange(server, text, timeout=10):
    host, port = server.endpoint.split("//")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as connection:
        connection.sendall(text)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


@pytest.mark.parametrize(
    "text, status",
    [
        (b"GET / HTTP/1.1\nHost: h\n\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        (b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"A: b\r\n" * 300 + b"\r\n", 431),
        (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    ],
)
def test_malformed_requests_are_answered_as_s3_does(tarn, text, status):
    answer = exchange(tarn, text)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"<Code>" in answer and b"Connection: close" in answer
    assert get(tarn.endpoint + "/_tarn/health/live")[0] == 200


def test_noise_does_not_harm(tarn):
    for size in (1, 100, 100_000):
        try:
            exchange(tarn, os.urandom(size) + b"\n\n\n", timeout=5)
        except (ConnectionError, TimeoutError):
            pass
    assert get(tarn.endpoint + "/_tarn/health/live")[0] == 200


def test_sigterm_ends_within_ten_seconds_with_clients_connected(own_tarn):
    server = own_tarn()
    host, port = server.endpoint.split("//")[1].split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(20)]
    half = socket.create_connection((host, int(port)))
    half.sendall(b"GET /_tarn/health/live HT")
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 10
    for connection in [*idle, half]:
        connection.close()


def test_tls(own_tarn):
    server = own_tarn("--tls")
    assert server.endpoint.startswith("https://")
    assert server.client("sts").get_caller_identity()["Account"]
    host, port = server.endpoint.split("//")[1].split(":")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain) as secure:
        assert secure.version() == "TLSv1.3"
    # `tarn env` names the certificate, so that clients verify it without more ado; a restart keeps it.
    bundle = server.exported["AWS_CA_BUNDLE"]
    with socket.create_connection((host, int(port))) as plain:
        with ssl.create_default_context(cafile=bundle).wrap_socket(plain, server_hostname=host) as secure:
            first = secure.getpeercert(binary_form=True)
    assert server.stop() == 0
    server.restart()
    host, port = server.endpoint.split("//")[1].split(":")
    with socket.create_connection((host, int(port))) as plain:
        with ssl.create_default_context(cafile=bundle).wrap_socket(plain, server_hostname=host) as secure:
            assert secure.getpeercert(binary_form=True) == first


def test_options_come_from_file_and_environment(own_tarn, tmp_path):
    config = tmp_path / "tarn.toml"
    config.write_text("region = 'eu-central-1'\n")
    server = own_tarn("--config", str(config))
    assert server.exported["AWS_REGION"] == "eu-central-1"
    assert code_of(server.client("glue", region="us-east-1").get_databases) in (
        "InvalidSignatureException",
        "UnknownOperationException",
        "NotImplemented",
    )
    other = own_tarn("--config", str(config), TARN_REGION="eu-west-1")
    assert other.exported["AWS_REGION"] == "eu-west-1"


def test_many_clients_at_once(tarn):
    def ask(_):
        return tarn.client("sts").get_caller_identity()["Account"]

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(64)))) == 1


def test_signal_interrupt_ends_too(own_tarn):
    server = own_tarn()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=10) == 0


def test_the_lakes_clock_never_goes_back(own_tarn):
    """What waits for a moved clock must not wait anew after a restart."""
    server = own_tarn("--test-clock")
    server.advance(40 * 86_400)
    server.kill()
    server.restart()
    name = "clock-" + uuid.uuid4().hex[:8]
    server.client("s3").create_bucket(Bucket=name)
    server.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    modified = server.client("s3").head_object(Bucket=name, Key="k")["LastModified"]
    assert modified.timestamp() > time.time() + 39 * 86_400
