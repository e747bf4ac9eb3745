"""Replication: rules, statuses, what travels and what does not, retries, SIGKILL, another server."""

import json
import os
import re
import time
import urllib.request
import uuid

import pytest

from s3_help import body_of, refused
from waits import eventually

TRUST = {"Service": "s3.amazonaws.com"}
ACTIONS = [
    "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging", "s3:GetObjectVersionAcl", "s3:GetObjectRetention",
    "s3:GetObjectLegalHold", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
]


def versioned(tarn, **more):
    s3, name = tarn.client("s3"), "bucket-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=name, **more)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def role(tarn, *actions):
    return tarn.new_role(TRUST, {"Effect": "Allow", "Action": list(actions) or ACTIONS, "Resource": "*"})


def rule(target, number=1, markers=False, destination=(), **more):
    arn = target if target.startswith("arn:") else f"arn:aws:s3:::{target}"
    more.setdefault("Filter", {"Prefix": ""})
    return {
        "ID": f"rule {number}", "Priority": number, "Status": "Enabled",
        "DeleteMarkerReplication": {"Status": "Enabled" if markers else "Disabled"},
        "Destination": {"Bucket": arn, **dict(destination)}, **more,
    }


def configure(s3, bucket, role_arn, *rules):
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": role_arn, "Rules": list(rules)})


def status(s3, bucket, key, **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("ReplicationStatus")


@pytest.fixture
def pair(tarn, s3):
    """A bucket whose versions, and delete markers, go to another."""
    source, target = versioned(tarn), versioned(tarn)
    configure(s3, source, role(tarn), rule(target, markers=True))
    return source, target


def test_versions_travel_whole(s3, pair):
    source, target = pair
    body = os.urandom(200_000)
    put = s3.put_object(
        Bucket=source, Key="a ä", Body=body, Metadata={"x": "y"}, Tagging="k=v&n=", ContentType="text/x", StorageClass="STANDARD_IA",
    )
    eventually(lambda: status(s3, source, "a ä") == "COMPLETED")
    replica = s3.get_object(Bucket=target, Key="a ä")
    assert body_of(replica) == body
    assert (replica["VersionId"], replica["ETag"]) == (put["VersionId"], put["ETag"])
    assert (replica["Metadata"], replica["ContentType"], replica["StorageClass"]) == ({"x": "y"}, "text/x", "STANDARD_IA")
    assert replica["ReplicationStatus"] == "REPLICA"
    assert replica["LastModified"] == s3.head_object(Bucket=source, Key="a ä")["LastModified"]
    tags = s3.get_object_tagging(Bucket=target, Key="a ä")["TagSet"]
    assert tags == [{"Key": "k", "Value": "v"}, {"Key": "n", "Value": ""}]
    small = s3.put_object(Bucket=source, Key="small", Body=b"x")
    eventually(lambda: status(s3, source, "small") == "COMPLETED")
    assert body_of(s3.get_object(Bucket=target, Key="small", VersionId=small["VersionId"])) == b"x"


def test_multipart_objects_keep_their_parts(s3, pair):
    source, target = pair
    upload = s3.create_multipart_upload(Bucket=source, Key="k")["UploadId"]
    bodies = [os.urandom(5 << 20), os.urandom(1000)]
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(Bucket=source, Key="k", UploadId=upload, PartNumber=n, Body=b)["ETag"]}
        for n, b in enumerate(bodies, 1)
    ]
    done = s3.complete_multipart_upload(Bucket=source, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    eventually(lambda: status(s3, source, "k") == "COMPLETED")
    replica = s3.get_object(Bucket=target, Key="k")
    assert replica["ETag"] == done["ETag"] and body_of(replica) == b"".join(bodies)
    second = s3.get_object(Bucket=target, Key="k", PartNumber=2)
    assert second["PartsCount"] == 2 and body_of(second) == bodies[1]


def test_order_and_markers(s3, pair):
    source, target = pair
    made = [s3.put_object(Bucket=source, Key="k", Body=str(n))["VersionId"] for n in range(5)]
    marker = s3.delete_object(Bucket=source, Key="k")["VersionId"]
    made.append(s3.put_object(Bucket=source, Key="k", Body=b"last")["VersionId"])
    eventually(lambda: len(s3.list_object_versions(Bucket=target).get("Versions", [])) == 6
               and s3.list_object_versions(Bucket=target).get("DeleteMarkers"))
    listing = s3.list_object_versions(Bucket=target)
    assert [v["VersionId"] for v in listing["Versions"]] == made[::-1]
    assert [v["IsLatest"] for v in listing["Versions"]] == [True] + [False] * 5
    assert [m["VersionId"] for m in listing["DeleteMarkers"]] == [marker]
    # Removing a version for good stays where it is done.
    s3.delete_object(Bucket=source, Key="k", VersionId=made[0])
    s3.put_object(Bucket=source, Key="after", Body=b"x")
    eventually(lambda: status(s3, source, "after") == "COMPLETED")
    assert body_of(s3.get_object(Bucket=target, Key="k", VersionId=made[0])) == b"0"


def test_filters_choose(tarn, s3):
    source, one, two = versioned(tarn), versioned(tarn), versioned(tarn)
    tagged = {"And": {"Prefix": "logs/", "Tags": [{"Key": "keep", "Value": "yes"}]}}
    configure(
        s3, source, role(tarn),
        rule(one, 1, Filter={"Prefix": "logs/"}, destination={"StorageClass": "STANDARD_IA"}),
        rule(one, 5, Filter=tagged, destination={"StorageClass": "ONEZONE_IA"}),
        rule(two, 3, Filter={"Tag": {"Key": "keep", "Value": "yes"}}),
        rule(two, 9, Filter={"Prefix": ""}, Status="Disabled"),
    )
    s3.put_object(Bucket=source, Key="logs/a", Body=b"a")
    s3.put_object(Bucket=source, Key="logs/b", Body=b"b", Tagging="keep=yes&x=y")
    s3.put_object(Bucket=source, Key="other", Body=b"c", Tagging="keep=no")
    for key in ("logs/a", "logs/b"):
        eventually(lambda: status(s3, source, key) == "COMPLETED")
    assert status(s3, source, "other") is None
    assert s3.head_object(Bucket=one, Key="logs/a")["StorageClass"] == "STANDARD_IA"
    assert s3.head_object(Bucket=one, Key="logs/b")["StorageClass"] == "ONEZONE_IA", "the higher priority"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=two)["Contents"]] == ["logs/b"]
    s3.delete_object(Bucket=source, Key="logs/a")
    time.sleep(1)
    assert status(s3, one, "logs/a") == "REPLICA", "markers only where a rule says so"


