"""Rules, crawlers and triggers on a schedule, by the lake's clock."""

import json
import time

import pytest
from test_glue import code_of
from waits import eventually

HOURLY = "cron(0 * * * ? *)"
HOUR = 3600


@pytest.fixture
def server(own_tarn):
    return own_tarn("--test-clock")


@pytest.fixture
def lake(server):
    """A bucket with a table, a role that may read it, and a crawler's arguments."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket="scheduled")
    s3.put_object(Bucket="scheduled", Key="raw/flights/a.csv", Body=b"year,dep\n2013,1\n2013,2\n")
    server.client("glue").create_database(DatabaseInput={"Name": "d"})
    role = server.new_role({"Service": "glue.amazonaws.com"}, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    return {"Role": role, "DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://scheduled/raw/"}]}}


def crawls(server, name):
    return len([c for c in server.client("glue").list_crawls(CrawlerName=name)["Crawls"] if c["State"] == "COMPLETED"])


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
    event = json.loads(eventually(lambda: heard(wait=1))[0]["Body"])
    assert (event["detail-type"], event["source"], event["resources"], event["detail"]) == ("Scheduled Event", "aws.events", [rule], {})
    server.kill()
    server.restart()
    assert not heard(wait=1)
    server.advance(HOUR)
    again = json.loads(eventually(lambda: heard(wait=1))[0]["Body"])
    assert again["id"] != event["id"]
    server.client("events").disable_rule(Name="beat")
    server.advance(3 * HOUR)
    assert not heard(wait=1)


def test_a_crawler_on_a_schedule(server, lake):
    glue = server.client("glue")
    glue.create_crawler(Name="c", Schedule=HOURLY, **lake)
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"] == {"ScheduleExpression": HOURLY, "State": "SCHEDULED"}
    server.advance(HOUR)
    eventually(lambda: crawls(server, "c") == 1)
    glue.stop_crawler_schedule(CrawlerName="c")
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    assert code_of(glue.stop_crawler_schedule, CrawlerName="c") == "SchedulerNotRunningException"
    server.advance(2 * HOUR)
    time.sleep(0.5)
    assert crawls(server, "c") == 1
    glue.start_crawler_schedule(CrawlerName="c")
    assert code_of(glue.start_crawler_schedule, CrawlerName="c") == "SchedulerRunningException"
    server.kill()
    server.restart()
    server.advance(HOUR)
    eventually(lambda: crawls(server, "c") == 2)
    glue = server.client("glue")
    assert code_of(glue.update_crawler_schedule, CrawlerName="c", Schedule="every day") == "InvalidInputException"
    glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 0 1 1 ? 2199)")
    server.advance(2 * HOUR)
    time.sleep(0.5)
    assert crawls(server, "c") == 2


def test_a_trigger_on_a_schedule(server, lake):
    glue = server.client("glue")
    glue.create_crawler(Name="c", **lake)
    assert code_of(glue.start_crawler_schedule, CrawlerName="c") == "NoScheduleException"
    glue.create_workflow(Name="w")
    glue.create_trigger(Name="t", WorkflowName="w", Type="SCHEDULED", Schedule=HOURLY, StartOnCreation=True, Actions=[{"CrawlerName": "c"}])
    trigger = glue.get_trigger(Name="t")["Trigger"]
    assert (trigger["Type"], trigger["Schedule"], trigger["State"]) == ("SCHEDULED", HOURLY, "ACTIVATED")
    server.advance(HOUR)
    eventually(lambda: [run["Status"] for run in glue.get_workflow_runs(Name="w")["Runs"]] == ["COMPLETED"])
    assert crawls(server, "c") == 1
    glue.stop_trigger(Name="t")
    server.advance(2 * HOUR)
    time.sleep(0.5)
    assert len(glue.get_workflow_runs(Name="w")["Runs"]) == 1
