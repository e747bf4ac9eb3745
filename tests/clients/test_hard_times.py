"""What clients, disks and signals do to a server: it answers what can be answered, says what is wrong, loses nothing."""

import gzip
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session

from conftest import BINARY, REGION, Tarn, clean_environment
from s3_help import body_of
from waits import eventually


def connect(server, timeout=60):
    host, port = server.endpoint.split("//")[1].split(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def read_to_end(connection):
    answer = bytearray()  # Adding to bytes copies all of them: of 16 MiB that takes seconds.
    try:
        while piece := connection.recv(65536):
            answer += piece
    except ConnectionError:
        pass
    return bytes(answer)


def signed_target(server, operation, **parameters):
    """Path and query of a presigned URL."""
    url = urllib.parse.urlsplit(server.client("s3").generate_presigned_url(operation, Params=parameters))
    return f"{url.path}?{url.query}".encode(), url.netloc.encode()


def metric(server, name):
    text = urllib.request.urlopen(server.endpoint + "/_tarn/metrics").read().decode()
    return float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))


# ---- clients


def test_a_client_that_ends_its_side_still_gets_its_answer(tarn, s3, bucket):
    body = os.urandom(2_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    target, host = signed_target(tarn, "get_object", Bucket=bucket, Key="k")
    with connect(tarn) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        head, _, got = read_to_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and got == body


def test_pipelined_requests_are_answered_in_order(tarn, s3, bucket):
    requests = b""
    for number in range(20):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"<%d>" % number)
        target, host = signed_target(tarn, "get_object", Bucket=bucket, Key=str(number))
        last = b"Connection: close\r\n" if number == 19 else b""
        requests += b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + last + b"\r\n"
    with connect(tarn) as connection:
        connection.sendall(requests)
        answer = read_to_end(connection)
    assert re.findall(rb"<(\d+)>", answer) == [b"%d" % number for number in range(20)]


def test_a_body_shorter_than_its_length_leaves_nothing(tarn, s3, bucket):
    for size in (1_000, 200_000):
        target, host = signed_target(tarn, "put_object", Bucket=bucket, Key="cut")
        with connect(tarn) as connection:
            head = b"PUT " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: %d\r\n\r\n" % (size + 1)
            connection.sendall(head + b"x" * size)
            connection.shutdown(socket.SHUT_WR)
            answer = read_to_end(connection)
        assert answer.startswith(b"HTTP/1.1 400") and b"<Code>IncompleteBody</Code>" in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_what_follows_a_body_is_no_part_of_it(tarn, s3, bucket):
    target, host = signed_target(tarn, "put_object", Bucket=bucket, Key="k")
    with connect(tarn) as connection:
        head = b"PUT " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 3\r\n\r\n"
        connection.sendall(head + b"abcdef nonsense\r\n\r\n")
        answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 400" in answer
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == b"abc"


def test_ten_thousand_headers(tarn):
    with connect(tarn) as connection:
        lines = b"".join(b"x-%d: y\r\n" % number for number in range(10_000))
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n" + lines + b"\r\n")
        except ConnectionError:
            pass
        assert read_to_end(connection).startswith(b"HTTP/1.1 431")


def call_json(server, service, target, body, headers):
    request = AWSRequest("POST", server.endpoint + "/", data=body, headers={"X-Amz-Target": target, **headers})
    SigV4Auth(Credentials(*server.root), service, REGION).add_auth(request)
    return URLLib3Session().send(request.prepare())


def test_bodies_may_be_gzip(tarn):
    headers = {"Content-Type": "application/x-amz-json-1.1", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"MaxResults": 1}).encode())
    answer = call_json(tarn, "glue", "AWSGlue.GetDatabases", body, headers)
    assert answer.status_code == 200 and "DatabaseList" in json.loads(answer.text)
    answer = call_json(tarn, "glue", "AWSGlue.GetDatabases", b"not gzip at all", headers)
    assert answer.status_code == 400 and json.loads(answer.text)["__type"] == "SerializationException"
    answer = call_json(tarn, "glue", "AWSGlue.GetDatabases", gzip.compress(b" " * (64 << 20)), headers)
    assert answer.status_code == 413


# ---- TLS


def make_certificate(folder, name):
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_a_given_certificate_is_the_one_that_is_shown(own_tarn, tmp_path):
    certificate, key = make_certificate(tmp_path, "good")
    server = own_tarn("--tls-certificate", str(certificate), "--tls-key", str(key))
    context = ssl.create_default_context(cafile=str(certificate))
    with urllib.request.urlopen(server.endpoint + "/_tarn/health/live", context=context) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(server.endpoint + "/_tarn/health/live", context=ssl.create_default_context())
    # Noise instead of a handshake ends that connection only.
    with connect(server) as connection:
        connection.sendall(os.urandom(1000))
        read_to_end(connection)
    with urllib.request.urlopen(server.endpoint + "/_tarn/health/live", context=context) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("fault", ["missing", "garbage", "another's key"])
