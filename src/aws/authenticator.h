// Who signed a request: the seam between the pipeline, SigV4 (sigv4.h) and the store of credentials (identity).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stream.h"
#include "base/task.h"
#include "base/time.h"
#include "http/http.h"
#include "policy/principal.h"

namespace tarn::aws {

// What an access key stands for.
struct Credential {
  std::string secret_access_key;
  std::string session_token;         // Must have been sent along, no other; empty: none must.
  std::optional<Timestamp> expires;  // Of temporary credentials.
  bool active = true;                // Not switched off.
  policy::Principal principal;       // Its access_key_id is set.
};

// Implemented by identity.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // Sessions are kept nowhere: their token carries them, so it is asked for with the key. `session_token` is what was
  // sent, or empty. None: there is no such key. A token that is not the key's gives a credential that is not active and
  // demands no token (InvalidToken).
  virtual Task<std::optional<Credential>> find(std::string access_key_id, std::string session_token) = 0;
};

// What is known once the signature has been checked.
struct Authenticated {
  policy::Principal principal;  // Anonymous when the request is unsigned.
  std::string region;           // Of the scope; empty when there is none.
  // The body as the client meant it: chunk signatures checked and taken away. Reading throws Error when the bytes are
  // not those that were signed. Null if there is none.
  std::unique_ptr<ByteStream> body;
  std::optional<std::uint64_t> body_length = 0;  // None: not known before its end.
  // Headers that came behind the body (x-amz-checksum-…), names in lower case: complete once the body has been read to
  // its end. Null if none were announced.
  std::shared_ptr<const std::vector<std::pair<std::string, std::string>>> trailers;
  // Facts for conditions and the audit: s3:signatureversion, s3:authType, s3:signatureAge (milliseconds).
  std::string signature_version;  // "AWS4-HMAC-SHA256", "AWS"; empty when unsigned.
  std::string auth_type;          // "REST-HEADER", "REST-QUERY-STRING", "POST"; empty when unsigned.
  Milliseconds signature_age{0};
};

// What the fields of a browser's form say of its signature. Empty: they do not.
struct FormSignature {
  std::string policy;  // As it was sent, which is what was signed.
  std::string algorithm;
  std::string credential;
  std::string date;
  std::string signature;  // Version 4's, in hexadecimal.
  std::string session_token;
  std::string access_key_id;       // Version 2's.
  std::string version2_signature;  // In base64.
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Checks the signature of `request` for a service (its signing name: "s3", "glue"); takes the body out of it. Throws
  // Error (SignatureDoesNotMatch, InvalidAccessKeyId, ExpiredToken, RequestTimeTooSkewed, …) worded as S3 does; the
  // pipeline gives JSON and query services their own names for these.
  virtual Task<Authenticated> authenticate(http::Request& request, std::string_view service) = 0;

  // Who signed the policy of a form for S3; anonymous where it has none. Gives no body.
  virtual Task<Authenticated> authenticate_form(FormSignature signature) = 0;
};

}  // namespace tarn::aws
