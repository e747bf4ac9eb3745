"""Values for a botocore shape with every member set, and what Tarn's tables should make of them."""

import base64
import datetime
import email.utils

# Every kind of character that some protocol must escape; headers and the like take less.
TEXT = "ä <&\"'> \\ + % ü\U0001F600 {0}"
PLAIN = "plain-{0}"
MAX_DEPTH = 7


class Sampler:
    """Makes sample values; `variant` chooses among a union's members, an enum's values and odd numbers."""

    def __init__(self, variant):
        self.variant = variant
        self.count = 0

    def number(self):
        self.count += 1
        return self.count

    def structure(self, shape, depth=0):
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [members[self.variant % len(members)]]
        value = {}
        for name, member in members:
            required = name in shape.required_members
            if member.type_name in ("structure", "list", "map") and depth > MAX_DEPTH and not required:
                continue
            if getattr(member, "is_eventstream", False) or member.serialization.get("eventstream"):
                continue
            location = member.serialization.get("location")
            value[name] = self.value(member, depth + 1, location)
        return value

    def value(self, shape, depth, location=None):
        kind = shape.type_name
        if kind == "structure":
            if shape.is_document_type:
                return {"any": [1, "two", None, {"three": True}]}
            return self.structure(shape, depth)
        if kind == "list":
            count = 1 if depth > MAX_DEPTH else 2
            return [self.value(shape.member, depth + 1, location) for _ in range(count)]
        if kind == "map":
            return {self.text(shape.key, True): self.value(shape.value, depth + 1, location) for _ in range(2)}
        if kind == "boolean":
            return (self.number() + self.variant) % 2 == 0
        if kind in ("integer", "long"):
            small = self.number()
            return -small if self.variant else small + (1 << 40 if kind == "long" else 0)
        if kind in ("float", "double"):
            return self.number() + 0.5
        if kind == "timestamp":
            return datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(minutes=self.number())
        if kind == "blob":
            return b"\x00\xff bytes %d" % self.number()
        return self.text(shape, location is not None)

    def text(self, shape, plain):
        if shape.enum:
            return shape.enum[self.variant % len(shape.enum)]
        return (PLAIN if plain else TEXT).format(self.number())


def told(shape, value):
    """The JSON that Tarn tells of a struct: by wire names, bytes in base64, times in seconds."""
    if shape.type_name == "structure" and shape.is_document_type:
        return value
    if shape.type_name == "structure":
        return {member.serialization.get("name", name): told(member, value[name])
                for name, member in shape.members.items() if name in value}
    if shape.type_name == "list":
        return [told(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: told(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        style = shape.serialization.get("timestampFormat")
        if style == "iso8601":
            return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return email.utils.format_datetime(value, usegmt=True) if style == "rfc822" else value.timestamp()
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value