def test_a_bad_certificate_is_named_at_the_start(tmp_path, fault):
    certificate, key = make_certificate(tmp_path, "one")
    if fault == "missing":
        certificate = tmp_path / "nowhere.pem"
    elif fault == "garbage":
        certificate.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    else:
        key = make_certificate(tmp_path, "two")[1]
    options = ["--listen", "127.0.0.1:0", "--tls-certificate", str(certificate), "--tls-key", str(key)]
    ended = subprocess.run(
        [BINARY, "serve", "--data-dir", str(tmp_path / "data"), *options],
        capture_output=True,
        text=True,
        timeout=30,
        env=clean_environment(),
        check=False,
    )
    assert ended.returncode != 0
    assert certificate.name in ended.stderr, ended.stderr


# ---- the end


def test_a_stop_lets_a_reader_finish_and_cuts_who_does_not_read(own_tarn):
    server = own_tarn()
    bucket = server.new_bucket()
    body = os.urandom(16 << 20)
    server.client("s3").put_object(Bucket=bucket, Key="k", Body=body)
    target, host = signed_target(server, "get_object", Bucket=bucket, Key="k")
    request = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    with connect(server) as reader, connect(server) as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        for connection in (reader, sleeper):
            connection.sendall(request)
        first = reader.recv(1000)
        sleeper.recv(10)
        begun = time.monotonic()
        code = []
        stopping = threading.Thread(target=lambda: code.append(server.stop()))
        stopping.start()
        time.sleep(0.2)
        assert (first + read_to_end(reader)).partition(b"\r\n\r\n")[2] == body
        stopping.join()
    assert code == [0] and time.monotonic() - begun < 10


# ---- disks


def blob_files(server):
    return [path for path in pathlib.Path(server.data_dir, "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("at_rest", ["plain", "sealed"])
def test_a_flipped_byte_is_never_served_and_is_found(own_tarn, at_rest):
    server = own_tarn("--scrub-rate", "1000", "--at-rest", at_rest)
    bucket = server.new_bucket()
    body = os.urandom(300_000)
    server.client("s3").put_object(Bucket=bucket, Key="damaged", Body=body)
    assert server.stop() == 0
    (path,) = blob_files(server)
    stored = bytearray(path.read_bytes())
    stored[200_200] ^= 1  # Behind the header: in the fourth piece of 64 KiB, sealed or not.
    path.write_bytes(stored)

    # The scrubber's first round was over before; the next is for tomorrow. Reading finds it at once.
    server.restart()
    s3 = server.client("s3", retries={"max_attempts": 0})
    got = b""
    with pytest.raises((BotoCoreError, ClientError, ConnectionError, OSError)):
        answer = s3.get_object(Bucket=bucket, Key="damaged")
        for piece in answer["Body"].iter_chunks(10_000):
            got += piece
    assert body.startswith(got) and len(got) <= 3 << 16, "bytes that are not the object's"
    ranged = s3.get_object(Bucket=bucket, Key="damaged", Range="bytes=0-9999")
    assert body_of(ranged) == body[:10_000], "what is whole can be read"
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="damaged", Range="bytes=200000-200010")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "is damaged" in server.log_text()


@pytest.mark.parametrize("at_rest", ["plain", "sealed"])
def test_the_scrubber_finds_damage_that_nobody_reads(own_tarn, at_rest):
    server = own_tarn("--scrub-rate", "0", "--at-rest", at_rest)
    bucket = server.new_bucket()
    s3 = server.client("s3")
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(100_000))
    assert server.stop() == 0
    victim = blob_files(server)[0]
    stored = bytearray(victim.read_bytes())
    stored[50_000] ^= 0x80
    victim.write_bytes(stored)
    server.options = ["--scrub-rate", "1000", "--at-rest", at_rest]
    server.restart()
    eventually(lambda: metric(server, "tarn_scrubbed_blobs_total") >= 3)
    assert metric(server, "tarn_scrubbed_blobs_total") == 3
    assert metric(server, "tarn_damaged_blobs") == 1
    assert '"message":"an object\'s bytes are damaged"' in server.log_text()


