#!/usr/bin/env bash
# awscli2.sh ENVIRONMENT: takes the aws command out of the package's layer and puts it at ENVIRONMENT/bin/aws.
set -euo pipefail
environment=$1
work=$(mktemp -d "$environment/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
tar xzf "$environment"/lib/python3*/site-packages/aws_cdk/asset_awscli_v2/_jsii/*.jsii.tgz -C "$work" package/lib/layer.zip
python3 - "$work/package/lib/layer.zip" "$environment" <<'PYTHON'
import pathlib, sys, zipfile

layer, environment = sys.argv[1], pathlib.Path(sys.argv[2])
with zipfile.ZipFile(layer) as archive:
    members = [name for name in archive.namelist() if "/dist/" in name and "/examples/" not in name]
    archive.extractall(environment, members)
program = next(environment.glob("awscli/v2/*/dist/aws"))
program.chmod(0o755)
(environment / "bin/aws").symlink_to(program)
PYTHON
rm -rf "$environment"/lib/python3*/site-packages/aws_cdk "$environment"/lib/python3*/site-packages/jsii
"$environment/bin/aws" --version
