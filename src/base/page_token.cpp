#include "base/page_token.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace tarn {
namespace {

constexpr std::size_t mark_bytes = 8;

std::string mark(std::string_view list, std::string_view place) {
  const Sha256 digest = sha256(std::string(list) + '\0' + std::string(place));
  return std::string(as_text(std::span(digest).first(mark_bytes)));
}

}  // namespace

std::string page_token(std::string_view list, std::string_view place) {
  return to_base64(as_bytes(mark(list, place) + std::string(place)));
}

std::optional<std::string> next_page(std::string_view list, std::string_view place) {
  return place.empty() ? std::nullopt : std::optional(page_token(list, place));
}

std::optional<std::string> page_place(std::string_view list, std::string_view token) {
  const auto text = from_base64(token);
  if (!text || text->size() < mark_bytes) return std::nullopt;
  std::string place = text->substr(mark_bytes);
  if (text->substr(0, mark_bytes) != mark(list, place)) return std::nullopt;
  return place;
}

}  // namespace tarn
