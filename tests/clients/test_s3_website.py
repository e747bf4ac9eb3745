"""Buckets as websites, read as browsers read them."""

import http.client
import json
import urllib.parse

import pytest

from s3_help import put, refused

DOMAIN = "s3.tarn.test"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from conftest import Tarn

    server = Tarn(tmp_path_factory.mktemp("site") / "data", ["--domain", DOMAIN]).start()
    yield server
    server.stop()


@pytest.fixture
def bucket(site):
    return site.new_bucket()


@pytest.fixture
def s3(site):
    return site.client("s3")


def visit(site, bucket, path, method="GET", style="s3-website", **headers):
    parts = urllib.parse.urlsplit(site.endpoint)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request(method, path, headers={"Host": f"{bucket}.{style}.{DOMAIN}", **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def let_everyone_read(s3, bucket, resource="*", and_list=False):
    s3.delete_public_access_block(Bucket=bucket)
    statements = [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/{resource}"}]
    if and_list:
        statements.append({"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def configure(s3, bucket, **configuration):
    configuration.setdefault("IndexDocument", {"Suffix": "index.html"})
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    told = s3.get_bucket_website(Bucket=bucket)
    told.pop("ResponseMetadata")
    assert told == configuration


def test_pages_and_folders(site, s3, bucket):
    configure(s3, bucket)
    let_everyone_read(s3, bucket, and_list=True)
    put(s3, bucket, "index.html", body=b"home")
    put(s3, bucket, "docs/index.html", body=b"docs")
    s3.put_object(Bucket=bucket, Key="a b.css", Body=b"body{}", ContentType="text/css", CacheControl="max-age=5")
    for style in ("s3-website", "s3-website-us-east-1", "s3-website.us-east-1"):
        assert visit(site, bucket, "/", style=style)[::2] == (200, "home")
    assert visit(site, bucket, "/docs/")[::2] == (200, "docs")
    status, headers, text = visit(site, bucket, "/docs")
    assert (status, headers["Location"]) == (302, "/docs/")
    status, headers, text = visit(site, bucket, "/a%20b.css")
    assert (status, text, headers["Content-Type"], headers["Cache-Control"]) == (200, "body{}", "text/css", "max-age=5")
    assert visit(site, bucket, "/a%20b.css", **{"If-None-Match": headers["ETag"]})[::2] == (304, "")
    assert visit(site, bucket, "/a%20b.css", Range="bytes=0-3")[::2] == (206, "body")
    status, headers, text = visit(site, bucket, "/", "HEAD")
    assert (status, headers["Content-Length"], text) == (200, "4", "")
    status, headers, text = visit(site, bucket, "/missing<b>")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<title>404 Not Found</title>" in text and "<li>Code: NoSuchKey</li>" in text and "<b>" not in text
    assert visit(site, bucket, "/", "POST")[0] == 405
    assert visit(site, bucket, "/", "PUT")[0] == 405


def test_only_what_everyone_may_read(site, s3, bucket):
    configure(s3, bucket)
    put(s3, bucket, "index.html", "open/a")
    status, _, text = visit(site, bucket, "/")
    assert status == 403 and "<li>Code: AccessDenied</li>" in text
    let_everyone_read(s3, bucket, "open/*")
    assert visit(site, bucket, "/open/a")[::2] == (200, "x")
    assert visit(site, bucket, "/index.html")[0] == 403
    assert visit(site, bucket, "/open/missing")[0] == 403, "who may not list learns nothing"


def test_what_is_no_website(site, s3, bucket):
    status, _, text = visit(site, bucket, "/")
    assert status == 404 and "NoSuchWebsiteConfiguration" in text
    status, _, text = visit(site, "no-such-bucket-here", "/")
    assert status == 404 and "NoSuchBucket" in text
    with refused("NoSuchWebsiteConfiguration", 404):
        s3.get_bucket_website(Bucket=bucket)
    configure(s3, bucket)
    s3.delete_bucket_website(Bucket=bucket)
    s3.delete_bucket_website(Bucket=bucket)
    with refused("NoSuchWebsiteConfiguration", 404):
        s3.get_bucket_website(Bucket=bucket)


def test_error_documents(site, s3, bucket):
    configure(s3, bucket, ErrorDocument={"Key": "oops.html"})
    let_everyone_read(s3, bucket, and_list=True)
    status, _, text = visit(site, bucket, "/missing")
    assert status == 404 and "Retrieve a Custom Error Document" in text
    s3.put_object(Bucket=bucket, Key="oops.html", Body=b"<p>sorry", ContentType="text/html")
    status, headers, text = visit(site, bucket, "/missing")
    assert (status, text, headers["Content-Type"]) == (404, "<p>sorry", "text/html")


def test_redirects(site, s3, bucket):
    rules = [
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
        {
            "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "img/"},
            "Redirect": {"HostName": "cdn.test", "Protocol": "https", "HttpRedirectCode": "307", "ReplaceKeyWith": "none.png"},
        },
    ]
    configure(s3, bucket, RoutingRules=rules)
    let_everyone_read(s3, bucket, and_list=True)
    host = f"{bucket}.s3-website.{DOMAIN}"
    status, headers, _ = visit(site, bucket, "/docs/a%20b")
    assert (status, headers["Location"]) == (301, f"http://{host}/documents/a%20b")
    status, headers, _ = visit(site, bucket, "/img/x.png")
    assert (status, headers["Location"]) == (307, "https://cdn.test/none.png")
    s3.put_object(Bucket=bucket, Key="moved", Body=b"", WebsiteRedirectLocation="/new/place")
    status, headers, _ = visit(site, bucket, "/moved")
    assert (status, headers["Location"]) == (301, "/new/place")
    everything = {"RedirectAllRequestsTo": {"HostName": "www.test", "Protocol": "https"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=everything)
    status, headers, _ = visit(site, bucket, "/any/where?a=b")
    assert (status, headers["Location"]) == (301, "https://www.test/any/where?a=b")


@pytest.mark.parametrize(
    "configuration,code",
    [
        ({}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "i"}, "RedirectAllRequestsTo": {"HostName": "h"}}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {}}]}, "InvalidRequest"),
        (
            {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Condition": {}, "Redirect": {"HostName": "h"}}]},
            "InvalidRequest",
        ),
        (
            {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "200"}}]},
            "InvalidRequest",
        ),
    ],
)
def test_configurations_that_cannot_be(s3, bucket, configuration, code):
    with refused(code, 400):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
