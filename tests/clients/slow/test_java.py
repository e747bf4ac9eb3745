"""The AWS SDK for Java, version 2, and Hadoop's S3A."""

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


def test_s3a(tarn, bucket, tmp_path):
    java, compiler, jars = shutil.which("java"), shutil.which("javac"), CLIENTS / "hadoop/jars"
    if not java or not compiler or not jars.is_dir():
        pytest.skip("Java or Hadoop is not installed: run scripts/client-environments --slow")
    # Compiled, since a job's tasks look for its classes by name.
    subprocess.run([compiler, "-cp", f"{jars}/*", "-d", tmp_path, HERE / "programs/S3A.java"], check=True, timeout=120)
    ran = subprocess.run(
        [java, f"-Djava.io.tmpdir={tmp_path}", "-cp", f"{tmp_path}:{jars}/*", "S3A", tarn.endpoint, bucket],
        env=tarn.environment_for(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "done\n"
