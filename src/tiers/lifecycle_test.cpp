#include "tiers/lifecycle.h"

#include <gtest/gtest.h>

#include "objects/errors.h"

namespace tarn::tiers {
namespace {

using objects::Versioning;
using enum objects::StorageClass;

Timestamp at(std::string_view text) {
  return *parse_iso8601(text);
}

std::string refusal(Lifecycle lifecycle) {
  try {
    check(lifecycle);
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

Rule moves(StorageClass to, std::uint32_t days) {
  return {.id = "r", .transitions = {{.when = {.days = days}, .to = to}}};
}
Rule expires(std::uint32_t days) {
  return {.id = "e", .expiration = Expiration{.when = When{.days = days}}};
}

// ---- dates: the examples of the user guide

struct DueCase {
  std::string_view from;
  std::uint32_t days;
  std::string_view due;
};
class DueTime : public ::testing::TestWithParam<DueCase> {};
TEST_P(DueTime, IsTheNextMidnight) {
  EXPECT_EQ(iso8601_seconds(due_time(at(GetParam().from), GetParam().days)), GetParam().due);
}
INSTANTIATE_TEST_SUITE_P(, DueTime,
                         ::testing::Values(DueCase{"2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z"},
                                           DueCase{"2014-01-15T23:59:59Z", 1, "2014-01-17T00:00:00Z"},
                                           DueCase{"2014-01-15T00:00:00Z", 1, "2014-01-16T00:00:00Z"},
                                           DueCase{"2014-01-15T00:00:01Z", 0, "2014-01-16T00:00:00Z"},
                                           DueCase{"2016-02-28T12:00:00Z", 1, "2016-03-01T00:00:00Z"},
                                           DueCase{"2013-12-31T12:00:00Z", 365, "2015-01-01T00:00:00Z"}));

TEST(ShortDays, HaveNearerMidnights) {
  const Milliseconds ten_seconds(10'000);
  EXPECT_EQ(due_time(from_millis(1'000'003'000), 2, ten_seconds), from_millis(1'000'030'000));
  EXPECT_EQ(due_time(from_millis(1'000'000'000), 2, ten_seconds), from_millis(1'000'020'000));
}

// ---- the waterfall

TEST(MayMove, OnlyDownTheWaterfall) {
  const std::vector<StorageClass> classes{standard,   standard_ia, intelligent_tiering, onezone_ia,
                                          glacier_ir, glacier,     deep_archive};
  const std::vector<std::string> allowed{
      // to: STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE
      "-xxxxxx",  // from STANDARD
      "--xxxxx",  // STANDARD_IA
      "---xxxx",  // INTELLIGENT_TIERING
      "-----xx",  // ONEZONE_IA
      "-----xx",  // GLACIER_IR
      "------x",  // GLACIER
      "-------",  // DEEP_ARCHIVE
  };
  for (std::size_t from = 0; from < classes.size(); ++from) {
    for (std::size_t to = 0; to < classes.size(); ++to) {
      EXPECT_EQ(may_move(classes[from], classes[to]), allowed[from][to] == 'x')
          << name_of(classes[from]) << " to " << name_of(classes[to]);
    }
  }
}

// ---- decisions

constexpr std::uint64_t large = 1 << 20;
constexpr std::string_view made = "2024-01-01T12:00:00Z";

struct DecisionCase {
  std::string_view name;
  Lifecycle lifecycle;
  Candidate candidate;
  Versioning versioning = Versioning::never;
  std::string_view now = "2024-03-01T00:00:00Z";  // 59.5 days after `made`.
  Action::Kind kind = Action::Kind::none;
  StorageClass to = standard;
};
void PrintTo(const DecisionCase& each, std::ostream* out) {
  *out << each.name;
}

Candidate current(std::uint64_t size = large, StorageClass storage_class = standard) {
  return {.key = "raw/flights.csv", .size = size, .modified = at(made), .storage_class = storage_class};
}
Candidate noncurrent(std::uint32_t newer, std::string_view since = made) {
  Candidate candidate = current();
  candidate.latest = false;
  candidate.noncurrent_since = at(since);
  candidate.newer_noncurrent = newer;
  return candidate;
}
Candidate marker(bool alone) {
  Candidate candidate = current(0);
  candidate.delete_marker = true;
  candidate.alone = alone;
  return candidate;
}
Lifecycle with(std::vector<Rule> rules) {
  return {.rules = std::move(rules)};
}
Rule filtered(Rule rule, Filter filter) {
  rule.filter = std::move(filter);
  return rule;
}
const objects::Tags tags{{"class", "cold"}, {"team", "ml"}};

class Decide : public ::testing::TestWithParam<DecisionCase> {};
TEST_P(Decide, AsAwsDoes) {
  const DecisionCase& given = GetParam();
  const Action action = decide(given.lifecycle, given.candidate, given.versioning, at(given.now));
  EXPECT_EQ(action.kind, given.kind);
  if (given.kind == Action::Kind::transition) EXPECT_EQ(name_of(action.to), name_of(given.to));
}

using K = Action::Kind;
INSTANTIATE_TEST_SUITE_P(
    Transitions, Decide,
    ::testing::Values(
        DecisionCase{"not yet due", with({moves(glacier, 60)}), current()},
        DecisionCase{"due", with({moves(glacier, 59)}), current(), Versioning::never, "2024-03-01T00:00:00Z",
                     K::transition, glacier},
        DecisionCase{"the midnight counts", with({moves(glacier, 59)}), current(), Versioning::never,
                     "2024-02-29T23:59:59Z"},
        DecisionCase{"at once", with({moves(glacier, 0)}), current(), Versioning::never, "2024-01-02T00:00:00Z",
                     K::transition, glacier},
        DecisionCase{"there already", with({moves(glacier, 1)}), current(large, glacier)},
        DecisionCase{"below already", with({moves(standard_ia, 30)}), current(large, glacier)},
        DecisionCase{"under 128 KiB", with({moves(standard_ia, 30)}), current((128 << 10) - 1)},
        DecisionCase{"128 KiB", with({moves(standard_ia, 30)}), current(128 << 10), Versioning::never,
                     "2024-03-01T00:00:00Z", K::transition, standard_ia},
        DecisionCase{"small, with a size filter",
                     with({filtered(moves(standard_ia, 30), {.form = Filter::Form::greater_than, .greater_than = 10})}),
                     current(11), Versioning::never, "2024-03-01T00:00:00Z", K::transition, standard_ia},
        DecisionCase{"small, archives allowed",
                     {.rules = {moves(glacier, 1)}, .small_objects_may_archive = true},
                     current(1),
                     Versioning::never,
                     "2024-03-01T00:00:00Z",
                     K::transition,
                     glacier},
        DecisionCase{"small, archives allowed, but not this",
                     {.rules = {moves(glacier_ir, 1)}, .small_objects_may_archive = true},
                     current(1)},
        DecisionCase{"the cheaper of two", with({moves(standard_ia, 30), moves(glacier, 40)}), current(),
                     Versioning::never, "2024-03-01T00:00:00Z", K::transition, glacier},
        DecisionCase{"tiering beats the infrequent", with({moves(intelligent_tiering, 1), moves(onezone_ia, 30)}),
                     current(), Versioning::never, "2024-03-01T00:00:00Z", K::transition, intelligent_tiering},
        DecisionCase{"archives beat tiering", with({moves(deep_archive, 1), moves(intelligent_tiering, 1)}), current(),
                     Versioning::never, "2024-03-01T00:00:00Z", K::transition, deep_archive},
        DecisionCase{"disabled", with({{.id = "off", .enabled = false, .transitions = {{{.days = 1}, glacier}}}}),
                     current()},
        DecisionCase{
            "a date in the past",
            with({{.id = "d", .transitions = {{.when = {.date = at("2020-01-01T00:00:00Z")}, .to = glacier}}}}),
            current(), Versioning::never, "2024-01-01T13:00:00Z", K::transition, glacier},
        DecisionCase{
            "a date to come",
            with({{.id = "d", .transitions = {{.when = {.date = at("2025-01-01T00:00:00Z")}, .to = glacier}}}}),
            current()}));

INSTANTIATE_TEST_SUITE_P(
    Filters, Decide,
    ::testing::Values(
        DecisionCase{"another prefix",
                     with({filtered(expires(1), {.form = Filter::Form::prefix, .prefix = "features/"})}), current()},
        DecisionCase{"its prefix", with({filtered(expires(1), {.form = Filter::Form::prefix, .prefix = "raw/"})}),
                     current(), Versioning::never, "2024-03-01T00:00:00Z", K::expire},
        DecisionCase{"no tags", with({filtered(expires(1), {.form = Filter::Form::tag, .tags = {{"team", "ml"}}})}),
                     current()},
        DecisionCase{"its tag",
                     with({filtered(expires(1), {.form = Filter::Form::tag, .tags = {{"team", "ml"}}})}),
                     {.key = "k", .size = 1, .tags = &tags, .modified = at(made)},
                     Versioning::never,
                     "2024-03-01T00:00:00Z",
                     K::expire},
        DecisionCase{
            "not all tags",
            with({filtered(expires(1), {.form = Filter::Form::all_of, .tags = {{"team", "ml"}, {"class", "hot"}}})}),
            {.key = "k", .size = 1, .tags = &tags, .modified = at(made)}},
        DecisionCase{"sizes are strict",
                     with({filtered(expires(1), {.form = Filter::Form::greater_than, .greater_than = large})}),
                     current()},
        DecisionCase{"sizes are strict below",
                     with({filtered(expires(1), {.form = Filter::Form::less_than, .less_than = large})}), current()}));

INSTANTIATE_TEST_SUITE_P(
    Expirations, Decide,
    ::testing::Values(DecisionCase{"for good wins over moving", with({moves(glacier, 1), expires(2)}), current(),
                                   Versioning::never, "2024-03-01T00:00:00Z", K::expire},
                      DecisionCase{"moving wins over a marker", with({moves(glacier, 1), expires(2)}), current(),
                                   Versioning::enabled, "2024-03-01T00:00:00Z", K::transition, glacier},
                      DecisionCase{"a marker then", with({moves(glacier, 1), expires(2)}), current(large, glacier),
                                   Versioning::enabled, "2024-03-01T00:00:00Z", K::expire},
                      DecisionCase{"a marker with versions under it", with({expires(1)}), marker(false),
                                   Versioning::enabled},
                      DecisionCase{"a lone marker, by days", with({expires(1)}), marker(true), Versioning::enabled,
                                   "2024-03-01T00:00:00Z", K::remove_version},
                      DecisionCase{"a lone marker, too young", with({expires(70)}), marker(true), Versioning::enabled},
                      DecisionCase{"a lone marker, by its rule",
                                   with({{.id = "m", .expiration = Expiration{.expired_delete_marker = true}}}),
                                   marker(true), Versioning::enabled, "2024-01-01T12:00:01Z", K::remove_version},
                      DecisionCase{"the marker rule leaves objects",
                                   with({{.id = "m", .expiration = Expiration{.expired_delete_marker = true}}}),
                                   current(), Versioning::enabled}));

Rule noncurrent_expires(std::uint32_t days, std::optional<std::uint32_t> newer = {}) {
  return {.id = "n", .noncurrent_expiration = NoncurrentExpiration{.days = days, .newer = newer}};
}
Rule noncurrent_moves(std::uint32_t days) {
  return {.id = "t", .noncurrent_transitions = {{.days = days, .to = glacier}}};
}
INSTANTIATE_TEST_SUITE_P(
    Noncurrent, Decide,
    ::testing::Values(DecisionCase{"counts from its successor", with({noncurrent_expires(10)}),
                                   noncurrent(0, "2024-02-25T00:00:00Z"), Versioning::enabled},
                      DecisionCase{"due", with({noncurrent_expires(10)}), noncurrent(0), Versioning::enabled,
                                   "2024-03-01T00:00:00Z", K::remove_version},
                      DecisionCase{"kept as one of the newest", with({noncurrent_expires(10, 2)}), noncurrent(1),
                                   Versioning::enabled},
                      DecisionCase{"beyond the newest", with({noncurrent_expires(10, 2)}), noncurrent(2),
                                   Versioning::enabled, "2024-03-01T00:00:00Z", K::remove_version},
                      DecisionCase{"moves", with({noncurrent_moves(10)}), noncurrent(0), Versioning::enabled,
                                   "2024-03-01T00:00:00Z", K::transition, glacier},
                      DecisionCase{"removal wins", with({noncurrent_moves(10), noncurrent_expires(20)}), noncurrent(0),
                                   Versioning::enabled, "2024-03-01T00:00:00Z", K::remove_version},
                      DecisionCase{"current rules leave it", with({expires(1), moves(glacier, 1)}), noncurrent(0),
                                   Versioning::enabled},
                      DecisionCase{"its rules leave the current", with({noncurrent_expires(1)}), current(),
                                   Versioning::enabled}));

// ---- headers

TEST(Expiry, TheEarliestRuleIsTold) {
  Lifecycle lifecycle = with({expires(10), expires(5)});
  lifecycle.rules[1].id = "sooner";
  const auto expiry = expiry_of(lifecycle, current());
  EXPECT_EQ(expiry->rule, "sooner");
  EXPECT_EQ(expiry->date, at("2024-01-07T00:00:00Z"));
  EXPECT_FALSE(expiry_of(with({{.id = "m", .expiration = Expiration{.expired_delete_marker = true}}}), current()));
  EXPECT_FALSE(expiry_of(with({moves(glacier, 1)}), current()));
}

TEST(Expiry, OfUploads) {
  const Lifecycle lifecycle =
      with({{.id = "a", .filter = {.form = Filter::Form::prefix, .prefix = "raw/"}, .abort_uploads_after_days = 7}});
  EXPECT_EQ(abort_of(lifecycle, "raw/x", at(made))->date, at("2024-01-09T00:00:00Z"));
  EXPECT_FALSE(abort_of(lifecycle, "x", at(made)));
}

// ---- what may be put

TEST(Check, RefusesWhatS3Refuses) {
  EXPECT_EQ(refusal(with({moves(standard_ia, 30)})), "(none)");
  EXPECT_EQ(refusal(with({moves(standard_ia, 29)})), "InvalidArgument");
  EXPECT_EQ(refusal(with({moves(onezone_ia, 0)})), "InvalidArgument");
  EXPECT_EQ(refusal(with({moves(glacier, 0)})), "(none)");
  EXPECT_EQ(refusal(with({{.id = "nothing"}})), "InvalidRequest");
  Rule rule = moves(standard_ia, 30);
  rule.transitions.push_back({.when = {.days = 59}, .to = glacier});
  EXPECT_EQ(refusal(with({rule})), "InvalidArgument") << "30 days in an infrequent class";
  rule.transitions[1].when.days = 60;
  EXPECT_EQ(refusal(with({rule})), "(none)");
  rule.expiration = Expiration{.when = When{.days = 60}};
  EXPECT_EQ(refusal(with({rule})), "InvalidArgument") << "expires no later than it moves";
  rule.expiration->when->days = 61;
  EXPECT_EQ(refusal(with({rule})), "(none)");
  rule.transitions[1].to = standard_ia;
  EXPECT_EQ(refusal(with({rule})), "InvalidArgument") << "the same class twice";
  Rule dated = expires(1);
  dated.expiration->when = When{.date = at("2024-01-01T12:00:00Z")};
  EXPECT_EQ(refusal(with({dated})), "InvalidArgument") << "not at midnight";
  EXPECT_EQ(refusal(with({expires(1), expires(2)})), "InvalidArgument") << "the same id twice";
  Rule tagged = {.id = "a", .filter = {.form = Filter::Form::tag, .tags = {{"a", "b"}}}, .abort_uploads_after_days = 1};
  EXPECT_EQ(refusal(with({tagged})), "InvalidRequest");
  Rule sizes = expires(1);
  sizes.filter = {.form = Filter::Form::all_of, .greater_than = 5, .less_than = 5};
  EXPECT_EQ(refusal(with({sizes})), "InvalidRequest");
  EXPECT_EQ(refusal(with(std::vector<Rule>(1001, Rule{.expiration = Expiration{.when = When{.days = 1}}}))),
            "InvalidRequest");
}

TEST(Check, NamesRulesWithoutAnId) {
  Lifecycle one = with({expires(1), expires(2)});
  one.rules[0].id = one.rules[1].id = "";
  Lifecycle two = one;
  check(one);
  check(two);
  EXPECT_FALSE(one.rules[0].id.empty());
  EXPECT_NE(one.rules[0].id, one.rules[1].id);
  EXPECT_EQ(one, two) << "the same rules get the same names";
}

TEST(Lifecycle, ComesBackWhole) {
  Lifecycle lifecycle = with({expires(1), moves(glacier, 2), noncurrent_expires(3, 4), noncurrent_moves(5)});
  lifecycle.small_objects_may_archive = true;
  lifecycle.rules[0].filter = {
      .form = Filter::Form::all_of, .prefix = "a/", .tags = {{"k", "v"}}, .greater_than = 1, .less_than = 100};
  lifecycle.rules[0].abort_uploads_after_days = 9;
  lifecycle.rules[1].transitions[0].when = {.date = at("2025-01-01T00:00:00Z")};
  lifecycle.rules[2].expiration = Expiration{.expired_delete_marker = true};
  EXPECT_EQ(unpack_lifecycle(pack(lifecycle)), lifecycle);
  const std::string document = pack(lifecycle);
  for (std::size_t size = 0; size < document.size(); ++size) {
    EXPECT_THROW(unpack_lifecycle(std::string_view(document).substr(0, size)), std::runtime_error);
  }
}

}  // namespace
}  // namespace tarn::tiers
