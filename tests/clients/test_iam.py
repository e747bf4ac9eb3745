"""IAM through boto3: every operation, and what its policies do to S3."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

GLUE_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


ALLOW_S3 = document(allow("s3:*"))


def refused(code, call, **arguments):
    """The message of the refusal, whose code must be `code`."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def fresh(kind):
    return f"{kind}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def iam(tarn):
    return tarn.client("iam")


@pytest.fixture
def user(iam):
    name = fresh("u")
    iam.create_user(UserName=name)
    return name


@pytest.fixture
def group(iam):
    name = fresh("g")
    iam.create_group(GroupName=name)
    return name


@pytest.fixture
def role(iam):
    name = fresh("r")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=GLUE_TRUST)
    return name


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName=fresh("p"), PolicyDocument=ALLOW_S3)["Policy"]["Arn"]


def test_users(iam):
    name = fresh("u")
    made = iam.create_user(UserName=name, Path="/team/", Tags=[{"Key": "k", "Value": "v"}])["User"]
    assert made["Arn"].endswith(f":user/team/{name}")
    assert iam.get_user(UserName=name)["User"]["Tags"] == [{"Key": "k", "Value": "v"}]
    assert name in [each["UserName"] for each in iam.list_users(PathPrefix="/team/")["Users"]]
    refused("EntityAlreadyExists", iam.create_user, UserName=name)
    iam.update_user(UserName=name, NewUserName=name + "x", NewPath="/other/")
    assert iam.get_user(UserName=name + "x")["User"]["Path"] == "/other/"
    iam.delete_user(UserName=name + "x")
    message = refused("NoSuchEntity", iam.get_user, UserName=name)
    assert message == f"The user with name {name} cannot be found."
    refused("ValidationError", iam.create_user, UserName="no spaces allowed")


def test_access_keys(tarn, iam, user):
    made = iam.create_access_key(UserName=user)["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    assert iam.get_access_key_last_used(AccessKeyId=key[0])["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    tarn.client("sts", key).get_caller_identity()
    assert iam.get_access_key_last_used(AccessKeyId=key[0])["AccessKeyLastUsed"]["ServiceName"] == "sts"
    iam.update_access_key(UserName=user, AccessKeyId=key[0], Status="Inactive")
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    refused("InvalidClientTokenId", tarn.client("sts", key).get_caller_identity)
    iam.create_access_key(UserName=user)
    refused("LimitExceeded", iam.create_access_key, UserName=user)
    refused("DeleteConflict", iam.delete_user, UserName=user)
    iam.delete_access_key(UserName=user, AccessKeyId=key[0])
    refused("NoSuchEntity", iam.delete_access_key, UserName=user, AccessKeyId=key[0])


def test_groups(iam, user):
    name = fresh("g")
    iam.create_group(GroupName=name, Path="/team/")
    iam.add_user_to_group(GroupName=name, UserName=user)
    assert [each["UserName"] for each in iam.get_group(GroupName=name)["Users"]] == [user]
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName=user)["Groups"]] == [name]
    assert name in [each["GroupName"] for each in iam.list_groups(PathPrefix="/team/")["Groups"]]
    iam.update_group(GroupName=name, NewGroupName=name + "x")
    refused("DeleteConflict", iam.delete_group, GroupName=name + "x")
    iam.remove_user_from_group(GroupName=name + "x", UserName=user)
    iam.delete_group(GroupName=name + "x")
    refused("NoSuchEntity", iam.get_group, GroupName=name + "x")


def test_roles(iam):
    name = fresh("r")
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=GLUE_TRUST, Description="d", MaxSessionDuration=7200, Path="/service/"
    )["Role"]
    assert made["AssumeRolePolicyDocument"] == json.loads(GLUE_TRUST)
    assert iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 7200
    assert name in [each["RoleName"] for each in iam.list_roles(PathPrefix="/service/")["Roles"]]
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=3600)
    assert iam.update_role_description(RoleName=name, Description="f")["Role"]["Description"] == "f"
    trust = json.loads(GLUE_TRUST)
    trust["Statement"][0]["Principal"]["Service"] = "sagemaker.amazonaws.com"
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == trust
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    iam.delete_role(RoleName=name)
    refused("NoSuchEntity", iam.get_role, RoleName=name)
    refused("MalformedPolicyDocument", iam.create_role, RoleName=name, AssumeRolePolicyDocument="{}")


