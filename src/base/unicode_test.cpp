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

}  // namespace
}  // namespace tarn
