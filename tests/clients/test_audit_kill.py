"""SIGKILL right after acknowledged calls: what they changed carries its record, so that LookupEvents tells of each."""

import gzip
import json
import os
import uuid

from waits import eventually

ROUNDS = int(os.environ.get("TARN_AUDIT_KILL_ROUNDS", "4"))


def told(tarn):
    """The events of the account: request id → event."""
    events = {}
    for page in tarn.client("cloudtrail").get_paginator("lookup_events").paginate():
        for each in page["Events"]:
            event = json.loads(each["CloudTrailEvent"])
            assert event["eventID"] == each["EventId"]
            assert event["requestID"] not in events, "an event is told twice"
            events[event["requestID"]] = event
    return events


def change_something(tarn):
    """Calls of several services that change something: their answers, by the operation's name."""
    s3, glue, iam = tarn.client("s3"), tarn.client("glue"), tarn.client("iam")
    athena, events = tarn.client("athena"), tarn.client("events")
    name = "n" + uuid.uuid4().hex[:12]
    calls = [
        ("CreateBucket", lambda: s3.create_bucket(Bucket=name)),
        (
            "PutBucketVersioning",
            lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}),
        ),
        ("CreateUser", lambda: iam.create_user(UserName=name)),
        ("CreateAccessKey", lambda: iam.create_access_key(UserName=name)),
        ("CreateDatabase", lambda: glue.create_database(DatabaseInput={"Name": name})),
        ("CreateWorkGroup", lambda: athena.create_work_group(Name=name)),
        ("PutRule", lambda: events.put_rule(Name=name, EventPattern='{"source": ["aws.s3"]}')),
        ("DeleteDatabase", lambda: glue.delete_database(Name=name)),
        ("DeleteBucket", lambda: s3.delete_bucket(Bucket=name)),
    ]
    for operation, call in calls:
        answer = call()
        metadata = answer["ResponseMetadata"]
        yield operation, metadata.get("RequestId") or metadata["HTTPHeaders"]["x-amz-request-id"]


def test_acknowledged_changes_are_in_the_history_after_a_kill(own_tarn):
    tarn = own_tarn()
    acknowledged = {}
    for round_ in range(ROUNDS):
        for step, (operation, request) in enumerate(change_something(tarn)):
            acknowledged[request] = operation
            # The last one acknowledged is another in each round, and the server dies at once.
            if step == 8 - 2 * (round_ % 4):
                break
        tarn.kill()
        tarn.restart()
        events = told(tarn)
        missing = {request: name for request, name in acknowledged.items() if request not in events}
        assert not missing
    for request, operation in acknowledged.items():
        assert events[request]["eventName"] == operation
        assert events[request]["userIdentity"]["type"] == "Root"
        assert "errorCode" not in events[request]


def test_secrets_are_not_in_what_a_kill_leaves(own_tarn):
    tarn = own_tarn()
    iam = tarn.client("iam")
    iam.create_user(UserName="ada")
    secret = iam.create_access_key(UserName="ada")["AccessKey"]["SecretAccessKey"]
    tarn.kill()
    tarn.restart()
    events = told(tarn)
    assert any(event["eventName"] == "CreateAccessKey" for event in events.values())
    assert secret not in json.dumps(list(events.values()))


def test_data_events_that_a_trail_selects_outlive_a_kill(own_tarn):
    tarn = own_tarn()
    s3, cloudtrail = tarn.client("s3"), tarn.client("cloudtrail")
    data, logs = tarn.new_bucket(), tarn.new_bucket()
    s3.put_bucket_policy(
        Bucket=logs,
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudtrail.amazonaws.com"},
                        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
                        "Resource": [f"arn:aws:s3:::{logs}", f"arn:aws:s3:::{logs}/*"],
                    }
                ],
            }
        ),
    )
    cloudtrail.create_trail(Name="data", S3BucketName=logs)
    resources = [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{data}/"]}]
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False, "DataResources": resources}
    cloudtrail.put_event_selectors(TrailName="data", EventSelectors=[selector])
    cloudtrail.start_logging(Name="data")
    requests = set()
    for size in (10, 100_000):
        for number in range(5):
            answer = s3.put_object(Bucket=data, Key=f"{size}/{number}", Body=b"x" * size)
            requests.add(answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])
    tarn.kill()
    tarn.restart()
    wait_for_deliveries(tarn, logs, requests)


def wait_for_deliveries(tarn, bucket, wanted):
    """Until the trail's files tell of all of these requests."""
    s3 = tarn.client("s3")

    def complete():
        found = set()
        for each in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            packed = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            found |= {record["requestID"] for record in json.loads(gzip.decompress(packed))["Records"]}
        return wanted <= found

    eventually(complete, pause=1)
