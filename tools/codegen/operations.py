"""Reads operations.txt: which operations of an API Tarn has, and what the pipeline must know about each.

The format is described in README.md beside this file.
"""

import re
from dataclasses import dataclass, field

SIZE = re.compile(r"^(\d+)(KiB|MiB|GiB|TiB|)$")
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
FLAGS = {"read", "write", "management", "data", "anonymous", "form"}


class Mistake(Exception):
    """Something in operations.txt that does not fit the format or the model."""


@dataclass
class Line:
    name: str
    number: int
    actions: list = field(default_factory=list)  # (action, member or None, absent)
    resources: list = field(default_factory=list)
    keys: list = field(default_factory=list)  # (key, template)
    flags: set = field(default_factory=set)
    body_limit: int | None = None


@dataclass
class OperationList:
    lines: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)


def parse_size(text):
    match = SIZE.match(text)
    if not match:
        raise Mistake(f"'{text}' is no size (such as 64KiB)")
    return int(match.group(1)) * UNITS[match.group(2)]


def parse_action(text):
    match = re.match(r"^([a-z0-9-]+:[A-Za-z0-9]+)(?:\[(!?)([A-Za-z0-9.]+)\])?$", text)
    if not match:
        raise Mistake(f"'{text}' is no action (such as s3:GetObjectVersion[VersionId])")
    return match.group(1), match.group(3), match.group(2) == "!"


def parse_line(text, number):
    columns = [column.strip() for column in text.split("|")]
    if len(columns) != 5:
        raise Mistake(f"{len(columns)} columns where 5 are wanted: name | actions | resources | keys | flags")
    name, actions, resources, keys, flags = columns
    line = Line(name, number)
    line.actions = [parse_action(action) for action in actions.split() if action != "-"]
    line.resources = [resource for resource in resources.split() if resource != "-"]
    for key in keys.split():
        if key == "-":
            continue
        if "=" not in key:
            raise Mistake(f"'{key}' is no condition key (such as s3:prefix={{Prefix}})")
        line.keys.append(tuple(key.split("=", 1)))
    for flag in flags.split():
        if flag.startswith("body="):
            line.body_limit = parse_size(flag[5:])
        elif flag in FLAGS:
            line.flags.add(flag)
        else:
            raise Mistake(f"'{flag}' is no flag")
    if ("read" in line.flags) == ("write" in line.flags):
        raise Mistake("an operation is either read or write")
    if ("management" in line.flags) == ("data" in line.flags):
        raise Mistake("an operation is either management or data")
    if line.actions and not line.resources:
        raise Mistake("actions without a resource: name one, or *")
    return line


def parse(text, where):
    result = OperationList()
    for number, raw in enumerate(text.splitlines(), 1):
        content = raw.split("#", 1)[0].strip()
        if not content:
            continue
        try:
            if content.startswith("@"):
                key, _, value = content[1:].partition(" ")
                if key not in ("context", "namespace", "validation", "body"):
                    raise Mistake(f"'@{key}' is no setting")
                result.settings[key] = value.strip()
            else:
                line = parse_line(content, number)
                if any(other.name == line.name for other in result.lines):
                    raise Mistake(f"{line.name} is listed twice")
                result.lines.append(line)
        except Mistake as mistake:
            raise Mistake(f"{where}:{number}: {mistake}") from None
    return result