def test_replicas_go_no_further(tarn, s3):
    one, two, three = versioned(tarn), versioned(tarn), versioned(tarn)
    arn = role(tarn)
    configure(s3, one, arn, rule(two, markers=True))
    configure(s3, two, arn, rule(one, 1, markers=True), rule(three, 2, markers=True))
    version = s3.put_object(Bucket=one, Key="k", Body=b"x")["VersionId"]
    eventually(lambda: status(s3, one, "k") == "COMPLETED")
    other = s3.put_object(Bucket=two, Key="l", Body=b"y")["VersionId"]
    eventually(lambda: status(s3, two, "l") == "COMPLETED")
    assert status(s3, two, "k") == "REPLICA" and status(s3, one, "l") == "REPLICA" and status(s3, three, "l") == "REPLICA"
    assert "Contents" not in s3.list_objects_v2(Bucket=three, Prefix="k")
    assert [v["VersionId"] for v in s3.list_object_versions(Bucket=one)["Versions"]] == [version, other]


def test_changes_of_tags_and_locks_follow(tarn, s3):
    source = versioned(tarn, ObjectLockEnabledForBucket=True)
    target = versioned(tarn, ObjectLockEnabledForBucket=True)
    plain = versioned(tarn)
    arn = role(tarn)
    with refused("InvalidRequest", 400):
        configure(s3, source, arn, rule(plain))
    configure(s3, source, arn, rule(target))
    until = time.time() + 86_400
    version = s3.put_object(
        Bucket=source, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    eventually(lambda: status(s3, source, "k") == "COMPLETED")
    replica = s3.head_object(Bucket=target, Key="k", VersionId=version)
    assert replica["ObjectLockMode"] == "GOVERNANCE" and abs(replica["ObjectLockRetainUntilDate"].timestamp() - until) < 2
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=target, Key="k", VersionId=version)
    s3.put_object_tagging(Bucket=source, Key="k", Tagging={"TagSet": [{"Key": "later", "Value": "1"}]})
    eventually(lambda: s3.get_object_tagging(Bucket=target, Key="k")["TagSet"] == [{"Key": "later", "Value": "1"}])
    s3.put_object_legal_hold(Bucket=source, Key="k", LegalHold={"Status": "ON"})
    eventually(lambda: s3.head_object(Bucket=target, Key="k").get("ObjectLockLegalHoldStatus") == "ON")
    assert len(s3.list_object_versions(Bucket=target)["Versions"]) == 1


