"""Command lines for S3 that people already have, each as it is: put, multipart, list with pages, range, copy, presign, delete."""

import concurrent.futures
import os
import re
import urllib.request

import pytest
from conftest import Tarn

LARGE = 20 << 20  # More than one part for each of them.
CROWD = 1_100  # Keys: more than one page.


@pytest.fixture(scope="module")
def tarn(tmp_path_factory):
    """A server whose clock no test moves: s5cmd leaves out of its lists what is newer than the machine's clock says."""
    server = Tarn(tmp_path_factory.mktemp("tools") / "data").start()
    yield server
    server.stop()


@pytest.fixture
def large(tmp_path):
    content = os.urandom(1 << 20) * (LARGE >> 20)
    (tmp_path / "large").write_bytes(content)
    return content


@pytest.fixture
def folder(tmp_path):
    """{relative name: content} of a small tree with awkward names, laid under source/."""
    files = {"1.txt": b"one", "b/2 spaces.txt": b"two", "b/c/ä+%41&=.txt": b"three", "empty": b""}
    for name, content in files.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return files


def tree(path):
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def fetched(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def is_multipart(s3, bucket, key):
    return "-" in s3.head_object(Bucket=bucket, Key=key)["ETag"]


@pytest.fixture(scope="module")
def crowd(tarn):
    """A bucket whose list of many/ has more than one page. Tests share it and leave it as it is."""
    bucket, s3 = tarn.new_bucket(), tarn.client("s3")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: s3.put_object(Bucket=bucket, Key=f"many/{number:05}", Body=b""), range(CROWD)))
    s3.put_object(Bucket=bucket, Key="other/1", Body=b"")
    return bucket


# --- s3cmd


@pytest.fixture
def s3cmd(tool, tarn, tmp_path):
    host = tarn.endpoint.removeprefix("http://")
    access_key_id, secret = tarn.root
    (tmp_path / "s3cfg").write_text(
        f"[default]\naccess_key = {access_key_id}\nsecret_key = {secret}\nhost_base = {host}\nhost_bucket = {host}\n"
        "use_https = False\nmultipart_chunk_size_mb = 5\n"
    )
    return lambda *arguments, **more: tool("s3tools", "s3cmd", "--config", "s3cfg", "--no-progress", *arguments, **more)


def test_s3cmd(s3cmd, tarn, s3, large, folder, crowd, tmp_path):
    bucket = "s3cmd-" + os.urandom(6).hex()
    s3cmd("mb", f"s3://{bucket}")
    s3cmd("put", "large", f"s3://{bucket}/large", "--storage-class", "STANDARD_IA", "--add-header=x-amz-meta-who:me")
    assert is_multipart(s3, bucket, "large")
    told = s3cmd("info", f"s3://{bucket}/large")
    assert "STANDARD_IA" in told and str(LARGE) in told and "x-amz-meta-who: me" in told
    s3cmd("get", f"s3://{bucket}/large", "back")
    assert (tmp_path / "back").read_bytes() == large
    (tmp_path / "part").write_bytes(large[:1000])
    s3cmd("get", "--continue", f"s3://{bucket}/large", "part")  # The rest, by a range.
    assert (tmp_path / "part").read_bytes() == large
    s3cmd("cp", f"s3://{bucket}/large", f"s3://{bucket}/copy of it")
    s3cmd("mv", f"s3://{bucket}/copy of it", f"s3://{bucket}/moved")
    assert fetched(s3cmd("signurl", f"s3://{bucket}/moved", "+600").strip()) == large
    s3cmd("sync", "source/", f"s3://{bucket}/tree/")
    assert s3cmd("sync", "source/", f"s3://{bucket}/tree/").strip() == ""
    s3cmd("sync", f"s3://{bucket}/tree/", "got/")
    assert tree(tmp_path / "got") == folder
    assert len(s3cmd("ls", f"s3://{crowd}/many/").splitlines()) == CROWD
    assert re.search(r"DIR\s+s3://\S+/tree/", s3cmd("ls", f"s3://{bucket}"))
    assert s3cmd("du", f"s3://{bucket}/tree/").split()[0] == str(sum(map(len, folder.values())))
    assert "404" in s3cmd("info", f"s3://{bucket}/nothing", refused=True)
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}")
    s3cmd("rb", f"s3://{bucket}")
    assert bucket not in s3cmd("ls")


# --- rclone


@pytest.fixture
def rclone(tool, tarn, tmp_path):
    access_key_id, secret = tarn.root
    (tmp_path / "rclone.conf").write_text(
        f"[lake]\ntype = s3\nprovider = Other\nendpoint = {tarn.endpoint}\nregion = us-east-1\n"
        f"access_key_id = {access_key_id}\nsecret_access_key = {secret}\nupload_cutoff = 6Mi\nchunk_size = 5Mi\n"
        "force_path_style = true\n"
    )
    return lambda *arguments, **more: tool("s3tools", "rclone", "--config", "rclone.conf", *arguments, **more)


