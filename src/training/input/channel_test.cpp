#include "training/input/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/input/file_copy.h"
#include "training/input/test_lake.h"

namespace tarn::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> keys(const std::vector<LakeObject>& objects) {
  std::vector<std::string> result;
  for (const auto& object : objects) result.push_back(object.key);
  return result;
}

std::string refusal(Lake& lake, const ChannelSpec& spec) {
  try {
    resolve_channel(lake, spec);
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Channel, APrefixTakesEveryKeyThatBeginsWithIt) {
  TestLake lake;
  for (const char* key : {"data/train/b", "data/train/a/1", "data/train2/x", "data/test"}) lake.put("bucket", key, "x");
  auto content = resolve_channel(lake, {.name = "train", .uri = "s3://bucket/data/train"});
  EXPECT_THAT(keys(content.objects), ElementsAre("data/train/a/1", "data/train/b", "data/train2/x"));
  EXPECT_EQ(content.key_prefix, "data/");
  EXPECT_THAT(content.warnings, ElementsAre(HasSubstr("ends inside a name")));
  content = resolve_channel(lake, {.name = "train", .uri = "s3://bucket/data/train/"});
  EXPECT_EQ(content.objects.size(), 2u);
  EXPECT_EQ(content.key_prefix, "data/train/");
  EXPECT_TRUE(content.warnings.empty());
  EXPECT_THAT(refusal(lake, {.uri = "s3://bucket/none"}),
              HasSubstr("No S3 objects found under S3 URL \"s3://bucket/none\""));
  EXPECT_THAT(refusal(lake, {.uri = "http://bucket/none"}), HasSubstr("no S3 URI"));
}

TEST(Channel, AManifestKeepsItsOrder) {
  TestLake lake;
  for (const char* key : {"p/a", "p/b", "p/c/d"}) lake.put("bucket", key, "x");
  lake.put("bucket", "m", R"([{"prefix": "s3://bucket/p/"}, "c/d", "a"])");
  const auto content = resolve_channel(lake, {.data_type = DataType::manifest, .uri = "s3://bucket/m"});
  EXPECT_THAT(keys(content.objects), ElementsAre("p/c/d", "p/a"));
  EXPECT_EQ(content.key_prefix, "p/");
  EXPECT_THAT(keys(content.lineage), ElementsAre("m", "p/c/d", "p/a"));
  for (const char* broken : {"", "[]", "{}", R"([{"prefix": "s3://bucket/p/"}])", R"([{"prefix": 1}, "a"])",
                             R"([{"prefix": "s3://bucket/p/"}, 7])", R"([{"prefix": "s3://bucket/p/"}, "missing"])"}) {
    lake.put("bucket", "m", broken);
    EXPECT_NE(refusal(lake, {.data_type = DataType::manifest, .uri = "s3://bucket/m"}), "taken") << broken;
  }
}

TEST(Channel, AnAugmentedManifestNamesObjectsAndTexts) {
  TestLake lake;
  lake.put("bucket", "1.jpg", "image one");
  lake.put("bucket", "m",
           "{\"image-ref\": \"s3://bucket/1.jpg\", \"cat\": 1, \"name\": \"x\", \"deep\": {\"a\": [1, 2]}}\n\n");
  const ChannelSpec spec{.data_type = DataType::augmented_manifest,
                         .uri = "s3://bucket/m",
                         .attribute_names = {"cat", "image-ref", "deep", "name"}};
  const auto content = resolve_channel(lake, spec);
  ASSERT_EQ(content.lines.size(), 1u);
  const auto& attributes = content.lines[0].attributes;
  EXPECT_EQ(attributes[0].text, "1");
  EXPECT_EQ(attributes[1].object->key, "1.jpg");
  EXPECT_EQ(attributes[2].text, R"({"a":[1,2]})");
  EXPECT_EQ(attributes[3].text, "x");
  lake.put("bucket", "m", "{\"image-ref\": \"s3://bucket/1.jpg\"}\n");
  EXPECT_THAT(refusal(lake, spec), HasSubstr("Line 1 of s3://bucket/m has no attribute 'cat'"));
  lake.put("bucket", "m", "{\"image-ref\": \"s3://bucket/2.jpg\", \"cat\": 1, \"deep\": 1, \"name\": 1}");
  EXPECT_THAT(refusal(lake, spec), HasSubstr("s3://bucket/2.jpg, named by Line 1"));
}

TEST(EpochOrder, IsAFunctionOfSeedAndEpoch) {
  EXPECT_THAT(epoch_order(4, std::nullopt, 3, {}), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(epoch_order(50, 7, 1, {}), epoch_order(50, 7, 1, {}));
  EXPECT_NE(epoch_order(50, 7, 1, {}), epoch_order(50, 7, 2, {}));
  EXPECT_NE(epoch_order(50, 7, 1, {}), epoch_order(50, 8, 1, {}));
  auto sorted = epoch_order(50, -7, 9, {});
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, epoch_order(50, std::nullopt, 0, {}));
  // Replayed by the documented generator in another language.
  EXPECT_THAT(epoch_order(5, 0, 0, {}), ElementsAre(2, 3, 1, 4, 0));
}

TEST(EpochOrder, ShardsShareTheShuffledList) {
  EXPECT_THAT(epoch_order(5, std::nullopt, 0, {.index = 1, .count = 2}), ElementsAre(1, 3));
  auto first = epoch_order(9, 3, 4, {.index = 0, .count = 2});
  const auto second = epoch_order(9, 3, 4, {.index = 1, .count = 2});
  EXPECT_EQ(first.size(), 5u);
  EXPECT_EQ(second.size(), 4u);
  first.insert(first.end(), second.begin(), second.end());
  std::ranges::sort(first);
  EXPECT_EQ(first, epoch_order(9, std::nullopt, 0, {}));
}

class FileCopy : public testing::Test {
 protected:
  ~FileCopy() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder = "/tmp/tarn-file-copy-" + std::to_string(::getpid());
  TestLake lake;
  static bool stop() { return false; }

  std::string contents(const std::string& name) {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(FileCopy, KeepsTheKeysBelowThePrefix) {
  for (int i = 0; i < 20; ++i)
    lake.put("b", "p/" + std::to_string(i % 3) + "/" + std::to_string(i), std::string(100'000, 'a' + i));
  copy_files(lake, lake.list("b", "p/"), "p/", folder, stop);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(contents(std::to_string(i % 3) + "/" + std::to_string(i)), std::string(100'000, 'a' + i));
  }
}

TEST_F(FileCopy, RefusesNamesThatClashOrLeaveTheFolder) {
  lake.put("b", "p/a", "x");
  lake.put("b", "p/a/b", "x");
  EXPECT_THROW(copy_files(lake, lake.list("b", "p/"), "p/", folder, stop), InputError);
  EXPECT_THROW(file_name_of("p/../../etc/passwd", "p/"), InputError);
  EXPECT_THROW(file_name_of("p/", "p/"), InputError);
  EXPECT_THROW(file_name_of("p/" + std::string(300, 'x'), "p/"), InputError);
  EXPECT_EQ(file_name_of("p//etc/passwd", "p/"), "etc/passwd");
}

TEST_F(FileCopy, AnObjectThatIsGoneFails) {
  auto objects = std::vector<LakeObject>{{.bucket = "b", .key = "gone", .version = "", .e_tag = "", .size = 1}};
  EXPECT_THROW(copy_files(lake, objects, "", folder, stop), Error);
}

}  // namespace
}  // namespace tarn::training
