// S3's refusals, as the API names them. They belong to the domain, because the domain knows when they are due.
#pragma once

#include "base/error.h"

namespace tarn::objects::errors {

inline constexpr ErrorCode access_control_list_not_supported{"AccessControlListNotSupported", 400};
inline constexpr ErrorCode access_denied{"AccessDenied", 403};
inline constexpr ErrorCode bad_digest{"BadDigest", 400};
inline constexpr ErrorCode bucket_already_exists{"BucketAlreadyExists", 409};
inline constexpr ErrorCode bucket_already_owned_by_you{"BucketAlreadyOwnedByYou", 409};
inline constexpr ErrorCode bucket_not_empty{"BucketNotEmpty", 409};
inline constexpr ErrorCode conditional_request_conflict{"ConditionalRequestConflict", 409};
inline constexpr ErrorCode entity_too_large{"EntityTooLarge", 400};
inline constexpr ErrorCode entity_too_small{"EntityTooSmall", 400};
inline constexpr ErrorCode glacier_expedited_retrieval_not_available{"GlacierExpeditedRetrievalNotAvailable", 503};
inline constexpr ErrorCode incomplete_body{"IncompleteBody", 400};
inline constexpr ErrorCode invalid_argument{"InvalidArgument", 400};
inline constexpr ErrorCode invalid_bucket_acl_with_block_public_access{"InvalidBucketAclWithBlockPublicAccessError",
                                                                       400};
inline constexpr ErrorCode invalid_bucket_acl_with_object_ownership{"InvalidBucketAclWithObjectOwnership", 400};
inline constexpr ErrorCode invalid_bucket_name{"InvalidBucketName", 400};
inline constexpr ErrorCode invalid_bucket_state{"InvalidBucketState", 409};
inline constexpr ErrorCode invalid_digest{"InvalidDigest", 400};
inline constexpr ErrorCode invalid_object_state{"InvalidObjectState", 403};
inline constexpr ErrorCode invalid_part{"InvalidPart", 400};
inline constexpr ErrorCode invalid_part_order{"InvalidPartOrder", 400};
inline constexpr ErrorCode invalid_range{"InvalidRange", 416};
inline constexpr ErrorCode invalid_request{"InvalidRequest", 400};
inline constexpr ErrorCode invalid_storage_class{"InvalidStorageClass", 400};
inline constexpr ErrorCode invalid_tag{"InvalidTag", 400};
inline constexpr ErrorCode key_too_long{"KeyTooLongError", 400};
inline constexpr ErrorCode malformed_acl_error{"MalformedACLError", 400};
inline constexpr ErrorCode malformed_policy{"MalformedPolicy", 400};
inline constexpr ErrorCode malformed_xml{"MalformedXML", 400};
inline constexpr ErrorCode metadata_too_large{"MetadataTooLarge", 400};
inline constexpr ErrorCode method_not_allowed{"MethodNotAllowed", 405};
inline constexpr ErrorCode missing_content_length{"MissingContentLength", 411};
inline constexpr ErrorCode no_such_bucket{"NoSuchBucket", 404};
inline constexpr ErrorCode no_such_bucket_policy{"NoSuchBucketPolicy", 404};
inline constexpr ErrorCode no_such_key{"NoSuchKey", 404};
inline constexpr ErrorCode no_such_upload{"NoSuchUpload", 404};
inline constexpr ErrorCode no_such_version{"NoSuchVersion", 404};
inline constexpr ErrorCode not_implemented{"NotImplemented", 501};
inline constexpr ErrorCode operation_aborted{"OperationAborted", 409};
inline constexpr ErrorCode precondition_failed{"PreconditionFailed", 412};
inline constexpr ErrorCode restore_already_in_progress{"RestoreAlreadyInProgress", 409};
inline constexpr ErrorCode service_unavailable{"ServiceUnavailable", 503};
inline constexpr ErrorCode too_many_buckets{"TooManyBuckets", 400};

}  // namespace tarn::objects::errors