def test_access_control_lists_travel_with_their_owner(tarn, s3):
    lists = {"ObjectOwnership": "ObjectWriter"}
    source, target, enforced, blocked = (
        versioned(tarn, **lists), versioned(tarn, **lists), versioned(tarn), versioned(tarn, **lists)
    )
    key, _ = tarn.new_account("reader-" + uuid.uuid4().hex[:8])
    reader = tarn.client("s3", key=key)
    grant = f"id={reader.list_buckets()['Owner']['ID']}"
    s3.delete_public_access_block(Bucket=source)
    s3.delete_public_access_block(Bucket=target)
    configure(s3, source, role(tarn), rule(target, 1), rule(enforced, 2))
    s3.put_object(Bucket=source, Key="k", Body=b"x", GrantRead=grant)
    eventually(lambda: status(s3, source, "k") == "COMPLETED")
    assert body_of(reader.get_object(Bucket=target, Key="k")) == b"x"
    with refused("AccessDenied", 403):
        reader.get_object(Bucket=enforced, Key="k")
    s3.put_object_acl(Bucket=source, Key="k", ACL="private")
    eventually(lambda: len(s3.get_object_acl(Bucket=target, Key="k")["Grants"]) == 1)
    with refused("AccessDenied", 403):
        reader.get_object(Bucket=target, Key="k")
    configure(s3, source, role(tarn), rule(blocked))
    s3.put_object(Bucket=source, Key="open", Body=b"x", ACL="public-read")
    eventually(lambda: status(s3, source, "open") == "FAILED")


def test_rights_of_the_role(tarn, s3):
    source, target = versioned(tarn), versioned(tarn)
    arn = role(tarn, "s3:GetObjectVersionForReplication")
    configure(s3, source, arn, rule(target))
    s3.put_object(Bucket=source, Key="k", Body=b"x", Tagging="a=b")
    eventually(lambda: status(s3, source, "k") == "FAILED")
    logs = tarn.client("logs")

    def lines():
        try:
            found = logs.filter_log_events(logGroupName="/tarn/s3/replication", logStreamNames=[source])["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event["message"]) for event in found]

    line = eventually(lines)[0]
    assert (line["outcome"], line["key"], line["destination"]) == ("failed", "k", f"arn:aws:s3:::{target}")
    assert "s3:ReplicateObject" in line["error"]
    # It is tried again, and what the role may not carry (tags) stays behind.
    statement = {"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication", "s3:ReplicateObject"], "Resource": "*"}
    tarn.client("iam").put_role_policy(
        RoleName=arn.rsplit("/", 1)[1], PolicyName="rights",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    tarn.advance(600)
    eventually(lambda: status(s3, source, "k") == "COMPLETED")
    assert s3.get_object_tagging(Bucket=target, Key="k")["TagSet"] == []
    eventually(lambda: [each for each in lines() if each["outcome"] == "completed"])
    metrics = urllib.request.urlopen(tarn.endpoint + "/_tarn/metrics").read().decode()
    counts = dict(re.findall(r'tarn_replications_total{outcome="(\w+)"} (\d+)', metrics))
    assert int(counts["completed"]) >= 1 and int(counts["failed"]) >= 1 and counts["given_up"] == "0"


def test_configurations_are_checked(tarn, s3, bucket):
    source, target, arn = versioned(tarn), versioned(tarn), role(tarn)
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=source)
    with refused("InvalidRequest", 400):
        configure(s3, bucket, arn, rule(target))
    for bad in (rule(bucket), rule("no-" + uuid.uuid4().hex[:20]), rule(source)):
        with refused("InvalidRequest", 400):
            configure(s3, source, arn, bad)
    no_priority = rule(target)
    del no_priority["Priority"]
    tags = rule(target, markers=True, Filter={"Tag": {"Key": "a", "Value": "b"}})
    for rules in ([no_priority], [tags], [rule(target), rule(target, 1, ID="other")]):
        with refused("InvalidRequest", 400):
            configure(s3, source, arn, *rules)
    with refused("InvalidArgument", 400):
        configure(s3, source, "no role", rule(target))
    with refused("InvalidArgument", 400):
        configure(s3, source, arn, rule("arn:tarn:replication:us-east-1:123456789012:nobody/bucket"))
    with refused("NotImplemented", 501):
        configure(s3, source, arn, rule(target, ExistingObjectReplication={"Status": "Enabled"}))
    both = rule(target)
    both["Prefix"] = "x"
    with refused("MalformedXML", 400):
        configure(s3, source, arn, both)
    user = tarn.new_user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    with refused("AccessDenied", 403):
        configure(tarn.client("s3", user), source, arn, rule(target))

    tagged = {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "b"}]}}
    configure(s3, source, arn, rule(target, 1, markers=True), rule(target, 2, Filter=tagged, destination={"StorageClass": "GLACIER_IR"}))
    kept = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
    assert kept == {
        "Role": arn,
        "Rules": [rule(target, 1, markers=True), rule(target, 2, Filter=tagged, destination={"StorageClass": "GLACIER_IR"})],
    }
    with refused("InvalidBucketState", 409):
        s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_replication(Bucket=source)
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=source)
    first_form = {"ID": "old", "Prefix": "a/", "Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{target}"}}
    configure(s3, source, arn, first_form)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"] == [first_form]
    marker = s3.delete_object(Bucket=source, Key="a/k")["VersionId"]
    eventually(lambda: [m["VersionId"] for m in s3.list_object_versions(Bucket=target).get("DeleteMarkers", [])] == [marker])


