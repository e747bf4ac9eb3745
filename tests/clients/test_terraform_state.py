"""Terraform's own S3 backend, with its state's lock in the bucket: a put with If-None-Match."""

import json
import shutil
import subprocess

import pytest

MAIN = """
terraform {{
  backend "s3" {{
    bucket       = "{bucket}"
    key          = "deep/terraform.tfstate"
    region       = "us-east-1"
    use_lockfile = true
    encrypt      = true
    use_path_style              = true
    skip_credentials_validation = false
    skip_requesting_account_id  = false
    skip_metadata_api_check     = true
    endpoints = {{ s3 = "{endpoint}", sts = "{endpoint}", iam = "{endpoint}" }}
  }}
}}
variable "value" {{}}
resource "terraform_data" "ours" {{ input = var.value }}
output "value" {{ value = terraform_data.ours.output }}
"""


@pytest.fixture
def terraform(tarn, bucket, tmp_path):
    program = shutil.which("terraform")
    if not program:
        pytest.skip("there is no terraform here")
    (tmp_path / "main.tf").write_text(MAIN.format(bucket=bucket, endpoint=tarn.endpoint))
    environment = {name: value for name, value in tarn.environment_for().items() if not name.startswith("TF_")}
    environment |= {"CHECKPOINT_DISABLE": "1", "HOME": str(tmp_path)}

    def run(*arguments, succeeds=True):
        ran = subprocess.run(
            [program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert (ran.returncode == 0) == succeeds, ran.stdout + ran.stderr
        return ran.stdout if succeeds else ran.stderr

    return run


def test_state(terraform, s3, bucket):
    terraform("init", "-input=false")
    terraform("apply", "-auto-approve", "-var", "value=one")
    assert json.loads(terraform("output", "-json"))["value"]["value"] == "one"
    state = json.loads(s3.get_object(Bucket=bucket, Key="deep/terraform.tfstate")["Body"].read())
    assert state["outputs"]["value"]["value"] == "one"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["deep/terraform.tfstate"]

    # Another's lock keeps it out, and only its own is taken away.
    lock = {"ID": "1", "Operation": "apply", "Who": "another", "Path": f"{bucket}/deep/terraform.tfstate"}
    s3.put_object(Bucket=bucket, Key="deep/terraform.tfstate.tflock", Body=json.dumps(lock))
    assert "Error acquiring the state lock" in terraform("apply", "-auto-approve", "-var", "value=two", succeeds=False)
    s3.delete_object(Bucket=bucket, Key="deep/terraform.tfstate.tflock")
    terraform("apply", "-auto-approve", "-var", "value=two")

    terraform("workspace", "new", "second")
    terraform("apply", "-auto-approve", "-var", "value=three")
    assert "second" in terraform("workspace", "list")
    assert s3.head_object(Bucket=bucket, Key="env:/second/deep/terraform.tfstate")
    terraform("destroy", "-auto-approve", "-var", "value=three")
