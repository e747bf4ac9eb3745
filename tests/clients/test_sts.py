"""STS through boto3: who one is, and credentials for a while."""

import json
import time

import pytest
from botocore.exceptions import ClientError


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refused(code, call, **arguments):
    """The message of the refusal, whose code must be `code`."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def session_client(tarn, service, credentials):
    key = (credentials["AccessKeyId"], credentials["SecretAccessKey"])
    return tarn.client(service, key, credentials["SessionToken"])


def test_get_caller_identity(tarn):
    me = tarn.client("sts").get_caller_identity()
    assert me["Arn"] == f"arn:aws:iam::{me['Account']}:root"
    key = tarn.new_user()
    user = tarn.client("sts", key).get_caller_identity()
    assert ":user/user-" in user["Arn"] and user["UserId"].startswith("AIDA")


def test_wrong_credentials(tarn):
    key, secret = tarn.new_user()
    refused("SignatureDoesNotMatch", tarn.client("sts", (key, secret[::-1])).get_caller_identity)
    refused("InvalidClientTokenId", tarn.client("sts", ("AKIA" + "Q" * 16, secret)).get_caller_identity)
    refused("InvalidClientTokenId", tarn.client("sts", (key, secret), token="nonsense").get_caller_identity)


def test_assume_role(tarn):
    key = tarn.new_user(allow("sts:AssumeRole"))
    account = tarn.client("sts").get_caller_identity()["Account"]
    role = tarn.new_role({"AWS": account}, allow("iam:GetRole"))
    sts = tarn.client("sts", key)
    made = sts.assume_role(RoleArn=role, RoleSessionName="work", DurationSeconds=900)
    assert made["AssumedRoleUser"]["Arn"] == role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/work"
    assert 880 < made["Credentials"]["Expiration"].timestamp() - time.time() <= 900
    me = session_client(tarn, "sts", made["Credentials"]).get_caller_identity()
    assert me["Arn"] == made["AssumedRoleUser"]["Arn"]
    name = role.rsplit("/", 1)[1]
    assert session_client(tarn, "iam", made["Credentials"]).get_role(RoleName=name)["Role"]["Arn"] == role
    refused("AccessDenied", session_client(tarn, "iam", made["Credentials"]).list_roles)


def test_assume_role_needs_trust(tarn):
    key = tarn.new_user(allow("*"))
    role = tarn.new_role({"Service": "glue.amazonaws.com"}, allow("*"))
    message = refused("AccessDenied", tarn.client("sts", key).assume_role, RoleArn=role, RoleSessionName="work")
    assert "is not authorized to perform: sts:AssumeRole on resource: " + role in message
    refused("AccessDenied", tarn.client("sts").assume_role, RoleArn=role, RoleSessionName="work")
    refused("ValidationError", tarn.client("sts", key).assume_role, RoleArn=role, RoleSessionName="a b")


def test_assume_role_with_session_policy(tarn):
    key = tarn.new_user(allow("sts:AssumeRole"))
    account = tarn.client("sts").get_caller_identity()["Account"]
    role = tarn.new_role({"AWS": account}, allow("iam:*"))
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:ListUsers")]})
    made = tarn.client("sts", key).assume_role(RoleArn=role, RoleSessionName="work", Policy=policy)
    assert made["PackedPolicySize"] > 0
    iam = session_client(tarn, "iam", made["Credentials"])
    iam.list_users(MaxItems=1)
    assert "because no session policy allows the iam:ListRoles action" in refused("AccessDenied", iam.list_roles)


def test_roles_are_assumed_in_a_chain(tarn):
    account = tarn.client("sts").get_caller_identity()["Account"]
    key = tarn.new_user(allow("sts:*"))
    first = tarn.new_role({"AWS": account}, allow("sts:AssumeRole"))
    second = tarn.new_role({"AWS": first})
    one = tarn.client("sts", key).assume_role(RoleArn=first, RoleSessionName="one")
    two = session_client(tarn, "sts", one["Credentials"]).assume_role(RoleArn=second, RoleSessionName="two")
    assert two["AssumedRoleUser"]["Arn"].endswith("/two")
    refused(
        "ValidationError",
        session_client(tarn, "sts", one["Credentials"]).assume_role,
        RoleArn=second,
        RoleSessionName="two",
        DurationSeconds=3601,
    )


def test_get_session_token(tarn):
    key = tarn.new_user(allow("*"))
    made = tarn.client("sts", key).get_session_token(DurationSeconds=900)["Credentials"]
    sts = session_client(tarn, "sts", made)
    assert sts.get_caller_identity()["Arn"] == tarn.client("sts", key).get_caller_identity()["Arn"]
    refused("AccessDenied", session_client(tarn, "iam", made).list_users)
    refused("AccessDenied", sts.get_session_token)
    # Neither the token alone nor the key alone proves anything.
    refused("InvalidClientTokenId", tarn.client("sts", (made["AccessKeyId"], made["SecretAccessKey"])).get_caller_identity)
    broken = made["SessionToken"][:-8] + "AAAAAAA="
    refused(
        "InvalidClientTokenId",
        tarn.client("sts", (made["AccessKeyId"], made["SecretAccessKey"]), broken).get_caller_identity,
    )


def test_get_federation_token(tarn):
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("glue:*")]})
    key = tarn.new_user(allow("*"))
    made = tarn.client("sts", key).get_federation_token(Name="guest", Policy=policy)
    assert made["FederatedUser"]["Arn"].endswith(":federated-user/guest")
    me = session_client(tarn, "sts", made["Credentials"]).get_caller_identity()
    assert me["Arn"] == made["FederatedUser"]["Arn"]
    refused("AccessDenied", session_client(tarn, "iam", made["Credentials"]).list_users)


def test_get_access_key_info(tarn):
    key, _ = tarn.new_user()
    sts = tarn.client("sts")
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == sts.get_caller_identity()["Account"]


def test_what_has_no_provider_is_refused(tarn):
    role = tarn.new_role({"Federated": "accounts.google.com"})
    refused(
        "InvalidIdentityToken",
        tarn.client("sts").assume_role_with_web_identity,
        RoleArn=role,
        RoleSessionName="work",
        WebIdentityToken="a.b.c.d",
    )
    refused("InvalidAuthorizationMessageException", tarn.client("sts").decode_authorization_message, EncodedMessage="x")
