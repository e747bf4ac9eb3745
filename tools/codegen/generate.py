#!/usr/bin/env python3
"""generate.py API --list operations.txt --botocore DIR --out DIR: writes an API's structs, tables and routes.

Files whose content stays the same are not touched, so that what depends on them is not built again.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import cpp_tables
import cpp_types
import model
import operations


def write(path, text):
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("api")
    parser.add_argument("--list", required=True, type=Path)
    parser.add_argument("--botocore", type=Path, help="default: the one that this Python imports")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    botocore = arguments.botocore or Path(importlib.util.find_spec("botocore").origin).parent
    try:
        api = model.Api(arguments.api, botocore, arguments.list, Path(__file__).parent / "patches")
    except operations.Mistake as mistake:
        sys.exit(f"codegen: {mistake}")
    headers = cpp_types.Headers(api)
    files = headers.files() | cpp_tables.Tables(api, headers).files()
    files["namespace.txt"] = api.namespace
    for name, text in files.items():
        write(arguments.out / name, text)
    for stale in set(arguments.out.rglob("*.h")) | set(arguments.out.rglob("*.cpp")):
        if str(stale.relative_to(arguments.out)) not in files:
            stale.unlink()
    write(arguments.out / "generated.stamp", "\n".join(sorted(files)) + "\n")
    (arguments.out / "generated.stamp").touch()


if __name__ == "__main__":
    main()
