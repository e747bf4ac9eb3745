"""mc, MinIO's command line, against what is not MinIO."""

import os
import urllib.request

import pytest


@pytest.fixture
def mc(tool, tarn, tmp_path):
    access_key_id, secret = tarn.root
    host = tarn.endpoint.removeprefix("http://")
    settings = {"MC_HOST_lake": f"http://{access_key_id}:{secret}@{host}"}
    return lambda *arguments, **more: tool("mc", "mc", "--config-dir", tmp_path / "mc", "--quiet", *arguments, settings=settings, **more)


def test_mc(mc, s3, tmp_path):
    bucket = "mc-" + os.urandom(6).hex()
    large = os.urandom(1 << 20) * 40
    (tmp_path / "large").write_bytes(large)
    mc("mb", f"lake/{bucket}")
    mc("cp", "large", f"lake/{bucket}/large")
    assert "-" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    mc("cp", f"lake/{bucket}/large", "back")
    assert (tmp_path / "back").read_bytes() == large
    mc("cp", "--attr", "who=me", "--storage-class", "STANDARD_IA", f"lake/{bucket}/large", f"lake/{bucket}/copied")
    told = s3.head_object(Bucket=bucket, Key="copied")
    assert (told["StorageClass"], told["Metadata"].get("who")) == ("STANDARD_IA", "me")
    for name in ("1.txt", "b/2 spaces.txt", "b/c/ä+%41&=.txt"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    mc("mirror", "source", f"lake/{bucket}/tree")
    mc("mirror", f"lake/{bucket}/tree", "got")
    assert (tmp_path / "got/b/c/ä+%41&=.txt").read_text() == "b/c/ä+%41&=.txt"
    mc("mirror", "--overwrite", "--remove", "source/b", f"lake/{bucket}/tree")
    assert [line.split()[-1] for line in mc("ls", "--recursive", f"lake/{bucket}/tree").splitlines()][-1].endswith(".txt")
    for number in range(1_020):
        s3.put_object(Bucket=bucket, Key=f"many/{number:04}", Body=b"")
    assert len(mc("ls", f"lake/{bucket}/many/").splitlines()) == 1_020
    url = mc("share", "download", "--expire", "10m", f"lake/{bucket}/large").split("Share: ")[1].strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == large
    mc("pipe", f"lake/{bucket}/piped", stdin="from a pipe")
    assert mc("cat", f"lake/{bucket}/piped") == "from a pipe"
    assert mc("cat", "--offset", "5", f"lake/{bucket}/piped") == "a pipe"
    assert "Size      : 40 MiB" in mc("stat", f"lake/{bucket}/large")
    mc("tag", "set", f"lake/{bucket}/piped", "team=lake")
    assert "lake" in mc("tag", "list", f"lake/{bucket}/piped")
    mc("version", "enable", f"lake/{bucket}")
    mc("rm", f"lake/{bucket}/piped")
    assert len(mc("ls", "--versions", f"lake/{bucket}/piped").splitlines()) == 2
    mc("rb", "--force", f"lake/{bucket}")
    assert bucket not in mc("ls", "lake")