def test_rclone(rclone, tarn, s3, large, folder, crowd, tmp_path):
    bucket = "rclone-" + os.urandom(6).hex()
    rclone("mkdir", f"lake:{bucket}")
    rclone("copyto", "large", f"lake:{bucket}/large")
    assert is_multipart(s3, bucket, "large")
    rclone("copyto", f"lake:{bucket}/large", "back")
    assert (tmp_path / "back").read_bytes() == large
    rclone("copyto", f"lake:{bucket}/large", f"lake:{bucket}/copied")
    assert fetched(rclone("link", f"lake:{bucket}/copied").strip()) == large
    rclone("sync", "source", f"lake:{bucket}/tree")
    rclone("check", "source", f"lake:{bucket}/tree", "--download")
    rclone("sync", f"lake:{bucket}/tree", "got")
    assert tree(tmp_path / "got") == folder
    (tmp_path / "source/1.txt").unlink()
    (tmp_path / "source/new").write_bytes(b"new")
    rclone("sync", "source", f"lake:{bucket}/tree")
    rclone("sync", f"lake:{bucket}/tree", "got")
    assert tree(tmp_path / "got") == tree(tmp_path / "source")
    assert len(rclone("lsf", f"lake:{crowd}/many").splitlines()) == CROWD
    assert rclone("lsf", f"lake:{crowd}").split() == ["many/", "other/"]
    assert rclone("lsf", f"lake:{bucket}").split() == ["copied", "large", "tree/"]
    rclone("copyto", "--s3-storage-class", "STANDARD_IA", "source/new", f"lake:{bucket}/cold")
    assert s3.head_object(Bucket=bucket, Key="cold")["StorageClass"] == "STANDARD_IA"
    rclone("moveto", f"lake:{bucket}/copied", f"lake:{bucket}/moved")
    assert '"count":7' in rclone("size", "--json", f"lake:{bucket}").replace(" ", "")
    rclone("rcat", f"lake:{bucket}/piped", stdin="from a pipe")
    assert rclone("cat", f"lake:{bucket}/piped") == "from a pipe"
    assert rclone("cat", "--offset", "5", "--count", "3", f"lake:{bucket}/piped") == "a p"
    rclone("purge", f"lake:{bucket}")
    assert bucket not in rclone("lsd", "lake:")


# --- s5cmd


def test_s5cmd(tool, tarn, s3, large, folder, crowd, tmp_path):
    def s5cmd(*arguments, **more):
        return tool("s3tools", "s5cmd", *arguments, settings={"S3_ENDPOINT_URL": tarn.endpoint}, **more)

    bucket = "s5cmd-" + os.urandom(6).hex()
    s5cmd("mb", f"s3://{bucket}")
    s5cmd("cp", "--part-size", "5", "--storage-class", "STANDARD_IA", "large", f"s3://{bucket}/large")
    assert is_multipart(s3, bucket, "large")
    s5cmd("cp", "--part-size", "5", f"s3://{bucket}/large", "back")  # By ranges, several at once.
    assert (tmp_path / "back").read_bytes() == large
    s5cmd("cp", f"s3://{bucket}/large", f"s3://{bucket}/copied")
    assert fetched(s5cmd("presign", f"s3://{bucket}/copied").strip()) == large
    s5cmd("sync", "source/", f"s3://{bucket}/tree/")
    assert s5cmd("sync", "source/", f"s3://{bucket}/tree/") == ""
    s5cmd("sync", f"s3://{bucket}/tree/*", "got/")
    assert tree(tmp_path / "got") == folder
    assert len(s5cmd("ls", f"s3://{crowd}/many/*").splitlines()) == CROWD
    assert s5cmd("du", f"s3://{bucket}/tree/*").split()[0] == str(sum(map(len, folder.values())))
    s5cmd("mv", f"s3://{bucket}/copied", f"s3://{bucket}/moved")
    s5cmd("pipe", f"s3://{bucket}/piped", stdin="from a pipe")
    assert s5cmd("cat", f"s3://{bucket}/piped") == "from a pipe"
    assert '"size":20971520' in s5cmd("--json", "head", f"s3://{bucket}/moved").replace(" ", "")
    assert s5cmd("run", stdin=f"rm s3://{bucket}/piped\nrm s3://{bucket}/moved\n")
    s5cmd("rm", f"s3://{bucket}/*")
    s5cmd("rb", f"s3://{bucket}")
    assert bucket not in s5cmd("ls")
