// A form as a browser sends it (multipart/form-data, RFC 7578): its fields, and one file that stays a stream.
//
// Fields come first and are held within limits; the file is pulled at its reader's pace. What follows the file is not
// looked at, as S3 does not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "base/task.h"

namespace tarn::aws {

namespace post_errors {
inline constexpr ErrorCode malformed_post_request{"MalformedPOSTRequest", 400};
inline constexpr ErrorCode fields_too_large{"MaxPostPreDataLengthExceededError", 400};
inline constexpr ErrorCode precondition_failed{"PreconditionFailed", 412};
inline constexpr ErrorCode invalid_argument{"InvalidArgument", 400};
inline constexpr ErrorCode invalid_policy_document{"InvalidPolicyDocument", 400};
inline constexpr ErrorCode access_denied{"AccessDenied", 403};
inline constexpr ErrorCode entity_too_large{"EntityTooLarge", 400};
inline constexpr ErrorCode entity_too_small{"EntityTooSmall", 400};
}  // namespace post_errors

struct PostForm {
  // In the order sent; names as sent, compared without case.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string file_name;             // As the browser calls it, without folders.
  std::unique_ptr<ByteStream> file;  // Null: the form has none.

  const std::string* find(std::string_view name) const;
};

// All of the fields together, names and values.
inline constexpr std::size_t most_post_field_bytes = 20 << 10;

// Of "multipart/form-data; boundary=…"; none for any other type.
std::optional<std::string> form_boundary(std::string_view content_type);

// Reads up to the file's first byte. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceededError; so does the file
// where the form ends before it.
Task<PostForm> read_post_form(std::unique_ptr<ByteStream> body, std::string boundary);

}  // namespace tarn::aws
