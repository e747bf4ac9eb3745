"""EventBridge through boto3: rules, patterns, targets, events of clients."""

import json
import uuid

import botocore.exceptions
import pytest


def code_of(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*args, **kwargs)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def unique():
    return uuid.uuid4().hex[:10]


@pytest.fixture
def events(tarn):
    return tarn.client("events")


def test_rules(events, unique):
    name = f"r-{unique}"
    pattern = json.dumps({"source": ["aws.s3"]})
    arn = events.put_rule(Name=name, EventPattern=pattern, Description="d")["RuleArn"]
    assert arn.endswith(f":rule/{name}")
    rule = events.describe_rule(Name=name)
    assert (rule["State"], rule["EventPattern"], rule["Description"]) == ("ENABLED", pattern, "d")
    events.disable_rule(Name=name)
    assert events.describe_rule(Name=name)["State"] == "DISABLED"
    events.enable_rule(Name=name)
    assert name in [r["Name"] for r in events.list_rules(NamePrefix="r-")["Rules"]]
    events.delete_rule(Name=name)
    assert code_of(events.describe_rule, Name=name) == "ResourceNotFoundException"
    events.delete_rule(Name=name)


def test_what_would_not_be_honoured_is_refused(events, unique):
    assert code_of(events.put_rule, Name="x", EventPattern="{}") == "InvalidEventPatternException"
    for expression in ("rate(1 minutes)", "cron(0 12 * * *)", "at(2030-01-01T00:00:00)", "daily"):
        assert code_of(events.put_rule, Name="x", ScheduleExpression=expression) == "ValidationException"
    assert code_of(events.put_rule, Name="x", EventBusName="other", EventPattern='{"source":["a"]}') == "ResourceNotFoundException"
    events.put_rule(Name=f"r-{unique}", EventPattern='{"source":["a"]}')
    target = {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    assert code_of(events.put_targets, Rule=f"r-{unique}", Targets=[target]) == "ValidationException"


def test_a_rule_with_a_role_needs_the_right_to_pass_it(tarn, unique):
    role = tarn.new_role({"Service": "events.amazonaws.com"})
    user = tarn.client("events", key=tarn.new_user({"Effect": "Allow", "Action": "events:*", "Resource": "*"}))
    assert code_of(user.put_rule, Name=f"r-{unique}", EventPattern='{"source":["a"]}', RoleArn=role) == "AccessDeniedException"
    assert code_of(tarn.client("events").put_rule, Name=f"r-{unique}", EventPattern='{"source":["a"]}', RoleArn=role + "x") == "ValidationException"


def test_patterns_are_tried(events):
    event = json.dumps({"id": "1", "detail-type": "t", "source": "s", "account": "123456789012", "time": "2013-01-01T00:00:00Z", "region": "us-east-1", "resources": [], "detail": {"key": "raw/a"}})
    assert events.test_event_pattern(EventPattern='{"detail":{"key":[{"prefix":"raw/"}]}}', Event=event)["Result"] is True
    assert events.test_event_pattern(EventPattern='{"detail":{"key":[{"suffix":"b"}]}}', Event=event)["Result"] is False


def test_targets(tarn, events, unique):
    account = tarn.client("sts").get_caller_identity()["Account"]
    rule, arn = f"r-{unique}", f"arn:aws:glue:us-east-1:{account}:workflow/w-{unique}"
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = tarn.client("iam").create_role(RoleName=f"events-{unique}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    events.put_rule(Name=rule, EventPattern='{"source":["a"]}')
    assert code_of(events.put_targets, Rule=rule, Targets=[{"Id": "1", "Arn": arn}]) == "ValidationException"
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn, "RoleArn": role, "InputPath": "$.detail"}])
    assert events.list_targets_by_rule(Rule=rule)["Targets"][0]["InputPath"] == "$.detail"
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == [rule]
    assert code_of(events.delete_rule, Name=rule) == "ValidationException"
    assert events.remove_targets(Rule=rule, Ids=["1", "2"])["FailedEntries"][0]["TargetId"] == "2"
    events.delete_rule(Name=rule)


def test_put_events(events):
    good = {"Source": "my.app", "DetailType": "t", "Detail": "{}"}
    answer = events.put_events(Entries=[good, {**good, "Detail": "no json"}, {**good, "Source": "aws.s3"}])
    assert answer["FailedEntryCount"] == 2
    assert answer["Entries"][0]["EventId"]
    assert [e.get("ErrorCode") for e in answer["Entries"][1:]] == ["MalformedDetail", "NotAuthorizedForSourceException"]


def test_the_default_bus(events):
    assert events.describe_event_bus()["Name"] == "default"
    assert [b["Name"] for b in events.list_event_buses()["EventBuses"]] == ["default"]
