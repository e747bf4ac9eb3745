#include "base/page_token.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(PageToken, GivesThePlaceBack) {
  for (const std::string& place : {std::string("table_7"), std::string(), std::string("a\0b/\xFF", 5)}) {
    EXPECT_EQ(page_place("ListThings", page_token("ListThings", place)), place);
  }
}

TEST(PageToken, IsOfOneListOnly) {
  const std::string token = page_token("ListThings/one", "place");
  EXPECT_EQ(page_place("ListThings/two", token), std::nullopt);
  EXPECT_EQ(page_place("ListThings/on", page_token("ListThings/one", "")), std::nullopt);
}

TEST(PageToken, RefusesWhatIsNone) {
  const std::string token = page_token("ListThings", "place");
  for (const std::string_view bogus : {"", "bogus", "place", "AAAA", "AAAAAAAAAAAAAAAA", "%%%"}) {
    EXPECT_EQ(page_place("ListThings", bogus), std::nullopt) << bogus;
  }
  EXPECT_EQ(page_place("ListThings", token.substr(0, token.size() - 4)), std::nullopt);
  std::string changed = token;
  changed[13] = changed[13] == 'A' ? 'B' : 'A';
  EXPECT_EQ(page_place("ListThings", changed), std::nullopt);
}

}  // namespace
}  // namespace tarn
