"""The AWS SDK for Java, version 2."""

import shutil
import subprocess

import pytest

from conftest import CLIENTS, HERE


def test_s3(tarn, bucket):
    java, jars = shutil.which("java"), CLIENTS / "java/jars"
    if not java or not jars.is_dir():
        pytest.skip("Java or the SDK is not installed: run scripts/client-environments --slow")
    ran = subprocess.run(
        [java, "-cp", f"{jars}/*", HERE / "programs/Everyday.java", tarn.endpoint, bucket],
        env=tarn.environment_for(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "done\n"
