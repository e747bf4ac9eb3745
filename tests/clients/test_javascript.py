"""The AWS SDK for JavaScript, version 3, on Node."""

import pathlib
import shutil
import subprocess

import pytest

from conftest import CLIENTS, HERE


def test_s3(tarn, bucket):
    node, modules = shutil.which("node"), CLIENTS / "javascript/node_modules"
    if not node or not modules.is_dir():
        pytest.skip("Node or the SDK is not installed: run scripts/client-environments")
    program = pathlib.Path(HERE, "programs/javascript.mjs")
    ran = subprocess.run(
        [node, program, modules, bucket], env=tarn.environment_for(), capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "done\n"
