#include "objects/tags.h"

#include <gtest/gtest.h>

#include "objects/errors.h"

namespace tarn::objects {
namespace {

void expect_refused(std::string key, std::string value, Tags tags = {}) {
  try {
    add_tag(tags, key, value);
    ADD_FAILURE() << key;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::invalid_tag);
  }
}

TEST(Tags, KeepTheirOrder) {
  Tags tags;
  add_tag(tags, "b", "1");
  add_tag(tags, "a", "");
  set_tag(tags, "c", "3");
  set_tag(tags, "b", "2");
  EXPECT_EQ(tags, (Tags{{"b", "2"}, {"a", ""}, {"c", "3"}}));
}

TEST(Tags, HaveLengthsInCharacters) {
  Tags tags;
  std::string letters;
  for (int i = 0; i < 128; ++i) letters += "ä";
  add_tag(tags, letters, letters + letters);
  expect_refused(letters + "x", "");
  expect_refused("key", letters + letters + "x");
}

TEST(Tags, RefusesWhatNoTagIs) {
  expect_refused("", "value");
  expect_refused("aws:mine", "value");
  expect_refused("\xff", "value");
  expect_refused("key", "\xff");
  expect_refused("key", "2", {{"key", "1"}});
}

}  // namespace
}  // namespace tarn::objects
