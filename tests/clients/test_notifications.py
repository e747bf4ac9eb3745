"""What changes in buckets reaches queues, webhooks and rules: configured, filtered, tried again, logged."""

import hashlib
import hmac
import http.server
import json
import threading
import uuid

import botocore.exceptions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from waits import eventually


def refused(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]


class Queue:
    def __init__(self, tarn, name=None, allow=("s3.amazonaws.com", "events.amazonaws.com"), source="*"):
        self.sqs = tarn.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name or "q-" + uuid.uuid4().hex[:12])["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if allow:
            self.allow(allow, source)

    def allow(self, services, source="*"):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": list(services)},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def take(self, wait=1, **options):
        messages = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, MessageAttributeNames=["All"], **options
        ).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def records(self, count):
        """So many at least, and whatever came with them."""
        found = []

        def enough():
            for message in self.take():
                found.extend(json.loads(message["Body"]).get("Records", []))
            return len(found) >= count

        eventually(enough)
        return found


def configure(s3, bucket, arn, events=("s3:ObjectCreated:*",), rules=(), **more):
    configuration = {"QueueArn": arn, "Events": list(events)}
    if rules:
        configuration["Filter"] = {"Key": {"FilterRules": [{"Name": n, "Value": v} for n, v in rules]}}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [configuration]}, **more
    )


