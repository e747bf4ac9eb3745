"""What keeps data sets and results in S3 by way of fsspec and boto3: dask, zarr, webdataset, smart_open, mlflow, lance."""

import concurrent.futures
import functools
import os

import dask.bag
import dask.dataframe
import lance
import mlflow.artifacts
import numpy
import pandas
import pyarrow
import pytest
import smart_open
import smart_open.s3
import webdataset
import zarr
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

FRAME = pandas.DataFrame({"id": range(1_000), "month": [number % 3 for number in range(1_000)]})


@pytest.fixture
def options(tarn, monkeypatch):
    """fsspec's, whose key comes from the environment."""
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", tarn.endpoint)
    return {"endpoint_url": tarn.endpoint}


def test_dask_parquet(bucket, options):
    where = f"s3://{bucket}/table"
    frame = dask.dataframe.from_pandas(FRAME, npartitions=4)
    frame.to_parquet(where, partition_on=["month"], storage_options=options)
    month = dask.dataframe.read_parquet(where, filters=[("month", "==", 1)], storage_options=options)
    assert sorted(month["id"].compute()) == list(range(1, 1_000, 3))
    frame.to_parquet(where, overwrite=True, storage_options=options)
    assert dask.dataframe.read_parquet(where, storage_options=options).compute().equals(FRAME)


def test_dask_text(bucket, options):
    where = f"s3://{bucket}/csv/*.csv"
    dask.dataframe.from_pandas(FRAME, npartitions=4).to_csv(where, index=False, storage_options=options)
    blocks = dask.dataframe.read_csv(where, blocksize=300, storage_options=options)
    assert blocks.npartitions > 4
    assert sorted(blocks["id"].compute(scheduler="threads")) == list(FRAME["id"])
    lines = dask.bag.from_sequence(range(10), npartitions=2).map(str)
    lines.to_textfiles(f"s3://{bucket}/lines/*.txt.gz", storage_options=options, compute_kwargs={"scheduler": "threads"})
    read = dask.bag.read_text(f"s3://{bucket}/lines/*.txt.gz", storage_options=options)
    assert sorted(int(line) for line in read.compute(scheduler="threads")) == list(range(10))


def test_zarr(bucket, options):
    content = numpy.arange(90_000).reshape(300, 300)
    opened = functools.partial(zarr.open_array, f"s3://{bucket}/cube.zarr", storage_options=options)
    made = zarr.create_array(
        f"s3://{bucket}/cube.zarr", shape=content.shape, chunks=(50, 50), shards=(100, 100), dtype="i8", storage_options=options
    )
    made[:] = content
    assert (opened(mode="r")[40:170, 120:190] == content[40:170, 120:190]).all()
    opened(mode="r+")[5, 5] = -1
    assert opened(mode="r")[5, 4:7].tolist() == [1504, -1, 1506]


def test_webdataset(bucket, options, s3, tmp_path):
    for shard in range(2):
        with webdataset.TarWriter(str(tmp_path / f"{shard}.tar")) as writer:
            for number in range(20):
                writer.write({"__key__": f"{shard}{number:03}", "txt": f"text {number}", "bin": os.urandom(1_000)})
        s3.upload_file(str(tmp_path / f"{shard}.tar"), bucket, f"shards/{shard}.tar")
    urls = [
        s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": f"shards/{shard}.tar"}) for shard in range(2)
    ]
    # As its users read S3: a program's output, here by presigned addresses.
    data = webdataset.WebDataset([f"pipe:curl -sf '{url}'" for url in urls], shardshuffle=False).decode().to_tuple("__key__", "txt")
    assert [key for key, _ in data] == [f"{shard}{number:03}" for shard in range(2) for number in range(20)]


def test_smart_open(bucket, options, s3):
    content = os.urandom(1 << 20) * 12
    parts = {"multipart_upload": True, "min_part_size": 5 << 20}
    with smart_open.open(f"s3://{bucket}/deep/ä +%41", "wb", transport_params=parts) as out:
        for start in range(0, len(content), 1_000_003):
            out.write(content[start : start + 1_000_003])
    assert s3.head_object(Bucket=bucket, Key="deep/ä +%41")["ETag"].endswith('-3"')
    with smart_open.open(f"s3://{bucket}/deep/ä +%41", "rb") as file:
        assert file.read() == content
        file.seek(7_000_000)
        assert file.read(100) == content[7_000_000:7_000_100]
    with smart_open.open(f"s3://{bucket}/deep/t.csv.gz", "w") as out:
        out.write("a,b\n1,2\n")
    with smart_open.open(f"s3://{bucket}/deep/t.csv.gz") as lines:
        assert list(lines) == ["a,b\n", "1,2\n"]
    assert [key for key, _ in smart_open.s3.iter_bucket(bucket, prefix="deep/", workers=2)] == ["deep/t.csv.gz", "deep/ä +%41"]


def test_mlflow(bucket, options, tmp_path):
    (tmp_path / "model/deep").mkdir(parents=True)
    (tmp_path / "model/a.txt").write_text("A")
    content = os.urandom(1 << 20) * 12
    (tmp_path / "model/deep/weights").write_bytes(content)
    store = get_artifact_repository(f"s3://{bucket}/1/artifacts")
    store.log_artifacts(str(tmp_path / "model"), "model")
    found = [(each.path, each.is_dir, each.file_size) for each in store.list_artifacts("model")]
    assert found == [("model/a.txt", False, 1), ("model/deep", True, None)]
    back = mlflow.artifacts.download_artifacts(artifact_uri=f"s3://{bucket}/1/artifacts/model", dst_path=str(tmp_path / "back"))
    with open(f"{back}/deep/weights", "rb") as file:
        assert file.read() == content
    store.delete_artifacts("model")
    assert store.list_artifacts() == []


def test_lance(bucket, tarn):
    """In Rust; writers at once rely upon puts with If-None-Match."""
    access_key_id, secret = tarn.root
    options = {
        "aws_endpoint": tarn.endpoint,
        "allow_http": "true",
        "aws_region": "us-east-1",
        "aws_access_key_id": access_key_id,
        "aws_secret_access_key": secret,
    }
    where = f"s3://{bucket}/data.lance"
    rows = pyarrow.table({"id": [1, 2, 3], "name": ["a", "b", None]})
    lance.write_dataset(rows, where, storage_options=options)
    with concurrent.futures.ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda _: lance.write_dataset(rows, where, mode="append", storage_options=options), range(8)))
    data = lance.dataset(where, storage_options=options)
    assert (data.version, data.count_rows()) == (9, 27)
    data.delete("id = 1")
    data.optimize.compact_files()
    assert sorted(data.to_table(filter="id > 1")["id"].to_pylist()) == [2] * 9 + [3] * 9
    assert lance.dataset(where, version=1, storage_options=options).to_table().equals(rows)
