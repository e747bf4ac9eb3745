"""Writes the tables: shapes, members, operations, and the list that ties operations to handlers."""

import names
from cpp_types import BANNER
from names import literal

STRUCTS_A_FILE = 50
TIME_FORMATS = {"iso8601": "iso8601", "unixTimestamp": "unix_seconds", "rfc822": "rfc822"}
LOCATIONS = {"header": "header", "headers": "headers", "querystring": "query", "uri": "uri", "statusCode": "status"}
SLOTS = {"optional": "std::optional", "box": "aws::Box"}


def symbol(name):
    return "s_" + name


class Tables:
    def __init__(self, api, headers):
        self.api = api
        self.headers = headers
        self.patterns = {}

    def pattern(self, text):
        return self.patterns.setdefault(text, f"p_{len(self.patterns)}")

    # -- shapes --

    def constraints(self, name):
        shape = self.api.shapes[name]
        fields = []
        for bound in ("min", "max"):
            if bound in shape:
                fields.append(f".{bound} = {int(shape[bound])}")
        if "pattern" in shape and shape["pattern"] not in (".*", "[\\s\\S]*", "[\\S\\s]*"):
            fields.append(f".pattern = &{self.pattern(shape['pattern'])}")
        return fields

    def shape_fields(self, name):
        api, shape, kind = self.api, self.api.shapes[name], self.api.kind(name)
        fields = [f'.name = "{name}"', f".kind = aws::Kind::{kind}"] + self.constraints(name)
        if kind == "enumeration":
            fields.append(f".values = v_{name}")
        elif kind == "list":
            member = shape["member"]
            fields.append(f".element = &{symbol(member['shape'])}")
            wire = member.get("locationName", "member")
            fields.append(f'.element_wire = "{wire}"')
            fields.append(f".list = &aws::list_access<{api.cpp_type(name)}>")
        elif kind == "map":
            fields.append(f".element = &{symbol(shape['value']['shape'])}")
            fields.append(f".key = &{self.key_symbol(shape['key']['shape'])}")
            fields.append(f'.element_wire = "{shape["value"].get("locationName", "value")}"')
            fields.append(f'.key_wire = "{shape["key"].get("locationName", "key")}"')
            fields.append(f".map = &aws::map_access<{api.cpp_type(name)}>")
        if "timestampFormat" in shape:
            fields.append(f".time = aws::TimeFormat::{TIME_FORMATS[shape['timestampFormat']]}")
        if shape.get("flattened"):
            fields.append(".flattened = true")
        if shape.get("union"):
            fields.append(".is_union = true")
        if shape.get("sensitive"):
            fields.append(".sensitive = true")
        if "xmlNamespace" in shape and isinstance(shape["xmlNamespace"], dict):
            fields.append(f".xml_namespace = {literal(shape['xmlNamespace']['uri'])}")
            if "prefix" in shape["xmlNamespace"]:
                fields.append(f".xml_prefix = {literal(shape['xmlNamespace']['prefix'])}")
        return fields

    def key_symbol(self, name):
        return "k_" + name if self.api.is_enum(name) else symbol(name)

    def shape_text(self, name):
        ordered = order_fields(self.shape_fields(name))
        return f"constinit const aws::Shape {symbol(name)}{{{', '.join(ordered)}}};\n"

    def member_text(self, owner, name, operation_side):
        api = self.api
        shape = api.shapes[owner]
        member = shape["members"][name]
        target = member["shape"]
        slot = api.member_slot(owner, name)
        wire = member.get("locationName", name)
        fields = [f'.name = "{name}"', f'.wire = "{wire}"', f".shape = &{symbol(target)}",
                  f".offset = offsetof({api.type_names[owner]}, {names.identifier(name)})"]
        if slot != "plain":
            fields.append(f".slot = &aws::slot_access<{SLOTS[slot]}<{api.cpp_type(target)}>>")
        location = LOCATIONS.get(member.get("location"))
        if location == "query" and api.kind(target) == "map":
            location = "query_map"
        if operation_side and shape.get("payload") == name:
            location = "payload"
        if location:
            fields.append(f".location = aws::Location::{location}")
        if "timestampFormat" in member:
            fields.append(f".time = aws::TimeFormat::{TIME_FORMATS[member['timestampFormat']]}")
        if name in shape.get("required", []):
            fields.append(".required = true")
        if member.get("flattened") or api.shapes[target].get("flattened"):
            fields.append(".flattened = true")
        if member.get("xmlAttribute"):
            fields.append(".xml_attribute = true")
        if member.get("idempotencyToken"):
            fields.append(".idempotency_token = true")
        if "xmlNamespace" in member:
            fields.append(f".xml_namespace = {literal(member['xmlNamespace']['uri'])}")
        return "    {" + ", ".join(fields) + "},\n"

    def struct_text(self, name):
        api = self.api
        cpp = api.type_names[name]
        is_operations = cpp in self.operation_structs
        out = []
        members = api.shapes[name].get("members", {})
        if members:
            out.append(f"const aws::Member m_{name}[] = {{\n")
            out.extend(self.member_text(name, member, is_operations) for member in members)
            out.append("};\n")
        fields = self.shape_fields(name)
        if members:
            fields.append(f".members = m_{name}")
        if is_operations:
            fields += [f".create = &aws::create<{cpp}>", f".destroy = &aws::destroy<{cpp}>"]
            if api.is_rest() and cpp in api.output_names:
                fields.append(f".status_offset = offsetof({cpp}, http_status)")
        out.append(f"constinit const aws::Shape {symbol(name)}{{{', '.join(order_fields(fields))}}};\n")
        out.append(f"const aws::Shape& shape_of(const {cpp}*) {{ return {symbol(name)}; }}\n\n")
        return "".join(out)

    # -- files --

    def begin(self, includes):
        lines = [BANNER]
        lines.extend(f'#include "{path}"\n' for path in sorted(includes))
        lines.append("\n// The structs are no standard-layout types; that their members lie where offsetof says is what "
                     "clang and g++ promise.\n")
        lines.append('#pragma GCC diagnostic ignored "-Winvalid-offsetof"\n')
        lines.append(f"\nnamespace tarn::{self.api.namespace} {{\n\n")
        return "".join(lines)

    def end(self):
        return f"\n}}  // namespace tarn::{self.api.namespace}\n"

    def files(self):
        api = self.api
        self.operation_structs = {line.name + suffix for line in api.list.lines for suffix in ("Request", "Output")}
        self.operation_structs |= {api.type_names[shape] for shape in api.aliases.values()}
        result = {}
        simple = [name for name in sorted(api.users) if api.kind(name) != "structure"]
        shard_of, shards = {}, []
        for unit in api.units:
            if not shards or len(shards[-1]) + len(unit) > STRUCTS_A_FILE:
                shards.append([])
            shards[-1].extend(unit)
            for name in unit:
                shard_of[name] = len(shards) - 1
        containers = {}  # Lists and maps of structs stand where their struct is known.
        for name in simple:
            inner = api.structs_of(name) if api.kind(name) in ("list", "map") else []
            containers[name] = shard_of[inner[0]] if inner else None
        for number, shard in enumerate(shards):
            includes = {"aws/access.h", f"api/{api.api}/tables.h"}
            includes |= {self.headers.path(self.headers.home[name]) for name in shard}
            out = [self.begin(includes)]
            out.extend(self.struct_text(name) for name in shard)
            out.extend(self.shape_text(name) for name in simple if containers[name] == number)
            out.append(self.end())
            result[f"tables_{number}.cpp"] = "".join(out)
        result["scalars.cpp"] = self.scalars([name for name in simple if containers[name] is None])
        result["operations.cpp"] = self.operations()
        result["tables.h"] = self.header(simple)
        result["handlers.cpp"] = self.handlers()
        return result

    def keys_used(self):
        keys = {self.api.shapes[name]["key"]["shape"] for name in self.api.users if self.api.kind(name) == "map"}
        return sorted(keys)

    def scalars(self, simple):
        api = self.api
        out = [self.begin({"aws/access.h", f"api/{api.api}/enums.h", f"api/{api.api}/tables.h"})]
        keys = self.keys_used()
        for name in sorted(set(simple) | {key for key in keys if api.is_enum(key)}):
            if api.is_enum(name):
                values = ", ".join(literal(value) for value in api.shapes[name]["enum"])
                out.append(f"const std::string_view v_{name}[] = {{{values}}};\n")
        for name in simple:
            out.append(self.shape_text(name))
            if api.kind(name) == "enumeration":
                out.append(f"const aws::Shape& shape_of(const {api.type_names[name]}*) {{ return {symbol(name)}; }}\n")
        for name in keys:
            if api.is_enum(name):
                out.append(f'constinit const aws::Shape k_{name}{{.name = "{name}", .kind = aws::Kind::text, .values = v_{name}}};\n')
            elif name not in api.users:
                out.append(self.shape_text(name))
        for text, pattern in self.patterns.items():
            out.append(f"constinit const aws::Pattern {pattern}{{{literal(text)}}};\n")
        out.append(self.end())
        return "".join(out)

    def header(self, simple):
        api = self.api
        out = [BANNER, '#pragma once\n\n#include "aws/model.h"\n#include "aws/pattern.h"\n\n',
               f"namespace tarn::{api.namespace} {{\n\n"]
        declared = set(api.users) | {key for key in self.keys_used() if not api.is_enum(key)}
        out.extend(f"extern const aws::Shape {symbol(name)};\n" for name in sorted(declared))
        out.extend(f"extern const aws::Shape k_{name};\n" for name in self.keys_used() if api.is_enum(name))
        out.extend(f"extern const aws::Pattern {pattern};\n" for pattern in self.patterns.values())
        out.append(self.end())
        return "".join(out)

    # -- operations --

    def requirements(self, name):
        """Literal query strings, and what tells this operation from others of the same address."""
        model = self.api.service["operations"][name]
        path, _, query = model["http"]["requestUri"].partition("?")
        found = []
        for part in filter(None, query.split("&")):
            key, _, value = part.partition("=")
            found.append(("query", key, value))
        rivals = [other for other in self.api.service["operations"].values()
                  if other["http"]["method"] == model["http"]["method"] and other["http"]["requestUri"] == path +
                  ("?" + query if query else "") and other["name"] != name]
        if "input" in model:
            shape = self.api.shapes[model["input"]["shape"]]
            for member in shape.get("required", []):
                location = shape["members"][member].get("location")
                # A sub-resource that nobody else has is enough of an address: what it lacks is told by validation.
                if location == "querystring" and (rivals or not query) or location == "header" and rivals:
                    where = "query" if location == "querystring" else "header"
                    found.append((where, shape["members"][member].get("locationName", member), ""))
        return found

    def struct_symbol(self, line, side):
        model = self.api.service["operations"][line]
        suffix = "Request" if side == "input" else "Output"
        if side in model:
            return symbol(model[side]["shape"])
        return f"e_{line}{suffix}"

    def operation_text(self, name, line):
        api = self.api
        model = api.service["operations"][name]
        http = model["http"]
        fields = [f'.name = "{name}"', f'.method = "{http["method"]}"', f'.uri = "{http["requestUri"].split("?")[0]}"']
        before = []
        requirements = self.requirements(name) if api.is_rest() else []
        if line:
            fields.append(f".input = &{self.struct_symbol(name, 'input')}")
            fields.append(f".output = &{self.struct_symbol(name, 'output')}")
            output = model.get("output", {})
            if "resultWrapper" in output:
                fields.append(f'.result_wrapper = "{output["resultWrapper"]}"')
            if "locationName" in model.get("input", {}):
                fields.append(f'.input_root = "{model["input"]["locationName"]}"')
            root = output.get("locationName", output.get("shape"))
            if root:
                fields.append(f'.output_root = "{root}"')
            for label, table in (("actions", line.actions), ("resources", line.resources), ("keys", line.keys)):
                if not table:
                    continue
                fields.append(f".{label} = {label}_{name}")
                if label == "actions":
                    rows = [f'{{"{action}", "{member or ""}", {str(absent).lower()}}}' for action, member, absent in table]
                    before.append(f"const aws::ActionRule actions_{name}[] = {{{', '.join(rows)}}};\n")
                elif label == "resources":
                    rows = [literal(row) for row in table]
                    before.append(f"const std::string_view resources_{name}[] = {{{', '.join(rows)}}};\n")
                else:
                    rows = [f"{{{literal(key)}, {literal(value)}}}" for key, value in table]
                    before.append(f"const aws::KeyRule keys_{name}[] = {{{', '.join(rows)}}};\n")
            for flag in ("write", "data", "anonymous", "form"):
                if flag in line.flags:
                    fields.append(f".{flag} = true")
            fields.append(".listed = true")
            if model.get("bareRoot"):
                fields.append(".bare_root = true")
            fields.append(f".body_limit = {line.body_limit if line.body_limit is not None else api.body_limit}u")
        if requirements:
            rows = [f"{{aws::Requirement::In::{where}, {literal(key)}, {literal(value)}}}" for where, key, value in
                    requirements]
            before.append(f"const aws::Requirement requirements_{name}[] = {{{', '.join(rows)}}};\n")
            fields.append(f".requirements = requirements_{name}")
        if http.get("responseCode", 200) != 200:
            fields.append(f".status = {http['responseCode']}")
        if line and model.get("httpChecksum", {}).get("requestChecksumRequired"):
            fields.append(".checksum_required = true")
        return "".join(before), "    {" + ", ".join(fields) + "},\n"

    def operations(self):
        api = self.api
        includes = {"aws/access.h", f"api/{api.api}/model.h", f"api/{api.api}/tables.h"}
        includes |= {f"api/{api.api}/{names.snake(line.name)}.h" for line in api.list.lines
                     if any(line.name + suffix in api.empty for suffix in ("Request", "Output"))}
        out = [self.begin(includes)]
        for cpp in api.empty:
            status = f", .status_offset = offsetof({cpp}, http_status)" if api.is_rest() and cpp.endswith("Output") else ""
            out.append(f'constinit const aws::Shape e_{cpp}{{.name = "{cpp}", .kind = aws::Kind::structure, '
                       f".create = &aws::create<{cpp}>, .destroy = &aws::destroy<{cpp}>{status}}};\n")
            out.append(f"const aws::Shape& shape_of(const {cpp}*) {{ return e_{cpp}; }}\n")
        lines = {line.name: line for line in api.list.lines}
        rows = []
        for name in self.operation_names():
            before, row = self.operation_text(name, lines.get(name))
            out.append(before)
            rows.append(row)
        out.append("constinit const aws::Operation operations[] = {\n" + "".join(rows) + "};\n\n")
        out.append(self.model_text())
        out.append(self.end())
        return "".join(out)

    def operation_names(self):
        """The listed ones first, in their order, so that handlers need no holes."""
        listed = [line.name for line in self.api.list.lines]
        return listed + sorted(set(self.api.service["operations"]) - set(listed))

    def model_text(self):
        api, data = self.api, self.api.metadata
        protocols = data.get("protocols", [data["protocol"]])
        kinds = {"rest-xml": "rest_xml", "query": "query", "json": "json", "rest-json": "rest_json",
                 "smithy-rpc-v2-cbor": "rpc_cbor", "ec2": "query"}
        spoken = set(protocols) | set(api.patch.get("protocols", []))
        status = api.errors().get(names.identifier(api.validation), (api.validation, 400))[1]
        fields = [f'.name = "{api.api}"', f'.signing_name = "{data.get("signingName", data["endpointPrefix"])}"',
                  f'.target_prefix = "{data.get("targetPrefix", "")}"', f'.endpoint_prefix = "{data["endpointPrefix"]}"',
                  f'.version = "{data["apiVersion"]}"',
                  f".xml_namespace = {literal(api.patch.get('xml_namespace', data.get('xmlNamespace', '')))}",
                  f'.cbor_name = "{data.get("targetPrefix", "")}"', f".protocol = aws::Protocol::{kinds[data['protocol']]}",
                  f".speaks_query = {str('query' in spoken).lower()}", f".speaks_json = {str('json' in spoken).lower()}",
                  f".speaks_cbor = {str('smithy-rpc-v2-cbor' in spoken).lower()}",
                  f'.json_version = "{data.get("jsonVersion", "1.1")}"',
                  f'.validation = {{"{api.validation}", {status}}}', ".operations = operations"]
        return f"const aws::Model& model() {{\n  static const aws::Model model{{{', '.join(fields)}}};\n  return model;\n}}\n"

    def handlers(self):
        api = self.api
        includes = {"aws/service.h", f"api/{api.api}/model.h"}
        includes |= {f"api/{api.api}/{names.snake(line.name)}.h" for line in api.list.lines}
        out = [self.begin(includes), f"const aws::Handlers<{api.context}>& handlers() {{\n",
               f"  static const aws::Handlers<{api.context}> handlers = {{\n"]
        for line in api.list.lines:
            out.append(f"      aws::invoke<&{names.identifier(line.name)}>,\n")
        out.append("  };\n  return handlers;\n}\n")
        out.append(self.end())
        return "".join(out)


FIELD_ORDER = ["name", "kind", "min", "max", "pattern", "values", "members", "element", "key", "element_wire", "key_wire",
               "list", "map", "time", "flattened", "is_union", "sensitive", "xml_namespace", "xml_prefix", "create",
               "destroy", "status_offset"]


def order_fields(fields):
    """Designated initialisers stand in the order of their declaration."""
    return sorted(fields, key=lambda field: FIELD_ORDER.index(field.split(" ")[0][1:]))
