"""Athena as boto3 drives it: statements from start to result, over objects that S3 was given."""

import csv
import io
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from waits import eventually

FLIGHTS = "id,carrier,delay\n1,AA,NA\n2,UA,7\n3,DL,-5\n"


class Analyst:
    """Runs statements in a database of its own, with results in a bucket of its own."""

    def __init__(self, tarn, key=None, bucket=None, database=None):
        self.tarn = tarn
        self.athena = tarn.client("athena", key)
        self.s3 = tarn.client("s3")
        self.bucket = bucket or tarn.new_bucket()
        self.database = database or "db_" + uuid.uuid4().hex[:12]
        self.output = f"s3://{self.bucket}/results/"

    def start(self, sql, **arguments):
        return self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.database},
            ResultConfiguration={"OutputLocation": self.output},
            **arguments,
        )["QueryExecutionId"]

    def finish(self, query_id):
        def ended():
            execution = self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            return execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") and execution

        return eventually(ended, pause=0.02)

    def run(self, sql, **arguments):
        execution = self.finish(self.start(sql, **arguments))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return execution

    def rows(self, sql, **arguments):
        pages = self.athena.get_paginator("get_query_results")
        found = []
        for page in pages.paginate(QueryExecutionId=self.run(sql, **arguments)["QueryExecutionId"]):
            found += [[datum.get("VarCharValue") for datum in row["Data"]] for row in page["ResultSet"]["Rows"]]
        return found

    def reason(self, sql):
        status = self.finish(self.start(sql))["Status"]
        assert status["State"] == "FAILED", status
        return status["StateChangeReason"]

    def object(self, uri):
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


@pytest.fixture
def analyst(tarn):
    made = Analyst(tarn)
    made.run(f"CREATE DATABASE {made.database}")
    made.s3.put_object(Bucket=made.bucket, Key="raw/flights/a.csv", Body=FLIGHTS)
    made.run(
        "CREATE EXTERNAL TABLE flights (id bigint, carrier string, delay int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        f"LOCATION 's3://{made.bucket}/raw/flights/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    return made


def test_a_query_and_its_result_file(analyst):
    execution = analyst.run("SELECT id, delay, carrier AS \"Code\" FROM flights ORDER BY id")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"{analyst.output}{execution['QueryExecutionId']}.csv"
    text = analyst.object(location)
    assert text.splitlines()[:2] == ['"id","delay","Code"', '"1",,"AA"']
    assert list(csv.reader(io.StringIO(text)))[2] == ["2", "7", "UA"]
    assert analyst.object(location + ".metadata")
    assert execution["Statistics"]["DataScannedInBytes"] == len(FLIGHTS)
    assert execution["StatementType"] == "DML" and execution["SubstatementType"] == "SELECT"
    results = analyst.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    info = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"], column["Precision"]) for column in info] == [
        ("id", "bigint", 19),
        ("delay", "integer", 10),
        ("Code", "varchar", 2147483647),
    ]


def test_pages(analyst):
    query_id = analyst.run("SELECT n FROM UNNEST(sequence(1, 2500)) AS t (n) ORDER BY n")["QueryExecutionId"]
    sizes, token = [], None
    while True:
        more = {"NextToken": token} if token else {}
        page = analyst.athena.get_query_results(QueryExecutionId=query_id, MaxResults=1000, **more)
        sizes.append(len(page["ResultSet"]["Rows"]))
        token = page.get("NextToken")
        if not token:
            break
    assert sizes == [1000, 1000, 501]


