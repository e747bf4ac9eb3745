#include "app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(ServeOptions, NeedNothing) {
  const ServeOptions options = serve_options({});
  EXPECT_EQ(options.data_dir, "./tarn-data");
  EXPECT_THAT(options.listen, ElementsAre("127.0.0.1:9320"));
  EXPECT_EQ(options.region, "us-east-1");
  EXPECT_FALSE(options.tls);
  EXPECT_FALSE(options.test_clock);
}

TEST(ServeOptions, TheCommandLineGoesBeforeVariablesAndThoseBeforeTheFile) {
  const Given line = {{"region", {"eu-west-1"}}};
  const Given environment = settings_of_environment([](const char* name) -> const char* {
    const std::string_view variable = name;
    if (variable == "TARN_REGION") return "eu-west-2";
    if (variable == "TARN_DATA_DIR") return "/from/environment";
    if (variable == "TARN_DOMAIN") return "s3.test,s3.example";
    if (variable == "TARN_TLS") return "";
    return nullptr;
  });
  const Given file = settings_of_toml(
      "region = 'eu-west-3'\ndata_dir = '/from/file'\nthreads = 3\ntls = true\nlisten = ['a:1', 'b:2']\n"
      "[tier]\nGLACIER = '/mnt/cold'\n",
      "tarn.toml");
  const ServeOptions options = serve_options({line, environment, file});
  EXPECT_EQ(options.region, "eu-west-1");
  EXPECT_EQ(options.data_dir, "/from/environment");
  EXPECT_THAT(options.domains, ElementsAre("s3.test", "s3.example"));
  EXPECT_EQ(options.threads, 3u);
  EXPECT_TRUE(options.tls && options.tls->self_made);
  EXPECT_THAT(options.listen, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(options.tiers.at("GLACIER"), "/mnt/cold");
}

TEST(ServeOptions, AFlagCanBeTakenBack) {
  EXPECT_FALSE(serve_options({{{"relaxed", {"false"}}}, {{"relaxed", {"true"}}}}).relaxed);
}

TEST(ServeOptions, BoundWhatQueriesMayTake) {
  const ServeOptions given =
      serve_options({{{"query-memory", {"512"}}, {"query-spill", {"0"}}, {"query-threads", {"3"}}}});
  EXPECT_EQ(given.query_memory_mib, 512u);
  EXPECT_EQ(given.query_spill_mib, 0u);
  EXPECT_EQ(given.query_threads, 3u);
  EXPECT_FALSE(serve_options({}).query_memory_mib);
  EXPECT_FALSE(serve_options({}).metadata_cache_mib);
  EXPECT_EQ(serve_options({{{"metadata-cache", {"256"}}}}).metadata_cache_mib, 256u);
}

TEST(ServeOptions, SayWhatIsWrong) {
  const auto refused = [](Given given) { return [given] { serve_options({given}); }; };
  EXPECT_THAT(refused({{"threads", {"many"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("threads: not a number")));
  EXPECT_THAT(refused({{"threads", {"0"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("from 1 to 256")));
  EXPECT_THAT(refused({{"query-memory", {"1"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("from 64 to ")));
  EXPECT_THAT(refused({{"metadata-cache", {"1"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("from 16 to ")));
  EXPECT_THAT(refused({{"tls-key", {"x"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("go together")));
  EXPECT_THAT(refused({{"tier", {"GLACIER"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("not CLASS=DIR")));
  EXPECT_THAT(refused({{"tier", {"COLD=/mnt"}}}),
              ThrowsMessage<std::runtime_error>(HasSubstr("no such storage class: COLD")));
  EXPECT_THAT(refused({{"listen", {"127.0.0.1:99999"}}}),
              ThrowsMessage<std::runtime_error>(HasSubstr("not a number from 0 to 65535: 99999")));
  EXPECT_THAT(refused({{"listen", {"127.0.0.1"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("not HOST:PORT")));
  EXPECT_THAT(refused({{"region", {"EU West"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("region: not of")));
  EXPECT_THAT(refused({{"relaxed", {"maybe"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("neither true nor")));
  EXPECT_THAT(refused({{"log-level", {"loud"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("none of debug")));
  EXPECT_THAT(refused({{"colour", {"red"}}}), ThrowsMessage<std::runtime_error>(HasSubstr("no such setting: colour")));
  EXPECT_THAT([] { settings_of_toml("region = 'a'\ncolour = 'red'\n", "tarn.toml"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("tarn.toml, line 2: no such setting: colour")));
  EXPECT_THAT([] { settings_of_toml("region = \n", "tarn.toml"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("tarn.toml, line 1: ")));
  EXPECT_THAT([] { settings_of_toml("region = 1.5\n", "tarn.toml"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("not a value for region")));
}

TEST(Environment, UnknownVariablesAreNotSettings) {
  EXPECT_THAT(settings_of_environment([](const char*) -> const char* { return nullptr; }), IsEmpty());
}

}  // namespace
}  // namespace tarn::app
