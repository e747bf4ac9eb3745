"""The whole s3torchconnector: data sets by DataLoaders whose workers are processes, and checkpoints."""

import hashlib
import os
import pickle

import pytest

torch = pytest.importorskip("torch")
from s3torchconnector import S3Checkpoint, S3ClientConfig, S3IterableDataset, S3MapDataset, S3ReaderConstructor
from torch.utils.data import DataLoader

REGION = "us-east-1"
SETTINGS = S3ClientConfig(force_path_style=True, part_size=5 << 20)


@pytest.fixture
def where(tarn, bucket, monkeypatch):
    """What every call of the library takes."""
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)
    return {"region": REGION, "endpoint": tarn.endpoint, "s3client_config": SETTINGS}


@pytest.fixture
def samples(s3, bucket):
    """Contents by key: of more objects than one page lists, one of them large."""
    contents = {f"train/{number:04}.bin": str(number).encode() for number in range(1_020)}
    contents["train/ä +%41.bin"] = os.urandom(12 << 20)
    for key, content in contents.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    s3.put_object(Bucket=bucket, Key="other", Body=b"not among them")
    return contents


def sum_of(reader):
    return reader.key, hashlib.md5(reader.read()).hexdigest()


def sums(contents):
    return {key: hashlib.md5(content).hexdigest() for key, content in contents.items()}


def merged(loader):
    """Batches of keys and sums, none of which may come twice."""
    pairs = [pair for keys, digests in loader for pair in zip(keys, digests)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@pytest.mark.parametrize("workers", [0, 2])
def test_iterable(where, bucket, samples, workers):
    data = S3IterableDataset.from_prefix(f"s3://{bucket}/train/", transform=sum_of, enable_sharding=workers > 0, **where)
    assert merged(DataLoader(data, batch_size=100, num_workers=workers)) == sums(samples)


@pytest.mark.parametrize("workers", [0, 2])
def test_map(where, bucket, samples, workers):
    data = S3MapDataset.from_prefix(f"s3://{bucket}/train/", transform=sum_of, **where)
    assert len(data) == len(samples)
    assert merged(DataLoader(data, batch_size=100, shuffle=True, num_workers=workers)) == sums(samples)


def test_ranges(where, bucket, samples):
    content = samples["train/ä +%41.bin"]
    data = S3MapDataset.from_objects(
        [f"s3://{bucket}/train/ä +%41.bin"], reader_constructor=S3ReaderConstructor.range_based(buffer_size=1 << 20), **where
    )
    reader = data[0]
    reader.seek(7_000_000)
    assert reader.read(100) == content[7_000_000:7_000_100]
    reader.seek(-10, os.SEEK_END)
    assert reader.read() == content[-10:]


def test_checkpoint(where, bucket, s3):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(1_000, 2_000), torch.nn.Linear(2_000, 1_000))
    checkpoint = S3Checkpoint(**where)
    with checkpoint.writer(f"s3://{bucket}/epoch/1.pt") as writer:
        torch.save(model.state_dict(), writer)
    assert "-" in s3.head_object(Bucket=bucket, Key="epoch/1.pt")["ETag"]
    with checkpoint.reader(f"s3://{bucket}/epoch/1.pt") as reader:
        back = torch.load(reader)
    assert all(torch.equal(value, back[name]) for name, value in model.state_dict().items())


def test_what_fails_leaves_nothing(where, bucket, s3):
    checkpoint = S3Checkpoint(**where)
    with pytest.raises(RuntimeError, match="mid-way"):
        with checkpoint.writer(f"s3://{bucket}/torn") as writer:
            writer.write(os.urandom(12 << 20))
            raise RuntimeError("mid-way")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    data = S3MapDataset.from_objects([f"s3://{bucket}/nothing"], **where)
    with pytest.raises(Exception, match="does not exist|NoSuchKey|404"):
        data[0].read()
    assert pickle.loads(pickle.dumps(S3Checkpoint(**where))).region == REGION
