"""Endpoints through boto3: their states, what they answer in each format, what they say when something is wrong."""

import json
import struct

import botocore.exceptions
import pytest
from test_sagemaker import LINEAR_LEARNER, channel, code_of, job_of, name_of, run
from test_sagemaker_sandbox import in_service, role, sagemaker, serve_model  # noqa: F401  (fixtures)
from waits import eventually

MAGIC = 0xCED7230A


@pytest.fixture
def runtime(tarn):
    return tarn.client("sagemaker-runtime")


def invoke(runtime, endpoint, body, kind="text/csv", **more):
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType=kind, Body=body, **more)
    return answer["Body"].read(), answer["ContentType"]


def model_error(runtime, endpoint, body, kind="text/csv", **more):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        invoke(runtime, endpoint, body, kind, **more)
    assert code_of(error) == "ModelError"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    return error.value.response


SCRIPT = """
import json
def model_fn(folder):
    return 10
def input_fn(body, content_type):
    assert isinstance(body, str) == (content_type in ("text/csv", "application/json"))
    if content_type == "application/json": return json.loads(body)
    if content_type == "text/csv": return [float(one) for one in body.split(",")]
    return [len(body)]
def predict_fn(data, model):
    if data == "die": raise KeyError("column")
    return [model * one for one in data]
def output_fn(prediction, accept):
    if accept == "text/csv": return ",".join(map(str, prediction)), accept
    return json.dumps(prediction)
"""


def test_a_script_serves_in_its_own_formats(tarn, sagemaker, runtime, s3, bucket, role):
    endpoint = serve_model(sagemaker, s3, bucket, role, SCRIPT)
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["EndpointStatus"] in ("Creating", "InService")
    in_service(sagemaker, endpoint)
    assert invoke(runtime, endpoint, "1,2", Accept="text/csv") == (b"10.0,20.0", "text/csv")
    assert invoke(runtime, endpoint, "[1, 2]", "application/json", Accept="application/json") == (
        b"[10, 20]",
        "application/json",
    )
    assert invoke(runtime, endpoint, b"\xff\xfe\x00", "application/x-thing")[0] == b"[30]"
    error = model_error(runtime, endpoint, '"die"', "application/json")
    assert error["OriginalStatusCode"] == 500
    assert error["OriginalMessage"] == "KeyError: 'column'"
    assert error["Error"]["Message"].startswith(
        "Received server error (500) from primary with message \"KeyError: 'column'\"."
    )
    assert f":log-group:/aws/sagemaker/Endpoints/{endpoint}:log-stream:AllTraffic/" in error["LogStreamArn"]
    stream = error["LogStreamArn"].rsplit(":", 1)[1]
    logs = tarn.client("logs")
    eventually(
        lambda: any(
            "KeyError" in event["message"]
            for event in logs.get_log_events(logGroupName="/aws/sagemaker/Endpoints/" + endpoint, logStreamName=stream)[
                "events"
            ]
        )
    )
    sagemaker.delete_endpoint(EndpointName=endpoint)


def test_transform_fn_and_defaults(tarn, sagemaker, runtime, s3, bucket, role):
    whole = (
        "def model_fn(folder): return 'm'\n"
        "def transform_fn(model, body, content_type, accept): return model + body + content_type, 'text/plain'\n"
    )
    sums = "def model_fn(folder): return lambda rows: [float(sum(row)) for row in rows]\n"
    first = serve_model(sagemaker, s3, bucket, role, whole)
    second = serve_model(sagemaker, s3, bucket, role, sums)
    in_service(sagemaker, first)
    in_service(sagemaker, second)
    assert invoke(runtime, first, "x") == (b"mxtext/csv", "text/plain")
    assert invoke(runtime, second, "1,2\n3,4") == (b"[3.0, 7.0]", "application/json")
    assert invoke(runtime, second, "[[1, 2]]", "application/json", Accept="text/csv") == (b"3.0\n", "text/csv")
    assert model_error(runtime, second, "x", "image/png")["OriginalStatusCode"] == 415
    assert model_error(runtime, second, "1", Accept="image/png")["OriginalStatusCode"] == 406
    for endpoint in (first, second):
        sagemaker.delete_endpoint(EndpointName=endpoint)


