#!/usr/bin/env bash
# javascript.sh ENVIRONMENT: the packages of the AWS SDK for JavaScript into ENVIRONMENT/node_modules.
set -euo pipefail
npm install --silent --no-audit --no-fund --prefix "$1" \
  @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0 @aws-sdk/s3-request-presigner@3.1163.0 2>/dev/null
