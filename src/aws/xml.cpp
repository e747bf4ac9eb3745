#include "aws/xml.h"

#include <pugixml.hpp>

#include "aws/query_names.h"
#include "aws/types.h"
#include "base/names.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kMaxDepth = 64;

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view local_name(const pugi::xml_node& node) {
  return local_name(std::string_view(node.name()));
}

void read_value(const Shape& shape, void* value, const pugi::xml_node& node, TimeFormat time, const Path& path,
                Reading& reading, std::size_t depth);

const Member* member_named(const Shape& shape, std::string_view name, bool body_only) {
  for (const Member& member : shape.members) {
    if (body_only && member.location != Location::body) continue;
    if (!member.xml_attribute && member.wire == name) return &member;
  }
  return nullptr;
}

void read_attributes(const Shape& shape, void* object, const pugi::xml_node& node, const Path* path, Seen& seen,
                     Reading& reading) {
  for (const Member& member : shape.members) {
    if (!member.xml_attribute) continue;
    for (const pugi::xml_attribute attribute : node.attributes()) {
      if (local_name(std::string_view(attribute.name())) != local_name(member.wire)) continue;
      seen.mark(shape, member);
      set_text(*member.shape, make_member(member, object), attribute.value(), time_format(member, TimeFormat::iso8601),
               Path{.parent = path, .name = member.name}, reading);
    }
  }
}

void read_entry(const Shape& shape, void* map, const pugi::xml_node& entry, const Path& path, Reading& reading,
                std::size_t depth) {
  std::string key;
  pugi::xml_node value;
  for (const pugi::xml_node child : entry.children()) {
    if (local_name(child) == shape.key_wire) key = child.text().get();
    if (local_name(child) == shape.element_wire) value = child;
  }
  read_value(*shape.element, shape.map->put(map, key), value, time_format(*shape.element, TimeFormat::iso8601),
             Path{.parent = &path, .name = key}, reading, depth + 1);
}

void read_structure(const Shape& shape, void* object, const pugi::xml_node& node, const Path* path, bool body_only,
                    Reading& reading, std::size_t depth) {
  Seen seen;
  read_attributes(shape, object, node, path, seen, reading);
  std::bitset<512> made;  // Flattened members' containers that exist already.
  for (const pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    const Member* member = member_named(shape, local_name(child), body_only);
    if (!member) continue;
    const Path at{.parent = path, .name = member->name};
    if (!path) reading.member = member;
    const std::size_t index = static_cast<std::size_t>(member - &shape.members[0]);
    seen.mark(shape, *member);
    const TimeFormat time = time_format(*member, TimeFormat::iso8601);
    const bool container = member->shape->kind == Kind::list || member->shape->kind == Kind::map;
    if (!member->flattened || !container) {
      read_value(*member->shape, make_member(*member, object), child, time, at, reading, depth + 1);
      continue;
    }
    void* const into =
        made.test(index) ? const_cast<void*>(member_value(*member, object)) : make_member(*member, object);
    made.set(index);
    if (member->shape->kind == Kind::list) {
      const Path item{.parent = &at, .name = {}, .index = member->shape->list->size(into) + 1};
      read_value(*member->shape->element, member->shape->list->append(into), child,
                 time_format(*member->shape->element, TimeFormat::iso8601), item, reading, depth + 1);
    } else {
      read_entry(*member->shape, into, child, at, reading, depth);
    }
  }
  if (!path) reading.member = nullptr;
  seen.report(shape, path, reading, body_only);
}

void read_value(const Shape& shape, void* value, const pugi::xml_node& node, TimeFormat time, const Path& path,
                Reading& reading, std::size_t depth) {
  if (depth > kMaxDepth) throw Malformed("The document is nested too deeply", reading.member);
  switch (shape.kind) {
    case Kind::structure:
      return read_structure(shape, value, node, &path, false, reading, depth);
    case Kind::list: {
      std::size_t index = 0;
      for (const pugi::xml_node child : node.children()) {
        if (child.type() != pugi::node_element || local_name(child) != shape.element_wire) continue;
        const Path at{.parent = &path, .name = {}, .index = ++index};
        read_value(*shape.element, shape.list->append(value), child, time_format(*shape.element, TimeFormat::iso8601),
                   at, reading, depth + 1);
      }
      return;
    }
    case Kind::map:
      for (const pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_element) read_entry(shape, value, child, path, reading, depth);
      }
      return;
    case Kind::stream:
      return;
    default:
      if (node.find_child([](const pugi::xml_node& child) { return child.type() == pugi::node_element; })) {
        throw Malformed("An element was found where text is expected, at '" + path.text() + "'", reading.member);
      }
      set_text(shape, value, node.text().get(), time, path, reading);
  }
}