def test_a_queue_hears_of_the_bucket(tarn, s3, bucket):
    queue = Queue(tarn, source=f"arn:aws:s3:::{bucket}")
    configure(s3, bucket, queue.arn, ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], [("Prefix", "raw/"), ("Suffix", ".csv")])
    test = json.loads(queue.take(wait=5)[0]["Body"])
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"][0]
    assert kept["QueueArn"] == queue.arn and kept["Id"]
    assert kept["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "raw/"}, {"Name": "Suffix", "Value": ".csv"}]

    s3.put_object(Bucket=bucket, Key="raw/other.json", Body=b"x")
    s3.put_object(Bucket=bucket, Key="raw/a ä+b.csv", Body=b"12345")
    s3.copy_object(Bucket=bucket, Key="raw/copy.csv", CopySource={"Bucket": bucket, "Key": "raw/a ä+b.csv"})
    s3.delete_object(Bucket=bucket, Key="raw/copy.csv")
    records = queue.records(3)
    assert [r["eventName"] for r in records] == ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:Delete"]
    record = records[0]
    assert record["eventVersion"] == "2.1" and record["eventSource"] == "aws:s3" and record["awsRegion"] == "us-east-1"
    assert record["s3"]["bucket"]["name"] == bucket
    assert record["s3"]["object"]["key"] == "raw/a+%C3%A4%2Bb.csv"
    assert record["s3"]["object"]["size"] == 5
    assert record["s3"]["object"]["eTag"] == hashlib.md5(b"12345").hexdigest()
    assert record["s3"]["object"]["sequencer"] < records[1]["s3"]["object"]["sequencer"]
    assert record["requestParameters"]["sourceIPAddress"] == "127.0.0.1"
    assert record["responseElements"]["x-amz-request-id"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_versions_are_named(tarn, s3, bucket):
    queue = Queue(tarn)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    configure(s3, bucket, queue.arn, ["s3:ObjectCreated:*", "s3:ObjectRemoved:DeleteMarkerCreated"])
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    records = queue.records(2)
    assert [r["s3"]["object"]["versionId"] for r in records] == [version, marker]


def test_destinations_that_cannot_be_reached_are_refused(tarn, s3, bucket):
    sentence = "Unable to validate the following destination configurations"
    closed = Queue(tarn, allow=())
    gone = closed.arn + "-gone"
    elsewhere = Queue(tarn, source="arn:aws:s3:::another-bucket")
    for arn in (closed.arn, gone, elsewhere.arn, "arn:aws:sqs:eu-west-1:123456789012:q", "arn:tarn:webhook:us-east-1:1:no"):
        error = refused(configure, s3, bucket, arn)
        assert (error["Code"], error["Message"]) == ("InvalidArgument", sentence), arn
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    configure(s3, bucket, closed.arn, SkipDestinationValidation=True)
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"][0]["QueueArn"] == closed.arn


def test_configurations_are_checked(tarn, s3, bucket):
    queue = Queue(tarn)

    def put(*configurations):
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": list(configurations)}
        )

    def one(identity, events, rules=()):
        return {
            "Id": identity, "QueueArn": queue.arn, "Events": events,
            "Filter": {"Key": {"FilterRules": [{"Name": n, "Value": v} for n, v in rules]}},
        }

    created, removed = ["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]
    assert refused(put, one("a", created), one("b", ["s3:ObjectCreated:Put"]))["Code"] == "InvalidArgument"
    assert refused(put, one("a", created), one("a", removed))["Code"] == "InvalidArgument"
    assert refused(put, one("a", created, [("prefix", "x"), ("prefix", "y")]))["Code"] == "InvalidArgument"
    assert refused(put, one("a", created, [("middle", "x")]))["Code"] == "InvalidArgument"
    put(one("a", created, [("prefix", "x/")]), one("b", created, [("prefix", "y/")]), one("c", removed))
    assert len(s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]) == 3
    topic = {"TopicConfigurations": [{"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Events": created}]}
    assert refused(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=topic)["Code"] == "NotImplemented"


def test_a_queue_that_closes_is_tried_again_and_the_log_says_so(tarn, s3, bucket):
    queue = Queue(tarn)
    configure(s3, bucket, queue.arn)
    queue.take(wait=5)
    queue.allow(["nobody.amazonaws.com"])
    s3.put_object(Bucket=bucket, Key="late", Body=b"x")
    logs = tarn.client("logs")

    def lines():
        try:
            found = logs.filter_log_events(logGroupName="/tarn/s3/notifications", logStreamNames=[bucket])["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event["message"]) for event in found]

    failed = eventually(lambda: [line for line in lines() if line["outcome"] == "failed"])
    assert failed[0]["key"] == "late" and failed[0]["target"] == queue.arn and "not authorized" in failed[0]["error"]
    queue.allow(["s3.amazonaws.com"])
    tarn.advance(600)
    assert queue.records(1)[0]["s3"]["object"]["key"] == "late"
    eventually(lambda: [line for line in lines() if line["outcome"] == "delivered"])


def test_notifications_survive_a_kill(own_tarn):
    tarn = own_tarn("--test-clock")
    s3, bucket = tarn.client("s3"), tarn.new_bucket()
    queue = Queue(tarn)
    configure(s3, bucket, queue.arn)
    written = []
    for round_number in range(3):
        stop = threading.Event()

        def write(number):
            client = tarn.client("s3")
            count = 0
            while not stop.is_set():
                key = f"{round_number}-{number}-{count}"
                count += 1
                try:
                    client.put_object(Bucket=bucket, Key=key, Body=b"x")
                except Exception:
                    return
                written.append(key)

        writers = [threading.Thread(target=write, args=(i,)) for i in range(3)]
        for writer in writers:
            writer.start()
        eventually(lambda: len(written) >= 15 * (round_number + 1), pause=0.02)
        tarn.kill()
        stop.set()
        for writer in writers:
            writer.join()
        tarn.restart()
    queue.sqs = tarn.client("sqs")
    queue.url = queue.sqs.get_queue_url(QueueName=queue.url.rsplit("/", 1)[1])["QueueUrl"]
    told = set()

    def all_are_told():
        for message in queue.take():
            told.update(record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", []))
        return set(written) <= told

    eventually(all_are_told)


def test_dead_notifications_can_be_tried_again(own_tarn):
    tarn = own_tarn("--test-clock")
    s3, bucket = tarn.client("s3"), tarn.new_bucket()
    queue = Queue(tarn)
    configure(s3, bucket, queue.arn)
    queue.take(wait=5)
    queue.allow(["nobody.amazonaws.com"])
    s3.put_object(Bucket=bucket, Key="late", Body=b"x")

    def ask(method, path, key=None):
        request = AWSRequest(method, f"{tarn.endpoint}/_tarn/notifications/{path}?bucket={bucket}", data=b"")
        SigV4Auth(Credentials(*(key or tarn.root)), "tarn", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        return answer.status_code, json.loads(answer.text)

    def dead():
        tarn.advance(301)
        return ask("GET", "dead")[1]["dead"]

    letter = eventually(dead)[0]
    assert (letter["key"], letter["target"], letter["event"]) == ("late", queue.arn, "s3:ObjectCreated:Put")
    assert "not authorized" in letter["error"]
    assert ask("GET", "dead", tarn.new_user())[0] == 403
    assert ask("POST", "retry", tarn.new_user())[0] == 403
    queue.allow(["s3.amazonaws.com"])
    assert ask("POST", "retry") == (200, {"retried": 1})
    assert queue.records(1)[0]["s3"]["object"]["key"] == "late"
    assert ask("GET", "dead")[1]["dead"] == []
    assert ask("GET", "nosuch")[0] == 404


class Hook(http.server.ThreadingHTTPServer):
    """A webhook that answers with `status` and keeps what it gets."""

    def __init__(self):
        hook = self
        self.status = 200
        self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.seen.append((dict(self.headers), body))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"


def test_webhooks(own_tarn):
    hook = Hook()
    tarn = own_tarn("--test-clock", "--webhook", f"orders={hook.url}", "--webhook-secret", "orders=s3cret")
    s3, bucket = tarn.client("s3"), tarn.new_bucket()
    account = tarn.client("sts").get_caller_identity()["Account"]
    arn = f"arn:tarn:webhook:us-east-1:{account}:orders"
    hook.status = 500
    assert refused(configure, s3, bucket, arn)["Code"] == "InvalidArgument"
    hook.status = 200
    configure(s3, bucket, arn, rules=[("prefix", "raw/")])
    assert json.loads(hook.seen[-1][1])["Event"] == "s3:TestEvent"
    hook.status = 503
    s3.put_object(Bucket=bucket, Key="raw/a", Body=b"x")
    eventually(lambda: len(hook.seen) >= 3)
    hook.status = 204
    tarn.kill()
    tarn.restart()
    before = len(hook.seen)
    tarn.advance(600)
    headers, body = eventually(lambda: hook.seen[before:])[0]
    assert json.loads(body)["Records"][0]["s3"]["object"]["key"] == "raw/a"
    assert headers["X-Tarn-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Tarn-Delivery"] == hook.seen[2][0]["X-Tarn-Delivery"]
    hook.shutdown()


def test_rules_send_to_queues_and_dead_letters(tarn, s3, bucket):
    events = tarn.client("events")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    queue, dead = Queue(tarn), Queue(tarn)
    closed = Queue(tarn, allow=())
    rule = "r-" + uuid.uuid4().hex[:10]
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    targets = [
        {"Id": "open", "Arn": queue.arn},
        {"Id": "closed", "Arn": closed.arn, "DeadLetterConfig": {"Arn": dead.arn}},
    ]
    assert events.put_targets(Rule=rule, Targets=targets)["FailedEntryCount"] == 0
    kept = {t["Id"]: t for t in events.list_targets_by_rule(Rule=rule)["Targets"]}
    assert kept["closed"]["DeadLetterConfig"] == {"Arn": dead.arn}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    event = json.loads(eventually(queue.take)[0]["Body"])
    assert event["detail-type"] == "Object Created" and event["detail"]["object"]["key"] == "k"
    letter = eventually(dead.take)[0]
    assert json.loads(letter["Body"])["detail"]["object"]["key"] == "k"
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes["TARGET_ARN"] == closed.arn
    assert attributes["RULE_ARN"].endswith(":rule/" + rule)
    assert attributes["ERROR_CODE"] == "AccessDenied"


def test_a_crawler_in_event_mode(tarn, s3, bucket):
    glue = tarn.client("glue")
    queue, dead = Queue(tarn), Queue(tarn)
    configure(s3, bucket, queue.arn, rules=[("prefix", "raw/")])
    role = tarn.new_role(
        {"Service": "glue.amazonaws.com"},
        {"Effect": "Allow", "Action": ["s3:*", "glue:*", "logs:*", "sqs:*"], "Resource": "*"},
    )
    database, name = "d_" + uuid.uuid4().hex[:10], "c-" + uuid.uuid4().hex[:10]
    target = {"Path": f"s3://{bucket}/raw/"}
    policy = {"RecrawlBehavior": "CRAWL_EVENT_MODE"}
    wrong = {"Name": name, "Role": role, "DatabaseName": database, "Targets": {"S3Targets": [target]}}
    assert refused(glue.create_crawler, RecrawlPolicy=policy, **wrong)["Code"] == "InvalidInputException"
    target |= {"EventQueueArn": queue.arn, "DlqEventQueueArn": dead.arn}
    glue.create_crawler(
        Name=name, Role=role, DatabaseName=database, Targets={"S3Targets": [target]}, RecrawlPolicy=policy
    )
    assert glue.get_crawler(Name=name)["Crawler"]["RecrawlPolicy"] == policy

    def put(key, text):
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode())

    def crawl():
        glue.start_crawler(Name=name)
        crawler = eventually(lambda: (c := glue.get_crawler(Name=name)["Crawler"])["State"] == "READY" and c)
        assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]

    def messages():
        counts = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"]
        return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])

    for month in (1, 2):
        put(f"raw/flights/month={month}/f.csv", "carrier,delay\nUA,5\nAA,7\n")
    put("raw/planes/p.csv", "tail,seats\nN1,150\nN2,180\n")
    eventually(lambda: messages() == 4)  # And the test event.
    crawl()
    assert {t["Name"] for t in glue.get_tables(DatabaseName=database)["TableList"]} == {"flights", "planes"}
    assert messages() == 0

    # A new partition with a new column, a table that nobody knew, and something that is no event.
    put("raw/flights/month=3/f.csv", "carrier,delay,origin\nUA,5,JFK\nAA,7,LGA\n")
    put("raw/weather/w.csv", "station,temperature\nJFK,5\nLGA,7\n")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="hello")
    eventually(lambda: messages() == 3)
    s3.delete_object(Bucket=bucket, Key="raw/planes/p.csv")  # Not told of: only creations are.
    crawl()
    tables = {t["Name"]: t for t in glue.get_tables(DatabaseName=database)["TableList"]}
    assert set(tables) == {"flights", "planes", "weather"}
    assert [c["Name"] for c in tables["flights"]["StorageDescriptor"]["Columns"]] == ["carrier", "delay", "origin"]
    partitions = glue.get_partitions(DatabaseName=database, TableName="flights")["Partitions"]
    assert sorted(p["Values"][0] for p in partitions) == ["1", "2", "3"]
    assert messages() == 0
    assert [m["Body"] for m in dead.take(wait=5)] == ["hello"]
    # Nothing new: nothing is done.
    versions = {t["Name"]: t["VersionId"] for t in tables.values()}
    crawl()
    assert {t["Name"]: t["VersionId"] for t in glue.get_tables(DatabaseName=database)["TableList"]} == versions
