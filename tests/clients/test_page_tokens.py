"""Tokens of pages: every list takes back its own, and refuses all others."""

import base64
import uuid

import pytest

from s3_help import refused

FOREIGN = base64.b64encode(b"\0" * 8 + b"place\nname").decode()


@pytest.fixture(scope="module")
def client(tarn):
    made = {}

    def of(service):
        if service not in made:
            made[service] = tarn.client(service)
        return made[service]

    return of


@pytest.fixture(scope="module")
def names():
    prefix = "page-" + uuid.uuid4().hex[:8] + "-"
    return [prefix + letter for letter in "abc"]


# What each list is asked, by which name it takes a token, and what it says of one that is not its own.
LISTS = [
    ("events", "list_rules", {}, "NextToken", "ValidationException"),
    ("events", "list_event_buses", {}, "NextToken", "ValidationException"),
    ("events", "list_rule_names_by_target", {"TargetArn": "arn:aws:sqs:us-east-1:1:q"}, "NextToken", "ValidationException"),
    ("logs", "describe_log_groups", {}, "nextToken", "InvalidParameterException"),
    ("iam", "list_users", {}, "Marker", "ValidationError"),
    ("iam", "list_roles", {}, "Marker", "ValidationError"),
    ("iam", "list_groups", {}, "Marker", "ValidationError"),
    ("iam", "list_policies", {}, "Marker", "ValidationError"),
    ("iam", "list_account_aliases", {}, "Marker", "ValidationError"),
    ("iam", "list_instance_profiles", {}, "Marker", "ValidationError"),
    ("iam", "get_account_authorization_details", {}, "Marker", "ValidationError"),
    ("cloudtrail", "list_trails", {}, "NextToken", "InvalidNextTokenException"),
    ("cloudtrail", "lookup_events", {}, "NextToken", "InvalidNextTokenException"),
    ("sqs", "list_queues", {"MaxResults": 5}, "NextToken", "InvalidParameterValue"),
    ("sagemaker", "list_training_jobs", {}, "NextToken", "ValidationException"),
    ("sagemaker", "list_models", {}, "NextToken", "ValidationException"),
    ("sagemaker", "list_endpoints", {}, "NextToken", "ValidationException"),
    ("sagemaker", "list_endpoint_configs", {}, "NextToken", "ValidationException"),
    ("glue", "get_databases", {}, "NextToken", "InvalidInputException"),
    ("glue", "list_crawlers", {}, "NextToken", "InvalidInputException"),
    ("athena", "list_work_groups", {}, "NextToken", "InvalidRequestException"),
    ("athena", "list_query_executions", {}, "NextToken", "InvalidRequestException"),
]


@pytest.mark.parametrize("service, operation, asked, name, code", LISTS, ids=[f"{row[0]}.{row[1]}" for row in LISTS])
def test_no_list_takes_a_token_that_is_not_its_own(client, service, operation, asked, name, code):
    getattr(client(service), operation)(**asked)
    for token in (FOREIGN, "bm90IG91cnM="):
        with refused(code, 400):
            getattr(client(service), operation)(**asked, **{name: token})


def paged(list_page, size, token_name):
    """All items of a list that `list_page(**token)` reads page by page as (items, token of the next page)."""
    told, token = [], {}
    while True:
        items, following = list_page(**token)
        assert len(items) <= size
        told += items
        if not following:
            return told
        token = {token_name: following}


def test_rules_and_their_targets(client, names):
    events = client("events")
    prefix = names[0][:-1]
    for name in names:
        events.put_rule(Name=name, EventPattern='{"source": ["a"]}')

    def page(**token):
        answer = events.list_rules(NamePrefix=prefix, Limit=2, **token)
        return [rule["Name"] for rule in answer["Rules"]], answer.get("NextToken")

    assert paged(page, 2, "NextToken") == names
    token = events.list_rules(NamePrefix=prefix, Limit=2)["NextToken"]
    with refused("ValidationException", 400):
        events.list_targets_by_rule(Rule=names[0], NextToken=token)
    for name in names:
        events.delete_rule(Name=name)


def test_groups_and_streams(client, names):
    logs = client("logs")
    prefix = names[0][:-1]
    for name in names:
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=names[0], logStreamName=name)
    logs.create_log_stream(logGroupName=names[1], logStreamName="other")

    def groups(**token):
        answer = logs.describe_log_groups(logGroupNamePrefix=prefix, limit=2, **token)
        return [group["logGroupName"] for group in answer["logGroups"]], answer.get("nextToken")

    def streams(**token):
        answer = logs.describe_log_streams(logGroupName=names[0], orderBy="LastEventTime", limit=1, **token)
        return [stream["logStreamName"] for stream in answer["logStreams"]], answer.get("nextToken")

    assert paged(groups, 2, "nextToken") == names
    assert paged(streams, 1, "nextToken") == names
    token = streams()[1]
    for other in ({"logGroupName": names[1]}, {"logGroupName": names[0], "orderBy": "LogStreamName"}):
        with refused("InvalidParameterException", 400):
            logs.describe_log_streams(**other, nextToken=token)
    page = logs.get_log_events(logGroupName=names[0], logStreamName=names[0])
    with refused("InvalidParameterException", 400):
        logs.get_log_events(logGroupName=names[0], logStreamName=names[1], nextToken=page["nextForwardToken"])
    for name in names:
        logs.delete_log_group(logGroupName=name)


def test_queues_and_users(client, names):
    sqs, iam = client("sqs"), client("iam")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]

    def queues(**token):
        answer = sqs.list_queues(QueueNamePrefix=names[0][:-1], MaxResults=2, **token)
        return answer["QueueUrls"], answer.get("NextToken")

    assert paged(queues, 2, "NextToken") == urls
    for url in urls:
        sqs.delete_queue(QueueUrl=url)

    path = f"/{names[0]}/"
    for name in names:
        iam.create_user(UserName=name, Path=path)

    def users(**token):
        answer = iam.list_users(PathPrefix=path, MaxItems=2, **token)
        return [user["UserName"] for user in answer["Users"]], answer.get("Marker")

    assert paged(users, 2, "Marker") == names
    marker = iam.list_users(PathPrefix=path, MaxItems=2)["Marker"]
    with refused("ValidationError", 400):
        iam.list_roles(Marker=marker)
    for name in names:
        iam.delete_user(UserName=name)