def test_nothing_is_lost_when_killed(own_tarn):
    tarn = own_tarn("--test-clock")
    s3 = tarn.client("s3")
    source, target = versioned(tarn), versioned(tarn)
    configure(s3, source, role(tarn), rule(target, markers=True))
    written = {}
    for round_number in range(3):
        for n in range(40):
            key = f"{round_number}-{n}"
            written[key] = s3.put_object(Bucket=source, Key=key, Body=os.urandom(100 if n % 2 else 50_000))["VersionId"]
        tarn.kill()
        s3 = tarn.restart().client("s3")
    eventually(lambda: {v["Key"]: v["VersionId"] for v in s3.list_object_versions(Bucket=target).get("Versions", [])} == written)
    eventually(lambda: all(status(s3, source, key) == "COMPLETED" for key in written))


def test_another_server(own_tarn):
    there = own_tarn()
    secret = ":".join(there.root)
    here = own_tarn("--test-clock", "--replication-target", f"far={there.endpoint}", "--replication-key", f"far={secret}")
    s3, far = here.client("s3"), there.client("s3")
    source, target = versioned(here), versioned(there)
    account = here.client("sts").get_caller_identity()["Account"]
    arn = f"arn:tarn:replication:us-east-1:{account}:far/{target}"
    configure(s3, source, role(here), rule(arn, markers=True))
    body = os.urandom(300_000)
    version = s3.put_object(Bucket=source, Key="a ä/b+c", Body=body, Metadata={"x": "y"}, Tagging="k=v w", ContentType="text/x")["VersionId"]
    eventually(lambda: status(s3, source, "a ä/b+c") == "COMPLETED")
    replica = far.get_object(Bucket=target, Key="a ä/b+c")
    assert body_of(replica) == body
    assert (replica["VersionId"], replica["ReplicationStatus"], replica["Metadata"], replica["ContentType"]) == (
        version, "REPLICA", {"x": "y"}, "text/x")
    assert far.get_object_tagging(Bucket=target, Key="a ä/b+c")["TagSet"] == [{"Key": "k", "Value": "v w"}]

    s3.put_object_tagging(Bucket=source, Key="a ä/b+c", Tagging={"TagSet": [{"Key": "later", "Value": "1"}]})
    eventually(lambda: far.get_object_tagging(Bucket=target, Key="a ä/b+c")["TagSet"] == [{"Key": "later", "Value": "1"}])
    marker = s3.delete_object(Bucket=source, Key="a ä/b+c")["VersionId"]
    eventually(lambda: [m["VersionId"] for m in far.list_object_versions(Bucket=target).get("DeleteMarkers", [])] == [marker])
    assert len(far.list_object_versions(Bucket=target)["Versions"]) == 1

    # While the other is away, versions wait; both may die meanwhile.
    there.kill()
    late = s3.put_object(Bucket=source, Key="late", Body=b"x")["VersionId"]
    eventually(lambda: status(s3, source, "late") == "FAILED")
    here.kill()
    there.options = ["--listen", there.endpoint.removeprefix("http://")]
    there.restart()
    s3, far = here.restart().client("s3"), there.client("s3")
    here.advance(600)
    eventually(lambda: status(s3, source, "late") == "COMPLETED")
    assert far.head_object(Bucket=target, Key="late")["VersionId"] == late
