"""Rules on a schedule, by the lake's clock."""

import json

import pytest

HOUR = 3600


@pytest.fixture
def server(own_tarn):
    return own_tarn("--test-clock")


def test_a_rule_fires_on_its_schedule_and_not_twice_over_a_restart(server):
    sqs, events = server.client("sqs"), server.client("events")
    queue = sqs.create_queue(QueueName="beat")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = events.put_rule(Name="beat", ScheduleExpression="rate(1 hour)")["RuleArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    assert events.put_targets(Rule="beat", Targets=[{"Id": "q", "Arn": arn}])["FailedEntryCount"] == 0
    assert events.describe_rule(Name="beat")["ScheduleExpression"] == "rate(1 hour)"

    def heard(wait=0):
        messages = server.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get("Messages", [])
        for message in messages:
            server.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return messages

    assert not heard()
    server.advance(HOUR)
    event = json.loads(heard(wait=10)[0]["Body"])
    assert (event["detail-type"], event["source"], event["resources"], event["detail"]) == ("Scheduled Event", "aws.events", [rule], {})
    server.kill()
    server.restart()
    assert not heard(wait=1)
    server.advance(HOUR)
    again = json.loads(heard(wait=10)[0]["Body"])
    assert again["id"] != event["id"]
    server.client("events").disable_rule(Name="beat")
    server.advance(3 * HOUR)
    assert not heard(wait=1)
