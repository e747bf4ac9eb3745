"""CloudWatch Logs through boto3 and the command line."""

import pathlib
import subprocess
import sys
import time
import uuid

import botocore.exceptions
import pytest

AWS = str(pathlib.Path(sys.executable).parent / "aws")


def code_of(error):
    return error.value.response["Error"]["Code"]


@pytest.fixture
def logs(tarn):
    return tarn.client("logs")


@pytest.fixture
def group(logs):
    name = "/test/" + uuid.uuid4().hex[:12]
    logs.create_log_group(logGroupName=name, tags={"team": "lake"})
    logs.create_log_stream(logGroupName=name, logStreamName="stream")
    yield name


def put(logs, group, messages, stream="stream"):
    now = int(time.time() * 1000)
    events = [{"timestamp": now + i, "message": message} for i, message in enumerate(messages)]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_groups_and_streams_are_described(logs, group):
    described = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [one["logGroupName"] for one in described] == [group]
    assert described[0]["arn"].endswith(":log-group:" + group + ":*")
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    put(logs, group, ["one"])
    streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
    assert streams[0]["logStreamName"] == "stream"
    assert streams[0]["lastEventTimestamp"] >= streams[0]["firstEventTimestamp"]


def test_events_are_read_in_pages(logs, group):
    put(logs, group, [f"line {i}" for i in range(25)])
    read, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        page = logs.get_log_events(
            logGroupName=group, logStreamName="stream", startFromHead=True, limit=10, **more
        )
        read += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert read == [f"line {i}" for i in range(25)]
    latest = logs.get_log_events(logGroupName=group, logStreamName="stream", limit=3)
    assert [event["message"] for event in latest["events"]] == ["line 22", "line 23", "line 24"]
    paginated = [
        event["message"]
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, PaginationConfig={"PageSize": 7}
        )
        for event in page["events"]
    ]
    assert paginated == read


def test_events_are_filtered_across_streams(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="other")
    put(logs, group, ["ERROR here", "fine"])
    put(logs, group, ["another ERROR", "fine too"], stream="other")
    found = logs.filter_log_events(logGroupName=group, filterPattern="ERROR")["events"]
    assert sorted(event["message"] for event in found) == ["ERROR here", "another ERROR"]
    found = logs.filter_log_events(logGroupName=group, filterPattern="ERROR", logStreamNames=["other"])["events"]
    assert [event["logStreamName"] for event in found] == ["other"]


def test_the_command_line_reads(tarn, logs, group):
    put(logs, group, ["hello line"])
    command = [AWS, "logs", "filter-log-events", "--log-group-name", group, "--output", "text"]
    shown = subprocess.run(
        command, env=tarn.environment_for(), capture_output=True, text=True, check=True, timeout=60
    )
    assert "hello line" in shown.stdout


def test_refusals_are_the_service_s_own(tarn, logs, group):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        logs.create_log_group(logGroupName=group)
    assert code_of(error) == "ResourceAlreadyExistsException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        logs.get_log_events(logGroupName="/none", logStreamName="stream")
    assert code_of(error) == "ResourceNotFoundException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        logs.put_retention_policy(logGroupName=group, retentionInDays=2)
    assert code_of(error) == "InvalidParameterException"
    logs.delete_log_group(logGroupName=group)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        put(logs, group, ["gone"])
    assert code_of(error) == "ResourceNotFoundException"


def test_who_may_not_is_refused(tarn, group):
    reader = tarn.new_user(
        {"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "arn:aws:logs:*:*:log-group:/test/*"}
    )
    client = tarn.client("logs", key=reader)
    assert client.get_log_events(logGroupName=group, logStreamName="stream")["events"] == []
    arn = "arn:aws:logs:us-east-1:" + tarn.client("sts").get_caller_identity()["Account"] + ":log-group:" + group
    assert client.get_log_events(logGroupIdentifier=arn, logStreamName="stream")["events"] == []
    with pytest.raises(botocore.exceptions.ClientError) as error:
        put(client, group, ["no"])
    assert code_of(error) == "AccessDeniedException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.filter_log_events(logGroupIdentifier=arn)
    assert code_of(error) == "AccessDeniedException"
