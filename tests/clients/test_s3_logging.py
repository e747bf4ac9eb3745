"""Access logs as objects of another bucket, and request metrics."""

import json
import re
import urllib.request

import pytest

from s3_help import body_of, put, refused
from waits import eventually

# The fields of a line, as AWS documents them.
FIELDS = (
    "owner bucket time ip requester request_id operation key uri status error sent size total turnaround referer agent "
    "version host_id signature cipher authentication host tls access_point acl region"
).split()
FIELD = re.compile(r'\[[^]]*\]|"[^"]*"|\S+')


def lines_of(s3, bucket, prefix=""):
    lines = []
    for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        for line in body_of(s3.get_object(Bucket=bucket, Key=each["Key"])).decode().splitlines():
            values = FIELD.findall(line)
            assert len(values) == len(FIELDS), line
            lines.append(dict(zip(FIELDS, values)))
    return lines


def let_logging(s3, source, target, account):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/*",
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"}, "StringEquals": {"aws:SourceAccount": account}},
    }
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def log_into(s3, source, target, prefix="", **key_format):
    enabled = {"TargetBucket": target, "TargetPrefix": prefix}
    if key_format:
        enabled["TargetObjectKeyFormat"] = key_format
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": enabled})
    return enabled


def wait_for_lines(tarn, s3, target, count, prefix=""):
    def enough():
        tarn.advance(600)
        lines = lines_of(s3, target, prefix)
        return len(lines) >= count and lines

    return eventually(enough)


@pytest.fixture
def account(tarn):
    return tarn.client("sts").get_caller_identity()["Account"]


def test_requests_become_lines(tarn, s3, bucket, account):
    target = tarn.new_bucket()
    let_logging(s3, bucket, target, account)
    enabled = log_into(s3, bucket, target, "logs/")
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == enabled
    put(s3, bucket, "a b", body=b"hello")
    body_of(s3.get_object(Bucket=bucket, Key="a b", Range="bytes=0-1"))
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="missing")
    s3.list_objects_v2(Bucket=bucket)
    user_key = tarn.new_user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    tarn.client("s3", key=user_key).head_object(Bucket=bucket, Key="a b")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b"})
    urllib.request.urlopen(url).read()
    lines = wait_for_lines(tarn, s3, target, 7, "logs/")
    by_operation = {}
    for line in lines:
        assert line["bucket"] == bucket and line["ip"] == "127.0.0.1" and line["region"] == "us-east-1"
        assert re.fullmatch(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]", line["time"])
        by_operation.setdefault(line["operation"], []).append(line)
    stored = by_operation["REST.PUT.OBJECT"][0]
    assert (stored["key"], stored["status"], stored["size"], stored["sent"]) == ("a%20b", "200", "5", "-")
    assert stored["authentication"] == "AuthHeader" and stored["signature"] == "SigV4"
    assert (stored["tls"], stored["cipher"], stored["access_point"]) == ("-", "-", "-")
    gets = by_operation["REST.GET.OBJECT"]
    ranged = [line for line in gets if line["status"] == "206"][0]
    assert (ranged["sent"], ranged["size"]) == ("2", "5")
    missing = [line for line in gets if line["status"] == "404"][0]
    assert missing["error"] == "NoSuchKey" and missing["uri"].startswith(f'"GET /{bucket}/missing')
    assert [line["authentication"] for line in gets].count("QueryString") == 1
    assert by_operation["REST.GET.BUCKET"][0]["key"] == "-"
    assert ":user/" in by_operation["REST.HEAD.OBJECT"][0]["requester"]


def test_lines_tell_how_a_connection_was_protected(own_tarn):
    tarn = own_tarn("--tls", "--test-clock")
    s3 = tarn.client("s3")
    source, target = "protected-source", "protected-target"
    s3.create_bucket(Bucket=source)
    s3.create_bucket(Bucket=target)
    let_logging(s3, source, target, tarn.client("sts").get_caller_identity()["Account"])
    log_into(s3, source, target)
    put(s3, source, "k")
    stored = [line for line in wait_for_lines(tarn, s3, target, 1) if line["operation"] == "REST.PUT.OBJECT"][0]
    assert stored["tls"] == "TLSv1.3" and re.fullmatch(r"TLS_[A-Z0-9_]+", stored["cipher"])
    assert stored["host"] == tarn.endpoint.split("//")[1] and stored["access_point"] == "-"


def test_batches_have_a_line_for_each_key(tarn, s3, bucket, account):
    target = tarn.new_bucket()
    let_logging(s3, bucket, target, account)
    put(s3, bucket, "a b", "c")
    log_into(s3, bucket, target, "logs/")
    batch = [{"Key": "a b"}, {"Key": "c", "ETag": "other"}, {"Key": "missing"}]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    lines = wait_for_lines(tarn, s3, target, 4, "logs/")
    whole = [line for line in lines if line["operation"] == "REST.POST.MULTI_OBJECT_DELETE"]
    items = {line["key"]: line for line in lines if line["operation"] == "BATCH.DELETE.OBJECT"}
    assert len(whole) == 1 and set(items) == {"a%20b", "c", "missing"}
    assert {key: (line["status"], line["error"]) for key, line in items.items()} == {
        "a%20b": ("204", "-"), "c": ("412", "PreconditionFailed"), "missing": ("204", "-")
    }
    assert {line["request_id"] for line in items.values()} == {whole[0]["request_id"]}
    assert {line["uri"] for line in items.values()} == {"-"}


def test_partitioned_keys(tarn, s3, bucket, account):
    target = tarn.new_bucket()
    let_logging(s3, bucket, target, account)
    for source in ("EventTime", "DeliveryTime"):
        log_into(s3, bucket, target, source + "/", PartitionedPrefix={"PartitionDateSource": source})
        told = s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetObjectKeyFormat"]
        assert told == {"PartitionedPrefix": {"PartitionDateSource": source}}
        put(s3, bucket, "k")
        assert wait_for_lines(tarn, s3, target, 1, source)
        key = s3.list_objects_v2(Bucket=target, Prefix=source)["Contents"][0]["Key"]
        time_of_day = "00-00-00" if source == "EventTime" else r"\d\d-\d\d-\d\d"
        pattern = rf"{source}/{account}/us-east-1/{bucket}/(\d{{4}})/(\d\d)/(\d\d)/\1-\2-\3-{time_of_day}-[0-9A-F]{{16}}"
        assert re.fullmatch(pattern, key), key
    log_into(s3, bucket, target, "", SimplePrefix={})
    assert "SimplePrefix" in s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetObjectKeyFormat"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_logs_of_a_bucket_in_itself_do_not_log_themselves(tarn, s3, bucket, account):
    let_logging(s3, bucket, bucket, account)
    log_into(s3, bucket, bucket, "logs/")
    put(s3, bucket, "k")
    assert wait_for_lines(tarn, s3, bucket, 1, "logs/")
    operations = {(line["operation"], line["key"]) for line in lines_of(s3, bucket, "logs/")}
    assert ("REST.PUT.OBJECT", "k") in operations
    assert not any(operation == "REST.PUT.OBJECT" and key.startswith("logs/") for operation, key in operations)


def test_a_stop_loses_nothing(own_tarn):
    server = own_tarn("--test-clock")
    s3 = server.client("s3")
    source, target = server.new_bucket(), server.new_bucket()
    let_logging(s3, source, target, server.client("sts").get_caller_identity()["Account"])
    log_into(s3, source, target)
    put(s3, source, *[f"key{number}" for number in range(50)])
    assert server.stop() == 0
    server.restart()
    s3 = server.client("s3")
    keys = {line["key"] for line in lines_of(s3, target)}
    assert keys >= {f"key{number}" for number in range(50)}
    put(s3, source, "later")
    assert server.stop() == 0
    server.restart()
    assert "later" in {line["key"] for line in lines_of(server.client("s3"), target)}


def test_targets_that_cannot_be(tarn, s3, bucket):
    with refused("InvalidTargetBucketForLogging", 400):
        log_into(s3, bucket, "no-such-bucket-" + bucket)
    key, _ = tarn.new_account("logs")
    other = tarn.client("s3", key=key)
    other.create_bucket(Bucket=bucket + "-other")
    with refused("InvalidTargetBucketForLogging"):
        log_into(s3, bucket, bucket + "-other")
    with refused("AccessDenied"):
        other.get_bucket_logging(Bucket=bucket)
    listed = bucket + "-acl"
    s3.create_bucket(Bucket=listed, ObjectOwnership="BucketOwnerPreferred")
    with refused("InvalidTargetBucketForLogging"):
        log_into(s3, bucket, listed)
    s3.put_bucket_acl(Bucket=listed, ACL="log-delivery-write")
    log_into(s3, bucket, listed)
    put(s3, bucket, "k")
    assert wait_for_lines(tarn, s3, listed, 1)
    grants = [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]
    with refused("NotImplemented"):
        enabled = {"TargetBucket": listed, "TargetPrefix": "", "TargetGrants": grants}
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})


def metrics_of(tarn, bucket):
    text = urllib.request.urlopen(tarn.endpoint + "/_tarn/metrics").read().decode()
    return dict(re.findall(rf'tarn_bucket_(\w+{{bucket="{bucket}",[^}}]*}}) (\S+)', text))


def test_request_metrics(tarn, s3, bucket):
    assert s3.list_bucket_metrics_configurations(Bucket=bucket)["IsTruncated"] is False
    with refused("NoSuchConfiguration", 404):
        s3.get_bucket_metrics_configuration(Bucket=bucket, Id="all")
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="all", MetricsConfiguration={"Id": "all"})
    docs = {"Id": "docs", "Filter": {"Prefix": "docs/"}}
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="docs", MetricsConfiguration=docs)
    assert s3.get_bucket_metrics_configuration(Bucket=bucket, Id="docs")["MetricsConfiguration"] == docs
    listed = s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"]
    assert [each["Id"] for each in listed] == ["all", "docs"]
    put(s3, bucket, "docs/a", "b", body=b"12345")
    body_of(s3.get_object(Bucket=bucket, Key="docs/a"))
    told = metrics_of(tarn, bucket)
    assert told[f'requests_total{{bucket="{bucket}",filter="docs",type="Put"}}'] == "1"
    assert told[f'requests_total{{bucket="{bucket}",filter="all",type="Put"}}'] == "2"
    assert told[f'downloaded_bytes_total{{bucket="{bucket}",filter="docs"}}'] == "5"
    point = "arn:aws:s3:us-east-1:111122223333:accesspoint/p"
    tag = {"Key": "a", "Value": "b"}
    for refused_filter, code in (
        ({"AccessPointArn": point}, "NotImplemented"),
        ({"And": {"Prefix": "a", "AccessPointArn": point}}, "NotImplemented"),
        ({"And": {"Tags": [tag]}}, "MalformedXML"),
        ({"And": {"Tags": [tag, tag]}}, "InvalidTag"),
    ):
        with refused(code):
            wanted = {"Id": "x", "Filter": refused_filter}
            s3.put_bucket_metrics_configuration(Bucket=bucket, Id="x", MetricsConfiguration=wanted)
    with refused("InvalidConfigurationId", 400):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="a b", MetricsConfiguration={"Id": "a b"})
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="all")
    with refused("NoSuchConfiguration", 404):
        s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="all")
    assert len(s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"]) == 1


def test_request_metrics_by_tags(tarn, s3, bucket):
    red, small = {"Key": "colour", "Value": "red"}, {"Key": "size", "Value": "small"}
    filters = {"red": {"Tag": red}, "both": {"And": {"Prefix": "docs/", "Tags": [red, small]}}}
    for name, chosen in filters.items():
        wanted = {"Id": name, "Filter": chosen}
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=name, MetricsConfiguration=wanted)
        assert s3.get_bucket_metrics_configuration(Bucket=bucket, Id=name)["MetricsConfiguration"] == wanted
    s3.put_object(Bucket=bucket, Key="docs/a", Body=b"12345", Tagging="colour=red&size=small")
    s3.put_object(Bucket=bucket, Key="b", Body=b"12345", Tagging="colour=red")
    s3.put_object(Bucket=bucket, Key="docs/c", Body=b"12345", Tagging="colour=blue&size=small")
    body_of(s3.get_object(Bucket=bucket, Key="docs/a"))
    s3.head_object(Bucket=bucket, Key="b")
    s3.delete_object(Bucket=bucket, Key="b")
    told = metrics_of(tarn, bucket)

    def count(name, kind):
        return told.get(f'requests_total{{bucket="{bucket}",filter="{name}",type="{kind}"}}')

    assert [count("red", kind) for kind in ("Put", "Get", "Head", "Delete")] == ["2", "1", "1", "1"]
    assert [count("both", kind) for kind in ("Put", "Get", "Head", "Delete")] == ["1", "1", None, None]
