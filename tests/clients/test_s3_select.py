"""SelectObjectContent as boto3 sees it: events, formats, encryption, rights, errors before and amid the stream."""

import bz2
import gzip
import json
import os
import uuid

import pytest
from botocore.exceptions import EventStreamError

from s3_help import keys, refused
from waits import eventually

PEOPLE = "name,age,city\nSam,31,\"New York, NY\"\nJeff,21,Oslo\nAnn,45,Rome\n"
CSV = {"CSV": {"FileHeaderInfo": "USE"}}


def select(s3, bucket, key, expression, given=CSV, wanted=None, **more):
    """The records as text, and all events."""
    answer = s3.select_object_content(
        Bucket=bucket, Key=key, Expression=expression, ExpressionType="SQL",
        InputSerialization=given, OutputSerialization=wanted or {"CSV": {}}, **more,
    )
    events = list(answer["Payload"])
    return b"".join(e["Records"]["Payload"] for e in events if "Records" in e).decode(), events


@pytest.fixture
def people(s3, bucket):
    s3.put_object(Bucket=bucket, Key="people.csv", Body=PEOPLE.encode())
    return bucket


def test_records_stats_and_end(s3, people):
    text, events = select(s3, people, "people.csv", "SELECT s.name FROM S3Object s WHERE CAST(s.age AS INT) > 30")
    assert text == "Sam\nAnn\n"
    assert [next(iter(event)) for event in events] == ["Records", "Stats", "End"]
    assert events[1]["Stats"]["Details"] == {
        "BytesScanned": len(PEOPLE), "BytesProcessed": len(PEOPLE), "BytesReturned": len(text),
    }
    _, events = select(s3, people, "people.csv", "SELECT * FROM S3Object", RequestProgress={"Enabled": True})
    assert [next(iter(event)) for event in events] == ["Records", "Progress", "Stats", "End"]
    text, _ = select(s3, people, "people.csv", "SELECT * FROM S3Object s LIMIT 1", wanted={"JSON": {"RecordDelimiter": ";"}})
    assert text == '{"name":"Sam","age":"31","city":"New York, NY"};'


@pytest.mark.parametrize("pack,name", [(gzip.compress, "GZIP"), (bz2.compress, "BZIP2")])
def test_packed(s3, bucket, pack, name):
    packed = pack(PEOPLE.encode())
    s3.put_object(Bucket=bucket, Key="packed", Body=packed)
    text, events = select(s3, bucket, "packed", "SELECT COUNT(*), MAX(age) FROM S3Object", {**CSV, "CompressionType": name})
    assert text == "3,45\n"
    assert events[-2]["Stats"]["Details"]["BytesScanned"] == len(packed)
    assert events[-2]["Stats"]["Details"]["BytesProcessed"] == len(PEOPLE)
    s3.put_object(Bucket=bucket, Key="cut", Body=packed[:-9])
    with refused("TruncatedInput", 400):
        select(s3, bucket, "cut", "SELECT * FROM S3Object", {**CSV, "CompressionType": name})


def test_json(s3, bucket):
    document = {"Records": [{"id": n, "tags": [{"k": "x", "v": n * 1.5}]} for n in range(3)]}
    s3.put_object(Bucket=bucket, Key="d", Body=json.dumps(document, indent=2))
    as_json = {"JSON": {}}
    text, _ = select(s3, bucket, "d", "SELECT r.id, r.tags[0].v FROM S3Object[*].Records[*] r WHERE r.id > 0",
                     {"JSON": {"Type": "DOCUMENT"}}, as_json)
    assert [json.loads(line) for line in text.splitlines()] == [{"id": 1, "v": 1.5}, {"id": 2, "v": 3.0}]
    s3.put_object(Bucket=bucket, Key="l", Body="\n".join(json.dumps(r) for r in document["Records"]))
    text, _ = select(s3, bucket, "l", "SELECT * FROM S3Object s WHERE s.none IS MISSING LIMIT 1", {"JSON": {"Type": "LINES"}}, as_json)
    assert json.loads(text) == document["Records"][0]


def test_parquet(tarn, s3, bucket):
    athena = tarn.client("athena")
    query = athena.start_query_execution(
        QueryString=f"CREATE TABLE t WITH (format = 'PARQUET', external_location = 's3://{bucket}/p/') AS "
                    "SELECT n AS id, 'n' || CAST(n AS varchar) AS name FROM UNNEST(sequence(0, 999)) AS u (n)",
        QueryExecutionContext={"Database": make_database(tarn)},
        ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"},
    )["QueryExecutionId"]

    def ended():
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return status["State"] not in ("QUEUED", "RUNNING") and status

    status = eventually(ended)
    assert status["State"] == "SUCCEEDED", status
    text = ""
    for key in keys(s3.list_objects_v2(Bucket=bucket, Prefix="p/")):
        text += select(s3, bucket, key, "SELECT s.name, s.ID FROM S3Object s WHERE s.id >= 998", {"Parquet": {}})[0]
        total, _ = select(s3, bucket, key, "SELECT COUNT(*) AS c FROM S3Object", {"Parquet": {}}, {"JSON": {}})
        assert json.loads(total)["c"] > 0
    assert sorted(text.splitlines()) == ["n998,998", "n999,999"]
    s3.put_object(Bucket=bucket, Key="no", Body=b"PAR1 it is not PAR1")
    with refused("ParquetParsingError", 400):
        select(s3, bucket, "no", "SELECT * FROM S3Object", {"Parquet": {}})


