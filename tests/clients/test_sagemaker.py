"""Training jobs, models and endpoints through boto3: from objects to answers."""

import io
import json
import random
import tarfile
import uuid

import botocore.exceptions
import pytest

from waits import eventually

LINEAR_LEARNER = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"


def name_of(kind):
    return kind + "-" + uuid.uuid4().hex[:10]


def code_of(error):
    return error.value.response["Error"]["Code"]


@pytest.fixture
def sagemaker(tarn):
    return tarn.client("sagemaker")


@pytest.fixture
def role(tarn, bucket):
    """May read and write the test's bucket, and nothing else."""
    return tarn.new_role(
        {"Service": "sagemaker.amazonaws.com"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"],
        },
    )


def csv_of(rows, seed):
    """Lines whose label is whether the first number is above the second."""
    source = random.Random(seed)
    lines = []
    for _ in range(rows):
        a, b = source.randint(0, 100), source.randint(0, 100)
        lines.append(f"{int(a > b)},{a},{b}")
    return "\n".join(lines) + "\n"


def archive_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def channel(name, uri, mode="Pipe", **more):
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": mode, **more}


def job_of(role, bucket, channels, image=LINEAR_LEARNER, hyperparameters=None, **more):
    return {
        "TrainingJobName": name_of("job"),
        "RoleArn": role,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        **({"InputDataConfig": channels} if channels else {}),
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": hyperparameters or {},
        **more,
    }


def wait_for(sagemaker, name):
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    return sagemaker.describe_training_job(TrainingJobName=name)


def run(sagemaker, request):
    sagemaker.create_training_job(**request)
    try:
        return wait_for(sagemaker, request["TrainingJobName"])
    except botocore.exceptions.WaiterError:
        return sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])


def log_of(tarn, job):
    events = tarn.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job + "/"
    )
    return "\n".join(event["message"] for event in events["events"])


def linear_model(sagemaker, s3, bucket, role):
    s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(800, 1))
    s3.put_object(Bucket=bucket, Key="train/2.csv", Body=csv_of(800, 2))
    s3.put_object(Bucket=bucket, Key="validation/1.csv", Body=csv_of(400, 3))
    channels = [
        channel("train", f"s3://{bucket}/train/", ContentType="text/csv"),
        channel("validation", f"s3://{bucket}/validation/", ContentType="text/csv"),
    ]
    parameters = {"predictor_type": "binary_classifier", "mini_batch_size": "100", "epochs": "10"}
    return run(sagemaker, job_of(role, bucket, channels, hyperparameters=parameters))


def test_linear_learner_trains_and_serves(tarn, sagemaker, s3, bucket, role):
    job = linear_model(sagemaker, s3, bucket, role)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    statuses = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert metrics["validation:roc_auc_score"] > 0.95
    etag = s3.head_object(Bucket=bucket, Key="train/1.csv")["ETag"].strip('"')
    assert f"train=s3://{bucket}/train/1.csv?versionId=null#ETag={etag}" in job["SecondaryStatusTransitions"][1]["StatusMessage"]
    lineage = json.loads(
        s3.get_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/lineage.json")["Body"].read()
    )
    assert [one["uri"].rsplit("/", 2)[1] for one in lineage["objects"]] == ["train", "train", "validation"]
    assert "#quality_metric: host=algo-1, epoch=0, train" in log_of(tarn, job["TrainingJobName"])

    model, config, endpoint = name_of("model"), name_of("config"), name_of("endpoint")
    container = {"Image": LINEAR_LEARNER, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName=model, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1.0,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    runtime = tarn.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="90,5\n5,90")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    predictions = json.loads(answer["Body"].read())["predictions"]
    assert [one["predicted_label"] for one in predictions] == [1, 0]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1,2,3")
    assert code_of(error) == "ModelError"
    assert "feature_dim 2" in error.value.response["Error"]["Message"]

    assert sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["Image"] == LINEAR_LEARNER
    assert sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]["ModelName"] == model
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][0]["CurrentWeight"] == 1.0
    assert [one["EndpointName"] for one in sagemaker.list_endpoints(NameContains=endpoint)["Endpoints"]] == [endpoint]
    assert sagemaker.list_models(NameContains=model)["Models"][0]["ModelName"] == model
    assert sagemaker.list_endpoint_configs(NameContains=config)["EndpointConfigs"][0]["EndpointConfigName"] == config
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.delete_endpoint_config(EndpointConfigName=config)
    sagemaker.delete_model(ModelName=model)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1,2")
    assert code_of(error) == "ValidationError"


