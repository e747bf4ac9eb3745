#!/usr/bin/env python3
"""Makes the data folder of this version, which every later one must open: python tests/old_data/make.py NAME

Leaves tests/old_data/NAME.tar.xz, and NAME.json, which says what must be read from it. Run it before a release that
writes a new kind of row or file (TARN_BINARY names the server); tests/clients/test_old_data.py reads them all. The
lake's clock goes on, so nothing in it may depend on when it is read: no message or record that expires.
"""

import hashlib
import json
import os
import pathlib
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

from conftest import Tarn  # noqa: E402
from test_athena import Analyst  # noqa: E402
from test_sagemaker import LINEAR_LEARNER, channel, csv_of, job_of, wait_for  # noqa: E402

CUSTOMER_KEY = b"k" * 32
PART = 5 << 20


def pattern(size, first=0):
    """Bytes that compress well, since this goes into the repository."""
    return bytes((first + number) % 251 for number in range(4096)) * (size // 4096) + b"." * (size % 4096)


class Maker:
    def __init__(self, folder):
        self.tarn = Tarn(folder, ["--relaxed"])
        self.objects = []
        self.at_rest = None

    def start(self, at_rest):
        self.at_rest = at_rest
        self.tarn.options = ["--relaxed", "--at-rest", at_rest]
        self.tarn.start()
        self.s3 = self.tarn.client("s3")

    def note(self, bucket, key, body, version=None, customer=False, **more):
        digest = hashlib.sha256(body).hexdigest()
        one = {"bucket": bucket, "key": key, "size": len(body), "sha256": digest, "customer_key": customer}
        if version:
            one["version"] = version
        self.objects.append({**one, **more})

    def put(self, bucket, key, body, customer=False, **arguments):
        if customer:
            arguments.update(SSECustomerAlgorithm="AES256", SSECustomerKey=CUSTOMER_KEY)
        made = self.s3.put_object(Bucket=bucket, Key=key, Body=body, **arguments)
        self.note(bucket, key, body, made.get("VersionId"), customer, etag=made["ETag"])
        return made

    def upload(self, bucket, key, bodies, complete=True):
        upload = self.s3.create_multipart_upload(Bucket=bucket, Key=key, ContentType="text/parts")["UploadId"]
        parts = []
        for number, body in enumerate(bodies, 1):
            sent = self.s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        if not complete:
            return {"bucket": bucket, "key": key, "upload": upload, "parts": parts}
        made = self.s3.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )
        self.note(bucket, key, b"".join(bodies), made.get("VersionId"), etag=made["ETag"])
        return None

    def fill_buckets(self, prefix):
        """Every way in which bytes lie, as this server keeps them."""
        plain, versioned = prefix + "-unversioned", prefix + "-versioned"
        for bucket in (plain, versioned):
            self.s3.create_bucket(Bucket=bucket)
        self.put(plain, "empty", b"")
        self.put(plain, "small", b"a few bytes", Metadata={"who": "old data"}, Tagging="a=b&c=d")
        self.put(plain, "large", pattern(70_000), ContentType="text/large", ChecksumAlgorithm="SHA256")
        self.put(plain, "key of a customer/small", b"secret", customer=True)
        self.put(plain, "key of a customer/large", pattern(40_000), customer=True)
        self.put(plain, "cold", pattern(50_000, 3), StorageClass="STANDARD_IA")
        self.put(plain, "a key \u00e4\u00f6\u00fc \u2603/\x01", b"odd name")
        # What is sealed does not compress: there the last part, which may be small, is the only one.
        first = [] if self.at_rest == "sealed" else [pattern(PART)]
        self.upload(plain, "parts", [*first, pattern(40_000, 5)])
        copied = self.s3.copy_object(Bucket=plain, Key="copy", CopySource={"Bucket": plain, "Key": "large"})
        self.note(plain, "copy", pattern(70_000), etag=copied["CopyObjectResult"]["ETag"])
        self.s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
        for number in range(3):
            self.put(versioned, "k", b"version %d" % number)
        self.put(versioned, "k", pattern(40_000, number))
        marker = self.s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
        self.s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
        self.put(versioned, "null", b"a null version")
        return {
            "bucket": versioned,
            "marker": marker,
            "open_upload": self.upload(plain, "open", [pattern(40_000, 9)], complete=False),
        }

    def configure_bucket(self):
        bucket = "old-configured"
        self.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        configurations = {
            "put_bucket_tagging": {"Tagging": {"TagSet": [{"Key": "team", "Value": "lake"}]}},
            "put_bucket_cors": {
                "CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]}
            },
            "put_bucket_lifecycle_configuration": {
                "LifecycleConfiguration": {
                    "Rules": [
                        {"ID": "far", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 36500}}
                    ]
                }
            },
            "put_bucket_notification_configuration": {
                "NotificationConfiguration": {"EventBridgeConfiguration": {}}
            },
            "put_bucket_policy": {
                "Policy": json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": "s3:GetObject",
                                "Resource": f"arn:aws:s3:::{bucket}/forbidden/*",
                            }
                        ],
                    }
                )
            },
        }
        for operation, arguments in configurations.items():
            getattr(self.s3, operation)(Bucket=bucket, **arguments)
        held = self.put(bucket, "held", b"kept", ObjectLockLegalHoldStatus="ON")
        return {"bucket": bucket, "held": held["VersionId"]}

    def fill_identity(self):
        iam = self.tarn.client("iam")
        iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "lake"}])
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::old-sealed-unversioned/small"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="ada", PolicyName="inline", PolicyDocument=document)
        policy = iam.create_policy(PolicyName="managed", PolicyDocument=document)["Policy"]["Arn"]
        iam.create_group(GroupName="readers")
        iam.attach_group_policy(GroupName="readers", PolicyArn=policy)
        iam.add_user_to_group(GroupName="readers", UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        role = self.tarn.new_role({"Service": "sagemaker.amazonaws.com"}, {**statement, "Action": "s3:*", "Resource": "*"})
        return {"key": [key["AccessKeyId"], key["SecretAccessKey"]], "policy": policy, "role": role}

    def fill_catalog(self):
        bucket = self.tarn.new_bucket()
        analyst = Analyst(self.tarn, bucket=bucket, database="old")
        analyst.run("CREATE DATABASE old")
        analyst.s3.put_object(Bucket=bucket, Key="raw/a.csv", Body="1,x\n2,y\n")
        analyst.run(
            "CREATE EXTERNAL TABLE raw (id bigint, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
            f"LOCATION 's3://{bucket}/raw/'"
        )
        analyst.run(
            f"CREATE TABLE made WITH (external_location = 's3://{bucket}/made/', partitioned_by = ARRAY['name']) "
            "AS SELECT id, name FROM raw"
        )
        analyst.run("CREATE OR REPLACE VIEW seen AS SELECT count(*) AS n FROM made")
        athena = self.tarn.client("athena")
        athena.create_work_group(Name="group", Configuration={"BytesScannedCutoffPerQuery": 20_000_000})
        athena.create_prepared_statement(StatementName="one", WorkGroup="group", QueryStatement="SELECT 1")
        athena.create_named_query(Name="named", Database="old", QueryString="SELECT 2")
        glue = self.tarn.client("glue")
        crawls = self.tarn.new_role(
            {"Service": "glue.amazonaws.com"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}
        )
        glue.create_crawler(
            Name="crawler", Role=crawls, DatabaseName="old", Targets={"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]}
        )
        glue.create_workflow(Name="flow")
        glue.create_trigger(Name="start", WorkflowName="flow", Type="ON_DEMAND", Actions=[{"CrawlerName": "crawler"}])
        return {"bucket": bucket}

    def fill_others(self, role):
        sqs, events, logs = (self.tarn.client(name) for name in ("sqs", "events", "logs"))
        queue = sqs.create_queue(QueueName="old.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "77"})
        sqs.tag_queue(QueueUrl=queue["QueueUrl"], Tags={"team": "lake"})
        sqs.send_message(QueueUrl=queue["QueueUrl"], MessageBody="hello", MessageGroupId="g", MessageDeduplicationId="d")
        arn = sqs.get_queue_attributes(QueueUrl=queue["QueueUrl"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="rule", EventPattern='{"source": ["aws.s3"]}')
        events.put_targets(Rule="rule", Targets=[{"Id": "q", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}}])
        logs.create_log_group(logGroupName="/old")
        logs.create_log_stream(logGroupName="/old", logStreamName="s")
        logs.put_log_events(
            logGroupName="/old", logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000), "message": "line"}]
        )
        bucket = self.tarn.new_bucket()
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        self.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        cloudtrail = self.tarn.client("cloudtrail")
        cloudtrail.create_trail(Name="trail", S3BucketName=bucket)
        cloudtrail.start_logging(Name="trail")
        self.s3.put_object(Bucket=bucket, Key="train/1.csv", Body=csv_of(200, 1))
        sagemaker = self.tarn.client("sagemaker")
        job = job_of(role, bucket, [channel("train", f"s3://{bucket}/train/", ContentType="text/csv")])
        job["HyperParameters"] = {"predictor_type": "binary_classifier", "feature_dim": "2", "epochs": "1"}
        sagemaker.create_training_job(**job)
        described = wait_for(sagemaker, job["TrainingJobName"])
        model = described["ModelArtifacts"]["S3ModelArtifacts"]
        container = {"Image": LINEAR_LEARNER, "ModelDataUrl": model}
        sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=role)
        variant = {
            "VariantName": "v",
            "ModelName": "model",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
        return {"queue": "old.fifo", "job": job["TrainingJobName"], "model": model, "bucket": bucket}


def make(name):
    with tempfile.TemporaryDirectory(prefix="tarn-old-data-") as folder:
        data = pathlib.Path(folder, "data")
        maker = Maker(data)
        told = {"customer_key": CUSTOMER_KEY.decode(), "objects": maker.objects}
        maker.start("plain")
        told["root"] = list(maker.tarn.root)
        told["versioned"] = [maker.fill_buckets("old-plain")]
        assert maker.tarn.stop() == 0
        maker.start("sealed")
        told["versioned"].append(maker.fill_buckets("old-sealed"))
        told["configured"] = maker.configure_bucket()
        told["identity"] = maker.fill_identity()
        told["catalog"] = maker.fill_catalog()
        assert maker.tarn.stop() == 0
        # What follows lies in the log only: the server is killed.
        maker.start("sealed")
        told["others"] = maker.fill_others(told["identity"]["role"])
        maker.tarn.kill()
        with tarfile.open(HERE / f"{name}.tar.xz", "w:xz", preset=9) as archive:
            archive.add(data, "data", filter=lambda info: info if info.isfile() or info.isdir() else None)
        (HERE / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=True, sort_keys=True) + "\n")
        print(f"{name}: {os.path.getsize(HERE / (name + '.tar.xz')):,} bytes, {len(maker.objects)} objects")


if __name__ == "__main__":
    make(sys.argv[1])