def make_database(tarn):
    name = "d_" + uuid.uuid4().hex[:10]
    tarn.client("glue").create_database(DatabaseInput={"Name": name})
    return name


def test_scan_ranges(s3, bucket):
    lines = [f"{n},{'x' * (n % 50)}\n" for n in range(20_000)]
    whole = "".join(lines)
    s3.put_object(Bucket=bucket, Key="k", Body=whole)
    plain, found, step = {"CSV": {}}, "", 100_000
    for start in range(0, len(whole), step):
        text, events = select(s3, bucket, "k", "SELECT * FROM S3Object", plain,
                              ScanRange={"Start": start, "End": start + step - 1})
        found += text
    assert found == whole
    text, _ = select(s3, bucket, "k", "SELECT * FROM S3Object", plain, ScanRange={"End": 10})
    assert whole.endswith(text)
    with refused("UnsupportedScanRangeInput", 400):
        select(s3, bucket, "k", "SELECT * FROM S3Object", {"JSON": {"Type": "DOCUMENT"}}, ScanRange={"Start": 0})
    with refused("InvalidScanRange", 400):
        select(s3, bucket, "k", "SELECT * FROM S3Object", plain, ScanRange={"Start": 9, "End": 3})


def test_much_comes_in_pieces(s3, bucket):
    line = "0123456789abcdef" * 4 + "\n"
    count = 400_000
    s3.put_object(Bucket=bucket, Key="k", Body=line * count)
    answer = s3.select_object_content(
        Bucket=bucket, Key="k", Expression="SELECT * FROM S3Object", ExpressionType="SQL",
        InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}},
    )
    size, pieces = 0, 0
    for event in answer["Payload"]:
        if "Records" in event:
            size += len(event["Records"]["Payload"])
            pieces += 1
    assert size == len(line) * count and pieces > 50
    _, events = select(s3, bucket, "k", "SELECT * FROM S3Object WHERE _1 = 'no'", {"CSV": {}})
    assert [next(iter(event)) for event in events][-3:] == ["Cont", "Stats", "End"]


def test_errors_amid_the_stream(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body="1\n" * 2_000_000 + "x\n")
    with pytest.raises(EventStreamError) as error:
        select(s3, bucket, "k", "SELECT CAST(_1 AS INT) FROM S3Object", {"CSV": {}})
    assert error.value.response["Error"]["Code"] == "CastFailed"


def test_errors_at_once(s3, people):
    for expression, code in [
        ("SELECT nothing FROM S3Object", "MissingHeaders"),
        ("SELECT _9 FROM S3Object", "InvalidColumnIndex"),
        ("SELECT a FROM S3Object ORDER BY a", "ParseUnexpectedToken"),
        ("DROP TABLE x", "UnsupportedSyntax"),
        ("SELECT CAST(name AS INT) FROM S3Object", "CastFailed"),
        ("SELECT REVERSE(name) FROM S3Object", "UnsupportedFunction"),
    ]:
        with refused(code, 400):
            select(s3, people, "people.csv", expression)
    with refused("ObjectSerializationConflict", 400):
        select(s3, people, "people.csv", "SELECT * FROM S3Object", {"CSV": {}, "JSON": {"Type": "LINES"}})
    with refused("NoSuchKey", 404):
        select(s3, people, "nothing", "SELECT * FROM S3Object")
    with refused("NoSuchBucket", 404):
        select(s3, "no-" + uuid.uuid4().hex, "nothing", "SELECT * FROM S3Object")


def test_needs_get_object(tarn, people):
    reader = tarn.new_user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{people}/people.csv"})
    assert select(tarn.client("s3", reader), people, "people.csv", "SELECT age FROM S3Object LIMIT 1")[0] == "31\n"
    with refused("AccessDenied", 403):
        select(tarn.client("s3", tarn.new_user()), people, "people.csv", "SELECT * FROM S3Object")


def test_customers_keys(own_tarn):
    tarn = own_tarn("--relaxed")
    s3, bucket = tarn.client("s3"), tarn.new_bucket()
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
    s3.put_object(Bucket=bucket, Key="k", Body=PEOPLE * 2000, **key)
    assert select(s3, bucket, "k", "SELECT COUNT(*) FROM S3Object", **key)[0] == "7999\n"
    with refused("InvalidRequest", 400):
        select(s3, bucket, "k", "SELECT COUNT(*) FROM S3Object")
