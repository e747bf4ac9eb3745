"""CloudTrail through boto3: the history of calls, and trails that deliver to a bucket."""

import datetime
import gzip
import json
import uuid

import pytest
from botocore.exceptions import ClientError
from waits import eventually


def refused(code, call, **arguments):
    """The message of the refusal, whose code must be `code`."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def cloudtrail(tarn):
    return tarn.client("cloudtrail")


@pytest.fixture
def logs(tarn):
    """A bucket that lets CloudTrail write."""
    bucket = tarn.new_bucket()
    let = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            }
        ],
    }
    tarn.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(let))
    return bucket


@pytest.fixture
def trail(cloudtrail, logs):
    name = "trail-" + uuid.uuid4().hex[:12]
    cloudtrail.create_trail(Name=name, S3BucketName=logs, S3KeyPrefix="audit")
    yield name
    cloudtrail.delete_trail(Name=name)


def delivered(tarn, bucket):
    """All records in the bucket's log files."""
    s3 = tarn.client("s3")
    records = []
    for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        assert found["Key"].endswith(".json.gz")
        records += json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()))["Records"]
    return records


def test_lookup_events(tarn, cloudtrail):
    name = "user-" + uuid.uuid4().hex[:12]
    iam = tarn.client("iam")
    iam.create_user(UserName=name)
    iam.create_access_key(UserName=name)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateUser"}
    events = cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
    event = json.loads(events[0]["CloudTrailEvent"])
    assert event["requestParameters"]["userName"] == name
    assert event["userIdentity"]["type"] == "Root"
    assert event["eventSource"] == "iam.amazonaws.com" and events[0]["ReadOnly"] == "false"
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateAccessKey"}
    told = cloudtrail.lookup_events(LookupAttributes=[attribute], MaxResults=1)["Events"][0]["CloudTrailEvent"]
    assert "secretAccessKey" not in told or json.loads(told)["responseElements"]["accessKey"]["secretAccessKey"] in (
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "***",
    )
    future = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    assert cloudtrail.lookup_events(StartTime=future)["Events"] == []


def test_lookup_pages(tarn, cloudtrail):
    iam = tarn.client("iam")
    for _ in range(5):
        iam.list_users(MaxItems=1)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "ListUsers"}
    first = cloudtrail.lookup_events(LookupAttributes=[attribute], MaxResults=2)
    second = cloudtrail.lookup_events(LookupAttributes=[attribute], MaxResults=2, NextToken=first["NextToken"])
    ids = [each["EventId"] for each in first["Events"] + second["Events"]]
    assert len(set(ids)) == 4
    refused("InvalidNextTokenException", cloudtrail.lookup_events, NextToken="nonsense")
    both = [attribute, {"AttributeKey": "ReadOnly", "AttributeValue": "true"}]
    refused("InvalidLookupAttributesException", cloudtrail.lookup_events, LookupAttributes=both)


