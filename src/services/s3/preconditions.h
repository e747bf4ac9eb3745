// If-Match and its like on reads and on the sources of copies, in RFC 7232's order; and on writes.
#pragma once

#include <optional>
#include <string>

#include "objects/requests.h"
#include "services/s3/common.h"

namespace tarn::s3 {

struct ReadConditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<Timestamp> if_modified_since;
  std::optional<Timestamp> if_unmodified_since;
};

enum class Precondition { holds, failed, not_modified };
Precondition check(const ReadConditions& conditions, const std::string& e_tag, Timestamp modified);

// NotModified, with the headers by which a cache knows its copy again (RFC 9110 15.4.5).
[[noreturn]] void refuse_not_modified(const objects::ObjectVersion& version);

// Throws PreconditionFailed or NotModified.
template <typename Request>
void check_read_preconditions(const Request& request, const objects::ObjectVersion& version) {
  const Precondition result = check({.if_match = request.if_match,
                                     .if_none_match = request.if_none_match,
                                     .if_modified_since = request.if_modified_since,
                                     .if_unmodified_since = request.if_unmodified_since},
                                    version.e_tag, version.modified);
  if (result == Precondition::failed) {
    throw Error(errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", request.if_match ? "If-Match" : "If-Unmodified-Since");
  }
  if (result == Precondition::not_modified) refuse_not_modified(version);
}

// For the source of CopyObject and UploadPartCopy: whatever fails is PreconditionFailed.
template <typename Request>
std::function<void(const objects::ObjectVersion&)> source_check(const Request& request) {
  const ReadConditions conditions{.if_match = request.copy_source_if_match,
                                  .if_none_match = request.copy_source_if_none_match,
                                  .if_modified_since = request.copy_source_if_modified_since,
                                  .if_unmodified_since = request.copy_source_if_unmodified_since};
  return [conditions](const objects::ObjectVersion& source) {
    if (check(conditions, source.e_tag, source.modified) != Precondition::holds) {
      throw Error(errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
          .with("Condition", conditions.if_match ? "x-amz-copy-source-If-Match" : "x-amz-copy-source-If-None-Match");
    }
  };
}

// Of PutObject, CopyObject and CompleteMultipartUpload. If-None-Match takes only "*".
template <typename Request>
objects::WriteConditions write_conditions(const Request& request) {
  objects::WriteConditions conditions;
  if (request.if_none_match) {
    if (trim(*request.if_none_match) != "*") refuse_header("If-None-Match");
    conditions.if_absent = true;
  }
  if (request.if_match) conditions.if_match = unquoted(*request.if_match);
  if (conditions.if_absent && conditions.if_match) refuse_header("If-Match,If-None-Match");
  return conditions;
}

}  // namespace tarn::s3
