"""How the model's names are spelled in C++."""

import re

KEYWORDS = set(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await co_return co_yield compl
    concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else
    enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq
    nullptr operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename
    union unsigned using virtual void volatile wchar_t while xor xor_eq linux unix errno stdin stdout""".split()
)

# What handlers say unqualified and mean Tarn's own.
RESERVED_TYPES = {"Error", "ErrorCode", "Task", "Timestamp", "Milliseconds", "ByteStream", "ByteRange", "Executor"}

# Words whose inner capitals or digits are one word.
WHOLE = ["SSEKMS=Sse_Kms", "CRC64NVME=Crc64nvme", "CRC32C=Crc32c", "XXHASH64=Xxhash64", "XXHASH128=Xxhash128", "XXHASH3=Xxhash3", "LFTags=Lf_Tags", "LFTag=Lf_Tag",
         "vCPU=Vcpu", "IPv4=Ipv4", "IPv6=Ipv6", "OAuth2=Oauth2"]


def snake(name):
    """GetObjectACL -> get_object_acl; ETag -> e_tag; URIs -> uris."""
    for rule in WHOLE:
        word, instead = rule.split("=")
        name = name.replace(word, "_" + instead + "_")
    name = re.sub(r"[^A-Za-z0-9]+", "_", name)
    name = re.sub(r"([A-Z]{2,})s(?=$|[A-Z_])", lambda m: "_" + m.group(1).capitalize() + "s_", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"_+", "_", name).strip("_").lower()


def identifier(name):
    """A member or a function: snake case, and no keyword."""
    text = snake(name)
    if not text or text[0].isdigit():
        text = "v" + text
    return text + "_" if text in KEYWORDS else text


def enumerators(values):
    """The C++ names of an enumeration's values, all different."""
    names = []
    for value in values:
        text = identifier(value.replace("*", " all").replace("+", " plus ")) if value else "empty"
        if value.isupper():
            text = identifier(value.lower())
        while text in names:
            text += "_"
        names.append(text)
    return names


def type_name(name):
    name = name[0].upper() + name[1:]
    return name + "Shape" if name in RESERVED_TYPES else name


# APIs whose own name is the namespace of a domain (src/events).
NAMESPACES = {"events": "eventbridge"}


def namespace(api):
    return NAMESPACES.get(api, api.replace("-", "_"))


def context(api):
    return "".join(word.capitalize() for word in namespace(api).split("_"))


def literal(text):
    """A C++ string literal."""
    out = ['"']
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif char == "\t":
            out.append("\\t")
        elif ord(char) < 32 or ord(char) == 127:
            out.append("\\%03o" % ord(char))
        else:
            out.append(char)
    return "".join(out) + '"'
