"""DuckDB reads the tables that delta-rs and pyiceberg write, each with its own way to S3."""

import importlib.util
import pathlib
import uuid

import duckdb
import pyarrow
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog import load_catalog

ROWS = pyarrow.table({"id": [1, 2, 3], "name": ["a", "b", None], "month": [1, 1, 2]})


@pytest.fixture
def duck(tarn):
    """With the extensions that packages brought, since none can be downloaded."""
    extensions = pathlib.Path(importlib.util.find_spec("duckdb_ext").submodule_search_locations[0]) / "extensions"
    access_key_id, secret = tarn.root
    with duckdb.connect(config={"extension_directory": str(extensions), "autoinstall_known_extensions": False}) as connection:
        for extension in ("httpfs", "delta", "avro", "iceberg"):
            connection.execute(f"LOAD {extension}")
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{access_key_id}', SECRET '{secret}', REGION 'us-east-1', "
            f"ENDPOINT '{tarn.endpoint.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )
        yield lambda query: connection.execute(query).fetchall()


@pytest.fixture
def environment(tarn, monkeypatch):
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)


def test_delta(duck, environment, bucket):
    where = f"s3://{bucket}/delta"
    options = {"AWS_ALLOW_HTTP": "true"}
    write_deltalake(where, ROWS, partition_by=["month"], storage_options=options)
    write_deltalake(where, ROWS, mode="append", storage_options=options)
    DeltaTable(where, storage_options=options).delete("id = 1")
    assert duck(f"SELECT month, count(*) FROM delta_scan('{where}') GROUP BY month ORDER BY month") == [(1, 2), (2, 2)]


def test_iceberg(duck, environment, tarn, bucket):
    catalog = load_catalog("lake", **{"type": "glue", "s3.endpoint": tarn.endpoint, "warehouse": f"s3://{bucket}/warehouse"})
    namespace = "lakehouse_" + uuid.uuid4().hex[:8]
    catalog.create_namespace(namespace)
    table = catalog.create_table(f"{namespace}.t", ROWS.schema)
    table.append(ROWS)
    table.append(ROWS)
    where = table.metadata_location
    assert duck(f"SELECT id, name FROM iceberg_scan('{where}') WHERE month = 1 ORDER BY id") == [(1, "a")] * 2 + [(2, "b")] * 2
    assert len(duck(f"SELECT * FROM iceberg_snapshots('{where}')")) == 2
