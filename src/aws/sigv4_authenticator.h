// The Authenticator for every request that AWS's SDKs sign: Version 4 in headers and in URLs, with whole, chunked and
// unsigned payloads; for S3 Version 2 too.
#pragma once

#include <string>
#include <vector>

#include "aws/authenticator.h"
#include "aws/sigv2.h"
#include "aws/sigv4.h"
#include "base/os/clock.h"

namespace tarn::aws {

struct SignatureOptions {
  std::string region = "us-east-1";
  // Hosts below which a label is a bucket; Version 2 signs it as part of the path.
  std::vector<std::string> domains;
  // Of a body whose hash is in the signature and nowhere else, so that it must be read before its caller is known.
  std::uint64_t largest_buffered_body = 32 << 20;
};

class SigV4Authenticator : public Authenticator {
 public:
  // All outlive it.
  SigV4Authenticator(SignatureOptions options, Credentials& credentials, const Clock& wall);

  Task<Authenticated> authenticate(http::Request& request, std::string_view service) override;
  Task<Authenticated> authenticate_form(FormSignature form) override;

 private:
  Task<Authenticated> authenticate_v4(http::Request& request, std::string_view service, SigV4 signature);
  Task<Authenticated> authenticate_nobody(http::Request& request);
  Task<Authenticated> authenticate_v2(http::Request& request, SigV2 signature);
  Task<Authenticated> authenticate_form_v4(FormSignature form);
  Task<Authenticated> authenticate_form_v2(FormSignature form);
  Task<Credential> find_credential(std::string_view access_key_id, std::string_view session_token);
  void check_scope(const SigV4& signature, std::string_view service) const;
  void check_time(const SigV4& signature) const;
  void check_skew(Timestamp signed_at, std::string_view spelled) const;

  const SignatureOptions options_;
  Credentials& credentials_;
  const Clock& wall_;
};

}  // namespace tarn::aws