def test_features_from_raw_tables(analyst):
    made = analyst.run(
        f"CREATE TABLE features WITH (format = 'PARQUET', partitioned_by = ARRAY['month'], external_location = "
        f"'s3://{analyst.bucket}/features/') AS SELECT id, coalesce(delay, 0) AS delay, count(*) OVER (PARTITION BY carrier) "
        f"AS peers, id % 2 AS month FROM flights"
    )
    assert made["StatementType"] == "DDL" and made["SubstatementType"] == "CREATE_TABLE_AS_SELECT"
    files = analyst.object(made["Statistics"]["DataManifestLocation"]).split()
    assert len(files) == 2 and all("/features/month=" in name for name in files)
    assert analyst.rows("SHOW PARTITIONS features") == [["month=0"], ["month=1"]]
    assert analyst.rows("SELECT id FROM features WHERE month = 0") == [["id"], ["2"]]
    everything = analyst.run("SELECT sum(id) FROM features")["Statistics"]["DataScannedInBytes"]
    one_month = analyst.run("SELECT sum(id) FROM features WHERE month = 0")["Statistics"]["DataScannedInBytes"]
    assert 0 < one_month < everything
    table = analyst.athena.get_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName=analyst.database, TableName="features"
    )["TableMetadata"]
    assert [column["Name"] for column in table["Columns"]] == ["id", "delay", "peers"]
    assert [column["Name"] for column in table["PartitionKeys"]] == ["month"]
    analyst.run("INSERT INTO features SELECT 10, 1, 1, 5")
    assert analyst.rows("SELECT max(month) FROM features")[1] == ["5"]
    unloaded = analyst.run(
        f"UNLOAD (SELECT * FROM features) TO 's3://{analyst.bucket}/out/' WITH (format = 'PARQUET', compression = 'SNAPPY')"
    )
    assert f"s3://{analyst.bucket}/out/" in analyst.object(unloaded["Statistics"]["DataManifestLocation"])


def test_errors_say_what_and_where(analyst):
    with pytest.raises(ClientError) as refused:
        analyst.start("SELECT id FORM flights f")
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidRequestException" and error["Message"].startswith("line 1:16: mismatched input 'flights'")
    assert analyst.reason("SELECT 1 / 0") == "DIVISION_BY_ZERO: Division by zero"
    assert analyst.reason("SELECT speed FROM flights").startswith("COLUMN_NOT_FOUND: line 1:8: Column 'speed'")
    assert "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog." in analyst.reason("SELECT * FROM nowhere")
    query_id = analyst.start("SELECT 1 / 0")
    analyst.finish(query_id)
    with pytest.raises(ClientError) as refused:
        analyst.athena.get_query_results(QueryExecutionId=query_id)
    assert "Final query state: FAILED" in refused.value.response["Error"]["Message"]


