#!/usr/bin/env bash
# torch.sh ENVIRONMENT: lets ENVIRONMENT see Debian's packages for Python, PyTorch among them, which it installs.
set -euo pipefail
version='import sys; print(sys.version_info[:2])'
if ! apt-cache show python3-torch >/dev/null 2>&1 || [ "$("$1/bin/python" -c "$version")" != "$(/usr/bin/python3 -c "$version")" ]; then
  echo "s3torchconnector is left out: this system has no PyTorch for this Python." >&2
  exit 0
fi
if ! dpkg -s python3-torch >/dev/null 2>&1; then
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends python3-torch >/dev/null
fi
echo /usr/lib/python3/dist-packages >"$(echo "$1"/lib/python3*/site-packages)/system.pth"
"$1/bin/python" -c 'import torch, s3torchconnector'
