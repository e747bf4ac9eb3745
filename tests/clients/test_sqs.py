"""Queues through boto3, the AWS CLI, and the query protocol that older SDKs speak."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
import xml.etree.ElementTree

import botocore.exceptions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

REGION = "us-east-1"
AWS = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""))


def code_of(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*args, **kwargs)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def sqs(tarn):
    return tarn.client("sqs")


@pytest.fixture
def name():
    return "q-" + uuid.uuid4().hex[:12]


@pytest.fixture
def queue(sqs, name):
    return sqs.create_queue(QueueName=name)["QueueUrl"]


def bodies(sqs, url, **options):
    return [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages", [])]


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_queues(tarn, sqs, name):
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"}, tags={"team": "lake"})["QueueUrl"]
    account = tarn.client("sts").get_caller_identity()["Account"]
    assert url == f"{tarn.endpoint}/{account}/{name}"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix=name)["QueueUrls"] == [url]
    assert code_of(sqs.create_queue, QueueName=name, Attributes={"VisibilityTimeout": "6"}) == "QueueAlreadyExists"
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "5"
    assert attributes["QueueArn"] == f"arn:aws:sqs:{REGION}:{account}:{name}"
    assert attributes["ApproximateNumberOfMessages"] == "0"
    assert attributes["MessageRetentionPeriod"] == "345600"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "1"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ReceiveMessageWaitTimeSeconds"])["Attributes"] == {
        "ReceiveMessageWaitTimeSeconds": "1"
    }
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "lake"}
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"stage": "test"}
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as gone:
        sqs.get_queue_url(QueueName=name)
    assert gone.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_pages_of_queues(sqs, name):
    urls = sorted(sqs.create_queue(QueueName=f"{name}-{i}")["QueueUrl"] for i in range(3))
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=name, PaginationConfig={"PageSize": 2})
    assert [u for page in pages for u in page.get("QueueUrls", [])] == urls


def test_a_message_from_sending_to_deletion(sqs, queue):
    attributes = {
        "text": {"DataType": "String", "StringValue": "ä"},
        "number": {"DataType": "Number.int", "StringValue": "7"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=queue, MessageBody="hello", MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5(b"hello").hexdigest()
    message = sqs.receive_message(
        QueueUrl=queue, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"], WaitTimeSeconds=5
    )["Messages"][0]
    assert message["Body"] == "hello" and message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 100_000_000
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    assert "Attributes" not in message and "MessageAttributes" not in message
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert bodies(sqs, queue) == []
    assert code_of(sqs.delete_message, QueueUrl=queue, ReceiptHandle="nonsense") == "ReceiptHandleIsInvalid"


def test_batches(sqs, queue):
    entries = [{"Id": f"m{i}", "MessageBody": f"body {i}"} for i in range(9)] + [{"Id": "bad", "MessageBody": "\x01"}]
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert [e["Id"] for e in sent["Successful"]] == [f"m{i}" for i in range(9)]
    assert sent["Failed"][0]["Id"] == "bad" and sent["Failed"][0]["Code"] == "InvalidMessageContents"
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert sorted(m["Body"] for m in messages) == [f"body {i}" for i in range(9)]
    handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=queue, Entries=[{**entry, "VisibilityTimeout": 100} for entry in handles]
    )
    assert len(changed["Successful"]) == 9
    removed = sqs.delete_message_batch(QueueUrl=queue, Entries=handles[:8] + [{"Id": "x", "ReceiptHandle": "x"}])
    assert len(removed["Successful"]) == 8 and removed["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    twice = [{"Id": "a", "MessageBody": "b"}] * 2
    prefix = "AWS.SimpleQueueService."
    assert code_of(sqs.send_message_batch, QueueUrl=queue, Entries=twice) == prefix + "BatchEntryIdsNotDistinct"
    many = [{"Id": str(i), "MessageBody": "b"} for i in range(11)]
    assert code_of(sqs.send_message_batch, QueueUrl=queue, Entries=many) == prefix + "TooManyEntriesInBatchRequest"
    assert code_of(sqs.send_message_batch, QueueUrl=queue, Entries=[]) == prefix + "EmptyBatchRequest"
    large = [{"Id": str(i), "MessageBody": "b" * 600_000} for i in range(2)]
    assert code_of(sqs.send_message_batch, QueueUrl=queue, Entries=large) == prefix + "BatchRequestTooLong"


def test_the_largest_message(sqs, queue):
    body = "é" * (1 << 19)
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert bodies(sqs, queue) == [body]
    assert code_of(sqs.send_message, QueueUrl=queue, MessageBody=body + "x") == "InvalidParameterValue"


def test_long_polling(tarn, sqs, queue):
    threading.Timer(0.5, lambda: tarn.client("sqs").send_message(QueueUrl=queue, MessageBody="here")).start()
    started = time.monotonic()
    assert bodies(sqs, queue, WaitTimeSeconds=20) == ["here"]
    assert 0.4 < time.monotonic() - started < 15


def test_dead_letters(sqs, name, queue):
    dead = sqs.create_queue(QueueName=name + "-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    assert bodies(sqs, queue, VisibilityTimeout=0) == ["poison"]
    assert bodies(sqs, queue, VisibilityTimeout=0) == []
    message = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["All"])["Messages"][0]
    assert message["Body"] == "poison"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(sqs, queue)


def test_fifo(sqs, name):
    url = sqs.create_queue(QueueName=name + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for i in (1, 2, 2, 3):
        sent = sqs.send_message(
            QueueUrl=url, MessageBody=f"{i}", MessageGroupId="g", MessageDeduplicationId=f"d{i}"
        )
        assert len(sent["SequenceNumber"]) == 20
    assert bodies(sqs, url) == ["1", "2", "3"]
    assert code_of(sqs.send_message, QueueUrl=url, MessageBody="x") == "MissingParameter"


def test_purge(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.purge_queue(QueueUrl=queue)
    assert bodies(sqs, queue) == []
    assert code_of(sqs.purge_queue, QueueUrl=queue) == "AWS.SimpleQueueService.PurgeQueueInProgress"


def test_who_may(tarn, sqs, name, queue):
    nobody = tarn.client("sqs", tarn.new_user())
    assert code_of(nobody.send_message, QueueUrl=queue, MessageBody="x") == "AccessDenied"
    arn = arn_of(sqs, queue)
    sender = tarn.client("sqs", tarn.new_user({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}))
    sender.send_message(QueueUrl=queue, MessageBody="from the user")
    assert code_of(sender.receive_message, QueueUrl=queue) == "AccessDenied"
    key, account = tarn.new_account("q" + uuid.uuid4().hex[:8])
    other = tarn.client("sqs", key)
    assert code_of(other.send_message, QueueUrl=queue, MessageBody="x") == "AccessDenied"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    other.send_message(QueueUrl=queue, MessageBody="from abroad")
    assert sorted(bodies(sqs, queue)) == ["from abroad", "from the user"]


def test_nothing_acknowledged_is_lost_and_nothing_deleted_comes_back(own_tarn):
    tarn = own_tarn("--test-clock")
    url = tarn.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    sent, deleted, doubtful = set(), set(), set()
    for round_number in range(4):
        url = tarn.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
        stop = threading.Event()

        def send(number):
            client = tarn.client("sqs")
            count = 0
            while not stop.is_set():
                body = f"{round_number}-{number}-{count}"
                count += 1
                try:
                    client.send_message(QueueUrl=url, MessageBody=body)
                    sent.add(body)
                except Exception:  # The server was killed: it may be there or not.
                    return

        def take():
            client = tarn.client("sqs")
            while not stop.is_set():
                try:
                    messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=5).get("Messages", [])
                except Exception:
                    return
                for message in messages[::2]:
                    doubtful.add(message["Body"])
                    try:
                        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                        deleted.add(message["Body"])
                    except Exception:
                        return

        threads = [threading.Thread(target=send, args=(i,)) for i in range(3)] + [threading.Thread(target=take)]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        tarn.kill()
        stop.set()
        for thread in threads:
            thread.join()
        tarn.restart()
    tarn.advance(60)
    client = tarn.client("sqs")
    url = client.get_queue_url(QueueName="q")["QueueUrl"]
    found = set()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found |= {m["Body"] for m in messages}
        client.delete_message_batch(
            QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
        )
    assert len(sent) > 50 and len(deleted) > 10
    assert sent - doubtful <= found
    assert not found & deleted


@pytest.mark.skipif(not AWS, reason="awscli is not installed")
def test_awscli(tarn, name):
    def aws(*words):
        done = subprocess.run(
            [AWS, "--endpoint-url", tarn.endpoint, "--output", "json", "sqs", *words], env=tarn.environment_for(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    url = aws("create-queue", "--queue-name", name, "--attributes", "VisibilityTimeout=60")["QueueUrl"]
    aws("send-message", "--queue-url", url, "--message-body", "from the shell")
    message = aws("receive-message", "--queue-url", url, "--attribute-names", "All")["Messages"][0]
    assert message["Body"] == "from the shell"
    aws("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    assert aws("get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]["VisibilityTimeout"] == "60"
    aws("delete-queue", "--queue-url", url)


class Query:
    """SQS as SDKs before 2023 spoke it: forms to the queue's own URL, answers in XML."""

    def __init__(self, tarn):
        self.tarn = tarn

    def __call__(self, action, url=None, **parameters):
        form = {"Action": action, "Version": "2012-11-05", **parameters}
        request = AWSRequest(
            "POST",
            url or self.tarn.endpoint + "/",
            data=urllib.parse.urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        )
        SigV4Auth(Credentials(*self.tarn.root), "sqs", REGION).add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        root = xml.etree.ElementTree.fromstring(answer.text)
        for element in root.iter():
            element.tag = element.tag.split("}")[-1]
        return answer.status_code, root


