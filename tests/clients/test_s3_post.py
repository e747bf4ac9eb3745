"""Browsers' uploads: forms with policies as boto3 signs them, posted as a browser would."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import urllib.parse
import uuid

import pytest

from s3_help import body_of

BOUNDARY = "----" + uuid.uuid4().hex


def form_of(fields, file=b"hello", filename="hello.txt"):
    parts = []
    for name, value in fields.items():
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        parts.append(head.encode() + b"Content-Type: text/plain\r\n\r\n" + file + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(url, body, content_type=None):
    """The answer's status, headers and text; redirects are not followed."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    headers = {"Content-Type": content_type or f"multipart/form-data; boundary={BOUNDARY}"}
    connection.request("POST", parts.path or "/", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def code(text):
    return re.search("<Code>(.*?)</Code>", text).group(1)


def message(text):
    return re.search("<Message>(.*?)</Message>", text).group(1).replace("&quot;", '"')


@pytest.fixture(params=["s3v4", "s3"])
def s3(request, tarn):
    return tarn.client("s3", signature_version=request.param)


def test_a_form_that_boto3_signed(s3, bucket):
    post = s3.generate_presigned_post(bucket, "uploads/${filename}")
    assert ("x-amz-signature" in post["fields"]) != ("AWSAccessKeyId" in post["fields"])
    status, headers, text = send(post["url"], form_of(post["fields"], b"x" * 100_000, "C:\\photos\\cat.jpg"))
    assert (status, text) == (204, "")
    assert headers["ETag"] == '"' + hashlib.md5(b"x" * 100_000).hexdigest() + '"'
    assert headers["Location"].endswith(f"/{bucket}/uploads/cat.jpg")
    assert body_of(s3.get_object(Bucket=bucket, Key="uploads/cat.jpg")) == b"x" * 100_000


def test_what_a_form_says_of_its_object(s3, bucket):
    fields = {
        "Content-Type": "text/html",
        "Cache-Control": "max-age=60",
        "Content-Disposition": "inline",
        "x-amz-meta-colour": "blue",
        "x-amz-storage-class": "STANDARD_IA",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1 2</Value></Tag></TagSet></Tagging>",
        "success_action_status": "201",
    }
    conditions = [{name: value} for name, value in fields.items()]
    post = s3.generate_presigned_post(bucket, "k <&>", Fields=fields, Conditions=conditions)
    status, headers, text = send(post["url"], form_of(post["fields"]))
    assert status == 201, text
    assert "<PostResponse><Location>" in text, "without a namespace"
    assert f"<Bucket>{bucket}</Bucket>" in text and "<Key>k &lt;&amp;&gt;</Key>" in text and "<Location>http" in text
    head = s3.head_object(Bucket=bucket, Key="k <&>")
    assert (head["ContentType"], head["CacheControl"], head["ContentDisposition"]) == ("text/html", "max-age=60", "inline")
    assert head["Metadata"] == {"colour": "blue"} and head["StorageClass"] == "STANDARD_IA"
    assert s3.get_object_tagging(Bucket=bucket, Key="k <&>")["TagSet"] == [{"Key": "a", "Value": "1 2"}]
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Size"] for each in listed] == [5]


def test_redirects(s3, bucket):
    fields = {"success_action_redirect": "http://localhost/done?a=1"}
    post = s3.generate_presigned_post(bucket, "k", fields, [fields])
    status, headers, _ = send(post["url"], form_of(post["fields"]))
    etag = urllib.parse.quote('"' + hashlib.md5(b"hello").hexdigest() + '"')
    assert (status, headers["Location"]) == (303, f"http://localhost/done?a=1&bucket={bucket}&key=k&etag={etag}")
    fields = {"success_action_redirect": "nowhere", "success_action_status": "200"}
    post = s3.generate_presigned_post(bucket, "k", fields, [{name: value} for name, value in fields.items()])
    assert send(post["url"], form_of(post["fields"]))[0] == 200


def test_lengths(s3, bucket):
    post = s3.generate_presigned_post(bucket, "k", Conditions=[["content-length-range", 3, 10]])
    for file, status in ((b"12", 400), (b"123", 204), (b"1" * 10, 204), (b"1" * 11, 400), (b"1" * 300_000, 400)):
        answered, _, text = send(post["url"], form_of(post["fields"], file))
        assert answered == status, text
        if status == 400:
            assert code(text) == ("EntityTooSmall" if len(file) < 3 else "EntityTooLarge")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 10


def test_a_policy_that_is_not_met(s3, bucket):
    post = s3.generate_presigned_post(bucket, "user/eric/${filename}", {"acl": "private"}, [{"acl": "private"}])
    good = post["fields"]

    def refused(fields, status, error):
        answered, _, text = send(post["url"], form_of(fields))
        assert (answered, code(text)) == (status, error), text
        return message(text)

    assert refused({**good, "key": "user/mary/a"}, 403, "AccessDenied") == (
        'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/eric/"]'
    )
    assert "Policy Condition failed" in refused({**good, "acl": "public-read"}, 403, "AccessDenied")
    assert refused({**good, "x-amz-meta-a": "b"}, 403, "AccessDenied") == (
        "Invalid according to Policy: Extra input fields: x-amz-meta-a"
    )
    signature = "x-amz-signature" if "x-amz-signature" in good else "signature"
    refused({**good, signature: "A" + good[signature][1:]}, 403, "SignatureDoesNotMatch")
    refused({name: value for name, value in good.items() if name != signature}, 400, "InvalidArgument")
    refused({name: value for name, value in good.items() if name != "key"}, 400, "InvalidArgument")
    identity = {"x-amz-credential": "AKIDNONE/20260101/us-east-1/s3/aws4_request"}
    if signature == "signature":
        refused({**good, "AWSAccessKeyId": "AKIDNONE"}, 403, "InvalidAccessKeyId")
    else:
        refused({**good, **identity}, 400, "AuthorizationHeaderMalformed")
    expired = s3.generate_presigned_post(bucket, "k", ExpiresIn=-1)
    _, _, text = send(expired["url"], form_of(expired["fields"]))
    assert message(text) == "Invalid according to Policy: Policy expired."
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_forms_that_are_none(tarn, bucket):
    url = f"{tarn.endpoint}/{bucket}"
    assert code(send(url, b"nothing")[2]) == "MalformedPOSTRequest"
    status, _, text = send(url, b"a=1", "application/x-www-form-urlencoded")
    assert (status, code(text)) == (412, "PreconditionFailed")
    assert code(send(url, form_of({"key": "k"}, file=None))[2]) == "InvalidArgument"
    cut_off = form_of({"key": "k"})[:-20]
    assert code(send(url, cut_off)[2]) in ("MalformedPOSTRequest", "AccessDenied")


def sign_policy(tarn, policy):
    """A form's fields for any policy, by version 2."""
    text = base64.b64encode(policy.encode()).decode()
    signature = base64.b64encode(hmac.new(tarn.root[1].encode(), text.encode(), "sha1").digest()).decode()
    return {"AWSAccessKeyId": tarn.root[0], "policy": text, "signature": signature}


def expiring(text):
    return json.dumps({"expiration": text, "conditions": [{"key": "k"}]})


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "{}",
        '{"expiration": "2030-01-01T00:00:00Z"}',
        '{"expiration": 1, "conditions": []}',
        expiring("2030-01-01 00:00:00Z"),
        expiring("2030-01-01T00:00:00"),
        expiring("2030-01-01 00:00:00+00:00"),
    ],
)
def test_policies_that_are_none(tarn, bucket, policy):
    fields = {"key": "k", **sign_policy(tarn, policy)}
    status, _, text = send(f"{tarn.endpoint}/{bucket}", form_of(fields))
    assert (status, code(text)) == (400, "InvalidPolicyDocument"), text
    assert message(text).startswith("Invalid Policy: ")