def test_a_model_that_does_not_load_fails_its_endpoint(tarn, sagemaker, runtime, s3, bucket, role):
    broken = serve_model(sagemaker, s3, bucket, role, "raise RuntimeError('no licence')\n")
    lacking = serve_model(sagemaker, s3, bucket, role, "x = 1\n")

    def ended(name):
        return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] != "Creating"

    eventually(lambda: ended(broken) and ended(lacking))
    described = sagemaker.describe_endpoint(EndpointName=broken)
    assert described["EndpointStatus"] == "Failed"
    assert "production variant AllTraffic" in described["FailureReason"] and "no licence" in described["FailureReason"]
    assert "Please provide a model_fn" in sagemaker.describe_endpoint(EndpointName=lacking)["FailureReason"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        invoke(runtime, broken, "1")
    assert code_of(error) == "ValidationError"
    sagemaker.delete_endpoint(EndpointName=broken)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.describe_endpoint(EndpointName=broken)
    assert code_of(error) == "ValidationException"


def test_an_update_takes_over_or_is_taken_back(tarn, sagemaker, runtime, s3, bucket, role):
    def script(value):
        return f"def model_fn(folder): return {value}\ndef predict_fn(data, model): return model\n"

    endpoint = serve_model(sagemaker, s3, bucket, role, script(1))
    other = serve_model(sagemaker, s3, bucket, role, script(2))
    broken = serve_model(sagemaker, s3, bucket, role, "raise RuntimeError('no licence')\n")
    in_service(sagemaker, endpoint)
    assert invoke(runtime, endpoint, "1")[0] == b"1"
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=other)
    # While the new one starts the old one answers.
    assert invoke(runtime, endpoint, "1")[0] in (b"1", b"2")
    in_service(sagemaker, endpoint)
    eventually(lambda: invoke(runtime, endpoint, "1")[0] == b"2")
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == other
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=broken)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=other)
    assert "Cannot update in-progress endpoint" in error.value.response["Error"]["Message"]
    in_service(sagemaker, endpoint)
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == other
    assert invoke(runtime, endpoint, "1")[0] == b"2"
    for name in (endpoint, other, broken):
        sagemaker.delete_endpoint(EndpointName=name)


def records(body):
    found, at = [], 0
    while at < len(body):
        magic, length = struct.unpack_from("<II", body, at)
        assert magic == MAGIC
        found.append(body[at + 8 : at + 8 + length])
        at += 8 + length + -length % 4
    return found


