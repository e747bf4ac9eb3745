"""Data frames' own readers of S3: pyarrow's file system, polars, DuckDB's httpfs; each writes what the others read."""

import importlib.util
import os
import pathlib

import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest

TABLE = pyarrow.table({"id": [1, 2, 3], "name": ["a", "b", None], "month": [1, 1, 2]})
CONTENT = os.urandom(1 << 20) * 12


@pytest.fixture
def arrow(tarn):
    access_key_id, secret = tarn.root
    return pyarrow.fs.S3FileSystem(
        access_key=access_key_id,
        secret_key=secret,
        endpoint_override=tarn.endpoint,
        region="us-east-1",
        allow_bucket_creation=True,
        allow_bucket_deletion=True,
    )


@pytest.fixture
def storage_options(tarn):
    access_key_id, secret = tarn.root
    return {
        "aws_access_key_id": access_key_id,
        "aws_secret_access_key": secret,
        "aws_endpoint_url": tarn.endpoint,
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }


@pytest.fixture
def duck(tarn):
    """With the extension that a package brought, since none can be downloaded."""
    extensions = pathlib.Path(importlib.util.find_spec("duckdb_ext").submodule_search_locations[0]) / "extensions"
    access_key_id, secret = tarn.root
    with duckdb.connect(config={"extension_directory": str(extensions), "autoinstall_known_extensions": False}) as connection:
        connection.execute("LOAD httpfs")
        connection.execute("SET s3_uploader_max_filesize = '50GB'")  # Parts of 5 MiB.
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{access_key_id}', SECRET '{secret}', REGION 'us-east-1', "
            f"ENDPOINT '{tarn.endpoint.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )
        yield connection


def test_arrow_streams(arrow, bucket, s3):
    with arrow.open_output_stream(f"{bucket}/deep/large") as out:
        for start in range(0, len(CONTENT), 1 << 20):
            out.write(CONTENT[start : start + (1 << 20)])
    assert "-" in s3.head_object(Bucket=bucket, Key="deep/large")["ETag"]
    with arrow.open_input_file(f"{bucket}/deep/large") as file:
        file.seek(7_000_000)
        assert file.read(100) == CONTENT[7_000_000:7_000_100]
    with arrow.open_input_stream(f"{bucket}/deep/large") as stream:
        assert stream.read() == CONTENT
    with arrow.open_output_stream(f"{bucket}/ä +%41.txt", metadata={"Content-Type": "text/csv", "who": "me"}) as out:
        out.write(b"small")
    with arrow.open_input_stream(f"{bucket}/ä +%41.txt") as stream:
        assert stream.read() == b"small"
    assert s3.head_object(Bucket=bucket, Key="ä +%41.txt")["ContentType"] == "text/csv"


def test_arrow_folders(arrow, bucket, s3):
    arrow.create_dir(f"{bucket}-made")
    arrow.delete_dir(f"{bucket}-made")
    for number in range(1_020):
        s3.put_object(Bucket=bucket, Key=f"many/{number:04}", Body=b"x")
    listed = arrow.get_file_info(pyarrow.fs.FileSelector(f"{bucket}/many"))
    assert len(listed) == 1_020 and all(one.size == 1 for one in listed)
    top = arrow.get_file_info(pyarrow.fs.FileSelector(bucket))
    assert [(one.base_name, one.type) for one in top] == [("many", pyarrow.fs.FileType.Directory)]
    arrow.copy_file(f"{bucket}/many/0001", f"{bucket}/copied")
    arrow.move(f"{bucket}/copied", f"{bucket}/moved")
    assert arrow.get_file_info(f"{bucket}/copied").type == pyarrow.fs.FileType.NotFound
    arrow.delete_dir(f"{bucket}/many")
    arrow.delete_file(f"{bucket}/moved")
    assert arrow.get_file_info(pyarrow.fs.FileSelector(bucket, recursive=True)) == []


def test_arrow_datasets(arrow, bucket):
    pyarrow.parquet.write_to_dataset(TABLE, f"{bucket}/set", partition_cols=["month"], filesystem=arrow)
    read = pyarrow.dataset.dataset(f"{bucket}/set", filesystem=arrow, partitioning="hive").to_table()
    assert sorted(read.to_pydict()["id"]) == [1, 2, 3]
    one = pyarrow.parquet.read_table(f"{bucket}/set", filesystem=arrow, filters=[("month", "=", 2)])
    assert one.to_pydict()["id"] == [3]


def test_polars(storage_options, bucket):
    frame = polars.DataFrame({"id": [1, 2, 3], "name": ["a", "b", None]})
    uri = f"s3://{bucket}/polars/1 ä.parquet"
    frame.write_parquet(uri, storage_options=storage_options)
    assert polars.read_parquet(uri, storage_options=storage_options).equals(frame)
    lazy = polars.scan_parquet(f"s3://{bucket}/polars/", storage_options=storage_options)
    assert lazy.filter(polars.col("id") > 1).select("id").collect().to_series().to_list() == [2, 3]
    large = polars.DataFrame({"x": polars.int_range(0, 3_000_000, eager=True).shuffle(seed=1)})
    large.write_parquet(f"s3://{bucket}/large.parquet", storage_options=storage_options, compression="uncompressed")
    assert polars.scan_parquet(f"s3://{bucket}/large.parquet", storage_options=storage_options).select(polars.len()).collect().item() == 3_000_000
    frame.lazy().sink_csv(f"s3://{bucket}/csv/1.csv", storage_options=storage_options)
    assert polars.scan_csv(f"s3://{bucket}/csv/*.csv", storage_options=storage_options).collect().equals(frame)


def test_duckdb(duck, arrow, bucket, s3):
    duck.execute(f"COPY (SELECT range AS id, range % 3 AS part FROM range(3000)) TO 's3://{bucket}/duck' (FORMAT parquet, PARTITION_BY part)")
    assert duck.execute(f"SELECT count(*), sum(id) FROM read_parquet('s3://{bucket}/duck/*/*.parquet') WHERE part = 1").fetchone() == (1000, 1499500)
    duck.execute(f"COPY (SELECT hash(range) AS h FROM range(2000000)) TO 's3://{bucket}/large.parquet' (COMPRESSION uncompressed)")
    assert "-" in s3.head_object(Bucket=bucket, Key="large.parquet")["ETag"]
    assert duck.execute(f"SELECT count(DISTINCT h) FROM 's3://{bucket}/large.parquet'").fetchone() == (2_000_000,)
    pyarrow.parquet.write_table(TABLE, f"{bucket}/from arrow/ä.parquet", filesystem=arrow)
    assert duck.execute(f"SELECT name FROM 's3://{bucket}/from arrow/*.parquet' WHERE id = 2").fetchone() == ("b",)
    s3.put_object(Bucket=bucket, Key="csv/1.csv", Body=b"a,b\n1,x\n2,y\n")
    assert duck.execute(f"SELECT b FROM read_csv('s3://{bucket}/csv/1.csv') WHERE a = 2").fetchone() == ("y",)
    names = duck.execute(f"SELECT file FROM glob('s3://{bucket}/**/*.parquet') ORDER BY 1").fetchall()
    assert len(names) == 5
    with pytest.raises(duckdb.HTTPException, match="404"):
        duck.execute(f"SELECT * FROM read_parquet('s3://{bucket}/nothing.parquet')")
