"""What people type first: the aws command line's s3 commands, for real."""

import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

import pytest

AWS = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""))


@pytest.fixture
def aws(tarn, tmp_path):
    if not AWS:
        pytest.skip("awscli is not installed")

    def run(*arguments):
        ran = subprocess.run(
            [AWS, *arguments], env=tarn.environment_for(), cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def test_sync_there_and_back(aws, bucket, tmp_path):
    for name in ("1.txt", "b/2.txt", "b/c/ä 3.txt", "empty"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() if name != "empty" else b"")
        os.utime(path, (1_700_000_000, 1_700_000_000))  # Older than its copy will be, whose time has whole seconds.
    aws("s3", "sync", "source", f"s3://{bucket}/raw")
    assert aws("s3", "sync", "source", f"s3://{bucket}/raw") == ""  # Nothing changed, nothing is sent.
    assert "Total Objects: 4" in aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}/raw/")
    assert len(aws("s3", "ls", "--recursive", "--page-size", "1", f"s3://{bucket}/raw/").splitlines()) == 4
    aws("s3", "sync", f"s3://{bucket}/raw", "back")
    for path in (tmp_path / "source").rglob("*"):
        if path.is_file():
            assert (tmp_path / "back" / path.relative_to(tmp_path / "source")).read_bytes() == path.read_bytes()
    (tmp_path / "source" / "1.txt").unlink()
    aws("s3", "sync", "--delete", "source", f"s3://{bucket}/raw")
    assert "1.txt" not in aws("s3", "ls", f"s3://{bucket}/raw/")
    aws("s3", "rm", "--recursive", f"s3://{bucket}")
    aws("s3", "rb", f"s3://{bucket}")


def test_a_large_file(aws, bucket, tmp_path):
    large = os.urandom(1 << 20) * 24
    (tmp_path / "large").write_bytes(large)
    aws("s3", "cp", "--no-progress", "large", f"s3://{bucket}/large", "--storage-class", "STANDARD_IA")
    assert '"StorageClass": "STANDARD_IA"' in aws("s3api", "head-object", "--bucket", bucket, "--key", "large")
    aws("s3", "mv", "--no-progress", f"s3://{bucket}/large", f"s3://{bucket}/moved")
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/moved", "back")
    assert (tmp_path / "back").read_bytes() == large
    assert "large" not in aws("s3", "ls", f"s3://{bucket}")
    aws("s3api", "get-object", "--bucket", bucket, "--key", "moved", "--range", "bytes=7000000-7000099", "some")
    assert (tmp_path / "some").read_bytes() == large[7_000_000:7_000_100]
    url = aws("s3", "presign", f"s3://{bucket}/moved").strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == large
