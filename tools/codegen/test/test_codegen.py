"""The generator's own parts: names, lists, what it refuses, and that it always writes the same."""

import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import cpp_tables  # noqa: E402
import cpp_types  # noqa: E402
import model  # noqa: E402
import names  # noqa: E402
import operations  # noqa: E402

BOTOCORE = pathlib.Path(importlib.util.find_spec("botocore").origin).parent


@pytest.mark.parametrize("name,snake", [
    ("GetObject", "get_object"), ("ETag", "e_tag"), ("SSEKMSKeyId", "sse_kms_key_id"), ("ACL", "acl"), ("ID", "id"),
    ("SSECustomerKeyMD5", "sse_customer_key_md5"), ("ChecksumCRC32C", "checksum_crc32c"),
    ("ChecksumCRC64NVME", "checksum_crc64nvme"), ("S3Uri", "s3_uri"), ("URIs", "uris"), ("ListObjectsV2", "list_objects_v2"),
    ("TransitionDefaultMinimumObjectSize", "transition_default_minimum_object_size"), ("userName", "user_name"),
    ("EC2InstanceType", "ec2_instance_type"), ("PolicyARNs", "policy_arns"),
])
def test_names_are_words(name, snake):
    assert names.snake(name) == snake


def test_keywords_are_no_identifiers():
    assert names.identifier("Delete") == "delete_"
    assert names.identifier("Default") == "default_"
    assert names.identifier("3d") == "v3d"


def test_enumerators_are_all_different():
    values = ["a", "A", "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "", "G.1X", "new", "5m"]
    found = names.enumerators(values)
    assert len(set(found)) == len(values)
    assert found[2:4] == ["s3_object_created_all", "s3_object_created_put"]
    assert found[4:7] == ["empty", "g_1x", "new_"]


def test_literals_survive_the_compiler():
    assert names.literal('a"b\\c\n\x01') == '"a\\"b\\\\c\\n\\001"'


GOOD = "GetObject | s3:GetObject[!VersionId] | arn:aws:s3:::{Bucket}/{Key} | s3:versionid={VersionId} | read data anonymous body=1KiB"


def test_a_line_has_its_parts():
    line = operations.parse("@context S3\n# comment\n" + GOOD, "x").lines[0]
    assert line.actions == [("s3:GetObject", "VersionId", True)]
    assert line.keys == [("s3:versionid", "{VersionId}")]
    assert line.flags == {"read", "data", "anonymous"}
    assert line.body_limit == 1024


@pytest.mark.parametrize("text,complaint", [
    ("GetObject", "1 columns"),
    (GOOD.replace("read data", "data"), "either read or write"),
    (GOOD.replace("read data", "read"), "either management or data"),
    (GOOD.replace("arn:aws:s3:::{Bucket}/{Key}", "-"), "without a resource"),
    (GOOD.replace("s3:GetObject[", "GetObject["), "is no action"),
    (GOOD.replace("s3:versionid={VersionId}", "s3:versionid"), "is no condition key"),
    (GOOD.replace("1KiB", "1KB"), "is no size"),
    (GOOD.replace("anonymous", "public"), "is no flag"),
    (GOOD + "\n" + GOOD, "listed twice"),
    ("@colour blue", "is no setting"),
])
def test_a_wrong_line_is_refused_with_its_place(text, complaint):
    with pytest.raises(operations.Mistake, match=complaint) as caught:
        operations.parse(text, "operations.txt")
    assert str(caught.value).startswith("operations.txt:")


def api_of(tmp_path, text, api="s3"):
    path = tmp_path / "operations.txt"
    path.write_text(text)
    return model.Api(api, BOTOCORE, path, HERE.parent / "patches")


@pytest.mark.parametrize("text,complaint", [
    (GOOD.replace("GetObject |", "GetObjekt |"), "no operation GetObjekt"),
    (GOOD.replace("{Key}", "{Kee}"), "no member Kee"),
    (GOOD.replace("[!VersionId]", "[!Version]"), "no member Version"),
])
def test_what_the_model_lacks_is_refused(tmp_path, text, complaint):
    with pytest.raises(operations.Mistake, match=complaint):
        api_of(tmp_path, text)


def everything(api):
    headers = cpp_types.Headers(api)
    return headers.files() | cpp_tables.Tables(api, headers).files()


def test_the_same_list_gives_the_same_files(tmp_path):
    text = (HERE.parents[2] / "src/services/s3/operations.txt").read_text()
    assert everything(api_of(tmp_path, text)) == everything(api_of(tmp_path, text))


def test_structs_that_contain_themselves_are_boxed(tmp_path):
    files = everything(api_of(tmp_path, "GetTable | - | - | - | read management\n", "glue"))
    assert "aws::Box<TableStatus> status;" in files["get_table.h"]


def test_what_nothing_acts_on_is_json(tmp_path):
    files = everything(api_of(tmp_path, "GetJob | - | - | - | read management\n", "glue"))
    assert "std::optional<aws::Json> code_gen_configuration_nodes;" in files["get_job.h"]


def test_an_operation_without_input_or_output_has_empty_structs(tmp_path):
    files = everything(api_of(tmp_path, "DeleteBucket | - | - | - | write management\n"))
    assert "struct DeleteBucketOutput {\n  std::optional<int> http_status;\n};" in files["delete_bucket.h"]


def test_a_twin_has_structs_of_its_own(tmp_path):
    line = "PostObject | s3:PutObject | arn:aws:s3:::{Bucket}/{Key} | - | write data anonymous form"
    both = api_of(tmp_path, line + "\nPutObject | - | - | - | write data")
    made = everything(both)
    assert "SuccessActionStatus" in both.shapes["PostObjectRequest"]["members"]
    assert "SuccessActionStatus" not in both.shapes["PutObjectRequest"]["members"]
    assert "struct PostObjectRequest" in made["post_object.h"] and "struct PutObjectRequest" in made["put_object.h"]
    assert ".form = true" in made["operations.cpp"]
