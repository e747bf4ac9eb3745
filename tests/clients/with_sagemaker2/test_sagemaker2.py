"""The SageMaker SDK, version 2: a built-in estimator from arrays to predictions, and what its users do around it."""

import io
import json
import subprocess
import tarfile

import boto3
import numpy
import pytest
import sagemaker
from sagemaker.amazon.amazon_estimator import RecordSet

from conftest import CLIENTS

ROWS = 2000


@pytest.fixture
def session(tarn, bucket, monkeypatch):
    """A session as a user of a lake of their own makes it: the bucket named, since the SDK asks amazonaws.com for another."""
    for name, value in tarn.environment_for().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    return sagemaker.Session(boto3.Session(), default_bucket=bucket)


@pytest.fixture
def role(tarn, bucket):
    return tarn.new_role(
        {"Service": "sagemaker.amazonaws.com"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        },
    )


@pytest.fixture
def points():
    """Which side of a line each point lies on."""
    features = numpy.random.default_rng(1).normal(size=(ROWS, 3)).astype("float32")
    return features, (features[:, 0] > features[:, 1]).astype("float32")


def learner(session, role, **more):
    return sagemaker.LinearLearner(
        role=role,
        instance_count=1,
        instance_type="ml.m5.large",
        predictor_type="binary_classifier",
        sagemaker_session=session,
        epochs=5,
        mini_batch_size=100,
        learning_rate=0.05,
        **more,
    )


def labels(records):
    return [record.label["predicted_label"].float32_tensor.values[0] for record in records]


def test_fit_deploy_predict(tarn, session, role, points, bucket, capsys):
    features, truth = points
    estimator = learner(session, role)
    records = estimator.record_set(features[:-100], labels=truth[:-100])
    assert (records.s3_data_type, records.distribution) == ("ManifestFile", "ShardedByS3Key")
    estimator.fit(records, logs=True)
    assert "#quality_metric: host=algo-1, epoch=4, train" in capsys.readouterr().out
    job = tarn.client("sagemaker").describe_training_job(TrainingJobName=estimator.latest_training_job.name)
    assert job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == records.s3_data
    assert estimator.model_data.startswith(f"s3://{bucket}/")

    # Not the SDK's own waiting, which looks every half minute.
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False)
    tarn.client("sagemaker").get_waiter("endpoint_in_service").wait(
        EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    guesses = labels(predictor.predict(features[-100:]))
    assert sum(guess == right for guess, right in zip(guesses, truth[-100:], strict=True)) >= 95

    aws = CLIENTS / "awscli2/bin/aws"
    if aws.exists():
        invoke = [aws, "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", predictor.endpoint_name]
        request = ["--content-type", "text/csv", "--cli-binary-format", "raw-in-base64-out", "--body", "3,-3,0\n-3,3,0"]
        told = subprocess.run([*invoke, *request, "/dev/stdout"], env=tarn.environment_for(), capture_output=True, text=True, check=True)
        answer, _ = json.JSONDecoder().raw_decode(told.stdout)
        assert [one["predicted_label"] for one in answer["predictions"]] == [1, 0]
    predictor.delete_predictor()
    assert not tarn.client("sagemaker").list_endpoints(NameContains=predictor.endpoint_name)["Endpoints"]


def test_shards_and_their_manifest(session, role, points, bucket, s3):
    features, truth = points
    estimator = learner(session, role, data_location=f"s3://{bucket}/records/")
    estimator.instance_count = 3  # As many objects as instances.
    records = estimator.record_set(features, labels=truth)
    assert isinstance(records, RecordSet) and records.num_records == ROWS
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=records.s3_data.split("/", 3)[3])["Body"].read())
    assert len(manifest) == 4
    estimator.fit(records, logs=False)
    message = session.describe_training_job(estimator.latest_training_job.name)["SecondaryStatusTransitions"][1]["StatusMessage"]
    assert all(f"{manifest[0]['prefix']}{name}?" in message for name in manifest[1:])


def test_two_instances_learn_from_both_shards(tarn, session, role, bucket, s3):
    """The labels of each half say something else: whoever learns from one of them only is wrong about the other."""
    features = numpy.random.default_rng(2).normal(size=(ROWS, 2)).astype("float32")
    features[: ROWS // 2, 0] += 4
    features[ROWS // 2 :, 0] -= 4
    truth = (3 * features[:, 0] + features[:, 1] + 5).astype("float32")
    truth[ROWS // 2 :] -= features[ROWS // 2 :, 0] * 2
    estimator = learner(session, role)
    estimator.instance_count = 2
    estimator.predictor_type, estimator.epochs, estimator.l1, estimator.wd = "regressor", 30, 0, 0
    records = estimator.record_set(features, labels=truth)
    assert (records.s3_data_type, records.distribution) == ("ManifestFile", "ShardedByS3Key")
    estimator.fit(records, logs=False)
    description = session.describe_training_job(estimator.latest_training_job.name)
    assert description["ResourceConfig"]["InstanceCount"] == 2
    streams = tarn.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=description["TrainingJobName"] + "/"
    )["logStreams"]
    assert [stream["logStreamName"].split("/")[1][:6] for stream in streams] == ["algo-1", "algo-2"]
    archive = s3.get_object(Bucket=bucket, Key=estimator.model_data.split("/", 3)[3])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        model = json.load(files.extractfile("model.json"))
    wanted = numpy.linalg.lstsq(numpy.c_[features, numpy.ones(ROWS)], truth, rcond=None)[0]
    # A shard's own slopes are 3 and 1; that of all data is 2, give or take what stochastic descent does.
    assert numpy.allclose([*model["weights"][0], *model["bias"]], wanted, atol=0.4), (model, wanted)


def test_several_channels_and_a_model_of_a_job(session, role, points):
    features, truth = points
    estimator = learner(session, role)
    channels = [
        estimator.record_set(features[:1500], labels=truth[:1500], channel="train"),
        estimator.record_set(features[1500:], labels=truth[1500:], channel="validation"),
    ]
    estimator.fit(channels, logs=False, wait=False)
    name = estimator.latest_training_job.name
    attached = sagemaker.LinearLearner.attach(name, sagemaker_session=session)
    assert attached.model_data == estimator.model_data
    assert attached.hyperparameters()["predictor_type"] == "binary_classifier"
    description = session.describe_training_job(name)
    metrics = {one["MetricName"]: one["Value"] for one in description["FinalMetricDataList"]}
    assert metrics["validation:roc_auc_score"] > 0.95
