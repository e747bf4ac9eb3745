"""An API as the generator sees it: botocore's model, Tarn's patches, and the listed operations."""

import copy
import gzip
import json
import re
from pathlib import Path

import names
import operations

SCALARS = {
    "boolean": ("boolean", "bool"),
    "integer": ("int32", "std::int32_t"),
    "long": ("int64", "std::int64_t"),
    "float": ("float32", "float"),
    "double": ("float64", "double"),
    "string": ("text", "std::string"),
    "character": ("text", "std::string"),
    "timestamp": ("timestamp", "Timestamp"),
    "blob": ("blob", "std::string"),
}
# An enumeration with more values than this (instance types) grows every month: what is unknown is let through.
CLOSED_ENUM_LIMIT = 40


def load_service(botocore, api):
    versions = sorted((Path(botocore) / "data" / api).glob("*/service-2.json*"))
    if not versions:
        raise operations.Mistake(f"botocore has no API '{api}'")
    path = versions[-1]
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
        return json.load(file)


class Api:
    def __init__(self, api, botocore, list_path, patches):
        self.api = api
        self.service = load_service(botocore, api)
        self.metadata = self.service["metadata"]
        self.shapes = self.service["shapes"]
        patch_path = Path(patches) / f"{api}.json"
        self.patch = json.loads(patch_path.read_text()) if patch_path.exists() else {}
        self.list = operations.parse(Path(list_path).read_text(), str(list_path))
        settings = self.list.settings
        self.namespace = settings.get("namespace", names.namespace(api))
        self.context = settings.get("context", names.context(api))
        self.validation = settings.get("validation", "ValidationException")
        self.body_limit = operations.parse_size(settings.get("body", "1MiB"))
        for name in self.patch.get("remove_operations", []):
            self.service["operations"].pop(name, None)
        for name, traits in self.patch.get("like", {}).items():
            self.add_like(name, traits)
        for name, members in self.patch.get("members", {}).items():
            for member, traits in members.items():
                self.shapes[name]["members"].setdefault(member, {}).update(traits)
        for name, traits in self.patch.get("shapes", {}).items():
            self.shapes.setdefault(name, {}).update(traits)
        for name, traits in self.patch.get("operations", {}).items():
            merge(self.service["operations"][name], traits)
        self.find_streams()
        self.check_lines()
        self.reach()
        self.name_types()
        self.find_cycles()

    def add_like(self, name, traits):
        """An operation that the model lacks: another one's twin, with structs of its own."""
        twin = copy.deepcopy(self.service["operations"][traits["of"]])
        twin["name"] = name
        twin["http"] = traits["http"]
        for side, suffix in (("input", "Request"), ("output", "Output")):
            self.shapes[name + suffix] = copy.deepcopy(self.shapes[twin[side]["shape"]])
            twin[side] = {"shape": name + suffix}
        self.service["operations"][name] = twin

    # -- shapes --

    def find_streams(self):
        """A streaming blob becomes a shape of its own, so that a shape alone tells its C++ type."""
        for shape in list(self.shapes.values()):
            for member in shape.get("members", {}).values():
                target = self.shapes[member["shape"]]
                if member.get("streaming") or (target["type"] == "blob" and target.get("streaming")) or target.get(
                        "eventstream"):
                    name = member["shape"] + "Stream"
                    self.shapes.setdefault(name, {"type": "stream"})
                    member["shape"] = name

    def is_json(self, name):
        shape = self.shapes[name]
        return bool(shape.get("document")) or name in self.patch.get("opaque", [])

    def kind(self, name):
        shape = self.shapes[name]
        if self.is_json(name):
            return "json"
        if self.is_enum(name):
            return "enumeration"
        if shape["type"] in SCALARS:
            return SCALARS[shape["type"]][0]
        return shape["type"]

    def is_enum(self, name):
        shape = self.shapes[name]
        if shape["type"] != "string" or "enum" not in shape:
            return False
        if name in self.patch.get("open_enums", []):
            return False
        return name in self.patch.get("closed_enums", []) or len(shape["enum"]) <= CLOSED_ENUM_LIMIT

    def children(self, name):
        """The shapes that a shape is made of."""
        shape = self.shapes[name]
        kind = self.kind(name)
        if kind == "structure":
            return [member["shape"] for member in shape.get("members", {}).values()]
        if kind == "list":
            return [shape["member"]["shape"]]
        if kind == "map":
            return [shape["value"]["shape"]]
        return []

    def check_lines(self):
        for line in self.list.lines:
            if line.name not in self.service["operations"]:
                raise operations.Mistake(f"{self.api}: the model has no operation {line.name} (line {line.number})")
            model = self.service["operations"][line.name]
            templates = list(line.resources) + [template for _, template in line.keys]
            paths = [path for template in templates for path in re.findall(r"\{([A-Z][A-Za-z0-9.]*)", template)]
            paths += [member for _, member, _ in line.actions if member]
            for path in paths:
                shape = model.get("input", {}).get("shape")
                for part in path.split("."):
                    members = self.shapes[shape].get("members", {}) if shape else {}
                    if part not in members:
                        raise operations.Mistake(f"{self.api}: {line.name} has no member {path} (line {line.number})")
                    shape = members[part]["shape"]

    def reach(self):
        """For each shape the listed operations that reach it, in order."""
        self.users = {}
        for line in self.list.lines:
            model = self.service["operations"][line.name]
            pending = [model[side]["shape"] for side in ("input", "output") if side in model]
            while pending:
                name = pending.pop()
                using = self.users.setdefault(name, [])
                if line.name in using:
                    continue
                using.append(line.name)
                pending.extend(self.children(name))

    def name_types(self):
        """C++ names: an operation's own structs are <Operation>Request and <Operation>Output in every API."""
        self.type_names = {}
        self.aliases = {}  # Alias -> shape, where several operations share one, or another shape contains it.
        self.empty = []  # Structs of operations whose model has no input or output.
        inner = {child for name in self.users for child in self.children(name)}
        uses = {}
        for line in self.list.lines:
            model = self.service["operations"][line.name]
            for side in ("input", "output"):
                if side in model:
                    uses.setdefault(model[side]["shape"], []).append((line.name, side))
        for line in self.list.lines:
            model = self.service["operations"][line.name]
            for side, suffix in (("input", "Request"), ("output", "Output")):
                wanted = line.name + suffix
                if side not in model:
                    self.empty.append(wanted)
                    continue
                shape = model[side]["shape"]
                if len(uses[shape]) == 1 and shape not in inner:
                    self.type_names[shape] = wanted
                else:
                    self.aliases[wanted] = shape
        for name in self.users:
            if name not in self.type_names:
                wanted = names.type_name(self.patch.get("rename", {}).get(name, name))
                self.type_names[name] = wanted
        taken = {}
        for name in self.users:
            if self.kind(name) not in ("structure", "enumeration"):
                continue
            cpp = self.type_names[name]
            if cpp in taken:
                raise operations.Mistake(f"{self.api}: {name} and {taken[cpp]} are both {cpp}: rename one in patches")
            taken[cpp] = name
        self.aliases = {alias: shape for alias, shape in self.aliases.items() if alias != self.type_names[shape]}

    def find_cycles(self):
        """Units: structs in the order that C++ needs, those that contain each other together (Tarjan)."""
        index, low, stack, self.units, self.unit_of = {}, {}, [], [], {}

        def structs(name):
            found = []
            for child in self.children(name):
                if self.kind(child) == "structure":
                    found.append(child)
                elif self.kind(child) in ("list", "map"):
                    found.extend(structs(child))
            return found

        def visit(name):
            index[name] = low[name] = len(index)
            stack.append(name)
            for child in structs(name):
                if child not in index:
                    visit(child)
                    low[name] = min(low[name], low[child])
                elif child in stack:
                    low[name] = min(low[name], index[child])
            if low[name] == index[name]:
                unit = []
                while True:
                    member = stack.pop()
                    unit.append(member)
                    if member == name:
                        break
                self.units.append(sorted(unit))
                for member in unit:
                    self.unit_of[member] = len(self.units) - 1

        self.structs_of = structs
        for name in self.users:
            if self.kind(name) == "structure" and name not in index:
                visit(name)

    def recursive(self, name):
        unit = self.units[self.unit_of[name]]
        return len(unit) > 1 or name in self.structs_of(name)

    # -- C++ types --

    def cpp_type(self, name):
        kind = self.kind(name)
        shape = self.shapes[name]
        if kind in ("structure", "enumeration"):
            return self.type_names[name]
        if kind == "list":
            return f"std::vector<{self.cpp_type(shape['member']['shape'])}>"
        if kind == "map":
            return f"std::map<std::string, {self.cpp_type(shape['value']['shape'])}>"
        if kind == "json":
            return "aws::Json"
        if kind == "stream":
            return "std::unique_ptr<ByteStream>"
        return SCALARS[shape["type"]][1]

    def member_slot(self, owner, member):
        """plain, optional or box."""
        shape = self.shapes[owner]
        target = shape["members"][member]["shape"]
        kind = self.kind(target)
        if kind == "stream":
            return "plain"
        if kind == "structure" and owner in self.unit_of and self.unit_of.get(target) == self.unit_of[owner]:
            return "box"
        return "plain" if member in shape.get("required", []) else "optional"

    def member_type(self, owner, member):
        text = self.cpp_type(self.shapes[owner]["members"][member]["shape"])
        slot = self.member_slot(owner, member)
        return {"plain": text, "optional": f"std::optional<{text}>", "box": f"aws::Box<{text}>"}[slot]

    def is_rest(self):
        return self.metadata["protocol"] in ("rest-xml", "rest-json")

    def errors(self):
        """C++ name -> (wire code, status), from the model and the patches."""
        found = {}
        for name, shape in self.shapes.items():
            if not shape.get("exception"):
                continue
            error = shape.get("error", {})
            status = error.get("httpStatusCode", 500 if shape.get("fault") else 400)
            code = error.get("code", name)
            found[names.identifier(name)] = (code, status)
        for code, status in self.patch.get("errors", {}).items():
            found[names.identifier(code)] = (code, status)
        return dict(sorted(found.items()))


def merge(into, traits):
    for key, value in traits.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
