"""AWS SDK for pandas: data frames to tables of the lake and back, and queries in its three modes."""

import awswrangler as wr
import boto3
import pandas
import pytest


@pytest.fixture
def lake(tarn, monkeypatch):
    """Points the library at the server as a user would: by the environment."""
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def database(lake, bucket):
    name = bucket.replace("-", "_")
    wr.catalog.create_database(name)
    assert name in wr.catalog.databases(limit=1000).Database.tolist()
    return name


@pytest.fixture
def frame():
    return pandas.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["Ghent", "it's", None],
            "at": pandas.to_datetime(["2020-01-01", "2021-01-01 10:00:00.123", None], format="ISO8601"),
            "share": [1.5, None, 3.5],
            "good": [True, False, None],
            "month": [1, 1, 2],
        }
    )


@pytest.fixture
def table(database, bucket, frame):
    """A table of two partitions and three rows."""
    write(frame, bucket, database, "overwrite")
    return "visits"


def write(frame, bucket, database, mode, **more):
    return wr.s3.to_parquet(
        frame,
        path=f"s3://{bucket}/visits/",
        dataset=True,
        partition_cols=["month"],
        database=database,
        table="visits",
        mode=mode,
        **more,
    )


def ids(bucket):
    return sorted(wr.s3.read_parquet(f"s3://{bucket}/visits/", dataset=True)["id"].tolist())


def query(sql, database, bucket, folder="results", **more):
    return wr.athena.read_sql_query(sql, database=database, s3_output=f"s3://{bucket}/{folder}/", **more)


def test_append_overwrite_and_overwrite_partitions(database, table, bucket, frame):
    assert ids(bucket) == [1, 2, 3]
    write(frame[frame.month == 2], bucket, database, "append")
    assert ids(bucket) == [1, 2, 3, 3]
    written = write(frame[frame.month == 2].assign(id=7), bucket, database, "overwrite_partitions")
    assert ids(bucket) == [1, 2, 7]
    assert list(written["partitions_values"].values()) == [["2"]]
    write(frame.assign(id=[7, 8, 9]), bucket, database, "overwrite")
    assert ids(bucket) == [7, 8, 9]
    assert query("SELECT count(*) AS rows FROM visits", database, bucket).rows[0] == 3


@pytest.mark.parametrize(
    "mode",
    [{}, {"ctas_approach": False}, {"ctas_approach": False, "unload_approach": True}],
    ids=["ctas", "plain", "unload"],
)
def test_a_query_in_each_mode(database, table, bucket, frame, mode):
    found = query("SELECT * FROM visits", database, bucket, "answer", **mode).sort_values("id").reset_index(drop=True)
    assert found.id.tolist() == [1, 2, 3] and found.month.tolist() == [1, 1, 2]
    assert found.name.tolist()[:2] == ["Ghent", "it's"] and pandas.isna(found.name[2])
    assert found["at"][1] == frame["at"][1] and pandas.isna(found["at"][2])
    assert found.share[0] == 1.5 and pandas.isna(found.share[1])
    assert found.good.tolist()[:2] == [True, False] and pandas.isna(found.good[2])
    assert set(wr.catalog.tables(database=database).Table) == {"visits"}  # What CTAS made for a while is gone.


def test_queries_with_parameters_chunks_and_cache(database, table, bucket):
    one = query("SELECT name FROM visits WHERE id = :id", database, bucket, params={"id": 2})
    assert one.name.tolist() == ["it's"]
    one = query("SELECT id FROM visits WHERE name = ?", database, bucket, params=["'it''s'"], paramstyle="qmark", ctas_approach=False)
    assert one.id.tolist() == [2]
    for plain in (False, True):
        chunks = query("SELECT * FROM visits", database, bucket, chunksize=2, ctas_approach=not plain)
        assert [len(chunk) for chunk in chunks] == [2, 1]
    for _ in range(2):
        cached = query("SELECT max(id) AS id FROM visits", database, bucket, ctas_approach=False, athena_cache_settings={"max_cache_seconds": 900})
        assert cached.id.tolist() == [3]
    assert len(wr.athena.read_sql_table("visits", database=database, s3_output=f"s3://{bucket}/results/")) == 3
    with pytest.raises(wr.exceptions.QueryFailed, match="COLUMN_NOT_FOUND"):
        query("SELECT nope FROM visits", database, bucket)


