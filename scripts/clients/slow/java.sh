#!/usr/bin/env bash
# java.sh ENVIRONMENT: the SDK's jars into ENVIRONMENT/jars.
set -euo pipefail
if ! command -v mvn >/dev/null || ! command -v javac >/dev/null; then
  echo "The AWS SDK for Java is left out: there is no Maven or no JDK here." >&2
  exit 0
fi
cat >"$1/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tarn</groupId>
  <artifactId>clients</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>software.amazon.awssdk</groupId><artifactId>s3</artifactId><version>2.57.8</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -f "$1/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$1/jars"
