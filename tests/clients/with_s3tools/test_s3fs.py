"""s3fs, the file system beneath pandas, Dask and many others."""

import os
import urllib.request

import pytest
import s3fs

LARGE = os.urandom(1 << 20) * 12


@pytest.fixture
def files(tarn):
    access_key_id, secret = tarn.root
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(key=access_key_id, secret=secret, endpoint_url=tarn.endpoint)


def test_reads_and_writes(files, bucket, s3):
    with files.open(f"{bucket}/folder/ä +%41.txt", "wb") as out:
        out.write(b"hello ")
        out.write(b"there")
    assert files.cat(f"{bucket}/folder/ä +%41.txt") == b"hello there"
    assert files.cat_file(f"{bucket}/folder/ä +%41.txt", start=6, end=11) == b"there"
    with files.open(f"{bucket}/large", "wb", block_size=5 << 20) as out:
        out.write(LARGE)
    assert "-" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    with files.open(f"{bucket}/large", "rb", block_size=1 << 20) as large:
        large.seek(7_000_000)
        assert large.read(100) == LARGE[7_000_000:7_000_100]
    assert files.size(f"{bucket}/large") == len(LARGE)
    with files.open(f"{bucket}/large", "ab") as out:  # Copies what is there as the first part.
        out.write(b"end")
    assert files.tail(f"{bucket}/large", 3) == b"end"


def test_lists_copies_and_deletes(files, bucket, tmp_path):
    files.pipe({f"{bucket}/many/{number:04}": b"x" for number in range(1_020)})
    assert len(files.ls(f"{bucket}/many")) == 1_020
    assert files.ls(bucket) == [f"{bucket}/many"] and files.isdir(f"{bucket}/many")
    assert files.glob(f"{bucket}/many/000?") == [f"{bucket}/many/000{digit}" for digit in range(10)]
    files.copy(f"{bucket}/many/0001", f"{bucket}/copied")
    files.mv(f"{bucket}/copied", f"{bucket}/moved")
    assert files.exists(f"{bucket}/moved") and not files.exists(f"{bucket}/copied")
    files.get(f"{bucket}/moved", str(tmp_path / "got"))
    assert (tmp_path / "got").read_bytes() == b"x"
    with urllib.request.urlopen(files.sign(f"{bucket}/moved")) as answer:
        assert answer.read() == b"x"
    files.rm(f"{bucket}/many", recursive=True)
    assert files.find(bucket) == [f"{bucket}/moved"]
    with pytest.raises(FileNotFoundError):
        files.cat(f"{bucket}/many/0001")


def test_buckets_and_metadata(files, bucket):
    files.mkdir(f"{bucket}-2")
    assert bucket in files.ls("") and f"{bucket}-2" in files.ls("")
    files.rmdir(f"{bucket}-2")
    files.pipe_file(f"{bucket}/key", b"x")
    files.setxattr(f"{bucket}/key", who="me")
    assert files.getxattr(f"{bucket}/key", "who") == "me"
    files.put_tags(f"{bucket}/key", {"team": "lake"})
    assert files.get_tags(f"{bucket}/key") == {"team": "lake"}
