#include "base/unicode.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Unicode, LowersLettersOfAllScripts) {
  EXPECT_EQ(to_lower_letters("Plain_1"), "plain_1");
  EXPECT_EQ(to_lower_letters("GRÖSSE Äpfel straße"), "grösse äpfel straße");
  EXPECT_EQ(to_lower_letters("NAÏVE ŁÓDŹ ŽIŽKA Ÿ"), "naïve łódź žižka ÿ");
  EXPECT_EQ(to_lower_letters("ПРИВЕТ ЁЛКА Ґ"), "привет ёлка ґ");
  EXPECT_EQ(to_lower_letters("ΑΘΗΝΑ ΆΝΩ"), "αθηνα άνω");
  EXPECT_EQ(to_lower_letters("ԱԲ Ა Ⴀ ＡＢＣ"), "աբ ა ⴀ ａｂｃ");
  EXPECT_EQ(to_lower_letters("𐐀𞤀"), "𐐨𞤢");        // Four bytes.
  EXPECT_EQ(to_lower_letters("Ⱥ ẞ K"), "ⱥ ß k");  // Lengths differ.
}

TEST(Unicode, LeavesTheRestAlone) {
  EXPECT_EQ(to_lower_letters(""), "");
  EXPECT_EQ(to_lower_letters("日本語 ١٢٣ 🙂 ß ÷×"), "日本語 ١٢٣ 🙂 ß ÷×");
}

TEST(Unicode, KeepsWhatIsNoText) {
  EXPECT_EQ(to_lower_letters("A\xFF\xC3"), "a\xFF\xC3");
  EXPECT_EQ(to_lower_letters("\xE2\x82Z"), "\xE2\x82z");
  EXPECT_EQ(to_lower_letters("\x80\xC3\x84"), "\x80\xC3\xA4");
}

TEST(Unicode, MapsLettersOfAnyScript) {
  EXPECT_EQ(map_letters("ÀÉÎ Straße ΑΒΓ ДОМ Ǆ x1!", simple_lower), "àéî straße αβγ дом ǆ x1!");
  EXPECT_EQ(map_letters("àéî αβγς дом ǆ x1!", simple_upper), "ÀÉÎ ΑΒΓΣ ДОМ Ǆ X1!");
  EXPECT_EQ(map_letters("𐐀", simple_lower), "𐐨") << "four bytes";
  EXPECT_EQ(map_letters("ⱥ", simple_upper), "Ⱥ") << "three bytes become two";
  EXPECT_EQ(map_letters("日本", simple_upper), "日本");
  EXPECT_EQ(map_letters("", simple_upper), "");
}

TEST(Unicode, MapsNothingThatIsNoText) {
  for (const char* broken :
       {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    EXPECT_EQ(map_letters(std::string("a") + broken + "z", simple_upper), std::string("A") + broken + "Z");
  }
}

}  // namespace
}  // namespace tarn