def test_the_query_protocol(tarn, name):
    query = Query(tarn)
    status, answer = query(
        "CreateQueue", QueueName=name, **{"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "7", "Tag.1.Key": "a", "Tag.1.Value": "b"}
    )
    assert status == 200
    url = answer.findtext("CreateQueueResult/QueueUrl")
    status, answer = query("GetQueueAttributes", url, **{"AttributeName.1": "VisibilityTimeout"})
    assert [(a.findtext("Name"), a.findtext("Value")) for a in answer.findall("GetQueueAttributesResult/Attribute")] == [("VisibilityTimeout", "7")]
    status, answer = query("ListQueueTags", url)
    assert answer.findtext("ListQueueTagsResult/Tag/Key") == "a"
    status, answer = query(
        "SendMessage", url, QueueUrl=url, MessageBody="a&b c+d",
        **{"MessageAttribute.1.Name": "n", "MessageAttribute.1.Value.DataType": "String", "MessageAttribute.1.Value.StringValue": "v"},
    )
    assert answer.findtext("SendMessageResult/MD5OfMessageBody") == hashlib.md5(b"a&b c+d").hexdigest()
    status, answer = query(
        "SendMessageBatch", url,
        **{"SendMessageBatchRequestEntry.1.Id": "one", "SendMessageBatchRequestEntry.1.MessageBody": "second"},
    )
    assert answer.findtext("SendMessageBatchResult/SendMessageBatchResultEntry/Id") == "one"
    status, answer = query(
        "ReceiveMessage", url, MaxNumberOfMessages="10", **{"AttributeName.1": "All", "MessageAttributeName.1": "All"}
    )
    messages = answer.findall("ReceiveMessageResult/Message")
    assert [m.findtext("Body") for m in messages] == ["a&b c+d", "second"]
    assert messages[0].findtext("MessageAttribute/Value/StringValue") == "v"
    assert "SentTimestamp" in [a.findtext("Name") for a in messages[0].findall("Attribute")]
    status, answer = query("DeleteMessage", url, ReceiptHandle=messages[0].findtext("ReceiptHandle"))
    assert status == 200 and answer.tag == "DeleteMessageResponse"
    status, answer = query("ListQueues", QueueNamePrefix=name)
    assert [u.text for u in answer.findall("ListQueuesResult/QueueUrl")] == [url]
    status, answer = query("GetQueueUrl", QueueName=name + "-gone")
    assert (status, answer.findtext("Error/Code")) == (400, "AWS.SimpleQueueService.NonExistentQueue")
