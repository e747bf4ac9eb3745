#include "select/letters.h"

#include <gtest/gtest.h>

namespace tarn::select {
namespace {

TEST(Letters, OfAnyScript) {
  EXPECT_EQ(lower_case("ÀÉÎ Straße ΑΒΓ ДОМ Ǆ x1!"), "àéî straße αβγ дом ǆ x1!");
  EXPECT_EQ(upper_case("àéî αβγς дом ǆ x1!"), "ÀÉÎ ΑΒΓΣ ДОМ Ǆ X1!");
  EXPECT_EQ(lower_case("𐐀"), "𐐨") << "four bytes";
  EXPECT_EQ(upper_case("ⱥ"), "Ⱥ") << "three bytes become two";
  EXPECT_EQ(upper_case("日本"), "日本");
  EXPECT_EQ(upper_case(""), "");
}

TEST(Letters, WhatIsNoTextStays) {
  for (const char* broken :
       {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    EXPECT_EQ(upper_case(std::string("a") + broken + "z"), std::string("A") + broken + "Z");
  }
}

}  // namespace
}  // namespace tarn::select
