"""Checks what the compiler cannot: the map of folders, file sizes, formatting, unfinished work.

    tests/tidy.py            the whole tree
    tests/tidy.py PATH…      only these files

Reads each folder's permitted dependencies from the `tarn_folder(… DEPENDS …)` of its CMakeLists.txt, the same list that
decides what links, and fails on an include that skips it.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
MAX_LINES = 1000
# Third-party headers that stay in one folder each: prefix of the include -> folders that may name it.
ONLY_IN = {
    "rocksdb/": {"meta/rocksdb"},
    "duckdb": {"duck"},
    "pugixml": {"aws"},
    "pcre2": {"aws", "duck", "logs", "training", "base"},
    "openssl/ssl": {"http"},
    "CLI/": {"app"},
    "toml++": {"app"},
}
# These words are split so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
FOREIGN = re.compile(r"/work/|/root/|registry\.npmjs|pypi\.org|crates\.io|proxy\.golang")


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def folder_dependencies():
    """{folder: the folders whose headers it may include, transitively}"""
    direct = {}
    for lists in SRC.rglob("CMakeLists.txt"):
        text = re.sub(r"#.*", "", lists.read_text())
        for call in re.finditer(r"tarn_(folder|service)\(\s*([\w/-]+)([^)]*)\)", text):
            kind, name, rest = call.groups()
            words = rest.split()
            depends, test_depends, target = [], [], None
            for word in words:
                if word in ("DEPENDS", "TEST_DEPENDS"):
                    target = depends if word == "DEPENDS" else test_depends
                elif word.isupper() and len(word) > 3:
                    target = None
                elif target is not None:
                    target.append(word)
            folder = name if kind == "folder" else f"services/{name}"
            if kind == "service":
                depends.append("aws")
            direct[folder] = (depends, test_depends)

    def reach(folder, seen):
        for dependency in direct.get(folder, ([], []))[0]:
            if dependency not in seen:
                seen.add(dependency)
                reach(dependency, seen)
        return seen

    allowed = {folder: reach(folder, set()) | {folder} for folder in direct}
    test_allowed = {}
    for folder, (_, extra) in direct.items():
        test_allowed[folder] = set(allowed[folder])
        for dependency in extra:
            test_allowed[folder] |= {dependency} | allowed.get(dependency, set())
    return allowed, test_allowed


def folder_of(path, folders):
    """The longest declared folder that holds `path` (relative to src)."""
    parts = pathlib.PurePosixPath(path).parts
    for length in range(len(parts) - 1, 0, -1):
        candidate = "/".join(parts[:length])
        if candidate in folders:
            return candidate
    return None


def check_includes(path, text, allowed, test_allowed):
    relative = path.relative_to(SRC).as_posix()
    folder = folder_of(relative, allowed)
    if folder is None:
        return
    is_test = relative.endswith(("_test.cpp", "_test.h", "_fuzz.cpp", "testing.h"))
    permitted = (test_allowed if is_test else allowed)[folder]
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#include\s+(["<])([^">]+)[">]', line)
        if not match:
            continue
        quote, name = match.groups()
        if quote == '"' and (SRC / name).exists():
            target = folder_of(name, allowed)
            if target is not None and target not in permitted:
                yield f"{relative}:{number}: includes {name}, but {folder}/CMakeLists.txt does not depend on {target}"
        for prefix, homes in ONLY_IN.items():
            if name.startswith(prefix) and folder not in homes:
                yield f"{relative}:{number}: {name} may be included in {', '.join(sorted(homes))} only"


def check_text(path, text):
    relative = path.relative_to(ROOT).as_posix()
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        yield f"{relative}: {len(lines)} lines; a second idea is hiding beyond {MAX_LINES}"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{relative}:{number}: unfinished work: {line.strip()[:80]}"
        if FOREIGN.search(line) and relative != "tests/tidy.py":
            yield f"{relative}:{number}: a machine's path or a registry's host: {line.strip()[:80]}"


def check_format(paths):
    if not paths:
        return
    result = subprocess.run(
        ["clang-format-19", "--dry-run", "--Werror", *map(str, paths)], capture_output=True, text=True, check=False
    )
    named = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", result.stderr, re.M)))
    for name in named:
        yield f"{pathlib.Path(name).relative_to(ROOT)}: not formatted (run `make format`)"


def main(arguments):
    chosen = [pathlib.Path(a).resolve() for a in arguments]
    code = [p for p in tracked("*.cpp", "*.h") if not chosen or p in chosen]
    others = [p for p in tracked("*.py", "*.cmake", "Makefile", "scripts/*", "*.sh") if not chosen or p in chosen]
    allowed, test_allowed = folder_dependencies()
    problems = []
    for path in code + others:
        text = path.read_text(errors="replace")
        problems += check_text(path, text)
        if path in code and SRC in path.parents:
            problems += check_includes(path, text, allowed, test_allowed)
    problems += check_format(code)
    for problem in problems:
        print(problem)
    print(f"tidy: {len(code) + len(others)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
