#include "objects/website.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tarn::objects {
namespace {

Website simple() {
  Website website;
  website.index_suffix = "index.html";
  return website;
}

std::string problem(const Website& website) {
  try {
    check(website);
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

std::string location(const Website& website, std::string_view key, int error = 0) {
  const auto redirect = redirect_of(website, key, error, "http", "site.test");
  return redirect ? std::to_string(redirect->status) + " " + redirect->location : "(none)";
}

TEST(Website, FoldersShowTheirIndex) {
  EXPECT_EQ(page_of(simple(), ""), "index.html");
  EXPECT_EQ(page_of(simple(), "a/"), "a/index.html");
  EXPECT_EQ(page_of(simple(), "a"), "a");
}

TEST(Website, RulesReplacePrefixesAndKeys) {
  Website website = simple();
  website.rules = {
      {.key_prefix = "docs/", .protocol = {}, .host = {}, .replace_key_prefix = "documents/"},
      {.key_prefix = "old", .protocol = "https", .host = "other.test", .status = 302, .replace_key = "n w"}};
  EXPECT_EQ(location(website, "docs/a b"), "301 http://site.test/documents/a%20b");
  EXPECT_EQ(location(website, "old.html"), "302 https://other.test/n%20w");
  EXPECT_EQ(location(website, "index.html"), "(none)");
  EXPECT_EQ(location(website, "docs/a", 404), "(none)");
}

TEST(Website, RulesForErrorsWaitForThem) {
  Website website = simple();
  website.rules = {{.key_prefix = "a/", .error_status = 404, .protocol = {}, .host = "x.test"},
                   {.error_status = 403, .protocol = {}, .host = "y.test", .replace_key_prefix = "report/"}};
  EXPECT_EQ(location(website, "a/b"), "(none)");
  EXPECT_EQ(location(website, "a/b", 404), "301 http://x.test/a/b");
  EXPECT_EQ(location(website, "b", 404), "(none)");
  EXPECT_EQ(location(website, "b", 403), "301 http://y.test/report/b");
}

TEST(Website, AllMayBeSentElsewhere) {
  Website website;
  website.redirect_all_host = "www.test";
  EXPECT_EQ(redirect_of_all(website, "/a%20b?c=d", "http")->location, "http://www.test/a%20b?c=d");
  website.redirect_all_protocol = "https";
  EXPECT_EQ(redirect_of_all(website, "/", "http")->location, "https://www.test/");
  EXPECT_EQ(redirect_of_all(simple(), "/", "http"), std::nullopt);
  EXPECT_EQ(problem(website), "(none)");
  website.index_suffix = "index.html";
  EXPECT_EQ(problem(website), "InvalidArgument");
}

TEST(Website, WhatCannotBeIsRefused) {
  EXPECT_EQ(problem(simple()), "(none)");
  EXPECT_EQ(problem(Website{}), "InvalidArgument");
  Website website = simple();
  website.index_suffix = "a/b";
  EXPECT_EQ(problem(website), "InvalidArgument");
  const auto rule = [](Website::Rule rule) {
    Website with = simple();
    with.rules = {std::move(rule)};
    return problem(with);
  };
  EXPECT_EQ(rule({.protocol = {}, .host = "a"}), "(none)");
  EXPECT_EQ(rule({.protocol = {}, .host = {}}), "InvalidRequest");
  EXPECT_EQ(rule({.protocol = "ftp", .host = {}}), "InvalidRequest");
  EXPECT_EQ(rule({.error_status = 200, .protocol = {}, .host = "a"}), "InvalidRequest");
  EXPECT_EQ(rule({.protocol = {}, .host = "a", .status = 300, .status_given = true}), "InvalidRequest");
  EXPECT_EQ(rule({.protocol = {}, .host = {}, .replace_key_prefix = "a", .replace_key = "b"}), "InvalidRequest");
  website = simple();
  website.rules.resize(most_website_rules + 1, {.protocol = {}, .host = "a"});
  EXPECT_EQ(problem(website), "InvalidRequest");
}

TEST(Website, ItIsKeptAsItIs) {
  Website website = simple();
  website.error_key = "error.html";
  website.rules = {{.key_prefix = "",
                    .error_status = 404,
                    .protocol = "https",
                    .host = "h",
                    .status = 307,
                    .replace_key = "k",
                    .status_given = true}};
  EXPECT_EQ(unpack_website(pack(website)), website);
  EXPECT_THROW(unpack_website(""), std::runtime_error);
  EXPECT_THROW(unpack_website(std::string(1, '\x07')), std::runtime_error);
}

}  // namespace
}  // namespace tarn::objects
