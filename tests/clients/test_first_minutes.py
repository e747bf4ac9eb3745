"""The first ten minutes of somebody who knows AWS: version 2 of the aws command line, as it is, against the lake."""

import json
import os

import pytest

from waits import eventually

WEATHER = "id,city,temp\n1,Ghent,9.5\n2,Turku,NA\n"


@pytest.fixture
def aws(tool):
    def run(*arguments, **more):
        return tool("awscli2", "aws", *arguments, **more)

    return run


@pytest.fixture
def ask(aws):
    """One API call, its answer parsed."""

    def run(*arguments):
        text = aws(*arguments, "--output", "json")
        return json.loads(text) if text.strip() else {}

    return run


def test_who_am_i(ask):
    identity = ask("sts", "get-caller-identity")
    assert identity["Arn"] == f"arn:aws:iam::{identity['Account']}:root"


def test_sync_and_list(aws, bucket, tmp_path):
    for name in ("1.txt", "b/2.txt", "b/c/ä 3 +%.txt", "empty"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else name.encode())
        os.utime(path, (1_700_000_000, 1_700_000_000))
    aws("s3", "sync", "source", f"s3://{bucket}/raw")
    assert aws("s3", "sync", "source", f"s3://{bucket}/raw") == ""
    listed = aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}/raw/")
    assert "Total Objects: 4" in listed and "Total Size: 27" in listed and "raw/b/c/ä 3 +%.txt" in listed
    assert "PRE b/" in aws("s3", "ls", f"s3://{bucket}/raw/")
    aws("s3", "sync", f"s3://{bucket}/raw", "back")
    for path in (tmp_path / "source").rglob("*"):
        if path.is_file():
            assert (tmp_path / "back" / path.relative_to(tmp_path / "source")).read_bytes() == path.read_bytes()
    aws("s3", "sync", f"s3://{bucket}/raw", f"s3://{bucket}/copy")
    assert "Total Objects: 8" in aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}")
    (tmp_path / "source" / "1.txt").unlink()
    aws("s3", "sync", "--delete", "source", f"s3://{bucket}/raw")
    assert "1.txt" not in aws("s3", "ls", f"s3://{bucket}/raw/")
    assert bucket in aws("s3", "rb", "--force", f"s3://{bucket}")
    assert "NoSuchBucket" in aws("s3", "ls", f"s3://{bucket}", refused=True)


@pytest.mark.parametrize("size", [11, 100 << 20], ids=["small", "100MB"])
def test_copy_there_and_back(aws, ask, bucket, tmp_path, size):
    content = os.urandom(min(size, 1 << 20)) * max(1, size >> 20)
    (tmp_path / "there").write_bytes(content)
    aws("s3", "cp", "--no-progress", "there", f"s3://{bucket}/cold", "--storage-class", "STANDARD_IA")
    head = ask("s3api", "head-object", "--bucket", bucket, "--key", "cold", "--checksum-mode", "ENABLED")
    assert head["StorageClass"] == "STANDARD_IA" and head["ContentLength"] == len(content)
    assert head["ChecksumCRC64NVME"] and head["ChecksumType"] == "FULL_OBJECT"
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/cold", f"s3://{bucket}/copied", "--storage-class", "STANDARD")
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/copied", "back")
    assert (tmp_path / "back").read_bytes() == content
    assert "StorageClass" not in ask("s3api", "head-object", "--bucket", bucket, "--key", "copied")
    aws("s3", "mv", "--no-progress", f"s3://{bucket}/copied", f"s3://{bucket}/moved")
    assert "copied" not in aws("s3", "ls", f"s3://{bucket}")


def test_through_a_pipe(aws, bucket):
    aws("s3", "cp", "-", f"s3://{bucket}/typed", stdin=WEATHER)
    assert aws("s3", "cp", f"s3://{bucket}/typed", "-") == WEATHER


def test_a_crawler_and_its_log(aws, ask, tarn, bucket):
    role = tarn.new_role(
        {"Service": "glue.amazonaws.com"}, {"Effect": "Allow", "Action": ["s3:*", "glue:*", "logs:*"], "Resource": "*"}
    )
    aws("s3", "cp", "-", f"s3://{bucket}/raw/weather/1.csv", stdin=WEATHER)
    database, crawler = bucket.replace("-", "_"), bucket
    targets = f"S3Targets=[{{Path=s3://{bucket}/raw/}}]"
    aws("glue", "create-crawler", "--name", crawler, "--role", role, "--database-name", database, "--targets", targets)
    aws("glue", "start-crawler", "--name", crawler)
    eventually(lambda: ask("glue", "get-crawler", "--name", crawler)["Crawler"]["State"] == "READY")
    assert ask("glue", "get-crawler", "--name", crawler)["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    tailed = aws("logs", "tail", "/aws-glue/crawlers", "--since", "1h", "--log-stream-names", crawler)
    assert "weather" in tailed and all(crawler in line for line in tailed.splitlines())
    columns = ask("glue", "get-table", "--database-name", database, "--name", "weather")["Table"]["StorageDescriptor"]["Columns"]
    assert [column["Type"] for column in columns] == ["bigint", "string", "double"]


def test_a_query_and_its_results(aws, ask, bucket):
    aws("s3", "cp", "-", f"s3://{bucket}/weather/1.csv", stdin=WEATHER)

    def query(sql):
        started = ask("athena", "start-query-execution", "--query-string", sql, "--result-configuration",
                      f"OutputLocation=s3://{bucket}/results/")  # fmt: skip
        identifier = started["QueryExecutionId"]
        state = eventually(lambda: finished(identifier))
        assert state["State"] == "SUCCEEDED", state
        return identifier

    def finished(identifier):
        status = ask("athena", "get-query-execution", "--query-execution-id", identifier)["QueryExecution"]["Status"]
        return status if status["State"] not in ("QUEUED", "RUNNING") else None

    database = bucket.replace("-", "_")
    query(f"CREATE DATABASE {database}")
    query(
        f"CREATE EXTERNAL TABLE {database}.weather (id int, city string, temp double) ROW FORMAT DELIMITED FIELDS "
        f"TERMINATED BY ',' LOCATION 's3://{bucket}/weather/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    identifier = query(f"SELECT city, temp FROM {database}.weather ORDER BY id")
    rows = ask("athena", "get-query-results", "--query-execution-id", identifier)["ResultSet"]["Rows"]
    assert [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows] == [["city", "temp"], ["Ghent", "9.5"], ["Turku", None]]
    assert aws("s3", "cp", f"s3://{bucket}/results/{identifier}.csv", "-") == '"city","temp"\n"Ghent","9.5"\n"Turku",\n'


def test_what_is_not_there_says_so(aws):
    said = aws("kms", "list-keys", refused=True)
    assert "NotImplemented" in said and "kms" in said