def test_who_signs_must_have_the_right(tarn, bucket):
    allowed = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}
    user = tarn.client("s3", key=tarn.new_user(allowed))
    post = user.generate_presigned_post(bucket, "mine/k")
    assert send(post["url"], form_of(post["fields"]))[0] == 204
    post = user.generate_presigned_post(bucket, "others/k")
    status, _, text = send(post["url"], form_of(post["fields"]))
    assert (status, code(text)) == (403, "AccessDenied")
    by_form = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    by_form["Condition"] = {"StringEquals": {"s3:authType": "POST"}}
    tarn.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [by_form]}))
    post = user.generate_presigned_post(bucket, "mine/k")
    assert send(post["url"], form_of(post["fields"]))[0] == 403


def test_anonymous_forms(tarn, bucket):
    s3 = tarn.client("s3")
    url = f"{tarn.endpoint}/{bucket}"
    status, _, text = send(url, form_of({"key": "k"}))
    assert (status, code(text)) == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/in/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [anyone]}))
    assert send(url, form_of({"key": "in/${filename}"}))[0] == 204
    assert body_of(s3.get_object(Bucket=bucket, Key="in/hello.txt")) == b"hello"
    assert send(url, form_of({"key": "out"}))[0] == 403


def test_checksums_versions_and_events(tarn, bucket):
    s3 = tarn.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    checksum = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    for value, status in ((checksum, 204), (base64.b64encode(b"0" * 32).decode(), 400)):
        fields = {"x-amz-checksum-sha256": value, "x-amz-checksum-algorithm": "SHA256"}
        post = s3.generate_presigned_post(bucket, "k", fields, [{name: text} for name, text in fields.items()])
        answered, headers, text = send(post["url"], form_of(post["fields"]))
        assert answered == status, text
        if status == 204:
            assert headers["x-amz-version-id"] and headers["x-amz-checksum-sha256"] == checksum
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_a_large_file_is_streamed(tarn, bucket):
    s3 = tarn.client("s3")
    post = s3.generate_presigned_post(bucket, "large")
    file = bytes(range(256)) * (40 << 12)  # 40 MiB
    assert send(post["url"], form_of(post["fields"], file))[0] == 204
    digest = hashlib.md5()
    for chunk in s3.get_object(Bucket=bucket, Key="large")["Body"].iter_chunks(1 << 20):
        digest.update(chunk)
    assert digest.hexdigest() == hashlib.md5(file).hexdigest()
