"""The roles of the demo: each may do what its step needs and no more."""

import json

ACCOUNT_ACTIONS = {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}


def allow(actions, resources):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def policies(bucket, account):
    """{role: (who may assume it, its statements)}"""
    s3, glue = f"arn:aws:s3:::{bucket}", f"arn:aws:glue:us-east-1:{account}"
    nyc = [f"{glue}:catalog", f"{glue}:database/nyc", f"{glue}:table/nyc/*"]
    here = {"AWS": f"arn:aws:iam::{account}:root"}
    read_catalog = allow(["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"], nyc)
    athena = allow(["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution", "athena:GetWorkGroup"], f"arn:aws:athena:us-east-1:{account}:workgroup/*")
    results = allow(["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], f"{s3}/results/*")
    where = allow(["s3:GetBucketLocation"], s3)
    return {
        "demo-crawler": ({"Service": "glue.amazonaws.com"}, [
            allow("s3:ListBucket", s3), allow("s3:GetObject", f"{s3}/raw/*"),
            allow(["glue:GetDatabase", "glue:CreateDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable", "glue:GetPartition", "glue:BatchGetPartition", "glue:BatchCreatePartition"], nyc),
            ACCOUNT_ACTIONS]),
        "demo-events": ({"Service": "events.amazonaws.com"}, [allow("glue:notifyEvent", f"{glue}:workflow/on-arrival")]),
        "demo-analyst": (here, [
            athena, results, where, read_catalog,
            allow("s3:ListBucket", s3), allow("s3:GetObject", [f"{s3}/raw/*", f"{s3}/features/*"]),
            allow(["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], f"{s3}/features*"),
            allow(["glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:BatchCreatePartition", "glue:CreatePartition"], nyc)]),
        "demo-training": ({"Service": "sagemaker.amazonaws.com"}, [
            allow("s3:ListBucket", s3), allow("s3:GetObject", [f"{s3}/features/*", f"{s3}/models/*", f"{s3}/manifests/*"]),
            allow("s3:PutObject", f"{s3}/models/*"), ACCOUNT_ACTIONS]),
        "demo-features-only": (here, [
            athena, results, where, read_catalog,
            {**allow("s3:ListBucket", s3), "Condition": {"StringLike": {"s3:prefix": ["features/*", "results/*"]}}},
            allow("s3:GetObject", f"{s3}/features/*")]),
    }


def make(iam, bucket, account):
    """Creates the roles; {name: ARN}."""
    arns = {}
    for name, (principal, statements) in policies(bucket, account).items():
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        arns[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="demo", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return arns


def make_user(iam, account):
    """The person who works with the lake: may assume the demo's roles and nothing else. Root may not, as on AWS."""
    iam.create_user(UserName="ada")
    statement = allow("sts:AssumeRole", f"arn:aws:iam::{account}:role/demo-*")
    iam.put_user_policy(UserName="ada", PolicyName="roles", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return iam.create_access_key(UserName="ada")["AccessKey"]
