"""Glue through boto3: the catalog's contract as engines rely on it, crawlers, triggers, workflows."""

import json
import uuid

import botocore.exceptions
import pytest

from waits import eventually


def code_of(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*args, **kwargs)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def unique():
    return uuid.uuid4().hex[:10]


@pytest.fixture
def glue(tarn):
    return tarn.client("glue")


@pytest.fixture
def database(glue, unique):
    name = f"db_{unique}"
    glue.create_database(DatabaseInput={"Name": name, "Description": "d", "LocationUri": "s3://b/p", "Parameters": {"k": "v"}})
    yield name
    glue.delete_database(Name=name)


def table_input(name, **more):
    return {
        "Name": name,
        "Owner": "lake",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet"},
        "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "carrier", "Type": "string"}],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "bigint", "Parameters": {"trino_type_id": "LONG"}}, {"Name": "x", "Type": "double"}],
            "Location": "s3://lake/t/",
            "InputFormat": "in",
            "OutputFormat": "out",
            "SerdeInfo": {"SerializationLibrary": "lib", "Parameters": {"a": "b"}},
            "SortColumns": [{"Column": "id", "SortOrder": 1}],
            "NumberOfBuckets": -1,
        },
        **more,
    }


def partition(year, carrier):
    return {"Values": [str(year), carrier], "StorageDescriptor": {"Location": f"s3://lake/t/{year}/{carrier}", "Columns": [{"Name": "id", "Type": "bigint"}]}}


def test_databases(glue, database):
    found = glue.get_database(Name=database.upper())["Database"]
    assert (found["Name"], found["Description"], found["LocationUri"]) == (database, "d", "s3://b/p")
    assert database in [d["Name"] for d in glue.get_databases()["DatabaseList"]]
    glue.update_database(Name=database, DatabaseInput={"Name": database, "Description": "other"})
    assert glue.get_database(Name=database)["Database"]["Description"] == "other"
    assert code_of(glue.create_database, DatabaseInput={"Name": database}) == "AlreadyExistsException"
    assert code_of(glue.get_database, Name="nosuch") == "EntityNotFoundException"
    assert code_of(glue.delete_database, Name="nosuch") == "EntityNotFoundException"
    assert code_of(glue.get_database, Name=database, CatalogId="999999999999") == "EntityNotFoundException"


def test_a_table_comes_back_as_it_was_sent(glue, database):
    sent = table_input("flights", ViewOriginalText="/* Presto View: e30= */", Description="")
    glue.create_table(DatabaseName=database, TableInput=sent)
    table = glue.get_table(DatabaseName=database, Name="flights")["Table"]
    for member, value in sent.items():
        assert table[member] == value, member
    assert table["VersionId"] == "0"
    assert code_of(glue.create_table, DatabaseName=database, TableInput=sent) == "AlreadyExistsException"
    assert code_of(glue.create_table, DatabaseName="nosuch", TableInput=sent) == "EntityNotFoundException"
    assert code_of(glue.get_table, DatabaseName=database, Name="nosuch") == "EntityNotFoundException"


def test_update_table_is_an_optimistic_lock(glue, database):
    glue.create_table(DatabaseName=database, TableInput=table_input("t"))
    glue.update_table(DatabaseName=database, TableInput=table_input("t", Description="1"), VersionId="0")
    stale = code_of(glue.update_table, DatabaseName=database, TableInput=table_input("t"), VersionId="0")
    assert stale == "ConcurrentModificationException"
    glue.update_table(DatabaseName=database, TableInput=table_input("t", Description="2"), SkipArchive=True)
    versions = glue.get_table_versions(DatabaseName=database, TableName="t")["TableVersions"]
    assert [v["VersionId"] for v in versions] == ["2", "0"]
    assert "Description" not in glue.get_table_version(DatabaseName=database, TableName="t", VersionId="0")["TableVersion"]["Table"]
    glue.delete_table_version(DatabaseName=database, TableName="t", VersionId="0")
    errors = glue.batch_delete_table_version(DatabaseName=database, TableName="t", VersionIds=["0"])["Errors"]
    assert errors[0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


def test_tables_are_listed_by_expression_and_page(glue, database):
    for name in ("a1", "a2", "b1"):
        glue.create_table(DatabaseName=database, TableInput=table_input(name))
    assert [t["Name"] for t in glue.get_tables(DatabaseName=database, Expression="a.*")["TableList"]] == ["a1", "a2"]
    first = glue.get_tables(DatabaseName=database, MaxResults=2)
    second = glue.get_tables(DatabaseName=database, MaxResults=2, NextToken=first["NextToken"])
    assert [t["Name"] for t in first["TableList"] + second["TableList"]] == ["a1", "a2", "b1"]
    assert "NextToken" not in second
    found = glue.search_tables(Filters=[{"Key": "DatabaseName", "Value": database}], SearchText="b1")["TableList"]
    assert [t["Name"] for t in found] == ["b1"]
    errors = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["a1", "nosuch"])["Errors"]
    assert [e["TableName"] for e in errors] == ["nosuch"]
    glue.delete_table(DatabaseName=database, Name="a2")
    assert [t["Name"] for t in glue.get_tables(DatabaseName=database)["TableList"]] == ["b1"]