def script_job(s3, bucket, role, script, **more):
    s3.put_object(Bucket=bucket, Key="code/source.tar.gz", Body=archive_of({"train.py": script}))
    parameters = {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": f'"s3://{bucket}/code/source.tar.gz"',
    }
    return job_of(role, bucket, [], image="tarn/python:3", hyperparameters=parameters, **more)


def test_a_script_cannot_read_the_data_folder(tarn, sagemaker, s3, bucket, role):
    script = "\n".join(
        [
            "import os, subprocess",
            f"for place in ({tarn.data_dir!r}, '/root', '/home', '/etc/shadow', '/var'):",
            "    print('sees', place, os.path.exists(place))",
            "print('processes', len([name for name in os.listdir('/proc') if name.isdigit()]))",
            "print('secrets', [name for name in os.environ if 'TARN' in name or 'SECRET' in name])",
            "open('/opt/ml/model/made', 'w').write('yes')",
        ]
    )
    job = run(sagemaker, script_job(s3, bucket, role, script))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = log_of(tarn, job["TrainingJobName"])
    assert log.count("False") == 5 and "True" not in log
    assert "secrets []" in log
    assert int(log.split("processes ")[1].split()[0]) <= 4


def test_a_role_that_may_not_read_fails_the_job(tarn, sagemaker, s3, bucket):
    s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(10, 1))
    poor = tarn.new_role({"Service": "sagemaker.amazonaws.com"})
    channels = [channel("train", f"s3://{bucket}/train/", ContentType="text/csv")]
    job = run(sagemaker, job_of(poor, bucket, channels, hyperparameters={"predictor_type": "binary_classifier"}))
    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"] and "s3:ListBucket" in job["FailureReason"]


def test_a_job_is_stopped(sagemaker, s3, bucket, role):
    request = script_job(s3, bucket, role, "import time\nwhile True: time.sleep(0.1)\n")
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    eventually(lambda: sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")
    sagemaker.stop_training_job(TrainingJobName=name)
    job = wait_for(sagemaker, name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert "TrainingEndTime" in job


def test_a_killed_server_tells_the_truth_of_its_job(own_tarn):
    tarn = own_tarn()
    s3, sagemaker = tarn.client("s3"), tarn.client("sagemaker")
    bucket = tarn.new_bucket()
    role = tarn.new_role(
        {"Service": "sagemaker.amazonaws.com"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    )
    request = script_job(s3, bucket, role, "import time\nwhile True: time.sleep(0.1)\n")
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    eventually(lambda: sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")
    tarn.kill()
    tarn.restart()
    sagemaker = tarn.client("sagemaker")
    eventually(lambda: sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] != "InProgress")
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Failed"
    assert "the server was stopped while the job ran" in job["FailureReason"]


def test_lists_tags_and_refusals(tarn, sagemaker, s3, bucket, role):
    names = []
    for _ in range(3):
        request = script_job(s3, bucket, role, "print('done')\n", Tags=[{"Key": "team", "Value": "a"}])
        arn = sagemaker.create_training_job(**request)["TrainingJobArn"]
        names.append(request["TrainingJobName"])
    listed = [
        one["TrainingJobName"]
        for page in sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains="job-", SortBy="CreationTime", SortOrder="Descending", PaginationConfig={"PageSize": 2}
        )
        for one in page["TrainingJobSummaries"]
    ]
    assert listed[:3] == names[::-1]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "1"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "cost", "Value": "1"}]

    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.create_training_job(**request)
    assert code_of(error) == "ResourceInUse"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.create_training_job(**job_of(role, bucket, [], image="somebody/else:1"))
    assert code_of(error) == "ValidationException"
    assert "file:///path" in error.value.response["Error"]["Message"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.create_training_job(**job_of("arn:aws:iam::123456789012:role/none", bucket, []))
    assert code_of(error) == "AccessDeniedException"
    untrusting = tarn.new_role({"Service": "glue.amazonaws.com"})
    with pytest.raises(botocore.exceptions.ClientError, match="Could not assume role") as error:
        sagemaker.create_training_job(**job_of(untrusting, bucket, []))
    assert code_of(error) == "ValidationException"
    resources = {"InstanceType": "ml.nothing.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    with pytest.raises(botocore.exceptions.ClientError, match="ml.nothing.large") as error:
        sagemaker.create_training_job(**{**job_of(role, bucket, []), "ResourceConfig": resources})
    assert code_of(error) == "ValidationException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.describe_training_job(TrainingJobName="none")
    assert code_of(error) == "ValidationException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.describe_endpoint(EndpointName="none")
    assert 'Could not find endpoint "arn:aws:sagemaker:' in error.value.response["Error"]["Message"]
    with pytest.raises(botocore.exceptions.ClientError):
        sagemaker.list_transform_jobs()
    for name in names:
        wait_for(sagemaker, name)
