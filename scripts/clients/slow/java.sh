#!/usr/bin/env bash
# java.sh ENVIRONMENT: the SDK's jars into ENVIRONMENT/jars.
set -euo pipefail
"$(dirname "$0")/maven" "$1" "The AWS SDK for Java" <<'DEPENDENCIES'
    <dependency><groupId>software.amazon.awssdk</groupId><artifactId>s3</artifactId><version>2.57.8</version></dependency>
DEPENDENCIES
