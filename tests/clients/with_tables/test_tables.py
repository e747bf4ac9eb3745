"""Open table formats, each by its own library: Iceberg with its Glue catalog (pyiceberg) and Delta (delta-rs, in Rust),
whose commits are safe only because a put with If-None-Match and an UpdateTable with a VersionId let one writer win."""

import concurrent.futures
import uuid

import pyarrow
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException, NamespaceNotEmptyError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.expressions import EqualTo
from pyiceberg.types import StringType

ROWS = pyarrow.table({"id": [1, 2, 3], "name": ["a", "b", None], "month": [1, 1, 2]})


@pytest.fixture
def catalog(tarn, bucket):
    access_key_id, secret = tarn.root
    return load_catalog(
        "lake",
        **{
            "type": "glue",
            "glue.endpoint": tarn.endpoint,
            "glue.region": "us-east-1",
            "glue.access-key-id": access_key_id,
            "glue.secret-access-key": secret,
            "s3.endpoint": tarn.endpoint,
            "s3.region": "us-east-1",
            "s3.access-key-id": access_key_id,
            "s3.secret-access-key": secret,
            "warehouse": f"s3://{bucket}/warehouse",
        },
    )


@pytest.fixture
def namespace(catalog):
    name = "iceberg_" + uuid.uuid4().hex[:8]
    catalog.create_namespace(name, {"comment": "ours"})
    return name


def rows_of(table, **scan):
    return sorted(table.scan(**scan).to_arrow().to_pylist(), key=lambda row: row["id"])


def test_iceberg(catalog, namespace, tarn):
    assert (namespace,) in catalog.list_namespaces()
    table = catalog.create_table(f"{namespace}.t", ROWS.schema)
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table(f"{namespace}.t", ROWS.schema)
    described = tarn.client("glue").get_table(DatabaseName=namespace, Name="t")["Table"]
    assert described["Parameters"]["table_type"] == "ICEBERG"
    assert [column["Name"] for column in described["StorageDescriptor"]["Columns"]] == ["id", "name", "month"]

    table.append(ROWS)
    table.append(ROWS)
    assert rows_of(table, row_filter=EqualTo("month", 2)) == [{"id": 3, "name": None, "month": 2}] * 2
    table.delete(EqualTo("id", 1))
    assert table.scan().to_arrow().num_rows == 4
    table.overwrite(ROWS)
    assert rows_of(table) == ROWS.to_pylist()
    assert table.scan(snapshot_id=table.history()[0].snapshot_id).to_arrow().num_rows == 3
    with table.update_schema() as change:
        change.add_column("extra", StringType())
    assert catalog.load_table(f"{namespace}.t").schema().find_field("extra").field_type == StringType()

    catalog.rename_table(f"{namespace}.t", f"{namespace}.u")
    assert catalog.list_tables(namespace) == [(namespace, "u")]
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(namespace)
    catalog.purge_table(f"{namespace}.u")
    with pytest.raises(NoSuchTableError):
        catalog.load_table(f"{namespace}.u")
    catalog.update_namespace_properties(namespace, updates={"comment": "changed"})
    assert catalog.load_namespace_properties(namespace)["comment"] == "changed"
    catalog.drop_namespace(namespace)


def test_iceberg_loses_no_append(catalog, namespace):
    """Writers at once: each append is in the table, or was refused as a commit that lost."""
    name = f"{namespace}.t"
    catalog.create_table(name, ROWS.schema)

    def append(number):
        for lost in range(200):
            try:
                catalog.load_table(name).append(ROWS.set_column(0, "id", pyarrow.array([number] * 3)))
                return lost
            except CommitFailedException:
                pass
        raise AssertionError("never won")

    with concurrent.futures.ThreadPoolExecutor(4) as writers:
        list(writers.map(append, range(12)))
    table = catalog.load_table(name)
    assert [row["id"] for row in rows_of(table)] == [number for number in range(12) for _ in range(3)]
    assert len(table.history()) == 12


@pytest.fixture
def options(tarn):
    access_key_id, secret = tarn.root
    return {
        "AWS_ENDPOINT_URL": tarn.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
    }


def test_delta(bucket, options):
    where = f"s3://{bucket}/delta"
    write_deltalake(where, ROWS, partition_by=["month"], storage_options=options)
    write_deltalake(where, ROWS, mode="append", storage_options=options)
    table = DeltaTable(where, storage_options=options)
    assert table.to_pyarrow_table(filters=[("month", "=", 2)]).num_rows == 2
    table.delete("id = 1")
    assert sorted(table.to_pyarrow_table()["id"].to_pylist()) == [2, 2, 3, 3]
    assert DeltaTable(where, version=0, storage_options=options).to_pyarrow_table().num_rows == 3
    table.create_checkpoint()
    table.optimize.compact()
    assert table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert sorted(DeltaTable(where, storage_options=options).to_pyarrow_table()["id"].to_pylist()) == [2, 2, 3, 3]


def test_delta_loses_no_append(bucket, options):
    where = f"s3://{bucket}/delta"
    write_deltalake(where, ROWS, storage_options=options)
    with concurrent.futures.ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda _: write_deltalake(where, ROWS, mode="append", storage_options=options), range(12)))
    table = DeltaTable(where, storage_options=options)
    assert (table.version(), table.to_pyarrow_table().num_rows) == (12, 39)