struct MapSink {
  XmlWriter& xml;
  const Shape& map;
  std::string_view entry;
};

void write_entries(XmlWriter& xml, const Shape& shape, const void* value, std::string_view entry) {
  MapSink sink{xml, shape, entry};
  shape.map->each(value, &sink, [](void* to, const std::string& key, const void* item) {
    auto& [into, map, name] = *static_cast<MapSink*>(to);
    into.open(name).element(map.key_wire, key);
    write_xml_element(into, *map.element, item, map.element_wire, time_format(*map.element, TimeFormat::iso8601),
                      false);
    into.close();
  });
}

}  // namespace

void read_xml(const Shape& shape, void* object, std::string_view text, std::string_view root, const Path* path,
              bool body_only, Reading& reading) {
  pugi::xml_document document;
  // A text that is all blanks counts where it is all that an element has: a delimiter may be one.
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const auto result = document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!result) throw Malformed(std::string("The document is not well-formed: ") + result.description());
  const pugi::xml_node node = document.document_element();
  if (!root.empty() && local_name(node) != root) {
    throw Malformed("The root element is '" + std::string(local_name(node).substr(0, 100)) + "' where '" +
                    std::string(root) + "' is expected");
  }
  if (!is_utf8(text)) throw Malformed("The document is not UTF-8");
  read_structure(shape, object, node, path, body_only, reading, 0);
}

void write_xml_element(XmlWriter& xml, const Shape& shape, const void* value, std::string_view name, TimeFormat time,
                       bool flattened, std::string_view xml_namespace) {
  switch (shape.kind) {
    case Kind::structure:
      xml.open(name, shape.xml_prefix.empty() ? xml_namespace : std::string_view());
      if (!shape.xml_prefix.empty()) {
        xml.attribute("xmlns:" + std::string(shape.xml_prefix), shape.xml_namespace);
      }
      for (const Member& member : shape.members) {
        if (!member.xml_attribute) continue;
        if (const void* attribute = member_value(member, value)) {
          xml.attribute(member.wire, text_of(*member.shape, attribute, time_format(member, TimeFormat::iso8601)));
        }
      }
      write_xml_members(xml, shape, value, false);
      xml.close();
      return;
    case Kind::list: {
      if (!flattened) xml.open(name, xml_namespace);
      const std::size_t size = shape.list->size(value);
      for (std::size_t i = 0; i < size; ++i) {
        write_xml_element(xml, *shape.element, shape.list->at(value, i), flattened ? name : shape.element_wire,
                          time_format(*shape.element, TimeFormat::iso8601), false);
      }
      if (!flattened) xml.close();
      return;
    }
    case Kind::map:
      if (flattened) {
        write_entries(xml, shape, value, name);
      } else {
        xml.open(name, xml_namespace);
        write_entries(xml, shape, value, "entry");
        xml.close();
      }
      return;
    case Kind::stream:
      return;
    case Kind::text:
      xml.element(name, *static_cast<const std::string*>(value));
      return;
    case Kind::enumeration:
      xml.element(name, enum_text(shape, *static_cast<const std::uint16_t*>(value)));
      return;
    default:
      xml.element(name, text_of(shape, value, time));
  }
}

void write_xml_members(XmlWriter& xml, const Shape& shape, const void* object, bool body_only) {
  for (const Member& member : shape.members) {
    if (member.xml_attribute || (body_only && member.location != Location::body)) continue;
    const void* value = member_value(member, object);
    if (!value) continue;
    write_xml_element(xml, *member.shape, value, member.flattened ? flattened_name(member) : member.wire,
                      time_format(member, TimeFormat::iso8601), member.flattened, member.xml_namespace);
  }
}

}  // namespace tarn::aws
