#!/usr/bin/env bash
# mc.sh ENVIRONMENT: builds mc into ENVIRONMENT/bin. Its own text wants Go 1.23 or later, which Debian 12 has not.
set -euo pipefail
if ! command -v go >/dev/null; then
  echo "mc is left out: there is no Go here to build it with." >&2
  exit 0
fi
GOBIN=$1/bin go install github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9
