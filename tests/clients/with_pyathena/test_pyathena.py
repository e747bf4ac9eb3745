"""PyAthena: DB API cursors, and the SQLAlchemy dialect.

Its Arrow cursor is not here: it gives Arrow's file system no endpoint, so that one looks for amazonaws.com whatever is configured.
"""

import datetime
import decimal
import urllib.parse

import pandas
import pyathena
import pyathena.pandas.util
import pytest
import sqlalchemy
from pyathena.async_cursor import AsyncCursor
from pyathena.cursor import DictCursor
from pyathena.pandas.cursor import PandasCursor

WEATHER = "id,city,temp,day\n1,Ghent,9.5,2024-01-01\n2,it's,,2024-01-02\n3,Turku,-4,\n"


@pytest.fixture
def environment(tarn, monkeypatch):
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def connection(environment, tarn, bucket, s3):
    """To a database of the test's own, with one table over a CSV file."""
    database = bucket.replace("-", "_")
    s3.put_object(Bucket=bucket, Key="weather/1.csv", Body=WEATHER)
    tarn.client("glue").create_database(DatabaseInput={"Name": database})
    made = pyathena.connect(s3_staging_dir=f"s3://{bucket}/results/", schema_name=database, poll_interval=0.05)
    made.cursor().execute(
        "CREATE EXTERNAL TABLE weather (id bigint, city string, temp double, day date) ROW FORMAT DELIMITED FIELDS "
        f"TERMINATED BY ',' LOCATION 's3://{bucket}/weather/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    return made


@pytest.fixture
def engine(connection, bucket):
    staging = urllib.parse.quote_plus(f"s3://{bucket}/results/")
    made = sqlalchemy.create_engine(
        f"awsathena+rest://@athena.us-east-1.amazonaws.com:443/{connection.schema_name}"
        f"?s3_staging_dir={staging}&poll_interval=0.05"
    )
    yield made
    made.dispose()


def test_every_type(connection):
    cursor = connection.cursor().execute(
        "SELECT 1, bigint '2', 'x', date '2020-01-01', timestamp '2020-01-01 10:00:00.5', decimal '1.50', array[1, 2], "
        "map(array['k'], array[1]), true, X'00ff', NULL, json '{\"a\": 1}', double '1.5', CAST(row(1, 'z') AS row(a int, b varchar))"
    )
    assert cursor.fetchall() == [
        (
            1,
            2,
            "x",
            datetime.date(2020, 1, 1),
            datetime.datetime(2020, 1, 1, 10, 0, 0, 500_000),
            decimal.Decimal("1.50"),
            [1, 2],
            {"k": "1"},
            True,
            b"\x00\xff",
            None,
            {"a": 1},
            1.5,
            {"a": "1", "b": "z"},
        )
    ]
    assert [column[1] for column in cursor.description][:6] == ["integer", "bigint", "varchar", "date", "timestamp", "decimal"]


def test_parameters(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM weather WHERE city = %(city)s OR id IN %(ids)s ORDER BY id", {"city": "it's", "ids": [1, 9]})
    assert cursor.fetchall() == [(1,), (2,)]
    cursor.execute("SELECT city FROM weather WHERE id = ? AND city = ?", ["2", "'it''s'"], paramstyle="qmark")
    assert cursor.fetchall() == [("it's",)]


def test_many_rows_come_in_pages(connection):
    cursor = connection.cursor().execute("SELECT n FROM UNNEST(sequence(1, 3000)) AS t (n) ORDER BY n")
    assert cursor.fetchmany(2) == [(1,), (2,)]
    assert len(cursor.fetchall()) == 2998


def test_what_a_query_tells_of_itself(connection, bucket):
    cursor = connection.cursor().execute("SELECT * FROM weather")
    assert cursor.data_scanned_in_bytes == len(WEATHER)
    assert cursor.output_location.startswith(f"s3://{bucket}/results/")
    assert (cursor.state, cursor.statement_type, cursor.work_group) == ("SUCCEEDED", "DML", "primary")
    with pytest.raises(pyathena.error.OperationalError, match="COLUMN_NOT_FOUND: line 1:8"):
        cursor.execute("SELECT nope FROM weather")


def test_dictionaries_and_futures(connection):
    assert connection.cursor(DictCursor).execute("SELECT id, city FROM weather ORDER BY id").fetchone() == {"id": 1, "city": "Ghent"}
    _, future = connection.cursor(AsyncCursor).execute("SELECT count(*) FROM weather")
    assert future.result().fetchall() == [(3,)]


@pytest.mark.parametrize("unload", [False, True], ids=["csv", "unload"])
def test_pandas(connection, unload):
    frame = connection.cursor(PandasCursor, unload=unload).execute("SELECT * FROM weather ORDER BY id").as_pandas()
    frame = frame.sort_values("id").reset_index(drop=True)
    assert frame.id.tolist() == [1, 2, 3] and frame.city.tolist() == ["Ghent", "it's", "Turku"]
    assert frame.temp[2] == -4 and pandas.isna(frame.temp[1])


def test_pandas_to_a_table(connection, bucket):
    frame = pandas.DataFrame({"a": [1, 2], "day": ["x", "y"]})
    pyathena.pandas.util.to_sql(
        frame, "made", connection, f"s3://{bucket}/made/", schema=connection.schema_name, partitions=["day"], if_exists="replace"
    )
    assert connection.cursor().execute("SELECT a, day FROM made ORDER BY a").fetchall() == [(1, "x"), (2, "y")]


def test_metadata(connection):
    cursor = connection.cursor()
    assert [table.name for table in cursor.list_table_metadata()] == ["weather"]
    assert [column.name for column in cursor.get_table_metadata("weather").columns] == ["id", "city", "temp", "day"]
    assert connection.schema_name in [one.name for one in cursor.list_databases("AwsDataCatalog")]


def test_sqlalchemy_reads_tables(engine):
    table = sqlalchemy.Table("weather", sqlalchemy.MetaData(), autoload_with=engine)
    assert {column.name: str(column.type) for column in table.columns} == {
        "id": "BIGINT",
        "city": "VARCHAR",
        "temp": "DOUBLE",
        "day": "DATE",
    }
    with engine.connect() as connected:
        rows = connected.execute(sqlalchemy.select(table).where(table.c.city == "it's")).fetchall()
        assert rows == [(2, "it's", None, datetime.date(2024, 1, 2))]
        assert connected.execute(sqlalchemy.select(sqlalchemy.func.max(table.c.temp))).scalar() == 9.5
    assert pandas.read_sql("SELECT id FROM weather ORDER BY id", engine).id.tolist() == [1, 2, 3]


def test_sqlalchemy_looks_around(engine):
    with engine.connect() as connected:
        connected.exec_driver_sql("CREATE VIEW warm AS SELECT * FROM weather WHERE temp > 0")
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_table_names() == ["weather"]
    assert inspector.get_view_names() == ["warm"]
    assert "SELECT" in inspector.get_view_definition("warm").upper()
    assert inspector.has_table("weather") and not inspector.has_table("nowhere")
    assert inspector.get_table_options("weather")["awsathena_location"].endswith("/weather/")
    with pytest.raises(sqlalchemy.exc.NoSuchTableError):
        inspector.get_columns("nowhere")


def test_sqlalchemy_makes_tables(engine, bucket):
    metadata = sqlalchemy.MetaData()
    table = sqlalchemy.Table(
        "made",
        metadata,
        sqlalchemy.Column("id", sqlalchemy.Integer),
        sqlalchemy.Column("name", sqlalchemy.String),
        sqlalchemy.Column("day", sqlalchemy.String, awsathena_partition=True),
        awsathena_location=f"s3://{bucket}/made/",
        awsathena_file_format="PARQUET",
        awsathena_compression="SNAPPY",
    )
    metadata.create_all(engine)
    with engine.begin() as connected:
        connected.execute(table.insert().values([{"id": 1, "name": "a'b", "day": "x"}, {"id": 2, "name": "c", "day": "y"}]))
    with engine.connect() as connected:
        assert connected.execute(sqlalchemy.select(table).order_by(table.c.id)).fetchall() == [(1, "a'b", "x"), (2, "c", "y")]
    metadata.drop_all(engine)
    assert not sqlalchemy.inspect(engine).has_table("made")


def test_pandas_to_sql(engine, connection, bucket):
    location = urllib.parse.quote_plus(f"s3://{bucket}/frames/")
    writer = sqlalchemy.create_engine(engine.url.render_as_string(False) + f"&location={location}&file_format=parquet")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    frame.to_sql("frames", writer, schema=connection.schema_name, index=False, if_exists="replace", method="multi")
    assert connection.cursor().execute("SELECT a, b FROM frames ORDER BY a").fetchall() == [(1, "x"), (2, "y")]
    writer.dispose()