def test_a_query_has_its_callers_rights(analyst, tarn):
    key = tarn.new_user(
        {"Effect": "Allow", "Action": ["athena:*", "glue:Get*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{analyst.bucket}"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{analyst.bucket}/results/*"},
    )
    limited = Analyst(tarn, key, analyst.bucket, analyst.database)
    assert limited.rows("SELECT 1 AS a") == [["a"], ["1"]]
    reason = limited.reason("SELECT * FROM flights")
    assert reason.startswith("PERMISSION_DENIED") and "s3:GetObject" in reason and "raw/flights/a.csv" in reason


def test_parameters_and_prepared_statements(analyst):
    assert analyst.rows("SELECT carrier FROM flights WHERE id = ?", ExecutionParameters=["2"]) == [["carrier"], ["UA"]]
    name = "by_carrier"
    analyst.athena.create_prepared_statement(
        StatementName=name, WorkGroup="primary", QueryStatement="SELECT id FROM flights WHERE carrier = ?"
    )
    assert analyst.rows(f"EXECUTE {name} USING 'UA'") == [["id"], ["2"]]
    assert analyst.athena.get_prepared_statement(StatementName=name, WorkGroup="primary")
    names = [one["StatementName"] for one in analyst.athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]]
    assert name in names
    analyst.athena.update_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT ? AS x")
    both = analyst.athena.batch_get_prepared_statement(PreparedStatementNames=[name, "none"], WorkGroup="primary")
    assert both["PreparedStatements"][0]["QueryStatement"] == "SELECT ? AS x"
    assert both["UnprocessedPreparedStatementNames"][0]["StatementName"] == "none"
    analyst.athena.delete_prepared_statement(StatementName=name, WorkGroup="primary")


def test_workgroups(analyst):
    athena, name = analyst.athena, "team-" + uuid.uuid4().hex[:8]
    athena.create_work_group(
        Name=name,
        Configuration={"ResultConfiguration": {"OutputLocation": analyst.output}, "BytesScannedCutoffPerQuery": 10_000_000},
        Description="ours",
    )
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert group["State"] == "ENABLED" and group["Configuration"]["EnforceWorkGroupConfiguration"] is True
    assert group["Configuration"]["ManagedQueryResultsConfiguration"]["Enabled"] is False
    assert name in [one["Name"] for one in athena.list_work_groups()["WorkGroups"]]
    query_id = athena.start_query_execution(QueryString="SELECT 1", WorkGroup=name)["QueryExecutionId"]
    analyst.finish(query_id)
    assert athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"] == [query_id]
    told = athena.batch_get_query_execution(QueryExecutionIds=[query_id])
    assert told["QueryExecutions"][0]["WorkGroup"] == name
    assert athena.get_query_runtime_statistics(QueryExecutionId=query_id)["QueryRuntimeStatistics"]["Rows"]["OutputRows"] == 1
    athena.update_work_group(WorkGroup=name, State="DISABLED")
    with pytest.raises(ClientError):
        athena.start_query_execution(QueryString="SELECT 1", WorkGroup=name)
    with pytest.raises(ClientError, match="is not empty"):
        athena.delete_work_group(WorkGroup=name)
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    assert athena.list_engine_versions()["EngineVersions"]


def test_named_queries(analyst):
    athena = analyst.athena
    query_id = athena.create_named_query(Name="n", Database="db", QueryString="SELECT 1")["NamedQueryId"]
    assert query_id in athena.list_named_queries()["NamedQueryIds"]
    athena.update_named_query(NamedQueryId=query_id, Name="m", QueryString="SELECT 2")
    assert athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]["Name"] == "m"
    assert athena.batch_get_named_query(NamedQueryIds=[query_id])["NamedQueries"][0]["QueryString"] == "SELECT 2"
    athena.delete_named_query(NamedQueryId=query_id)
    with pytest.raises(ClientError):
        athena.get_named_query(NamedQueryId=query_id)


def test_the_catalog_as_athena_shows_it(analyst):
    athena = analyst.athena
    assert athena.list_data_catalogs()["DataCatalogsSummary"][0]["CatalogName"] == "AwsDataCatalog"
    assert athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"
    names = [one["Name"] for one in athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]]
    assert analyst.database in names
    assert athena.get_database(CatalogName="AwsDataCatalog", DatabaseName=analyst.database)["Database"]["Name"]
    tables = athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=analyst.database)["TableMetadataList"]
    assert [table["Name"] for table in tables] == ["flights"]
    assert ["flights"] in analyst.rows("SHOW TABLES")
    with pytest.raises(ClientError) as error:
        athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="nobody")
    assert error.value.response["Error"]["Code"] == "MetadataException"


def test_a_stopped_query_is_cancelled(analyst):
    query_id = analyst.start(
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1000000000) SELECT count(*) FROM t"
    )
    time.sleep(0.2)
    analyst.athena.stop_query_execution(QueryExecutionId=query_id)
    assert analyst.finish(query_id)["Status"]["State"] == "CANCELLED"


def test_a_killed_server_leaves_no_half_table(own_tarn):
    tarn = own_tarn()
    analyst = Analyst(tarn)
    analyst.run(f"CREATE DATABASE {analyst.database}")
    query_id = analyst.start(
        f"CREATE TABLE big WITH (external_location = 's3://{analyst.bucket}/big/') AS SELECT a.n AS x, b.n AS y FROM "
        "UNNEST(sequence(1, 10000)) AS a (n) CROSS JOIN UNNEST(sequence(1, 10000)) AS b (n)"
    )
    time.sleep(0.5)
    tarn.kill()
    tarn.restart()
    again = Analyst(tarn, bucket=analyst.bucket, database=analyst.database)
    status = again.finish(query_id)["Status"]
    assert status["State"] == "FAILED" and status["AthenaError"]["Retryable"] is True
    assert again.rows("SHOW TABLES") == []
    assert "Contents" not in again.s3.list_objects_v2(Bucket=analyst.bucket, Prefix="big/")


def test_lists_take_only_their_own_tokens(analyst):
    athena = analyst.athena
    query_id = analyst.run("SELECT 1")["QueryExecutionId"]
    analyst.run("SELECT 2")
    calls = [
        (athena.list_query_executions, {}),
        (athena.list_named_queries, {}),
        (athena.list_prepared_statements, {"WorkGroup": "primary"}),
        (athena.list_work_groups, {}),
        (athena.list_data_catalogs, {}),
        (athena.list_engine_versions, {}),
        (athena.list_databases, {"CatalogName": "AwsDataCatalog"}),
        (athena.list_table_metadata, {"CatalogName": "AwsDataCatalog", "DatabaseName": analyst.database}),
        (athena.get_query_results, {"QueryExecutionId": query_id}),
    ]
    other = athena.list_query_executions(MaxResults=1)["NextToken"]
    for call, arguments in calls:
        tokens = ["bogus", "AAAA"] + ([other] if call != athena.list_query_executions else [])
        for token in tokens:
            with pytest.raises(ClientError) as error:
                call(NextToken=token, **arguments)
            assert error.value.response["Error"]["Code"] == "InvalidRequestException", (call, token)
    assert athena.list_query_executions(NextToken=other)["QueryExecutionIds"][0] == query_id
    with pytest.raises(ClientError, match="is not found"):
        athena.list_query_executions(WorkGroup="nobody")


def test_results_are_encrypted_as_asked(analyst):
    def configured(option, **more):
        encryption = {"EncryptionOption": option, **more}
        return {"OutputLocation": analyst.output, "EncryptionConfiguration": encryption}

    started = analyst.athena.start_query_execution(QueryString="SELECT 1", ResultConfiguration=configured("SSE_S3"))
    execution = analyst.finish(started["QueryExecutionId"])
    told = execution["ResultConfiguration"]
    assert told["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    bucket, key = told["OutputLocation"].removeprefix("s3://").split("/", 1)
    assert analyst.s3.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"] == "AES256"
    name = "sealed-" + uuid.uuid4().hex[:8]
    analyst.athena.create_work_group(Name=name, Configuration={"ResultConfiguration": configured("SSE_S3")})
    settings = analyst.athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]["ResultConfiguration"]
    assert settings["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    removal = {"ResultConfigurationUpdates": {"RemoveEncryptionConfiguration": True}}
    analyst.athena.update_work_group(WorkGroup=name, ConfigurationUpdates=removal)
    settings = analyst.athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]["ResultConfiguration"]
    assert "EncryptionConfiguration" not in settings
    key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    for option in ("SSE_KMS", "CSE_KMS"):
        with pytest.raises(ClientError, match="NotImplemented"):
            analyst.athena.start_query_execution(
                QueryString="SELECT 1", ResultConfiguration=configured(option, KmsKey=key_arn)
            )


def test_two_tables_of_one_name_at_once(analyst):
    for location in ("", f" WITH (external_location = 's3://{analyst.bucket}/both/')"):
        name = "both" if location else "one"
        rows = "SELECT n, sum(n) OVER () AS s FROM UNNEST(sequence(1, 10000)) AS t (n) CROSS JOIN UNNEST(sequence(1, 20)) AS u (m)"
        ids = [analyst.start(f"CREATE TABLE {name}{location} AS {rows}") for _ in range(4)]
        outcomes = [analyst.finish(query_id)["Status"] for query_id in ids]
        assert sorted(outcome["State"] for outcome in outcomes) == ["FAILED", "FAILED", "FAILED", "SUCCEEDED"]
        for outcome in outcomes:
            reason = outcome.get("StateChangeReason", "")
            assert not reason or "TABLE_ALREADY_EXISTS" in reason or "HIVE_PATH_ALREADY_EXISTS" in reason
        assert analyst.rows(f"SELECT count(*) FROM {name}") == [["_col0"], ["200000"]]


def test_projected_partitions(analyst):
    for day in ("01", "02"):
        analyst.s3.put_object(Bucket=analyst.bucket, Key=f"logs/2024/01/{day}/a.csv", Body=f"line{day}\n")
    analyst.run(
        f"CREATE EXTERNAL TABLE logs (line string) PARTITIONED BY (day string) LOCATION 's3://{analyst.bucket}/logs/' "
        "TBLPROPERTIES ('projection.enabled'='true', 'projection.day.type'='date', 'projection.day.format'='yyyy/MM/dd', "
        f"'projection.day.range'='2024/01/01,NOW', 'storage.location.template'='s3://{analyst.bucket}/logs/${{day}}')"
    )
    assert analyst.rows("SELECT line, day FROM logs ORDER BY 1")[1:] == [["line01", "2024/01/01"], ["line02", "2024/01/02"]]
    one = analyst.run("SELECT line FROM logs WHERE day = '2024/01/02'")
    assert one["Statistics"]["DataScannedInBytes"] == len("line02\n")
