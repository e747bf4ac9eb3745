"""Data folders that earlier versions wrote (tests/old_data) open in this one, and all that is in them can be read."""

import hashlib
import json
import pathlib
import tarfile

import pytest
from botocore.exceptions import ClientError

from conftest import Tarn
from s3_help import body_of, keys
from test_athena import Analyst

HERE = pathlib.Path(__file__).resolve().parents[1] / "old_data"


class Old:
    """A server on a copy of an old folder, and what `make.py` said of it."""

    def __init__(self, folder, name, at_rest):
        with tarfile.open(HERE / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        self.told = json.loads((HERE / f"{name}.json").read_text())
        self.server = Tarn(folder / "data", ["--relaxed", "--at-rest", at_rest]).start()
        self.s3 = self.server.client("s3")

    def customer(self, one):
        if not one["customer_key"]:
            return {}
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": self.told["customer_key"].encode()}


# An old folder must open whatever this version keeps new bytes as.
@pytest.fixture(scope="module", params=["plain", "sealed"])
def at_rest(request):
    return request.param


@pytest.fixture(scope="module", params=sorted(path.stem for path in HERE.glob("*.json")))
def old(request, at_rest, tmp_path_factory):
    made = Old(tmp_path_factory.mktemp("old"), request.param, at_rest)
    yield made
    made.server.kill()


def test_the_root_key_is_the_same(old):
    assert list(old.server.root) == old.told["root"]


def check_objects(old):
    for one in old.told["objects"]:
        named = {"VersionId": one["version"]} if "version" in one else {}
        answer = old.s3.get_object(Bucket=one["bucket"], Key=one["key"], **named, **old.customer(one))
        body = body_of(answer)
        assert (len(body), hashlib.sha256(body).hexdigest()) == (one["size"], one["sha256"]), one
        assert answer["ETag"] == one["etag"], one


def test_every_object_is_whole(old):
    check_objects(old)


def test_what_is_said_of_objects(old):
    for bucket in ("old-plain-unversioned", "old-sealed-unversioned"):
        listed = keys(old.s3.list_objects_v2(Bucket=bucket))
        assert sorted(listed) == sorted(one["key"] for one in old.told["objects"] if one["bucket"] == bucket)
        small = old.s3.head_object(Bucket=bucket, Key="small")
        assert small["Metadata"] == {"who": "old data"}
        tags = old.s3.get_object_tagging(Bucket=bucket, Key="small")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "b", "c": "d"}
        large = old.s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
        assert large["ContentType"] == "text/large" and large["ChecksumSHA256"]
        assert old.s3.head_object(Bucket=bucket, Key="cold")["StorageClass"] == "STANDARD_IA"
        assert old.s3.head_object(Bucket=bucket, Key="parts")["ContentType"] == "text/parts"
        with pytest.raises(ClientError):
            old.s3.get_object(Bucket=bucket, Key="key of a customer/large")


def test_versions_and_uploads(old):
    for one in old.told["versioned"]:
        page = old.s3.list_object_versions(Bucket=one["bucket"])
        known = {each["version"] for each in old.told["objects"] if each["bucket"] == one["bucket"] and "version" in each}
        found = {each["VersionId"] for each in page["Versions"]}
        assert known <= found | {"null"} and [each["VersionId"] for each in page["DeleteMarkers"]] == [one["marker"]]
        assert old.s3.get_bucket_versioning(Bucket=one["bucket"])["Status"] == "Suspended"
        left = dict(one["open_upload"])
        target = {"Bucket": left["bucket"], "Key": left["key"], "UploadId": left["upload"]}
        assert [part["ETag"] for part in old.s3.list_parts(**target)["Parts"]] == [part["ETag"] for part in left["parts"]]


