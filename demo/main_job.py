"""The main job of an ML data lake, end to end, against a Tarn server, through the AWS APIs alone.

    main_job.py TARN_BINARY FOLDER [--keep]

Raw CSV lands → an event starts the crawler → SQL selects features → partitioned Parquet → streamed training → hosting,
while lifecycle rules and policies guard it. Nothing here knows Tarn but `demo/server.py`, which starts it.
"""

import gzip
import json
import pathlib
import sys
import time

import botocore.exceptions

import data
import roles
import scores
from queries import Athena, features_sql
from server import Server
from show import money, query_price, say, size, step, table, wait_for

BUCKET = "lake"
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
TRAIN_MONTHS, TEST_MONTHS = range(1, 11), (11, 12)


class Demo:
    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        self.server = Server(binary, self.folder / "data")

    def connect(self):
        """Clients of root, and of the analyst whom all queries run as."""
        self.s3, self.iam, self.sts = (self.server.client(name) for name in ("s3", "iam", "sts"))
        self.glue, self.events, self.logs = (self.server.client(name) for name in ("glue", "events", "logs"))
        self.sagemaker, self.runtime = self.server.client("sagemaker"), self.server.client("sagemaker-runtime")
        self.account = self.sts.get_caller_identity()["Account"]

    def as_role(self, name):
        sts = self.server.client("sts", self.server.session(self.ada))
        return self.server.session(sts.assume_role(RoleArn=self.roles[name], RoleSessionName="demo")["Credentials"])

    # ------------------------------------------------------------------------------------------------------ the steps

    def start(self):
        step(1, "Start Tarn; make a role for each job")
        took = self.server.start()
        self.connect()
        say(f"ready after {took:.2f} s at {self.server.endpoint}; account {self.account}")
        self.roles = roles.make(self.iam, BUCKET, self.account)
        self.ada = roles.make_user(self.iam, self.account)
        say("roles: " + ", ".join(self.roles) + "; user ada may assume them")

    def prepare(self):
        step(2, "A bucket that tells EventBridge, a crawler, and the chain that starts it")
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
        self.glue.create_database(DatabaseInput={"Name": "nyc", "Description": "Flights that left New York in 2013"})
        self.glue.create_crawler(Name="raw", Role=self.roles["demo-crawler"], DatabaseName="nyc", Targets={"S3Targets": [{"Path": f"s3://{BUCKET}/raw/"}]})
        self.glue.create_workflow(Name="on-arrival")
        self.glue.create_trigger(Name="arrivals", WorkflowName="on-arrival", Type="EVENT", Actions=[{"CrawlerName": "raw"}],
                                 EventBatchingCondition={"BatchSize": len(data.TABLES), "BatchWindow": 60})
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [BUCKET]}, "object": {"key": [{"prefix": "raw/"}]}}}
        self.events.put_rule(Name="raw-arrived", EventPattern=json.dumps(pattern))
        workflow = f"arn:aws:glue:us-east-1:{self.account}:workflow/on-arrival"
        self.events.put_targets(Rule="raw-arrived", Targets=[{"Id": "crawl", "Arn": workflow, "RoleArn": self.roles["demo-events"]}])
        say("S3 -> rule raw-arrived -> workflow on-arrival -> trigger arrivals -> crawler raw")

    def land(self):
        step(3, "The CSVs land; the crawler starts by itself")
        files = data.fetch(pathlib.Path.home() / ".cache" / "tarn")
        began = time.monotonic()
        for name, path in files.items():
            self.s3.upload_file(str(path), BUCKET, f"raw/{name}/{path.name}")
        total = sum(path.stat().st_size for path in files.values())
        say(f"uploaded {len(files)} files, {size(total)}, in {time.monotonic() - began:.1f} s")
        crawler = wait_for("the crawler to end by itself")(self.crawl_ended)
        if crawler["LastCrawl"]["Status"] != "SUCCEEDED":
            raise SystemExit(f"the crawl failed: {crawler['LastCrawl'].get('ErrorMessage')}")
        tables = self.glue.get_tables(DatabaseName="nyc")["TableList"]
        table([(t["Name"], len(t["StorageDescriptor"]["Columns"]), self.some_types(t)) for t in tables], ["table", "columns", "among them"])
        say("why, from its log:")
        lines = self.logs.filter_log_events(logGroupName="/aws-glue/crawlers", logStreamNames=["raw"])["events"]
        for line in [e["message"] for e in lines if "header:" in e["message"] or "null is" in e["message"]][:8]:
            say("  " + line.split(" : ", 1)[1][:150])

    def crawl_ended(self):
        crawler = self.glue.get_crawler(Name="raw")["Crawler"]
        return crawler if crawler["State"] == "READY" and "LastCrawl" in crawler else None

    @staticmethod
    def some_types(t):
        wanted = ("time_hour", "tailnum", "dep_delay", "name", "temp", "seats", "lat")
        return ", ".join(f"{c['Name']} {c['Type']}" for c in t["StorageDescriptor"]["Columns"] if c["Name"] in wanted)

    def select(self):
        step(4, "SQL selects the features, over the raw CSVs")
        self.athena = Athena(self.server.client("athena", self.as_role("demo-analyst")), BUCKET)
        (flown,), _ = self.athena.select("SELECT count(*), count(dep_time), count(arr_delay) FROM flights")
        say(f"{int(flown[0]):,} flights; {int(flown[0]) - int(flown[1]):,} were cancelled and {int(flown[1]) - int(flown[2]):,} more have no arrival: dropped")
        sample, execution = self.athena.select(features_sql() + " LIMIT 3")
        self.raw_scan = execution["Statistics"]["DataScannedInBytes"]
        say(f"scanned {size(self.raw_scan)} in {execution['Statistics']['TotalExecutionTimeInMillis'] / 1000:.1f} s: {money(self.raw_scan)}")
        say(f"{len(sample[0])} columns, one of them the label: late by more than 15 minutes")

    def write(self):
        step(5, "CTAS writes them as Parquet, partitioned by month")
        execution = self.athena.run(
            f"CREATE TABLE features WITH (format = 'PARQUET', external_location = 's3://{BUCKET}/features/', partitioned_by = ARRAY['month']) AS {features_sql()}")
        say(f"written in {execution['Statistics']['TotalExecutionTimeInMillis'] / 1000:.1f} s")
        objects = self.list("features/")
        say(f"{len(objects)} objects, {size(sum(o['Size'] for o in objects))}")
        (row,), execution = self.athena.select("SELECT count(*), avg(late), avg(temp) FROM features WHERE month = 7")
        scanned = execution["Statistics"]["DataScannedInBytes"]
        say(f"July: {int(row[0]):,} flights, {float(row[1]):.1%} late; scanned {size(scanned)} instead of {size(self.raw_scan)}")
        say(f"the month costs {money(scanned)}")
        if scanned * 20 > self.raw_scan:
            raise SystemExit("the query on one month read more than its month")

    def list(self, prefix):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item for page in pages for item in page.get("Contents", [])]

    def train(self):
        step(6, "Training streams the Parquet table as RecordIO, epoch by epoch")
        keys = [o["Key"] for o in self.list("features/") if any(f"/month={m}/" in f"/{o['Key']}" for m in TRAIN_MONTHS)]
        manifest = [{"prefix": f"s3://{BUCKET}/"}, *keys]
        self.s3.put_object(Bucket=BUCKET, Key="manifests/train.json", Body=json.dumps(manifest))
        self.job = f"late-flights-{int(time.time())}"
        self.start_training(self.job, epochs=5)
        job = wait_for("the training job", seconds=600, every=0.5)(lambda: self.training_ended(self.job))
        if job["TrainingJobStatus"] != "Completed":
            raise SystemExit(f"training failed: {job.get('FailureReason')}")
        table([(t["Status"], t["StartTime"].strftime("%H:%M:%S"), t.get("StatusMessage", "")[:90]) for t in job["SecondaryStatusTransitions"]], ["status", "since", "message"])
        inputs = [t["StatusMessage"] for t in job["SecondaryStatusTransitions"] if "ETag=" in t.get("StatusMessage", "")]
        say(f"its {inputs[0].count('ETag=') if inputs else 0} input objects are named there with version and ETag")
        for metric in job.get("FinalMetricDataList", [])[:4]:
            say(f"{metric['MetricName']} = {metric['Value']:.4f}")
        self.model_data = job["ModelArtifacts"]["S3ModelArtifacts"]
        say(f"model: {self.model_data}")

    def start_training(self, name, epochs):
        self.sagemaker.create_training_job(
            TrainingJobName=name, RoleArn=self.roles["demo-training"],
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
            HyperParameters={"predictor_type": "binary_classifier", "epochs": str(epochs), "mini_batch_size": "1000"},
            InputDataConfig=[{
                "ChannelName": "train",
                "ContentType": "application/x-recordio-protobuf; from=parquet; label=late; nulls=mean",
                "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/manifests/train.json"}},
            }],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models/"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            StoppingCondition={"MaxRuntimeInSeconds": 1800})

    def training_ended(self, name):
        job = self.sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    def host(self):
        step(7, "An endpoint serves the model")
        self.sagemaker.create_model(ModelName=self.job, ExecutionRoleArn=self.roles["demo-training"],
                                    PrimaryContainer={"Image": IMAGE, "ModelDataUrl": self.model_data})
        variant = {"VariantName": "all", "ModelName": self.job, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        self.sagemaker.create_endpoint_config(EndpointConfigName=self.job, ProductionVariants=[variant])
        self.sagemaker.create_endpoint(EndpointName="late-flights", EndpointConfigName=self.job)
        wait_for("the endpoint")(lambda: self.sagemaker.describe_endpoint(EndpointName="late-flights")["EndpointStatus"] == "InService")
        self.judge()

    def predict(self, rows):
        """Scores of rows of features, as CSV in and JSON out."""
        body = "\n".join(",".join(row) for row in rows)
        answer = self.runtime.invoke_endpoint(EndpointName="late-flights", ContentType="text/csv", Accept="application/json", Body=body)
        return [each["score"] for each in json.loads(answer["Body"].read())["predictions"]]

    def judge(self):
        months = ", ".join(map(str, TEST_MONTHS))
        # Nulls are filled with the means of the months that were trained on, as the channel did.
        columns = [c["Name"] for c in self.glue.get_table(DatabaseName="nyc", Name="features")["Table"]["StorageDescriptor"]["Columns"]]
        inputs = [c for c in columns if c != "late"]
        train = f"month <= {max(TRAIN_MONTHS)}"
        (means,), _ = self.athena.select("SELECT " + ", ".join(f"avg(cast({c} AS double))" for c in inputs) + f" FROM features WHERE {train}")
        rows, _ = self.athena.select(f"SELECT late, {', '.join(inputs)} FROM features WHERE month IN ({months})")
        carriers = [i for i, c in enumerate(inputs) if c.startswith("carrier_")]
        rates, _ = self.athena.select("SELECT " + ", ".join(f"avg(CASE WHEN {inputs[i]} = 1 THEN cast(late AS double) END)" for i in carriers) + f" FROM features WHERE {train}")
        labels = [int(row[0]) for row in rows]
        features = [[mean if value is None else value for value, mean in zip(row[1:], means)] for row in rows]
        began = time.monotonic()
        predicted = [score for i in range(0, len(features), 2000) for score in self.predict(features[i:i + 2000])]
        took = time.monotonic() - began
        by_carrier = [next((float(rate or 0) for i, rate in zip(carriers, rates[0]) if row[i] == "1"), 0.0) for row in features]
        auc = {"linear-learner": scores.roc_auc(labels, predicted), "mean by carrier": scores.roc_auc(labels, by_carrier), "a constant": 0.5}
        say(f"{len(rows):,} flights of months {months}, which it never saw, scored in {took:.1f} s")
        table([(name, f"{value:.3f}") for name, value in auc.items()], ["ROC AUC of", ""])
        if auc["linear-learner"] <= max(auc["mean by carrier"], 0.5):
            raise SystemExit("the model does not beat its baselines")
        one = self.predict(features[:1])[0]
        say(f"one record: score {one:.3f}; it was {'late' if labels[0] else 'not late'}")
        few = self.predict(features[100:104])
        say("a small batch: " + ", ".join(f"{score:.2f} ({'late' if label else 'in time'})" for score, label in zip(few, labels[100:104])))

    def cool(self):
        step(8, "A lifecycle rule cools the raw data; the lake's clock moves 40 days")
        before = json.loads(self.server.signed("GET", f"/_tarn/cost?bucket={BUCKET}"))
        rule = {"ID": "cool", "Status": "Enabled", "Filter": {"Prefix": "raw/"}, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}
        self.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
        self.server.advance(40 * 86_400)
        moved = lambda: sum(o["StorageClass"] == "STANDARD_IA" for o in self.list("raw/")) == 3
        wait_for("flights, weather and planes to move")(moved)
        table([(o["Key"], size(o["Size"]), o["StorageClass"]) for o in self.list("raw/")], ["object", "size", "class"])
        say("airlines and airports stay: objects under 128 KB do not move")
        after = json.loads(self.server.signed("GET", f"/_tarn/cost?bucket={BUCKET}"))
        before, after = before["usd_per_month"], after["usd_per_month"]
        say(f"storage a month: ${before:.6f} before, ${after:.6f} after; at 10,000 times the data ${before * 10_000:.2f} and ${after * 10_000:.2f}")
        self.freeze()

    def freeze(self):
        key = "raw/flights/flights.csv"
        self.s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": key}, StorageClass="GLACIER", MetadataDirective="COPY")
        refused = self.refusal(lambda: self.s3.get_object(Bucket=BUCKET, Key=key))
        say(f"flights went to GLACIER: GET answers {refused['Code']}")
        execution = self.athena.run("SELECT count(*) FROM flights")
        say(f"the query finds {self.athena.rows(execution['QueryExecutionId'])[0][0]} flights; {execution['Status']['StateChangeReason']}")
        self.s3.restore_object(Bucket=BUCKET, Key=key, RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}})
        self.server.advance(6 * 3_600)
        wait_for("the restore")(lambda: 'ongoing-request="false"' in self.s3.head_object(Bucket=BUCKET, Key=key).get("Restore", ""))
        say(f"restored: {size(len(self.s3.get_object(Bucket=BUCKET, Key=key)['Body'].read()))} read again")

    @staticmethod
    def refusal(call):
        try:
            call()
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]
        raise SystemExit("what should have been refused was not")

    def guard(self):
        step(9, "A role that may read features only is refused the raw data")
        trail = self.server.client("cloudtrail")
        self.trail_bucket()
        trail.create_trail(Name="lake", S3BucketName="audit")
        trail.put_event_selectors(TrailName="lake", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{BUCKET}/"]}]}])
        trail.start_logging(Name="lake")
        session = self.as_role("demo-features-only")
        s3, athena = self.server.client("s3", session), Athena(self.server.client("athena", session), BUCKET)
        refused = self.refusal(lambda: s3.get_object(Bucket=BUCKET, Key="raw/planes/planes.csv"))
        say(f"S3: {refused['Code']}: {refused['Message']}")
        (row,), _ = athena.select("SELECT count(*) FROM features WHERE month = 1")
        say(f"Athena, features: {int(row[0]):,} rows")
        execution = athena.wait(athena.start("SELECT count(*) FROM planes"))
        say(f"Athena, raw: {execution['Status']['State']}: {execution['Status']['StateChangeReason']}")
        if execution["Status"]["State"] != "FAILED" or "s3:" not in execution["Status"]["StateChangeReason"]:
            raise SystemExit("the query should have failed and named the action")
        self.server.advance(120)
        denials = wait_for("the trail to tell of the denials", seconds=30)(self.denials_in_trail)
        for record in denials[:2]:
            say(f"trail: {record['eventSource']} {record['eventName']}: {record['errorCode']} for {record['userIdentity']['arn'].rsplit(':', 1)[1]}")

    def denials_in_trail(self):
        """Records of the delivered log files that tell of a refusal to the role that may read features only."""
        found = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="audit", Prefix="AWSLogs/"):
            for item in page.get("Contents", []):
                body = self.s3.get_object(Bucket="audit", Key=item["Key"])["Body"].read()
                records = json.loads(gzip.decompress(body))["Records"] if item["Key"].endswith(".json.gz") else []
                found += [r for r in records if "errorCode" in r and "demo-features-only" in r["userIdentity"].get("arn", "")]
        return found

    def trail_bucket(self):
        self.s3.create_bucket(Bucket="audit")
        service = {"Service": "cloudtrail.amazonaws.com"}
        statements = [
            {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::audit"},
            {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::audit/AWSLogs/{self.account}/*"}]
        self.s3.put_bucket_policy(Bucket="audit", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def crash(self):
        step(10, "SIGKILL during a CTAS and during an epoch")
        query = self.athena.start(f"CREATE TABLE half WITH (format = 'PARQUET', external_location = 's3://{BUCKET}/half/') AS {features_sql()}")
        name = self.job + "-killed"
        self.start_training(name, epochs=50)
        running = lambda: self.sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
        wait_for("the epoch to begin")(running)
        self.server.kill()
        took = self.server.start()
        self.connect()
        self.athena.client = self.server.client("athena", self.as_role("demo-analyst"))
        say(f"killed; ready again after {took:.2f} s")
        execution = self.athena.wait(query)
        say(f"the CTAS: {execution['Status']['State']}: {execution['Status'].get('StateChangeReason', '')[:100]}")
        job = wait_for("the job to be told as it is")(lambda: self.training_ended(name))
        say(f"the training job: {job['TrainingJobStatus']}: {job.get('FailureReason', '')[:100]}")
        tables = [t["Name"] for t in self.glue.get_tables(DatabaseName="nyc")["TableList"]]
        left = self.list("half/")
        if execution["Status"]["State"] == "FAILED" and ("half" in tables or left):
            raise SystemExit("a half table is there")
        say(f"tables: {', '.join(tables)}; objects of the half table: {len(left)}")

    def farewell(self):
        print(f"""
    Tarn is still up. Point a shell at it, and try the tables:

      eval "$({self.server.binary} env --data-dir {self.server.folder})"
      aws s3 ls s3://{BUCKET}/features/ --recursive --summarize
      aws glue get-table --database-name nyc --name flights --query 'Table.StorageDescriptor.Columns'
      aws athena start-query-execution --query-string "SELECT carrier, avg(arr_delay) FROM nyc.flights GROUP BY 1" --result-configuration OutputLocation=s3://{BUCKET}/results/
      aws logs filter-log-events --log-group-name /aws-glue/crawlers --query 'events[].message'
      aws sagemaker list-training-jobs

    make demo-stop ends it.
""")


def main(binary, folder, keep):
    demo = Demo(binary, folder)
    for each in (demo.start, demo.prepare, demo.land, demo.select, demo.write, demo.train, demo.host, demo.cool, demo.guard, demo.crash):
        each()
    if keep:
        demo.farewell()
    else:
        demo.server.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--keep" in sys.argv[3:])
