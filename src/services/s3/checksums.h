// Checksums between S3's members (one for each algorithm) and the domain's.
#pragma once

#include <optional>
#include <string>

#include "base/checksum.h"
#include "base/encoding.h"
#include "objects/requests.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// The member of `output` for an algorithm.
template <typename Output>
std::optional<std::string>& checksum_member(Output& output, tarn::ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case tarn::ChecksumAlgorithm::crc32:
      return output.checksum_crc32;
    case tarn::ChecksumAlgorithm::crc32c:
      return output.checksum_crc32c;
    case tarn::ChecksumAlgorithm::crc64nvme:
      return output.checksum_crc64nvme;
    case tarn::ChecksumAlgorithm::sha1:
      return output.checksum_sha1;
    case tarn::ChecksumAlgorithm::sha256:
      return output.checksum_sha256;
    case tarn::ChecksumAlgorithm::sha512:
      return output.checksum_sha512;
    case tarn::ChecksumAlgorithm::md5:
      return output.checksum_md5;
    case tarn::ChecksumAlgorithm::xxhash64:
      return output.checksum_xxhash64;
    case tarn::ChecksumAlgorithm::xxhash3:
      return output.checksum_xxhash3;
    case tarn::ChecksumAlgorithm::xxhash128:
      return output.checksum_xxhash128;
  }
  return output.checksum_crc32;
}

template <typename Output>
void set_checksum(Output& output, const std::optional<objects::StoredChecksum>& checksum, std::uint32_t parts) {
  if (!checksum) return;
  checksum_member(output, checksum->algorithm) = objects::checksum_text(*checksum, parts);
  if constexpr (requires { output.checksum_type; }) {
    output.checksum_type =
        checksum->type == objects::ChecksumType::composite ? ChecksumType::composite : ChecksumType::full_object;
  }
}

// As the part was given it; the type is that of the whole.
template <typename Output>
void set_part_checksum(Output& output, const std::optional<objects::StoredChecksum>& checksum) {
  if (!checksum) return;
  set_checksum(output, checksum, 0);
  checksum_member(output, checksum->algorithm) = to_base64(as_bytes(checksum->value));
}

struct GivenChecksum {
  tarn::ChecksumAlgorithm algorithm;
  std::string value;  // Raw.
};

// Throws InvalidRequest for a value that is no checksum of its algorithm. "-N" behind a composite's is taken off.
std::string parse_checksum(tarn::ChecksumAlgorithm algorithm, std::string_view text);
[[noreturn]] void refuse_second_checksum();

// The checksum that the members of a request give, at most one.
template <typename Request>
std::optional<GivenChecksum> given_checksum(const Request& request) {
  std::optional<GivenChecksum> given;
  for (std::uint8_t number = 1; number <= last_checksum_algorithm; ++number) {
    const auto algorithm = static_cast<tarn::ChecksumAlgorithm>(number);
    const std::optional<std::string>& text = checksum_member(const_cast<Request&>(request), algorithm);
    if (!text) continue;
    if (given) refuse_second_checksum();
    given = GivenChecksum{.algorithm = algorithm, .value = parse_checksum(algorithm, *text)};
  }
  return given;
}

// The domain's algorithm of the generated enumeration's.
tarn::ChecksumAlgorithm checksum_algorithm_of(ChecksumAlgorithm algorithm);

// 16 raw bytes. Throws InvalidDigest.
std::string parse_content_md5(std::string_view text);

// A checksum that the trailers promise: its algorithm is known before the body, its value behind it.
objects::BodyChecks checks_of(const S3& s3, std::optional<GivenChecksum> given,
                              std::optional<tarn::ChecksumAlgorithm> announced,
                              const std::optional<std::string>& content_md5,
                              const std::optional<std::int64_t>& content_length);

// Of PutObject and UploadPart.
template <typename Request>
objects::BodyChecks body_checks(const S3& s3, const Request& request) {
  std::optional<tarn::ChecksumAlgorithm> announced;
  if (request.checksum_algorithm) announced = checksum_algorithm_of(*request.checksum_algorithm);
  return checks_of(s3, given_checksum(request), announced, request.content_md5, request.content_length);
}

}  // namespace tarn::s3
