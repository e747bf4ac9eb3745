"""Every member of every listed operation, from botocore's serializer into Tarn's struct and back through its parser.

Needs the program `tarn_roundtrip`, which TARN_ROUNDTRIP names (default: that of the dev build).
"""

import base64
import functools
import io
import json
import os
import pathlib
import subprocess
import urllib.parse
from xml.etree import ElementTree

import botocore.awsrequest
import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
import pytest
from samples import Sampler, told

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TARN_ROUNDTRIP", ROOT / "build/dev/tests/roundtrip/tarn_roundtrip")


@functools.cache
def service(api):
    """The model as the generator reads it, without what boto3 adds for its users (ExpiresString and the like)."""
    loader = botocore.loaders.Loader(include_default_extras=False)
    return botocore.model.ServiceModel(loader.load_service_model(api, "service-2"), api)


def operation_lists():
    served = {path.parent.name: path for path in ROOT.glob("src/services/*/operations.txt")}
    tried = {path.stem: path for path in ROOT.glob("tools/codegen/test/*.txt") if path.stem != "CMakeLists"}
    return tried | served


def listed():
    cases = []
    for api, path in sorted(operation_lists().items()):
        for line in path.read_text().splitlines():
            line = line.split("#")[0].strip()
            operation = line.split("|")[0].strip()
            # A form is in no model: PostObject.
            if operation in service(api).operation_names:
                for protocol in service(api).metadata["protocols"]:
                    cases.append((api, operation, protocol))
    return cases


def differences(found, wanted, where=""):
    if isinstance(found, dict) and isinstance(wanted, dict):
        lines = [f"{where}.{key}: missing" for key in wanted.keys() - found.keys()]
        lines += [f"{where}.{key}: unexpected {found[key]!r}" for key in found.keys() - wanted.keys()]
        for key in found.keys() & wanted.keys():
            lines += differences(found[key], wanted[key], f"{where}.{key}")
        return lines
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        return [line for i, pair in enumerate(zip(found, wanted)) for line in differences(*pair, f"{where}[{i}]")]
    if isinstance(found, str) and isinstance(wanted, str):
        # Documents that nothing acts on keep the client's spelling of a time.
        found, wanted = found.replace(".000Z", "Z"), wanted.replace(".000Z", "Z")
    return [] if found == wanted else [f"{where}: {found!r}, not {wanted!r}"]


@pytest.fixture(scope="session")
def tarn():
    with subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        def ask(question):
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, f"tarn_roundtrip ended at {json.dumps(question)[:2000]}"
            return json.loads(line)

        yield ask
        process.stdin.close()


def as_http(model, protocol, params):
    """What botocore would send, before it is signed."""
    request = botocore.serialize.create_serializer(protocol, include_validation=False).serialize_to_request(params, model)
    target = request["url_path"]
    query = request["query_string"]
    if isinstance(query, dict):
        query = urllib.parse.urlencode(query, doseq=True, quote_via=urllib.parse.quote)
    if query:
        target += ("&" if "?" in target else "?") + query
    headers = {name: str(value) for name, value in dict(request["headers"]).items()}
    body = request["body"]
    if isinstance(body, dict):
        body = urllib.parse.urlencode(body, doseq=True)
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    if isinstance(body, str):
        body = body.encode()
    scope = model.service_model.signing_name
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{scope}/aws4_request, Signature=0"
    return {"method": request["method"], "target": target, "headers": list(headers.items()),
            "body": base64.b64encode(body or b"").decode()}


@pytest.mark.parametrize("variant", [0, 1])
@pytest.mark.parametrize("api,operation,protocol", listed())
def test_request(tarn, api, operation, protocol, variant):
    model = service(api).operation_model(operation)
    params = Sampler(variant).structure(model.input_shape) if model.input_shape else {}
    # The header is the body's own length.
    params.pop("ContentLength", None)
    answer = tarn({"request": as_http(model, protocol, params)})
    assert "error" not in answer, answer
    assert (answer["service"], answer["operation"]) == (api, operation)
    assert answer["violations"] == ""
    expected = told(model.input_shape, params) if model.input_shape else {}
    assert differences(answer["input"], expected) == []


def answered():
    """An event stream's frames come from its handler while it runs: clients read those over the wire (test_s3_select.py)."""
    return [case for case in listed() if not service(case[0]).operation_model(case[1]).has_event_stream_output]


@pytest.mark.parametrize("variant", [0, 1])
@pytest.mark.parametrize("api,operation,protocol", answered())
def test_reply(tarn, api, operation, protocol, variant):
    model = service(api).operation_model(operation)
    shape = model.output_shape
    value = Sampler(variant).structure(shape) if shape else {}
    if "ContentLength" in value:
        value["ContentLength"] = abs(value["ContentLength"])
    answer = tarn({"reply": {"service": api, "operation": operation, "protocol": protocol, "output": told(shape, value) if shape else {}}})
    assert answer["violations"] == ""
    if shape and protocol == "query" and model.service_model.metadata["protocol"] != "query":
        # A model whose first protocol is another has lost the wrapper that SDKs of its query days look for.
        shape.serialization["resultWrapper"] = operation + "Result"
    headers = {}
    for line in answer["headers"].split("\r\n"):
        name, _, text = line.partition(": ")
        if name:
            headers[name.lower()] = text
    if "length" in answer:
        headers["content-length"] = answer["length"]
    body = base64.b64decode(answer["body"])
    parser = botocore.parsers.create_parser(protocol)
    parsed = parser.parse({"status_code": answer["status"], "headers": botocore.awsrequest.HeadersDict(headers),
                           "body": io.BytesIO(body) if model.has_streaming_output else body}, shape)
    parsed.pop("ResponseMetadata", None)
    assert answer["status"] < 300
    if model.has_streaming_output:
        name = shape.serialization["payload"]
        parsed[name] = parsed[name].read()
    if (api, operation) == ("s3", "GetBucketLocation"):
        # Its root is the value, which the model cannot say: botocore and others have code for it.
        parsed["LocationConstraint"] = ElementTree.fromstring(body).text
    assert differences(parsed, value) == []


def test_all_patterns_compile(tarn):
    answer = tarn({"patterns": True})
    assert answer["shapes"] > 500
    assert answer["broken"] == []
