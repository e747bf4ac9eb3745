#include "services/s3/checksums.h"

namespace tarn::s3 {
namespace {

// Trailers are complete once the body has been read to its end; the vector is shared with whoever reads it.
std::optional<std::string> trailing_checksum(const Trailers& trailers, tarn::ChecksumAlgorithm algorithm) {
  if (!trailers) return std::nullopt;
  for (const auto& [name, value] : *trailers) {
    if (name == header_of(algorithm)) return parse_checksum(algorithm, value);
  }
  return std::nullopt;
}

}  // namespace

std::string parse_checksum(tarn::ChecksumAlgorithm algorithm, std::string_view text) {
  text = trim(text);
  auto raw = from_base64(text.substr(0, text.find('-')));
  if (raw && raw->size() == checksum_size(algorithm)) return std::move(*raw);
  throw Error(errors::invalid_request, "Value for " + std::string(header_of(algorithm)) + " header is invalid.");
}

void refuse_second_checksum() {
  throw Error(errors::invalid_request,
              "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
              "allowed.");
}

tarn::ChecksumAlgorithm checksum_algorithm_of(ChecksumAlgorithm algorithm) {
  return parse_checksum_algorithm(to_string(algorithm)).value();
}

std::string parse_content_md5(std::string_view text) {
  auto raw = from_base64(trim(text));
  if (raw && raw->size() == 16) return std::move(*raw);
  throw Error(errors::invalid_digest, "The Content-MD5 you specified was invalid.")
      .with("Content-MD5", std::string(text));
}

objects::BodyChecks checks_of(const S3& s3, std::optional<GivenChecksum> given,
                              std::optional<tarn::ChecksumAlgorithm> announced,
                              const std::optional<std::string>& content_md5,
                              const std::optional<std::int64_t>& content_length) {
  objects::BodyChecks checks;
  if (content_md5) checks.md5 = parse_content_md5(*content_md5);
  if (content_length) checks.length = static_cast<std::uint64_t>(*content_length);
  if (given) {
    checks.algorithm = given->algorithm;
    checks.expected = [value = given->value] { return std::optional(value); };
    if (s3.announced_trailer) refuse_second_checksum();
    return checks;
  }
  checks.algorithm = s3.announced_trailer ? s3.announced_trailer : announced;
  if (s3.announced_trailer) {
    checks.expected = [trailers = s3.trailers, algorithm = *s3.announced_trailer] {
      auto value = trailing_checksum(trailers, algorithm);
      if (!value) {
        throw Error(errors::invalid_request,
                    "The trailer " + std::string(header_of(algorithm)) + " was announced and did not come.");
      }
      return value;
    };
  }
  return checks;
}

}  // namespace tarn::s3
