// Buckets: making, finding, listing and deleting them.
#include "base/encoding.h"
#include "base/pack.h"
#include "objects/core.h"
#include "objects/public_access.h"

namespace tarn::objects {

Objects::Objects(Dependencies dependencies) : core_(std::make_unique<Core>(std::move(dependencies))) {}
Objects::~Objects() = default;

Task<BucketPointer> Objects::peek_bucket(BucketName bucket) {
  co_return co_await core_->find_bucket(bucket);
}

Task<BucketPointer> Objects::bucket(const policy::Access& access, BucketName name, std::string action,
                                    policy::Facts facts) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require(std::move(action), bucket->arn(), std::move(facts));
  co_return bucket;
}

namespace {

Error name_taken(bool own, const std::string& name) {
  if (own) {
    return Error(errors::bucket_already_owned_by_you,
                 "Your previous request to create the named bucket succeeded and you already own it.", "/" + name)
        .with("BucketName", name);
  }
  return Error(errors::bucket_already_exists,
               "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
               "Please select a different name and try again.",
               "/" + name)
      .with("BucketName", name);
}

std::string new_bucket_id(Random& random) {
  std::string raw;
  Packer(raw).fixed64(random.next()).fixed64(random.next());
  return to_hex(as_bytes(raw));
}

// A list that comes with its bucket must be one that the bucket would take.
void check_new_acl(CreateBucketRequest& request) {
  const auto& configurations = request.configurations;
  const auto ownership = configurations.find(ConfigurationKind::ownership);
  if (ownership != configurations.end() && ownership->second == name_of(Ownership::bucket_owner_enforced)) {
    throw Error(errors::invalid_bucket_acl_with_object_ownership,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
        .with("BucketName", request.name.text());
  }
  const auto block = configurations.find(ConfigurationKind::public_access_block);
  if (block != configurations.end() && request.acl->is_public() &&
      unpack_public_access_block(block->second).block_public_acls) {
    throw Error(errors::invalid_bucket_acl_with_block_public_access,
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled")
        .with("BucketName", request.name.text());
  }
  request.configurations[ConfigurationKind::acl] = policy::pack(*request.acl);
}

std::string after_key(std::string key) {
  return key + '\0';
}

}  // namespace

Task<BucketPointer> Objects::create_bucket(const policy::Access& access, CreateBucketRequest request) {
  const std::string& name = request.name.text();
  if (!access.principal().account) {
    throw Error(errors::access_denied, "Anonymous users cannot own buckets", "/" + name);
  }
  const AccountId owner = *access.principal().account;
  const auto taken = co_await core_->d.meta.get(rows::names(), rows::name_key(name));
  const bool taken_by_caller = taken && rows::unpack_bucket_name(taken->value).owner == owner.text();
  if (taken && !taken_by_caller) throw name_taken(false, name);
  policy::Facts facts;
  if (!request.region.empty()) facts.emplace_back("s3:LocationConstraint", std::vector{request.region});
  co_await access.require("s3:CreateBucket", "arn:aws:s3:::" + name, std::move(facts));
  if (request.object_lock) {
    co_await access.require("s3:PutBucketObjectLockConfiguration", "arn:aws:s3:::" + name);
    co_await access.require("s3:PutBucketVersioning", "arn:aws:s3:::" + name);
  }
  const auto asks_for = [&request](ConfigurationKind kind) { return request.configurations.contains(kind); };
  if (request.acl) co_await access.require("s3:PutBucketAcl", "arn:aws:s3:::" + name);
  if (asks_for(ConfigurationKind::ownership)) {
    co_await access.require("s3:PutBucketOwnershipControls", "arn:aws:s3:::" + name);
  }
  if (taken_by_caller) throw name_taken(true, name);
  const std::string own = rows::owner_key(owner, "");
  const auto others = co_await core_->d.meta.scan(rows::names(), own, meta::end_of_prefix(own),
                                                  {.max_rows = core_->options().buckets_per_account});
  if (others.size() >= core_->options().buckets_per_account) {
    throw Error(errors::too_many_buckets, "You have attempted to create more buckets than allowed");
  }

  // The bucket first, then its name: a bucket without a name is nobody's, a name without its bucket would be an error.
  rows::State state{.name = name,
                    .owner = owner.text(),
                    .region = request.region.empty() ? core_->options().region : request.region,
                    .created = core_->now()};
  state.object_lock = request.object_lock;
  if (request.object_lock) state.versioning = Versioning::enabled;
  if (!core_->options().relaxed) {
    request.configurations.try_emplace(ConfigurationKind::public_access_block, pack(all_public_access_blocked));
    request.configurations.try_emplace(ConfigurationKind::ownership, name_of(Ownership::bucket_owner_enforced));
  }
  if (request.acl && *request.acl != private_acl(owner)) check_new_acl(request);
  const std::string id = new_bucket_id(core_->d.random);
  meta::Batch rows_of_bucket;
  rows_of_bucket.require_absent(std::string(rows::state_key));
  rows_of_bucket.put(std::string(rows::state_key), rows::pack(state));
  for (const auto& [kind, document] : request.configurations) {
    rows_of_bucket.put(rows::configuration_key(kind),
                       rows::pack(Configuration{.document = document, .revision = state.generation}));
  }
  if (!(co_await core_->d.meta.commit(rows::partition(id), std::move(rows_of_bucket))).applied) {
    throw std::runtime_error("a random bucket id came twice");
  }
  meta::Batch naming;
  naming.require_absent(rows::name_key(name));
  naming.put(rows::name_key(name), rows::pack(rows::BucketName{.owner = owner.text(), .id = id}));
  naming.put(rows::owner_key(owner, name), rows::pack(rows::BucketName{.owner = owner.text(), .id = id}));
  const meta::Commit named = co_await core_->d.meta.commit(rows::names(), std::move(naming));
  if (!named.applied) {
    meta::Batch undo;
    undo.remove(std::string(rows::state_key));
    for (const auto& [kind, document] : request.configurations) undo.remove(rows::configuration_key(kind));
    (void)co_await core_->d.meta.commit(rows::partition(id), std::move(undo));
    const auto winner = co_await core_->d.meta.get(rows::names(), rows::name_key(name));
    throw name_taken(winner && rows::unpack_bucket_name(winner->value).owner == owner.text(), name);
  }
  core_->buckets.forget(name);
  co_return co_await core_->need_bucket(request.name);
}

Task<BucketList> Objects::list_buckets(const policy::Access& access, BucketListRequest request) {
  co_await access.require("s3:ListAllMyBuckets", "arn:aws:s3:::*");
  BucketList list;
  if (!access.principal().account || request.max == 0) co_return list;
  const std::string first = rows::owner_key(*access.principal().account, request.prefix);
  std::string from = first;
  if (!request.after.empty()) {
    from = std::max(from, after_key(rows::owner_key(*access.principal().account, request.after)));
  }
  const auto found =
      co_await core_->d.meta.scan(rows::names(), from, meta::end_of_prefix(first), {.max_rows = request.max + 1});
  const std::size_t prefix_size = rows::owner_key(*access.principal().account, "").size();
  for (const meta::Row& row : found) {
    if (list.buckets.size() == request.max) {
      list.next_after = list.buckets.back()->name.text();
      break;
    }
    // Deleted in this moment: not told.
    BucketPointer bucket = co_await core_->find_bucket(BucketName::trusted(row.key.substr(prefix_size)));
    if (bucket) list.buckets.push_back(std::move(bucket));
  }
  co_return list;
}

Task<std::vector<BucketPointer>> Objects::all_buckets(std::string after, std::size_t max) {
  const std::string first = rows::name_key("");
  std::string from = after.empty() ? first : after_key(rows::name_key(after));
  std::vector<BucketPointer> buckets;
  // Nothing at all is the end, so a page of which nothing is left must not be told.
  while (buckets.empty()) {
    const auto found = co_await core_->d.meta.scan(rows::names(), from, meta::end_of_prefix(first), {.max_rows = max});
    if (found.empty()) break;
    from = found.back().key + '\0';
    for (const meta::Row& row : found) {
      try {
        BucketPointer bucket = co_await core_->find_bucket(BucketName::trusted(row.key.substr(first.size())));
        if (bucket) buckets.push_back(std::move(bucket));
      } catch (const Error& refusal) {
        // Being deleted: there is nothing to do in it, and the others must not wait.
        if (!(refusal.code() == errors::operation_aborted)) throw;
      }
    }
  }
  co_return buckets;
}

// ---- deletion

namespace {

Task<bool> has_rows(Objects::Core& core, const Bucket& bucket, std::string_view prefix) {
  const auto found = co_await core.scan(bucket, std::string(prefix), meta::end_of_prefix(prefix), {.max_rows = 1});
  co_return !found.empty();
}

// Uploads that were never completed go with their bucket, as on AWS.
Task<void> drop_uploads(Objects::Core& core, const Bucket& bucket) {
  while (true) {
    const auto found = co_await core.scan(bucket, "u/", "u0", {.max_rows = 500});
    if (found.empty()) co_return;
    meta::Batch batch;
    for (const meta::Row& row : found) {
      std::string_view rest(row.key);
      rest.remove_prefix(2);
      (void)rows::unescape(rest);
      batch.remove(row.key);
      core.drop({.kind = rows::Garbage::Kind::upload_parts, .upload = std::string(rest)}, batch);
    }
    (void)co_await core.d.meta.commit(rows::partition(bucket.id), std::move(batch));
  }
}

Task<std::uint64_t> set_life(Objects::Core& core, const Bucket& bucket, rows::State::Life from, rows::State::Life to) {
  const auto row = co_await core.get(bucket, std::string(rows::state_key));
  if (!row) co_return 0;
  rows::State state = rows::unpack_state(row->value);
  if (state.life != from) co_return 0;
  state.life = to;
  ++state.generation;
  meta::Batch batch;
  batch.require_version(std::string(rows::state_key), row->version);
  batch.put(std::string(rows::state_key), rows::pack(state));
  const meta::Commit done = co_await core.d.meta.commit(rows::partition(bucket.id), std::move(batch));
  co_return done.applied ? row->version + 1 : 0;
}

// With the state row saying "deleting" no write can commit, so what the scans see stays so.
Task<bool> delete_if_empty(Objects::Core& core, const Bucket& bucket) {
  if (co_await has_rows(core, bucket, "c/") || co_await has_rows(core, bucket, "v/")) co_return false;
  co_await drop_uploads(core, bucket);
  meta::Batch batch;
  batch.remove(rows::name_key(bucket.name.text()));
  batch.remove(rows::owner_key(bucket.owner, bucket.name.text()));
  (void)co_await core.d.meta.commit(rows::names(), std::move(batch));
  // Its garbage and its outbox are still to be worked off; then the collector takes the rest.
  (void)co_await set_life(core, bucket, rows::State::Life::deleting, rows::State::Life::deleted);
  co_return true;
}

}  // namespace

Task<void> Objects::delete_bucket(const policy::Access& access, BucketName name) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:DeleteBucket", bucket->arn());
  {
    const std::lock_guard lock(core_->deleting_mutex);
    if (!core_->deleting.insert(bucket->id).second) {
      throw Error(errors::operation_aborted,
                  "A conflicting conditional operation is currently in progress against this resource. Try again.",
                  "/" + name.text());
    }
  }
  bool deleted = false;
  std::exception_ptr failure;
  try {
    if (co_await set_life(*core_, *bucket, rows::State::Life::live, rows::State::Life::deleting) != 0) {
      core_->buckets.forget(name.text());
      deleted = co_await delete_if_empty(*core_, *bucket);
      if (!deleted) {
        (void)co_await set_life(*core_, *bucket, rows::State::Life::deleting, rows::State::Life::live);
      }
    }
  } catch (...) {
    failure = std::current_exception();
  }
  core_->buckets.forget(name.text());
  {
    const std::lock_guard lock(core_->deleting_mutex);
    core_->deleting.erase(bucket->id);
  }
  if (failure) std::rethrow_exception(failure);
  if (!deleted) {
    throw Error(errors::bucket_not_empty,
                bucket->versioning == Versioning::never
                    ? "The bucket you tried to delete is not empty"
                    : "The bucket you tried to delete is not empty. You must delete all "
                      "versions in the bucket.",
                "/" + name.text())
        .with("BucketName", name.text());
  }
}

}  // namespace tarn::objects
