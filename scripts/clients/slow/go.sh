#!/usr/bin/env bash
# go.sh ENVIRONMENT: builds tests/clients/programs/go into ENVIRONMENT/bin.
set -euo pipefail
if ! command -v go >/dev/null; then
  echo "The AWS SDK for Go is left out: there is no Go here." >&2
  exit 0
fi
go build -C "$(dirname "$0")/../../../tests/clients/programs/go" -o "$1/bin/everyday" .