def test_configurations_of_a_bucket(old):
    bucket = old.told["configured"]["bucket"]
    named = {"Bucket": bucket}
    assert old.s3.get_bucket_tagging(**named)["TagSet"] == [{"Key": "team", "Value": "lake"}]
    assert old.s3.get_bucket_cors(**named)["CORSRules"][0]["AllowedOrigins"] == ["https://a.example"]
    (rule,) = old.s3.get_bucket_lifecycle_configuration(**named)["Rules"]
    assert rule["ID"] == "far" and rule["Expiration"]["Days"] == 36500
    assert "EventBridgeConfiguration" in old.s3.get_bucket_notification_configuration(**named)
    assert "forbidden" in old.s3.get_bucket_policy(**named)["Policy"]
    held = {**named, "Key": "held", "VersionId": old.told["configured"]["held"]}
    assert old.s3.get_object_legal_hold(**held)["LegalHold"]["Status"] == "ON"
    with pytest.raises(ClientError) as refused:
        old.s3.delete_object(**held)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_users_and_their_rights(old):
    told, iam = old.told["identity"], old.server.client("iam")
    assert iam.list_user_policies(UserName="ada")["PolicyNames"] == ["inline"]
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName="ada")["Groups"]] == ["readers"]
    attached = iam.list_attached_group_policies(GroupName="readers")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [told["policy"]]
    assert iam.get_role(RoleName=told["role"].split("/")[1])["Role"]["Arn"] == told["role"]
    ada = old.server.client("s3", told["key"])
    assert body_of(ada.get_object(Bucket="old-sealed-unversioned", Key="small")) == b"a few bytes"
    with pytest.raises(ClientError) as refused:
        ada.get_object(Bucket="old-sealed-unversioned", Key="large")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_tables_and_what_queries_them(old):
    analyst = Analyst(old.server, bucket=old.told["catalog"]["bucket"], database="old")
    assert analyst.rows("SELECT id FROM raw ORDER BY id") == [["id"], ["1"], ["2"]]
    assert analyst.rows("SELECT id FROM made WHERE name = 'y'") == [["id"], ["2"]]
    assert analyst.rows("SELECT n FROM seen") == [["n"], ["2"]]
    athena, glue = old.server.client("athena"), old.server.client("glue")
    group = athena.get_work_group(WorkGroup="group")["WorkGroup"]
    assert group["Configuration"]["BytesScannedCutoffPerQuery"] == 20_000_000
    assert athena.get_prepared_statement(StatementName="one", WorkGroup="group")["PreparedStatement"]
    assert len(athena.list_named_queries()["NamedQueryIds"]) == 1
    assert len(glue.get_partitions(DatabaseName="old", TableName="made")["Partitions"]) == 2
    assert glue.get_crawler(Name="crawler")["Crawler"]["DatabaseName"] == "old"
    assert glue.get_trigger(Name="start")["Trigger"]["WorkflowName"] == "flow"


def test_everything_else(old):
    told = old.told["others"]
    sqs, events, logs, cloudtrail, sagemaker = (
        old.server.client(name) for name in ("sqs", "events", "logs", "cloudtrail", "sagemaker")
    )
    queue = sqs.get_queue_url(QueueName=told["queue"])["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "77" and attributes["FifoQueue"] == "true"
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"team": "lake"}
    assert json.loads(events.describe_rule(Name="rule")["EventPattern"]) == {"source": ["aws.s3"]}
    assert [each["Id"] for each in events.list_targets_by_rule(Rule="rule")["Targets"]] == ["q"]
    assert [each["message"] for each in logs.filter_log_events(logGroupName="/old")["events"]] == ["line"]
    assert cloudtrail.get_trail_status(Name="trail")["IsLogging"]
    job = sagemaker.describe_training_job(TrainingJobName=told["job"])
    assert job["TrainingJobStatus"] == "Completed" and job["ModelArtifacts"]["S3ModelArtifacts"] == told["model"]
    bucket, _, key = told["model"].removeprefix("s3://").partition("/")
    assert body_of(old.s3.get_object(Bucket=bucket, Key=key))
    assert sagemaker.describe_model(ModelName="model")["PrimaryContainer"]["ModelDataUrl"] == told["model"]
    assert sagemaker.describe_endpoint_config(EndpointConfigName="config")["ProductionVariants"][0]["VariantName"] == "v"


def test_it_goes_on_being_used(old):
    """Writes beside what is old, finishes what was begun, and starts once more."""
    for one in old.told["versioned"]:
        left = one["open_upload"]
        old.s3.complete_multipart_upload(
            Bucket=left["bucket"], Key=left["key"], UploadId=left["upload"], MultipartUpload={"Parts": left["parts"]}
        )
        assert old.s3.head_object(Bucket=left["bucket"], Key=left["key"])["ContentLength"] == 40_000
        new = old.s3.put_object(Bucket=one["bucket"], Key="k", Body=b"new")
        assert new["VersionId"] == "null"
    old.server.kill()
    old.s3 = old.server.restart().client("s3")
    check_objects(old)