def test_managed_policies(iam):
    name = fresh("p")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=ALLOW_S3, Description="d")["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "d"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(ALLOW_S3)
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("glue:*")), SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v2"
    refused("DeleteConflict", iam.delete_policy_version, PolicyArn=arn, VersionId="v2")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v2", "v1"]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert arn in [each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]]
    assert S3_READ in [each["Arn"] for each in iam.list_policies(Scope="AWS")["Policies"]]
    iam.delete_policy(PolicyArn=arn)
    refused("NoSuchEntity", iam.get_policy, PolicyArn=arn)
    message = refused("MalformedPolicyDocument", iam.create_policy, PolicyName=name, PolicyDocument='{"Version":1}')
    assert message == "Syntax errors in policy."


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_attached_policies(iam, policy, kind, request):
    name = request.getfixturevalue(kind)
    entity = {f"{kind.capitalize()}Name": name}
    getattr(iam, f"attach_{kind}_policy")(PolicyArn=policy, **entity)
    getattr(iam, f"attach_{kind}_policy")(PolicyArn=S3_READ, **entity)
    attached = getattr(iam, f"list_attached_{kind}_policies")(**entity)["AttachedPolicies"]
    assert sorted(each["PolicyArn"] for each in attached) == sorted([policy, S3_READ])
    entities = iam.list_entities_for_policy(PolicyArn=policy, EntityFilter=kind.capitalize())
    assert entities[f"Policy{kind.capitalize()}s"][0][f"{kind.capitalize()}Name"] == name
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
    refused("DeleteConflict", iam.delete_policy, PolicyArn=policy)
    getattr(iam, f"detach_{kind}_policy")(PolicyArn=policy, **entity)
    refused("NoSuchEntity", getattr(iam, f"detach_{kind}_policy"), PolicyArn=policy, **entity)


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_inline_policies(iam, kind, request):
    entity = {f"{kind.capitalize()}Name": request.getfixturevalue(kind)}
    getattr(iam, f"put_{kind}_policy")(PolicyName="own", PolicyDocument=ALLOW_S3, **entity)
    assert getattr(iam, f"list_{kind}_policies")(**entity)["PolicyNames"] == ["own"]
    assert getattr(iam, f"get_{kind}_policy")(PolicyName="own", **entity)["PolicyDocument"] == json.loads(ALLOW_S3)
    refused("DeleteConflict", getattr(iam, f"delete_{kind}"), **entity)
    getattr(iam, f"delete_{kind}_policy")(PolicyName="own", **entity)
    refused("NoSuchEntity", getattr(iam, f"get_{kind}_policy"), PolicyName="own", **entity)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_boundaries(iam, policy, kind, request):
    entity = {f"{kind.capitalize()}Name": request.getfixturevalue(kind)}
    getattr(iam, f"put_{kind}_permissions_boundary")(PermissionsBoundary=policy, **entity)
    shown = getattr(iam, f"get_{kind}")(**entity)[kind.capitalize()]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": policy}
    getattr(iam, f"delete_{kind}_permissions_boundary")(**entity)
    refused("NoSuchEntity", getattr(iam, f"delete_{kind}_permissions_boundary"), **entity)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_tags(iam, kind, request):
    entity = {f"{kind.capitalize()}Name": request.getfixturevalue(kind)}
    getattr(iam, f"tag_{kind}")(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], **entity)
    getattr(iam, f"untag_{kind}")(TagKeys=["a"], **entity)
    assert getattr(iam, f"list_{kind}_tags")(**entity)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_policy_tags(iam, policy):
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "a", "Value": "1"}])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [{"Key": "a", "Value": "1"}]
    iam.untag_policy(PolicyArn=policy, TagKeys=["a"])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == []


def test_pages(iam):
    path = f"/{uuid.uuid4().hex}/"
    names = sorted(fresh("u") for _ in range(5))
    for name in names:
        iam.create_user(UserName=name, Path=path)
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [each["UserName"] for page in pages for each in page["Users"]] == names
    refused("ValidationError", iam.list_users, MaxItems=1001)


