#include "meta/store.h"

namespace tarn::meta {

RowKey end_of_prefix(std::string_view prefix) {
  RowKey end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace tarn::meta