def test_the_catalog(database, table, bucket, frame):
    assert wr.catalog.get_table_types(database, "visits") == {
        "id": "bigint",
        "name": "string",
        "at": "timestamp",
        "share": "double",
        "good": "boolean",
        "month": "bigint",
    }
    partitions = wr.catalog.get_parquet_partitions(database, "visits")
    assert partitions == {f"s3://{bucket}/visits/month={month}/": [str(month)] for month in (1, 2)}
    assert len(wr.s3.read_parquet_table(database=database, table="visits")) == 3
    write(frame.assign(extra="new"), bucket, database, "append", schema_evolution=True)
    counted = query("SELECT extra, count(*) AS rows FROM visits GROUP BY 1 ORDER BY 1", database, bucket)
    assert counted.rows.tolist() == [3, 3]
    columns, partition_columns, _ = wr.s3.store_parquet_metadata(
        path=f"s3://{bucket}/visits/", database=database, table="again", dataset=True
    )
    assert columns["id"] == "bigint" and list(partition_columns) == ["month"]
    assert len(query("SELECT * FROM again", database, bucket)) == 6
    assert wr.catalog.does_table_exist(database=database, table="again")
    assert wr.catalog.delete_table_if_exists(database=database, table="again")
    assert not wr.catalog.delete_table_if_exists(database=database, table="again")


def test_statements_about_a_table(database, table, bucket):
    where = {"table": "visits", "database": database, "s3_output": f"s3://{bucket}/results/"}
    assert wr.athena.repair_table(**where) == "SUCCEEDED"
    described = wr.athena.describe_table(**where)
    assert described["Column Name"].tolist() == ["id", "name", "at", "share", "good", "month"]
    assert described["Partition"].tolist() == [False] * 5 + [True]
    assert f"s3://{bucket}/visits" in wr.athena.show_create_table(**where)
    made = wr.athena.create_ctas_table(
        "SELECT id, month FROM visits",
        database=database,
        ctas_table="small",
        s3_output=f"s3://{bucket}/results/",
        partitioning_info=["month"],
        storage_format="parquet",
        wait=True,
    )
    assert made["ctas_query_metadata"].raw_payload["Status"]["State"] == "SUCCEEDED"
    assert len(wr.s3.read_parquet_table(database=database, table="small")) == 3


def test_other_formats(database, bucket, frame):
    plain = frame.drop(columns=["at", "good"])
    wr.s3.to_csv(plain, path=f"s3://{bucket}/csv/", dataset=True, database=database, table="as_csv", index=False)
    wr.s3.to_json(plain, path=f"s3://{bucket}/json/", dataset=True, database=database, table="as_json", orient="records", lines=True, index=False)
    for name in ("as_csv", "as_json"):
        found = query(f"SELECT * FROM {name} ORDER BY id", database, bucket)
        assert found.id.tolist() == [1, 2, 3] and found.month.tolist() == [1, 1, 2]
        assert found.share[0] == 1.5 and pandas.isna(found.share[1])


def test_objects(lake, bucket, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    wr.s3.upload(str(tmp_path / "file"), f"s3://{bucket}/files/1")
    wr.s3.copy_objects([f"s3://{bucket}/files/1"], source_path=f"s3://{bucket}/files/", target_path=f"s3://{bucket}/copies/")
    assert wr.s3.size_objects(f"s3://{bucket}/copies/") == {f"s3://{bucket}/copies/1": 3_000_000}
    wr.s3.download(f"s3://{bucket}/copies/1", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == (tmp_path / "file").read_bytes()
    assert wr.s3.list_directories(f"s3://{bucket}/") == [f"s3://{bucket}/copies/", f"s3://{bucket}/files/"]
    wr.s3.delete_objects(f"s3://{bucket}/")
    assert wr.s3.list_objects(f"s3://{bucket}/") == []