def test_simulation(iam, user):
    statement = allow("s3:GetObject", "arn:aws:s3:::lake/*")
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/secret/*"}
    results = iam.simulate_custom_policy(
        PolicyInputList=[document(statement, deny)],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::lake/a", "arn:aws:s3:::lake/secret/b", "arn:aws:s3:::pond/c"],
    )["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["allowed", "explicitDeny", "implicitDeny"]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document(statement))
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::lake/a"]
    )["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny"]
    keys = iam.get_context_keys_for_custom_policy(
        PolicyInputList=[document(allow("s3:*", "arn:aws:s3:::${aws:username}/*"))]
    )["ContextKeyNames"]
    assert keys == ["aws:username"]
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == []


def test_account(iam, user):
    assert iam.get_account_summary()["SummaryMap"]["Users"] >= 1
    details = iam.get_account_authorization_details(Filter=["User"], MaxItems=1000)
    assert user in [each["UserName"] for each in details["UserDetailList"]]
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_rights_go_by_the_path_of_the_entity(tarn, iam):
    name = fresh("u")
    arn = iam.create_user(UserName=name, Path="/team/")["User"]["Arn"]
    helper = tarn.client("iam", tarn.new_user(allow("iam:GetUser", arn.rsplit("/", 1)[0] + "/*")))
    assert helper.get_user(UserName=name)["User"]["Arn"] == arn
    message = refused("AccessDenied", helper.get_user, UserName=fresh("u"))
    assert "is not authorized to perform: iam:GetUser on resource: arn:aws:iam::" in message


# --- What policies do to S3 ------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(tarn):
    name = tarn.new_bucket()
    s3 = tarn.client("s3")
    s3.put_object(Bucket=name, Key="raw/flights.csv", Body=b"a,b\n")
    s3.put_object(Bucket=name, Key="features/month=1/part", Body=b"parquet")
    return name


def test_s3_refusals_name_principal_action_and_resource(tarn, bucket):
    key = tarn.new_user(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/features/*"))
    s3 = tarn.client("s3", key)
    assert s3.get_object(Bucket=bucket, Key="features/month=1/part")["Body"].read() == b"parquet"
    arn = tarn.client("sts", key).get_caller_identity()["Arn"]
    message = refused("AccessDenied", s3.get_object, Bucket=bucket, Key="raw/flights.csv")
    assert message == (
        f'User: {arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/raw/flights.csv" '
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_s3_explicit_denies_win(tarn, bucket):
    key = tarn.new_user(allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/raw/*"})
    s3 = tarn.client("s3", key)
    s3.put_object(Bucket=bucket, Key="other", Body=b"x")
    message = refused("AccessDenied", s3.put_object, Bucket=bucket, Key="raw/x", Body=b"x")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_s3_lists_by_prefix(tarn, bucket):
    condition = {"StringLike": {"s3:prefix": ["features/*"]}}
    s3 = tarn.client("s3", tarn.new_user(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition=condition)))
    assert s3.list_objects_v2(Bucket=bucket, Prefix="features/")["KeyCount"] == 1
    refused("AccessDenied", s3.list_objects_v2, Bucket=bucket, Prefix="raw/")
    refused("AccessDenied", s3.list_objects_v2, Bucket=bucket)


def test_s3_through_a_role_and_its_session_policy(tarn, bucket):
    account = tarn.client("sts").get_caller_identity()["Account"]
    role = tarn.new_role({"AWS": account}, allow("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]))
    key = tarn.new_user(allow("sts:AssumeRole", role))
    made = tarn.client("sts", key).assume_role(
        RoleArn=role,
        RoleSessionName="reader",
        Policy=document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/features/*")),
    )
    credentials = made["Credentials"]
    s3 = tarn.client("s3", (credentials["AccessKeyId"], credentials["SecretAccessKey"]), credentials["SessionToken"])
    s3.get_object(Bucket=bucket, Key="features/month=1/part")
    message = refused("AccessDenied", s3.get_object, Bucket=bucket, Key="raw/flights.csv")
    assert made["AssumedRoleUser"]["Arn"] in message and "no session policy allows" in message


def test_s3_rights_change_at_once(tarn, iam, bucket):
    key = tarn.new_user()
    s3 = tarn.client("s3", key)
    name = tarn.client("sts", key).get_caller_identity()["Arn"].rsplit("/", 1)[1]
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key="raw/flights.csv")
    iam.attach_user_policy(UserName=name, PolicyArn=S3_READ)
    s3.get_object(Bucket=bucket, Key="raw/flights.csv")
    refused("AccessDenied", s3.put_object, Bucket=bucket, Key="raw/flights.csv", Body=b"")
    iam.detach_user_policy(UserName=name, PolicyArn=S3_READ)
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key="raw/flights.csv")


def test_s3_of_another_account(tarn, bucket):
    other, _ = tarn.new_account(fresh("account"))
    refused("AccessDenied", tarn.client("s3", other).get_object, Bucket=bucket, Key="raw/flights.csv")


def test_a_renamed_user_keeps_its_keys(tarn, iam, user):
    made = iam.create_access_key(UserName=user)["AccessKey"]
    iam.update_user(UserName=user, NewUserName=user + "x")
    me = tarn.client("sts", (made["AccessKeyId"], made["SecretAccessKey"])).get_caller_identity()
    assert me["Arn"].endswith(f":user/{user}x")