def test_denials_are_in_the_history(tarn, cloudtrail):
    key = tarn.new_user({"Sid": "NoRoles", "Effect": "Deny", "Action": "iam:ListRoles", "Resource": "*"})
    refused("AccessDenied", tarn.client("iam", key).list_roles)
    attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": key[0]}
    event = json.loads(cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"][0]["CloudTrailEvent"])
    assert event["eventName"] == "ListRoles" and event["errorCode"] == "AccessDenied"
    assert event["additionalEventData"]["denials"][0]["statement"] == "NoRoles"


def test_trails(cloudtrail, logs, trail):
    shown = cloudtrail.get_trail(Name=trail)["Trail"]
    assert shown["S3BucketName"] == logs and shown["S3KeyPrefix"] == "audit"
    arn = shown["TrailARN"]
    assert cloudtrail.get_trail(Name=arn)["Trail"]["Name"] == trail
    assert arn in [each["TrailARN"] for each in cloudtrail.list_trails()["Trails"]]
    assert [each["Name"] for each in cloudtrail.describe_trails(trailNameList=[trail, "none"])["trailList"]] == [trail]
    refused("TrailAlreadyExistsException", cloudtrail.create_trail, Name=trail, S3BucketName=logs)
    assert cloudtrail.update_trail(Name=trail, S3KeyPrefix="other")["S3KeyPrefix"] == "other"
    assert not cloudtrail.get_trail_status(Name=trail)["IsLogging"]
    cloudtrail.start_logging(Name=trail)
    assert cloudtrail.get_trail_status(Name=trail)["IsLogging"]
    cloudtrail.stop_logging(Name=trail)
    assert not cloudtrail.get_trail_status(Name=trail)["IsLogging"]
    refused("TrailNotFoundException", cloudtrail.get_trail, Name="none")
    refused("InvalidTrailNameException", cloudtrail.create_trail, Name="a", S3BucketName=logs)


def test_trails_need_a_bucket_that_lets_them(tarn, cloudtrail):
    refused("S3BucketDoesNotExistException", cloudtrail.create_trail, Name="abc", S3BucketName="no-such-bucket-here")
    closed = tarn.new_bucket()
    refused("InsufficientS3BucketPolicyException", cloudtrail.create_trail, Name="abc", S3BucketName=closed)


def test_event_selectors(cloudtrail, trail):
    assert cloudtrail.get_event_selectors(TrailName=trail)["EventSelectors"][0]["IncludeManagementEvents"]
    selector = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::lake/"]}],
    }
    cloudtrail.put_event_selectors(TrailName=trail, EventSelectors=[selector])
    shown = cloudtrail.get_event_selectors(TrailName=trail)["EventSelectors"][0]
    assert {name: shown[name] for name in selector} == selector
    advanced = [{"Name": "all", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    cloudtrail.put_event_selectors(TrailName=trail, AdvancedEventSelectors=advanced)
    assert cloudtrail.get_event_selectors(TrailName=trail)["AdvancedEventSelectors"] == advanced
    refused(
        "InvalidEventSelectorsException",
        cloudtrail.put_event_selectors,
        TrailName=trail,
        EventSelectors=[{"DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}],
    )


def test_tags(cloudtrail, trail):
    arn = cloudtrail.get_trail(Name=trail)["Trail"]["TrailARN"]
    cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloudtrail.remove_tags(ResourceId=arn, TagsList=[{"Key": "a"}])
    listed = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    assert listed == [{"ResourceId": arn, "TagsList": [{"Key": "b", "Value": "2"}]}]


def test_a_trail_delivers_what_it_selects(tarn, cloudtrail, logs, trail):
    watched = tarn.new_bucket()
    selector = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{watched}/"]}],
    }
    cloudtrail.put_event_selectors(TrailName=trail, EventSelectors=[selector])
    cloudtrail.start_logging(Name=trail)
    tarn.client("s3").put_object(Bucket=watched, Key="raw/x", Body=b"x")
    key = tarn.new_user()
    refused("AccessDenied", tarn.client("s3", key).get_object, Bucket=watched, Key="raw/x")
    # Trails are delivered every minute of the lake's clock.
    eventually(lambda: tarn.advance(60) and len(delivered(tarn, logs)) >= 2, pause=1)
    put, get = sorted(delivered(tarn, logs), key=lambda record: record["eventName"], reverse=True)
    assert put["eventName"] == "PutObject" and put["eventCategory"] == "Data" and "errorCode" not in put
    assert get["eventName"] == "GetObject" and get["errorCode"] == "AccessDenied"
    assert get["userIdentity"]["accessKeyId"] == key[0]
    assert get["resources"][0]["ARN"] == f"arn:aws:s3:::{watched}/raw/x"
    assert cloudtrail.get_trail_status(Name=trail)["LatestDeliveryTime"]


def test_what_a_query_is_refused_is_in_the_trail(tarn, cloudtrail, logs, trail):
    """A query's objects are read after StartQueryExecution was answered; their refusals are told all the same."""
    data, results = tarn.new_bucket(), tarn.new_bucket()
    selector = {
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{data}/"]}],
    }
    cloudtrail.put_event_selectors(TrailName=trail, EventSelectors=[selector])
    tarn.client("s3").put_object(Bucket=data, Key="t/a.csv", Body=b"1,x\n")
    cloudtrail.start_logging(Name=trail)

    def run(athena, sql):
        where = {"OutputLocation": f"s3://{results}/"}
        query = athena.start_query_execution(QueryString=sql, ResultConfiguration=where)["QueryExecutionId"]

        def ended():
            status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            return status["State"] in ("SUCCEEDED", "FAILED") and status

        return eventually(ended)

    database = "d" + uuid.uuid4().hex[:12]
    assert run(tarn.client("athena"), f"CREATE DATABASE {database}")["State"] == "SUCCEEDED"
    table = f"CREATE EXTERNAL TABLE {database}.t (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
    assert run(tarn.client("athena"), table + f"LOCATION 's3://{data}/t/'")["State"] == "SUCCEEDED"
    key = tarn.new_user(
        {"Effect": "Allow", "Action": ["athena:*", "glue:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{results}", f"arn:aws:s3:::{results}/*"]},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{data}"},
    )
    status = run(tarn.client("athena", key), f"SELECT * FROM {database}.t")
    assert status["State"] == "FAILED" and "s3:GetObject" in status["StateChangeReason"]
    record = eventually(lambda: tarn.advance(60) and delivered(tarn, logs), pause=1)[0]
    assert record["eventName"] == "GetObject" and record["errorCode"] == "AccessDenied"
    assert record["resources"][0]["ARN"] == f"arn:aws:s3:::{data}/t/a.csv"
    assert record["userIdentity"]["userName"] in status["StateChangeReason"]
