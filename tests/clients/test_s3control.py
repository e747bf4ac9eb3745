"""S3 Control: Block Public Access of an account, over all of its buckets."""

import re
import uuid

import pytest

from s3_help import refused

ALL = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def control_client(tarn, **options):
    """The client puts the account's id before the host's name, and an address has no names below it."""
    client = tarn.client("s3control", **options)

    def without_account(request, **_):
        request.url = re.sub(r"//\d{12}\.", "//", request.url)

    client.meta.events.register("before-sign.s3-control", without_account)
    return client


@pytest.fixture
def account(tarn):
    """An account of the test's own: what holds for all of its buckets is nobody else's."""
    key, account_id = tarn.new_account("control-" + uuid.uuid4().hex[:8])
    return control_client(tarn, key=key), tarn.client("s3", key=key), account_id


def test_block_of_an_account(account):
    control, s3, account_id = account
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        control.get_public_access_block(AccountId=account_id)
    name = "open-" + uuid.uuid4().hex[:16]
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    control.put_public_access_block(AccountId=account_id, PublicAccessBlockConfiguration=ALL)
    assert control.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"] == ALL
    with refused("AccessDenied", 403):
        s3.put_bucket_acl(Bucket=name, ACL="public-read")
    control.delete_public_access_block(AccountId=account_id)
    control.delete_public_access_block(AccountId=account_id)
    s3.put_bucket_acl(Bucket=name, ACL="public-read")


def test_only_ones_own(account, tarn):
    control, _, account_id = account
    with refused("AccessDenied", 403):
        control.get_public_access_block(AccountId="999999999999")
    stranger = control_client(tarn)
    with refused("AccessDenied", 403):
        stranger.put_public_access_block(AccountId=account_id, PublicAccessBlockConfiguration=ALL)
