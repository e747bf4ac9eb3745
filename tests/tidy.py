"""Checks what the compiler cannot: the map of folders, file sizes, formatting, unfinished work.

    tests/tidy.py            the whole tree
    tests/tidy.py PATH…      only these files

Reads each folder's permitted dependencies from the `tarn_folder(… DEPENDS …)` of its CMakeLists.txt, the same list that
decides what links, and fails on an include that skips it, and on a list that points upward in the map of
src/CMakeLists.txt.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
MAX_LINES = 1000
MAX_LINES_OF_MOST = 600  # 95 of 100 files are shorter
MAX_FUNCTION_LINES = 100
MAX_FUNCTION_LINES_OF_MOST = 60  # 99 of 100 functions are shorter
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
# What is read beside the code.
OTHERS = ["*.py", "*.cmake", "*CMakeLists.txt", "CMakePresets.json", "*.md", "Makefile", "scripts/*", ".ci/*"]
# These words are split so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
FOREIGN = re.compile(r"/work/|/root/|registry\.npmjs|pypi\.org|crates\.io|proxy\.golang")


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def folder_dependencies():
    """{folder: the folders whose headers it may include, transitively}; the same for its tests; its own list."""
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
    return allowed, test_allowed, {folder: depends for folder, (depends, _) in direct.items()}


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


def check_map(direct):
    """A folder may depend on what src/CMakeLists.txt lists before it; services, on everything but each other."""
    listed = re.findall(r"^add_subdirectory\(([\w/-]+)\)", (SRC / "CMakeLists.txt").read_text(), re.M)
    for folder, depends in direct.items():
        place = "services" if folder.startswith("services/") else folder
        if place not in listed:
            yield f"src/CMakeLists.txt: {folder} is not in the map"
            continue
        for dependency in depends:
            if dependency.startswith("services/"):
                if folder != "app":
                    yield f"src/{folder}/CMakeLists.txt: services are for app alone, not {dependency}"
            elif dependency not in listed[: listed.index(place)]:
                yield f"src/{folder}/CMakeLists.txt: {dependency} does not stand below {folder} in src/CMakeLists.txt"


FUNCTION = re.compile(
    r"( {0,2})"
    r"(?!namespace|extern|class|struct|enum|union|if|for|while|switch|else|do|try|catch|case|return|[}/#\s])"
    r"\S.*\{$"
)


def functions(text):
    """(line, length) of each function that begins at the left or as a member: what clang-format makes of one."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = FUNCTION.match(line)
        if match and "(" in line:
            end = match.group(1) + "}"
            length = next((i for i, later in enumerate(lines[number:], 1) if later.startswith(end)), 1)
            yield number + 1, length


def check_functions(path, text):
    for number, length in functions(text):
        if length > MAX_FUNCTION_LINES:
            yield f"{path.relative_to(ROOT)}:{number}: a function of {length} lines; {MAX_FUNCTION_LINES} are too many"


def check_opening(path, text):
    """A header says first what it is for, a Python module too."""
    if path.suffix == ".h" and not text.startswith("//"):
        yield f"{path.relative_to(ROOT)}: opens without saying what it is for"
    if path.suffix == ".py" and not re.match(r'(#!.*\n)?"""', text):
        yield f"{path.relative_to(ROOT)}: has no docstring"


def check_lengths(texts):
    """Most files and most functions are short, whatever the longest may be."""
    lengths = sorted(len(text.splitlines()) for text in texts.values())
    if lengths and lengths[len(lengths) * 95 // 100] > MAX_LINES_OF_MOST:
        yield f"1 file in 20 is longer than {MAX_LINES_OF_MOST} lines"
    lengths = sorted(length for text in texts.values() for _, length in functions(text))
    if lengths and lengths[len(lengths) * 99 // 100] > MAX_FUNCTION_LINES_OF_MOST:
        yield f"1 function in 100 is longer than {MAX_FUNCTION_LINES_OF_MOST} lines"


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
    others = [p for p in tracked(*OTHERS) if not chosen or p in chosen]
    allowed, test_allowed, direct = folder_dependencies()
    problems = list(check_map(direct))
    texts = {path: path.read_text(errors="replace") for path in code + others}
    for path, text in texts.items():
        problems += check_text(path, text)
        problems += check_opening(path, text)
        if path in code and not path.name.endswith("_test.cpp"):
            problems += check_functions(path, text)
        if path in code and SRC in path.parents:
            problems += check_includes(path, text, allowed, test_allowed)
    if not chosen:
        problems += check_lengths({path: text for path, text in texts.items() if path in code})
    problems += check_format(code)
    for problem in problems:
        print(problem)
    print(f"tidy: {len(code) + len(others)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
