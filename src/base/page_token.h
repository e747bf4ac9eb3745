// Tokens of pages: where a list goes on, in a form that only this list takes back.
//
// A client that sends another list's token, a cut one or none of ours must hear so: a page from a wrong place looks
// like an answer. A token holds no secret and is no permission; what stands behind it is asked for anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn {

// `list` names the operation and whatever else the place depends on.
std::string page_token(std::string_view list, std::string_view place);
// The token of the next page; none where `place` is empty, since there is no further page.
std::optional<std::string> next_page(std::string_view list, std::string_view place);
// None: it is no token of this list.
std::optional<std::string> page_place(std::string_view list, std::string_view token);

}  // namespace tarn
