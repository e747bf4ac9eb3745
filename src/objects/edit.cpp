// Changing what a version's row says: its tags.
#include "objects/core.h"

namespace tarn::objects {

Task<bool> Objects::Core::rewrite(const policy::Access& access, BucketPointer bucket, const ObjectVersion& before,
                                  const ObjectVersion& after, std::string_view operation, std::string_view event,
                                  meta::Batch batch) {
  const std::string row_key = before.latest && !before.delete_marker
                                  ? rows::current_key(before.key.text())
                                  : rows::version_key(before.key.text(), before.sequence);
  batch.require_version(std::string(rows::state_key), bucket->state_version);
  batch.require_version(row_key, before.row_version);
  ObjectVersion next = after;
  // What other buckets have of it has to change as well.
  const bool elsewhere = before.replication != Replication::none && before.replication != Replication::replica;
  if (elsewhere && (before.tags != after.tags || before.lock != after.lock || before.acl != after.acl))
    replicate_later(*bucket, next, batch);
  batch.put(row_key, rows::pack(next));
  if (!operation.empty()) record(access, operation, event, after, batch);
  co_return co_await commit(*bucket, std::move(batch));
}

namespace {

policy::Facts request_facts(const Tags& tags) {
  policy::Facts facts;
  std::vector<std::string> keys;
  for (const auto& [name, value] : tags) {
    facts.emplace_back("s3:RequestObjectTag/" + name, std::vector{value});
    keys.push_back(name);
  }
  if (!keys.empty()) facts.emplace_back("s3:RequestObjectTagKeys", std::move(keys));
  return facts;
}

}  // namespace

Task<std::optional<ObjectVersion>> Objects::set_tags(const policy::Access& access, BucketName name, ObjectKey key,
                                                     std::optional<VersionId> version, Tags tags) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  const bool removing = tags.empty();
  for (int attempt = 0;; ++attempt) {
    auto found = co_await core_->look_up(
        access, bucket, key, version, removing ? "s3:DeleteObjectTagging" : "s3:PutObjectTagging", request_facts(tags));
    if (!found) co_return std::nullopt;
    if (found->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
          .with("Method", removing ? "DELETE" : "PUT")
          .with("ResourceType", "DeleteMarker");
    }
    ObjectVersion tagged = *found;
    tagged.tags = tags;
    if (co_await core_->rewrite(access, bucket, *found, tagged, removing ? "DeleteObjectTagging" : "PutObjectTagging",
                                removing ? "ObjectTagging:Delete" : "ObjectTagging:Put", {})) {
      co_return tagged;
    }
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

}  // namespace tarn::objects