@pytest.mark.parametrize("at_rest", ["plain", "sealed"])
def test_a_flipped_byte_in_a_row_is_never_served_and_is_found(own_tarn, at_rest):
    server = own_tarn("--scrub-rate", "0", "--at-rest", at_rest)
    bucket = server.new_bucket()
    s3 = server.client("s3")
    bodies = {f"k{number}": os.urandom(30_000) for number in range(10)}
    for key, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.put_object(Bucket=bucket, Key="large", Body=os.urandom(40_000))
    assert server.stop() == 0
    # Most of the only table of that size are the bytes, in a block each.
    tables = [(path, bytearray(path.read_bytes())) for path in pathlib.Path(server.data_dir, "meta").glob("*.sst")]
    ((path, stored),) = [(path, stored) for path, stored in tables if len(stored) > 300_000]
    stored[len(stored) // 2] ^= 1
    path.write_bytes(stored)

    server.options = ["--scrub-rate", "1000", "--at-rest", at_rest]
    server.restart()
    eventually(lambda: metric(server, "tarn_scrubbed_blobs_total") >= 1)
    assert metric(server, "tarn_damaged_blobs") == 1
    assert '"message":"an object\'s bytes are damaged"' in server.log_text()
    s3, refused = server.client("s3", retries={"max_attempts": 0}), []
    for key, body in bodies.items():
        try:
            assert body_of(s3.get_object(Bucket=bucket, Key=key)) == body
        except (BotoCoreError, ClientError):
            refused.append(key)
    assert len(refused) == 1


@pytest.mark.parametrize("at_rest", ["plain", "sealed"])
def test_clients_that_lie_about_lengths_leave_nothing(own_tarn, at_rest):
    """Bodies and parts that end early, by signature forms, with the connection closed or only half closed."""
    server = own_tarn("--at-rest", at_rest)
    bucket, s3 = server.new_bucket(), server.client("s3")
    s3.put_object(Bucket=bucket, Key="before", Body=b"x" * 100_000)
    files = len(blob_files(server))
    upload = s3.create_multipart_upload(Bucket=bucket, Key="u")["UploadId"]
    for size in (1, 30_000, 1_000_000):
        for operation, more in (("put_object", {}), ("upload_part", {"UploadId": upload, "PartNumber": 1})):
            target, host = signed_target(server, operation, Bucket=bucket, Key="u", **more)
            for half_closed in (True, False):
                with connect(server) as connection:
                    head = b"PUT " + target + b" HTTP/1.1\r\nHost: " + host
                    connection.sendall(head + b"\r\nContent-Length: %d\r\n\r\n" % (size * 2) + b"x" * size)
                    if half_closed:
                        connection.shutdown(socket.SHUT_WR)
                        assert b"<Code>IncompleteBody</Code>" in read_to_end(connection)
    # Chunks whose sizes are not those that were said.
    target, host = signed_target(server, "put_object", Bucket=bucket, Key="u")
    with connect(server) as connection:
        head = b"PUT " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"10\r\nabc\r\n0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert read_to_end(connection).startswith(b"HTTP/1.1 4")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="u", UploadId=upload)
    eventually(lambda: len(blob_files(server)) == files)


@pytest.mark.parametrize("at_rest", ["plain", "sealed"])
def test_slow_clients_are_served_whole_and_hold_little(own_tarn, at_rest):
    """Who reads and writes slowly costs the server a buffer, and keeps nobody waiting."""
    server = own_tarn("--at-rest", at_rest)
    bucket, s3 = server.new_bucket(), server.client("s3")
    body = os.urandom(16 << 20)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    target, host = signed_target(server, "get_object", Bucket=bucket, Key="k")
    before = resident_bytes(server)
    readers = [connect(server) for _ in range(32)]
    for reader in readers:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        reader.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        assert reader.recv(10)
    target, host = signed_target(server, "put_object", Bucket=bucket, Key="slow")
    writer = connect(server)
    writer.sendall(b"PUT " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 300000\r\n\r\n")
    for number in range(30):
        writer.sendall(bytes([number]) * 10_000)
        time.sleep(0.05)
        began = time.monotonic()
        s3.head_object(Bucket=bucket, Key="k")
        assert time.monotonic() - began < 30
    assert b" 200 " in writer.recv(1000)
    assert body_of(s3.get_object(Bucket=bucket, Key="slow")) == b"".join(bytes([n]) * 10_000 for n in range(30))
    assert resident_bytes(server) - before < 64 << 20, "32 readers of 16 MiB are held in memory"
    readers[0].settimeout(120)
    assert read_to_end(readers[0]).endswith(body[-1000:])
    for connection in [*readers, writer]:
        connection.close()


def resident_bytes(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) << 10
