#include "lake/test_lake.h"

#include "blob/local/local_store.h"
#include "meta/rocksdb/rocksdb_store.h"
#include "objects/body.h"
#include "policy/document.h"

namespace tarn::testing {
namespace {

constexpr std::string_view account_id = "111122223333";
constexpr std::size_t tier_count = 9;

policy::PolicySet policies_of(const std::vector<std::string>& statements) {
  policy::PolicySet policies;
  if (statements.empty()) return policies;
  std::string text = R"({"Version":"2012-10-17","Statement":[)";
  for (const std::string& statement : statements) text += statement + ",";
  text.back() = ']';
  text += "}";
  policies.identity.push_back(
      {.id = "rights", .document = policy::Document::parse(text, policy::DocumentKind::identity)});
  return policies;
}

}  // namespace

objects::Options TestLake::default_options() {
  objects::Options options;
  for (std::uint8_t number = 1; number < tier_count; ++number) options.tiers[number] = blob::Tier{number};
  return options;
}

TestLake::TestLake(objects::Options options) {
  meta = meta::open_rocksdb("/lake/meta", {.files = &disk});
  blob::LocalOptions blob_options{.files = &disk};
  for (std::size_t tier = 0; tier < tier_count; ++tier) blob_options.tiers.push_back("/lake/" + std::to_string(tier));
  blobs = sync_wait(blob::open_local(*meta, std::move(blob_options)));
  objects = std::make_unique<objects::Objects>(objects::Dependencies{.meta = *meta,
                                                                     .blobs = *blobs,
                                                                     .clock = clock,
                                                                     .random = random,
                                                                     .keys = &keyring,
                                                                     .options = std::move(options)});
  bucket_policies_ = std::make_unique<objects::BucketPolicies>(*objects);
  policies_.add("s3", *bucket_policies_);
  policy::Principal root;
  root.kind = policy::Principal::Kind::root;
  root.account = AccountId::trusted(std::string(account_id));
  root.arn = policy::root_arn(*root.account);
  root.user_id = account_id;
  root_ = std::make_unique<policy::EvaluatedAccess>(policy::make_rights(std::move(root)), policy::Facts{}, wall,
                                                    &policies_);
}

std::unique_ptr<policy::Access> TestLake::user(const std::string& name, const std::vector<std::string>& statements,
                                               const std::string& account) const {
  policy::Principal user;
  user.kind = policy::Principal::Kind::user;
  user.account = AccountId::trusted(account);
  user.arn = "arn:aws:iam::" + account + ":user/" + name;
  user.user_id = "AIDA" + name;
  user.name = name;
  return std::make_unique<policy::EvaluatedAccess>(policy::make_rights(std::move(user), policies_of(statements)),
                                                   policy::Facts{}, wall,
                                                   const_cast<policy::PoliciesByService*>(&policies_));
}

void TestLake::make_bucket(const std::string& name) {
  sync_wait(objects->create_bucket(*root_, {.name = BucketName::trusted(name)}));
}

objects::ObjectVersion TestLake::put(const std::string& bucket, const std::string& key, std::string bytes) {
  return sync_wait(
      objects->put(*root_, {.bucket = BucketName::trusted(bucket), .key = ObjectKey::trusted(key)}, std::move(bytes)));
}

std::string TestLake::get(const std::string& bucket, const std::string& key) {
  return sync_wait(objects->read_all(*root_, BucketName::trusted(bucket), ObjectKey::trusted(key), 64 << 20))
      .value_or("(none)");
}

std::string read_all(ByteStream& stream) {
  std::string all;
  std::string buffer(64 << 10, '\0');
  const auto space = std::span(reinterpret_cast<std::byte*>(buffer.data()), buffer.size());
  while (const std::size_t count = sync_wait(stream.read(space))) all.append(buffer, 0, count);
  return all;
}

std::unique_ptr<ByteStream> stream_of(std::string bytes) {
  return std::make_unique<objects::StringStream>(std::move(bytes));
}

}  // namespace tarn::testing
