"""Programs that keep files of their own making in S3, and check them by what they wrote: restic, DVC."""

import os
import shutil

import pytest

from s3_help import keys


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    for number in range(200):
        (folder / f"deep/{number} ä.txt").write_text(str(number))
    (folder / "large").write_bytes(os.urandom(20 << 20))
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_restic(tool, tarn, bucket, files, tmp_path, s3):
    settings = {"RESTIC_REPOSITORY": f"s3:{tarn.endpoint}/{bucket}/backups", "RESTIC_PASSWORD": "secret"}

    def restic(*arguments):
        return tool("restic", "restic", *arguments, settings=settings)

    restic("init")
    restic("backup", "files")
    (files / "deep/0 ä.txt").write_text("changed")
    restic("backup", "files")
    assert "2 snapshots" in restic("snapshots", "--compact")
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    restored = next(each for each in (tmp_path / "back").rglob("files") if each.is_dir())
    assert contents(restored) == contents(files)
    restic("forget", "--keep-last", "1", "--prune")
    restic("check", "--read-data")
    assert "1 snapshots" in restic("snapshots", "--compact")
    # Its locks are objects, which it takes away.
    assert not keys(s3.list_objects_v2(Bucket=bucket, Prefix="backups/locks/"))


def test_dvc(tool, tarn, bucket, files, tmp_path, s3):
    settings = {"PATH": os.environ["PATH"], "DVC_NO_ANALYTICS": "1"}

    def dvc(*arguments):
        return tool("dvc", "dvc", *arguments, settings=settings, timeout=300)

    was = contents(files)
    dvc("init", "--no-scm", "-q")
    dvc("remote", "add", "-d", "lake", f"s3://{bucket}/dvc")
    dvc("remote", "modify", "lake", "endpointurl", tarn.endpoint)
    dvc("add", "-q", "files")
    dvc("push", "-q")
    # By their MD5: one object a content, and one that lists the folder.
    assert len(keys(s3.list_objects_v2(Bucket=bucket, Prefix="dvc/files/md5/"))) == len(set(was.values())) + 1
    shutil.rmtree(files)
    shutil.rmtree(tmp_path / ".dvc/cache")
    dvc("pull", "-q")
    assert contents(files) == was
    assert "in sync" in dvc("status", "--cloud")
