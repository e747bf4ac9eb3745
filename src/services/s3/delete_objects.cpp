// DeleteObjects: up to 1,000 at once, each for itself: what is refused stands in the answer beside what was deleted.
#include "api/s3/delete_objects.h"

#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

DeletedObject deleted(const ObjectIdentifier& asked, const objects::RemoveResult& result) {
  DeletedObject answer{.key = asked.key, .version_id = asked.version_id};
  if (result.delete_marker) {
    answer.delete_marker = true;
    if (result.version) answer.delete_marker_version_id = result.version->text();
  }
  return answer;
}

DeleteError refused(const ObjectIdentifier& asked, const Error& refusal) {
  return {.key = asked.key,
          .version_id = asked.version_id,
          .code = std::string(refusal.code().name),
          .message = refusal.message()};
}

objects::RemoveRequest remove_request(const BucketName& bucket, const ObjectIdentifier& asked, bool bypass_governance) {
  objects::RemoveRequest remove{.bucket = bucket, .key = object_key(asked.key), .bypass_governance = bypass_governance};
  if (asked.version_id && !asked.version_id->empty()) remove.version = version_id(asked.version_id);
  if (asked.e_tag) remove.if_match = unquoted(*asked.e_tag);
  if (asked.size) remove.if_size = static_cast<std::uint64_t>(*asked.size);
  remove.if_modified = asked.last_modified_time;
  return remove;
}

}  // namespace

Task<DeleteObjectsOutput> delete_objects(S3& s3, DeleteObjectsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const BucketName bucket = bucket_name(request.bucket);
  const std::vector<ObjectIdentifier>& asked = request.delete_.objects;
  if (asked.empty() || asked.size() > 1000) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  DeleteObjectsOutput output;
  std::vector<objects::RemoveRequest> removes;
  std::vector<const ObjectIdentifier*> whose;
  for (const ObjectIdentifier& each : asked) {
    try {
      removes.push_back(remove_request(bucket, each, request.bypass_governance_retention.value_or(false)));
      whose.push_back(&each);
    } catch (const Error& refusal) {
      if (!output.errors) output.errors.emplace();
      output.errors->push_back(refused(each, refusal));
    }
  }
  const auto results = co_await s3.objects.remove_all(s3.access, std::move(removes));
  const bool quiet = request.delete_.quiet.value_or(false);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].refusal) {
      if (!output.errors) output.errors.emplace();
      output.errors->push_back(refused(*whose[i], *results[i].refusal));
    } else if (!quiet) {
      if (!output.deleted) output.deleted.emplace();
      output.deleted->push_back(deleted(*whose[i], results[i]));
    }
  }
  co_return output;
}

}  // namespace tarn::s3
