// Accessors of the C++ types in generated structs, one constant a type: for the generated tables only.
#pragma once

#include <string>
#include <utility>

#include "aws/model.h"
#include "aws/types.h"

namespace tarn::aws {

template <typename List>
inline constexpr ListAccess list_access{
    .size = [](const void* list) { return static_cast<const List*>(list)->size(); },
    .at = [](const void* list, std::size_t index) -> const void* {
      return static_cast<const List*>(list)->data() + index;
    },
    .append = [](void* list) -> void* { return &static_cast<List*>(list)->emplace_back(); }};

template <typename Map>
inline constexpr MapAccess map_access{
    .size = [](const void* map) { return static_cast<const Map*>(map)->size(); },
    .each =
        [](const void* map, void* sink, void (*visit)(void*, const std::string&, const void*)) {
          for (const auto& [key, value] : *static_cast<const Map*>(map)) visit(sink, key, &value);
        },
    .put = [](void* map, std::string key) -> void* { return &(*static_cast<Map*>(map))[std::move(key)]; }};

template <typename Slot>
inline constexpr SlotAccess slot_access{
    .get = [](const void* slot) -> const void* {
      const auto& value = *static_cast<const Slot*>(slot);
      return value ? &*value : nullptr;
    },
    .make = [](void* slot) -> void* { return &static_cast<Slot*>(slot)->emplace(); }};

template <typename Struct>
void* create() {
  return new Struct();
}
template <typename Struct>
void destroy(void* object) {
  delete static_cast<Struct*>(object);
}

}  // namespace tarn::aws
