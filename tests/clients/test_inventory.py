"""Inventories through boto3: configured, written by the lake's clock, read back."""

import csv
import gzip
import hashlib
import io
import json
import urllib.parse
import uuid

import botocore.exceptions
import pytest

from waits import eventually


def refused(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"]


@pytest.fixture
def reports(tarn, s3):
    """A bucket that S3 may deliver to."""
    name = tarn.new_bucket()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return name


def configuration(identity, destination, file_format="CSV", versions="Current", fields=("Size", "ETag"), **more):
    return {
        "Id": identity,
        "IsEnabled": True,
        "IncludedObjectVersions": versions,
        "Schedule": {"Frequency": "Daily"},
        "Destination": {
            "S3BucketDestination": {"Bucket": f"arn:aws:s3:::{destination}", "Format": file_format, "Prefix": "inv"}
        },
        "OptionalFields": list(fields),
        **more,
    }


def put(s3, bucket, wanted):
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id=wanted["Id"], InventoryConfiguration=wanted)


def manifest_of(tarn, s3, bucket, reports, identity):
    """The newest report, once it is whole."""

    def ends():
        tarn.advance(600)
        found = s3.list_objects_v2(Bucket=reports, Prefix=f"inv/{bucket}/{identity}/").get("Contents", [])
        return [o["Key"] for o in found if o["Key"].endswith("manifest.checksum")]

    end = eventually(ends, pause=0.2)[-1]
    checksum = s3.get_object(Bucket=reports, Key=end)["Body"].read().decode()
    text = s3.get_object(Bucket=reports, Key=end.replace(".checksum", ".json"))["Body"].read()
    assert hashlib.md5(text).hexdigest() == checksum
    return json.loads(text)


def test_configurations(s3, bucket, reports):
    wanted = configuration("weekly", reports, Filter={"Prefix": "raw/"}, fields=("Size", "StorageClass"))
    wanted["Schedule"]["Frequency"] = "Weekly"
    put(s3, bucket, wanted)
    assert s3.get_bucket_inventory_configuration(Bucket=bucket, Id="weekly")["InventoryConfiguration"] == wanted
    put(s3, bucket, configuration("daily", reports))
    listed = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert [c["Id"] for c in listed["InventoryConfigurationList"]] == ["daily", "weekly"]
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="weekly")
    assert refused(s3.delete_bucket_inventory_configuration, Bucket=bucket, Id="weekly") == "NoSuchConfiguration"
    assert refused(s3.get_bucket_inventory_configuration, Bucket=bucket, Id="weekly") == "NoSuchConfiguration"
    assert refused(put, s3, bucket, configuration("orc", reports, "ORC")) == "NotImplemented"
    assert refused(put, s3, bucket, configuration("a b", reports)) == "InvalidArgument"
    assert refused(put, s3, bucket, configuration("x", reports, fields=("ObjectOwner",))) == "NotImplemented"


def test_a_report_in_csv(tarn, s3, bucket, reports):
    for key in ("raw/a b.csv", "raw/c,d", "raw/ä", "other"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    put(s3, bucket, configuration("csv", reports, Filter={"Prefix": "raw/"}))
    manifest = manifest_of(tarn, s3, bucket, reports, "csv")
    assert manifest["fileSchema"] == "Bucket, Key, Size, ETag" and manifest["sourceBucket"] == bucket
    rows = {}
    for file in manifest["files"]:
        data = s3.get_object(Bucket=reports, Key=file["key"])["Body"].read()
        assert len(data) == file["size"] and hashlib.md5(data).hexdigest() == file["MD5checksum"]
        for of, key, size, etag in csv.reader(io.StringIO(gzip.decompress(data).decode())):
            assert of == bucket
            rows[urllib.parse.unquote_plus(key)] = (int(size), etag)
    assert rows == {
        key: (len(key.encode()), hashlib.md5(key.encode()).hexdigest()) for key in ("raw/a b.csv", "raw/c,d", "raw/ä")
    }


def test_a_report_tells_what_was_replicated(tarn, s3, reports):
    source, target = tarn.new_bucket(), tarn.new_bucket()
    for name in (source, target):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=source, Key="before", Body=b"x")
    role = tarn.new_role({"Service": "s3.amazonaws.com"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    rule = {
        "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    s3.put_object(Bucket=source, Key="after", Body=b"x")
    eventually(lambda: s3.head_object(Bucket=source, Key="after").get("ReplicationStatus") == "COMPLETED")
    for name, expected in ((source, {"before": "", "after": "COMPLETED"}), (target, {"after": "REPLICA"})):
        put(s3, name, configuration("told", reports, fields=("ReplicationStatus",)))
        manifest = manifest_of(tarn, s3, name, reports, "told")
        data = s3.get_object(Bucket=reports, Key=manifest["files"][0]["key"])["Body"].read()
        assert {row[1]: row[2] for row in csv.reader(io.StringIO(gzip.decompress(data).decode()))} == expected


def rows_of(tarn, reports, sql):
    """What Athena answers, as lists of text; None for null."""
    athena = tarn.client("athena")
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{reports}/results/"}
    )["QueryExecutionId"]

    def ended():
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        return status["State"] not in ("QUEUED", "RUNNING") and status

    status = eventually(ended)
    assert status["State"] == "SUCCEEDED", status
    result = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in result[1:]]


def test_a_report_of_versions_in_parquet(tarn, s3, bucket, reports):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="a b", Body=b"12345")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="a b")["VersionId"]
    put(s3, bucket, configuration("p", reports, "Parquet", "All", ("Size", "LastModifiedDate", "StorageClass")))
    manifest = manifest_of(tarn, s3, bucket, reports, "p")
    assert manifest["fileFormat"] == "Parquet" and len(manifest["files"]) == 1
    database = "d_" + uuid.uuid4().hex[:10]
    tarn.client("glue").create_database(DatabaseInput={"Name": database})
    rows_of(
        tarn,
        reports,
        f"""CREATE EXTERNAL TABLE {database}.inventory (bucket string, key string, version_id string, is_latest boolean,
            is_delete_marker boolean, size bigint, last_modified_date timestamp, storage_class string)
            STORED AS PARQUET LOCATION 's3://{reports}/inv/{bucket}/p/data/'""",
    )
    rows = rows_of(
        tarn,
        reports,
        f"""SELECT version_id, key, is_latest, is_delete_marker, size, storage_class, year(last_modified_date) > 2020
            FROM {database}.inventory ORDER BY is_latest""",
    )
    assert rows == [
        [version, "a b", "false", "false", "5", "STANDARD", "true"],
        [marker, "a b", "true", "true", None, None, "true"],
    ]