def trained(sagemaker, s3, bucket, role, kind, labels, **hyperparameters):
    """An endpoint of a linear-learner trained on ten numbers and their labels."""
    s3.put_object(Bucket=bucket, Key=f"{kind}/1.csv", Body="".join(f"{labels(i % 10)},{i % 10}\n" for i in range(2000)))
    parameters = {"predictor_type": kind, "mini_batch_size": "50", "epochs": "20", **hyperparameters}
    channels = [channel("train", f"s3://{bucket}/{kind}/", "File", ContentType="text/csv")]
    job = run(sagemaker, job_of(role, bucket, channels, hyperparameters=parameters))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    model, endpoint = name_of("model"), name_of("endpoint")
    container = {"Image": LINEAR_LEARNER, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName=model, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {"VariantName": "v", "ModelName": model, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=endpoint, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    in_service(sagemaker, endpoint)
    return endpoint


def test_linear_learner_answers_in_every_format(tarn, sagemaker, runtime, s3, bucket, role):
    endpoint = trained(sagemaker, s3, bucket, role, "multiclass_classifier", lambda i: i // 4, num_classes="3")
    body, kind = invoke(runtime, endpoint, "0\n9\n")
    assert kind == "application/json"
    predictions = json.loads(body)["predictions"]
    assert [one["predicted_label"] for one in predictions] == [0, 2]
    assert all(len(one["score"]) == 3 and abs(sum(one["score"]) - 1) < 1e-4 for one in predictions)
    assert set(predictions[0]) == {"score", "predicted_label"}

    asked = json.dumps({"instances": [{"features": [0]}, {"data": {"features": {"values": [9.0]}}}]})
    assert json.loads(invoke(runtime, endpoint, asked, "application/json")[0])["predictions"] == predictions
    sparse = json.dumps({"instances": [{"data": {"features": {"keys": [0], "shape": [1], "values": [9.0]}}}]})
    assert json.loads(invoke(runtime, endpoint, sparse, "application/json")[0])["predictions"] == predictions[1:]

    asked = '{"features": [0]}\n{"features": [9]}'
    lines, kind = invoke(runtime, endpoint, asked, "application/jsonlines", Accept="application/jsonlines")
    assert kind == "application/jsonlines"
    assert [json.loads(line) for line in lines.decode().splitlines()] == predictions

    floats = struct.pack("<f", 9.0)
    message = b"\x0a\x12\x0a\x06values\x12\x08\x12\x06\x0a\x04" + floats
    framed = struct.pack("<II", MAGIC, len(message)) + message
    answer, kind = invoke(
        runtime, endpoint, framed, "application/x-recordio-protobuf", Accept="application/x-recordio-protobuf"
    )
    assert kind == "application/x-recordio-protobuf"
    (only,) = records(answer)
    assert b"score" in only and b"predicted_label" in only and struct.pack("<f", 2.0) in only

    for body, kind, says in (
        ("1,2", "text/csv", "feature_dim 1"),
        ("x", "text/csv", "Unable to decode payload"),
        ("{", "application/json", "Malformed JSON"),
        ('{"rows": []}', "application/json", "instances"),
        ("1", "image/png", "is not one of application/json"),
    ):
        error = model_error(runtime, endpoint, body, kind)
        assert error["OriginalStatusCode"] == 400 and says in error["OriginalMessage"], error["OriginalMessage"]
        assert "Received client error (400) from primary" in error["Error"]["Message"]
    sagemaker.delete_endpoint(EndpointName=endpoint)


def test_linear_learner_answers_numbers(tarn, sagemaker, runtime, s3, bucket, role):
    endpoint = trained(sagemaker, s3, bucket, role, "regressor", lambda i: 3 * i + 5)
    predictions = json.loads(invoke(runtime, endpoint, "2\n7")[0])["predictions"]
    assert [set(one) for one in predictions] == [{"score"}, {"score"}]
    assert [round(one["score"]) for one in predictions] == [11, 26]
    sagemaker.delete_endpoint(EndpointName=endpoint)


def test_requests_that_no_endpoint_takes(tarn, sagemaker, runtime, s3, bucket, role):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        invoke(runtime, "none", "1")
    assert code_of(error) == "ValidationError"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "Endpoint none of account" in error.value.response["Error"]["Message"]
    script = "def model_fn(folder): return 1\ndef predict_fn(data, model): return model\n"
    endpoint = serve_model(sagemaker, s3, bucket, role, script, name="blue")
    in_service(sagemaker, endpoint)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        invoke(runtime, endpoint, "1", TargetVariant="green")
    assert code_of(error) == "ValidationError"
    assert invoke(runtime, endpoint, "1", TargetVariant="blue", CustomAttributes="trace=1")[0] == b"1"
    nobody = tarn.new_user()
    with pytest.raises(botocore.exceptions.ClientError) as error:
        invoke(tarn.client("sagemaker-runtime", key=nobody), endpoint, "1")
    assert code_of(error) == "AccessDeniedException"
    assert "sagemaker:InvokeEndpoint" in error.value.response["Error"]["Message"]
    sagemaker.delete_endpoint(EndpointName=endpoint)
