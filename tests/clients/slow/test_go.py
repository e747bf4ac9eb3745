"""The AWS SDK for Go, version 2."""


def test_s3(tool, tarn, bucket):
    assert tool("go", "everyday", tarn.endpoint, bucket).endswith("done\n")