def test_partitions_one_by_one(glue, database):
    glue.create_table(DatabaseName=database, TableInput=table_input("t"))
    where = {"DatabaseName": database, "TableName": "t"}
    glue.create_partition(**where, PartitionInput=partition(2013, "UA"))
    assert code_of(glue.create_partition, **where, PartitionInput=partition(2013, "UA")) == "AlreadyExistsException"
    found = glue.get_partition(**where, PartitionValues=["2013", "UA"])["Partition"]
    assert found["StorageDescriptor"]["Location"] == "s3://lake/t/2013/UA"
    glue.update_partition(**where, PartitionValueList=["2013", "UA"], PartitionInput=partition(2014, "UA"))
    assert code_of(glue.get_partition, **where, PartitionValues=["2013", "UA"]) == "EntityNotFoundException"
    glue.delete_partition(**where, PartitionValues=["2014", "UA"])
    assert code_of(glue.delete_partition, **where, PartitionValues=["2014", "UA"]) == "EntityNotFoundException"
    assert code_of(glue.create_partition, **where, PartitionInput={"Values": ["2013"]}) == "InvalidInputException"


def test_partitions_by_expression_segment_and_page(glue, database):
    glue.create_table(DatabaseName=database, TableInput=table_input("t"))
    where = {"DatabaseName": database, "TableName": "t"}
    everything = [(year, carrier) for year in range(2004, 2014) for carrier in ("4-NOT SPECIFIED", "UA")]
    assert glue.batch_create_partition(**where, PartitionInputList=[partition(*p) for p in everything])["Errors"] == []
    again = glue.batch_create_partition(**where, PartitionInputList=[partition(2004, "UA"), partition(1999, "UA")])["Errors"]
    assert [e["PartitionValues"] for e in again] == [["2004", "UA"]]

    def values(**more):
        pages = glue.get_paginator("get_partitions").paginate(**where, **more)
        return sorted(tuple(p["Values"]) for page in pages for p in page["Partitions"])

    assert values(Expression="((carrier = '4-NOT SPECIFIED')) AND year > 2011") == [("2012", "4-NOT SPECIFIED"), ("2013", "4-NOT SPECIFIED")]
    assert len(values(Expression="", MaxResults=3)) == 21
    segments = [values(Segment={"SegmentNumber": n, "TotalSegments": 5}) for n in range(5)]
    assert sorted(sum(segments, [])) == values()
    assert code_of(glue.get_partitions, **where, Expression="nosuch = 1") == "InvalidInputException"
    got = glue.batch_get_partition(**where, PartitionsToGet=[{"Values": ["2013", "UA"]}, {"Values": ["1", "x"]}])["Partitions"]
    assert [p["Values"] for p in got] == [["2013", "UA"]]
    moved = glue.batch_update_partition(**where, Entries=[{"PartitionValueList": ["1", "x"], "PartitionInput": partition(1, "x")}])["Errors"]
    assert moved[0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    gone = glue.batch_delete_partition(**where, PartitionsToDelete=[{"Values": ["2013", "UA"]}, {"Values": ["1", "x"]}])["Errors"]
    assert [e["PartitionValues"] for e in gone] == [["1", "x"]]


def test_column_statistics(glue, database):
    glue.create_table(DatabaseName=database, TableInput=table_input("t"))
    where = {"DatabaseName": database, "TableName": "t"}
    glue.create_partition(**where, PartitionInput=partition(2013, "UA"))
    data = {"Type": "LONG", "LongColumnStatisticsData": {"MinimumValue": -5, "MaximumValue": 7, "NumberOfNulls": 1, "NumberOfDistinctValues": 3}}
    statistics = [{"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 1700000000, "StatisticsData": data}]
    # Engines delete before they write.
    glue.delete_column_statistics_for_table(**where, ColumnName="id")
    glue.update_column_statistics_for_table(**where, ColumnStatisticsList=statistics)
    got = glue.get_column_statistics_for_table(**where, ColumnNames=["id", "x"])
    assert got["ColumnStatisticsList"][0]["StatisticsData"] == data
    assert [e["ColumnName"] for e in got["Errors"]] == ["x"]
    values = {"PartitionValues": ["2013", "UA"]}
    glue.update_column_statistics_for_partition(**where, **values, ColumnStatisticsList=statistics)
    assert glue.get_column_statistics_for_partition(**where, **values, ColumnNames=["id"])["ColumnStatisticsList"]
    glue.delete_column_statistics_for_partition(**where, **values, ColumnName="id")
    assert not glue.get_column_statistics_for_partition(**where, **values, ColumnNames=["id"])["ColumnStatisticsList"]
    missing = code_of(glue.update_column_statistics_for_partition, **where, PartitionValues=["1", "x"], ColumnStatisticsList=statistics)
    assert missing == "EntityNotFoundException"


@pytest.fixture
def role(tarn):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return tarn.new_role({"Service": ["glue.amazonaws.com", "events.amazonaws.com"]}, everything)


def crawled(glue, name):
    crawler = glue.get_crawler(Name=name)["Crawler"]
    return crawler if crawler["State"] == "READY" and "LastCrawl" in crawler else None


def test_a_crawler_fills_the_catalog(tarn, glue, unique, role, bucket):
    s3 = tarn.client("s3")
    s3.put_object(Bucket=bucket, Key="raw/flights/f.csv", Body=b"year,dep,at\n2013,NA,2013-01-01T10:00:00Z\n2013,5,2013-01-01T11:00:00Z\n")
    s3.put_object(Bucket=bucket, Key="raw/events/e.json", Body=b'{"id": 1, "at": {"lat": 1.5}, "tags": ["x"]}\n')
    database, crawler = f"crawled_{unique}", f"c-{unique}"
    glue.create_crawler(Name=crawler, Role=role, DatabaseName=database, Targets={"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]}, Tags={"team": "ml"})
    assert code_of(glue.create_crawler, Name=crawler, Role=role, DatabaseName=database, Targets={"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]}) == "AlreadyExistsException"
    assert code_of(glue.stop_crawler, Name=crawler) == "CrawlerNotRunningException"
    glue.start_crawler(Name=crawler)
    last = eventually(lambda: crawled(glue, crawler))["LastCrawl"]
    assert last["Status"] == "SUCCEEDED", last
    types = {t["Name"]: {c["Name"]: c["Type"] for c in t["StorageDescriptor"]["Columns"]} for t in glue.get_tables(DatabaseName=database)["TableList"]}
    assert types["flights"] == {"year": "bigint", "dep": "bigint", "at": "timestamp"}
    assert types["events"] == {"id": "int", "at": "struct<lat:double>", "tags": "array<string>"}
    crawls = glue.list_crawls(CrawlerName=crawler)["Crawls"]
    assert crawls[0]["State"] == "COMPLETED" and '"ADD\\":2' in crawls[0]["Summary"]
    assert crawler in glue.list_crawlers(Tags={"team": "ml"})["CrawlerNames"]
    assert [c["Name"] for c in glue.batch_get_crawlers(CrawlerNames=[crawler, "nosuch"])["Crawlers"]] == [crawler]
    assert glue.get_crawler_metrics(CrawlerNameList=[crawler])["CrawlerMetricsList"][0]["TablesCreated"] == 2
    assert glue.get_crawlers()["Crawlers"]
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{role.split(':')[4]}:crawler/{crawler}")["Tags"] == {"team": "ml"}
    glue.update_crawler(Name=crawler, TablePrefix="p_")
    assert glue.get_crawler(Name=crawler)["Crawler"]["TablePrefix"] == "p_"
    glue.delete_crawler(Name=crawler)
    assert code_of(glue.get_crawler, Name=crawler) == "EntityNotFoundException"


def test_what_a_crawler_would_not_honour_is_refused(glue, unique, role):
    targets = {"S3Targets": [{"Path": "s3://lake/raw/"}]}
    assert code_of(glue.create_crawler, Name="x", Role=role, DatabaseName="d", Targets=targets, Schedule="rate(1 day)") == "InvalidInputException"
    jdbc = {"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]}
    assert code_of(glue.create_crawler, Name="x", Role=role, DatabaseName="d", Targets=jdbc) == "InvalidInputException"
    odd = json.dumps({"Version": 1.0, "Grouping": {"Nonsense": True}})
    assert code_of(glue.create_crawler, Name="x", Role=role, DatabaseName="d", Targets=targets, Configuration=odd) == "InvalidInputException"


def test_events_start_a_crawler_through_a_workflow(tarn, glue, unique, role, bucket):
    s3, events = tarn.client("s3"), tarn.client("events")
    account = role.split(":")[4]
    workflow, crawler, rule = f"w-{unique}", f"c-{unique}", f"r-{unique}"
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    glue.create_crawler(Name=crawler, Role=role, DatabaseName=f"ev_{unique}", Targets={"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]})
    glue.create_workflow(Name=workflow, DefaultRunProperties={"k": "v"})
    glue.create_trigger(Name=f"t-{unique}", WorkflowName=workflow, Type="EVENT", Actions=[{"CrawlerName": crawler}], EventBatchingCondition={"BatchSize": 2, "BatchWindow": 900})
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "raw/"}]}}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    target = f"arn:aws:glue:us-east-1:{account}:workflow/{workflow}"
    assert events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": target, "RoleArn": role}])["FailedEntryCount"] == 0
    s3.put_object(Bucket=bucket, Key="other/x.csv", Body=b"a,b\n1,2\n3,4\n")
    s3.put_object(Bucket=bucket, Key="raw/t/1.csv", Body=b"a,b\n1,2\n3,4\n")
    assert glue.get_workflow_runs(Name=workflow)["Runs"] == []
    s3.put_object(Bucket=bucket, Key="raw/t/2.csv", Body=b"a,b\n5,6\n7,8\n")
    assert eventually(lambda: crawled(glue, crawler))["LastCrawl"]["Status"] == "SUCCEEDED"
    run = eventually(lambda: [r for r in glue.get_workflow_runs(Name=workflow)["Runs"] if r["Status"] == "COMPLETED"])[0]
    assert run["StartingEventBatchCondition"]["BatchSize"] == 2
    assert glue.get_workflow_run_properties(Name=workflow, RunId=run["WorkflowRunId"])["RunProperties"] == {"k": "v"}
    assert glue.get_workflow_run(Name=workflow, RunId=run["WorkflowRunId"])["Run"]["Statistics"]["SucceededActions"] == 1
    assert glue.get_workflow(Name=workflow)["Workflow"]["LastRun"]["WorkflowRunId"] == run["WorkflowRunId"]
    events.remove_targets(Rule=rule, Ids=["1"])
    events.delete_rule(Name=rule)


def test_triggers_and_workflows(glue, unique, role, bucket):
    workflow, crawler, trigger = f"w-{unique}", f"c-{unique}", f"t-{unique}"
    glue.create_crawler(Name=crawler, Role=role, DatabaseName=f"tr_{unique}", Targets={"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]})
    glue.create_workflow(Name=workflow, Description="d", MaxConcurrentRuns=1)
    assert code_of(glue.create_workflow, Name=workflow) == "AlreadyExistsException"
    glue.create_trigger(Name=trigger, WorkflowName=workflow, Type="ON_DEMAND", Actions=[{"CrawlerName": crawler}])
    assert glue.get_trigger(Name=trigger)["Trigger"]["Actions"] == [{"CrawlerName": crawler}]
    glue.update_trigger(Name=trigger, TriggerUpdate={"Description": "new"})
    assert glue.get_trigger(Name=trigger)["Trigger"]["Description"] == "new"
    assert trigger in glue.list_triggers()["TriggerNames"]
    assert trigger in [t["Name"] for t in glue.get_triggers()["Triggers"]]
    assert glue.batch_get_triggers(TriggerNames=["nosuch"])["TriggersNotFound"] == ["nosuch"]
    run = glue.start_workflow_run(Name=workflow, RunProperties={"a": "b"})["RunId"]
    eventually(lambda: glue.get_workflow_run(Name=workflow, RunId=run)["Run"]["Status"] == "COMPLETED")
    assert code_of(glue.stop_workflow_run, Name=workflow, RunId=run) == "InvalidInputException"
    glue.start_trigger(Name=trigger)
    glue.stop_trigger(Name=trigger)
    glue.update_workflow(Name=workflow, Description="e")
    assert workflow in glue.list_workflows()["Workflows"]
    assert glue.batch_get_workflows(Names=[workflow, "nosuch"])["MissingWorkflows"] == ["nosuch"]
    assert code_of(glue.create_trigger, Name="x", Type="SCHEDULED", Schedule="cron(0 1 * *)", Actions=[{"CrawlerName": crawler}]) == "InvalidInputException"
    glue.delete_trigger(Name=trigger)
    glue.delete_workflow(Name=workflow)
    assert code_of(glue.get_workflow, Name=workflow) == "EntityNotFoundException"


def test_lists_take_only_their_own_tokens(glue, database, unique):
    glue.create_table(DatabaseName=database, TableInput=table_input("t"))
    glue.create_table(DatabaseName=database, TableInput=table_input("u"))
    other = glue.get_tables(DatabaseName=database, MaxResults=1)["NextToken"]
    glue.create_workflow(Name=f"w-{unique}")
    calls = [
        (glue.get_databases, {}),
        (glue.get_partitions, {"DatabaseName": database, "TableName": "t"}),
        (glue.get_table_versions, {"DatabaseName": database, "TableName": "t"}),
        (glue.search_tables, {}),
        (glue.get_crawlers, {}),
        (glue.get_crawler_metrics, {}),
        (glue.list_crawlers, {}),
        (glue.get_triggers, {}),
        (glue.list_triggers, {}),
        (glue.list_workflows, {}),
        (glue.get_workflow_runs, {"Name": f"w-{unique}"}),
    ]
    for call, arguments in calls:
        for token in ("bogus", other):
            assert code_of(call, NextToken=token, **arguments) == "InvalidInputException", call
    assert code_of(glue.get_tables, DatabaseName=database, NextToken="t") == "InvalidInputException"
    rest = glue.get_tables(DatabaseName=database, NextToken=other)["TableList"]
    assert [table["Name"] for table in rest] == ["u"]


def test_tags(tarn, glue, unique, role, bucket):
    account = tarn.client("sts").get_caller_identity()["Account"]
    prefix = f"arn:aws:glue:us-east-1:{account}:"
    tags = {"team": "data"}
    glue.create_database(DatabaseInput={"Name": f"db_{unique}"}, Tags=tags)
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/raw/"}]}
    glue.create_crawler(Name=unique, Role=role, DatabaseName="d", Targets=targets, Tags=tags)
    glue.create_workflow(Name=unique, Tags=tags)
    glue.create_trigger(Name=unique, Type="ON_DEMAND", Actions=[{"CrawlerName": unique}], Tags=tags)
    for name in (f"database/db_{unique}", f"crawler/{unique}", f"workflow/{unique}", f"trigger/{unique}"):
        arn = prefix + name
        assert glue.get_tags(ResourceArn=arn)["Tags"] == tags
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"team": "ml", "cost": "7"})
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "ml", "cost": "7"}
        glue.untag_resource(ResourceArn=arn, TagsToRemove=["team", "none"])
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"cost": "7"}
        assert code_of(glue.tag_resource, ResourceArn=arn, TagsToAdd={"aws:x": "y"}) == "InvalidInputException"
        many = {f"k{i}": "" for i in range(50)}
        assert code_of(glue.tag_resource, ResourceArn=arn, TagsToAdd=many) == "InvalidInputException"
        assert code_of(glue.get_tags, ResourceArn=arn + "x") == "EntityNotFoundException"
    assert glue.list_crawlers(Tags={"cost": "7"})["CrawlerNames"] == [unique]
    assert code_of(glue.get_tags, ResourceArn=f"{prefix}table/db_{unique}/t") == "InvalidInputException"
    glue.update_database(Name=f"db_{unique}", DatabaseInput={"Name": f"db_{unique}", "Description": "new"})
    assert glue.get_tags(ResourceArn=f"{prefix}database/db_{unique}")["Tags"] == {"cost": "7"}
    statements = [
        {"Effect": "Allow", "Action": "glue:GetTags", "Resource": f"{prefix}crawler/{unique}"},
        {
            "Effect": "Allow",
            "Action": "glue:TagResource",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "ml"}},
        },
    ]
    limited = tarn.client("glue", tarn.new_user(*statements))
    assert limited.get_tags(ResourceArn=f"{prefix}crawler/{unique}")["Tags"] == {"cost": "7"}
    assert code_of(limited.get_tags, ResourceArn=f"{prefix}workflow/{unique}") == "AccessDeniedException"
    limited.tag_resource(ResourceArn=f"{prefix}workflow/{unique}", TagsToAdd={"team": "ml"})
    refused = {"ResourceArn": f"{prefix}workflow/{unique}", "TagsToAdd": {"team": "x"}}
    assert code_of(limited.tag_resource, **refused) == "AccessDeniedException"
    glue.delete_database(Name=f"db_{unique}")
