// The keys of what is sealed: made when something is written, unwrapped when it is read.
#include "base/digest.h"
#include "base/encoding.h"
#include "base/pack.h"
#include "keys/keyring.h"
#include "objects/core.h"
#include "objects/encryption.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::string_view inline_purpose = "tarn small object 1";

Error wrong_key() {
  return Error(errors::access_denied,
               "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret "
               "key.");
}

blob::DataKey unwrap_customer(const Seal& seal, const CustomerKey& key) {
  auto plain = keys::unwrap_under(key.bytes, seal.wrapped_key);
  if (!plain) throw wrong_key();
  return {.bytes = std::move(*plain)};
}

}  // namespace

std::string pack(const Encryption& encryption) {
  std::string document;
  Packer(document)
      .byte(format)
      .byte(encryption.bucket_key)
      .byte(encryption.customer_keys_block)
      .byte(encryption.said_block);
  return document;
}

Encryption unpack_encryption(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("an encryption configuration has an unknown format");
  Encryption encryption;
  encryption.bucket_key = in.byte();
  encryption.customer_keys_block = in.byte();
  encryption.said_block = in.byte();
  return encryption;
}

Encryption encryption_of(const Bucket& bucket) {
  const Configuration* configuration = bucket.configuration(ConfigurationKind::encryption);
  return configuration ? unpack_encryption(configuration->document) : Encryption{};
}

Objects::Core::NewSeal Objects::Core::new_seal(const policy::Access& access, const Bucket& bucket, const ObjectKey& key,
                                               const std::optional<CustomerKey>& customer) {
  if (customer) {
    if (encryption_of(bucket).customer_keys_block) {
      throw Error(errors::access_denied,
                  "User: " + access.principal().arn + " is not authorized to perform: s3:PutObject on resource: \"" +
                      bucket.arn_of(key.text()) +
                      "\" because this bucket has blocked upload requests that specify Server Side Encryption with "
                      "Customer provided keys (SSE-C). Please specify a different server-side encryption type");
    }
    keys::DataKey made = keys::make_under(customer->bytes, d.random);
    return {.seal = {.kind = Seal::Kind::customer,
                     .wrapped_key = std::move(made.wrapped),
                     .customer_key_md5 = customer->md5},
            .key = {.bytes = std::move(made.plain)}};
  }
  if (!options().sealed) return {};
  keys::DataKey made = d.keys->make();
  return {.seal = {.kind = Seal::Kind::server, .wrapped_key = std::move(made.wrapped), .customer_key_md5 = {}},
          .key = {.bytes = std::move(made.plain)}};
}

blob::DataKey Objects::Core::key_of(const Seal& seal, const std::optional<CustomerKey>& customer) const {
  if (seal.kind == Seal::Kind::customer) {
    if (!customer) {
      throw Error(errors::invalid_request,
                  "The object was stored using a form of Server Side Encryption. The correct parameters must be "
                  "provided to retrieve the object.");
    }
    return unwrap_customer(seal, *customer);
  }
  if (customer) {
    throw Error(errors::invalid_request, "The encryption parameters are not applicable to this object.");
  }
  if (seal.kind == Seal::Kind::none) return {};
  if (!d.keys) throw std::runtime_error("an object is sealed, and there is no master key");
  return {.bytes = d.keys->unwrap(seal.wrapped_key)};
}

blob::DataKey Objects::Core::part_key_of(const Seal& seal, const std::optional<CustomerKey>& customer) const {
  if ((seal.kind == Seal::Kind::customer) != customer.has_value()) {
    throw Error(errors::invalid_request,
                "The multipart upload initiate requested encryption. Subsequent part requests must include the "
                "appropriate encryption parameters.");
  }
  if (customer && customer->md5 != seal.customer_key_md5) {
    throw Error(errors::invalid_request, "The provided encryption parameters did not match the ones used originally.");
  }
  return key_of(seal, customer);
}

std::string Objects::Core::seal_small(const blob::DataKey& key, std::string bytes) const {
  if (key.bytes.empty() || bytes.empty()) return bytes;
  return keys::seal(key.bytes, bytes, inline_purpose, d.random);
}

std::shared_ptr<const std::string> Objects::Core::open_small(const blob::DataKey& key,
                                                             std::shared_ptr<const std::string> row) const {
  if (key.bytes.empty()) return row;
  auto plain = keys::open(key.bytes, *row, inline_purpose);
  if (!plain) throw blob::Corrupt("a small object's row is damaged");
  return std::make_shared<const std::string>(std::move(*plain));
}

std::string Objects::Core::tag_of(const Seal& seal, const blob::DataKey& key, std::string md5) {
  if (seal.kind != Seal::Kind::customer) return md5;
  const Sha256 digest = hmac_sha256(key.bytes, "tarn etag " + md5);
  return std::string(as_text(std::span(digest).first(16)));
}

bool Objects::seals() const {
  return core_->options().sealed;
}

void Objects::check_customer_key(const ObjectVersion& version, const std::optional<CustomerKey>& key) const {
  if (version.seal.kind == Seal::Kind::customer || key) (void)core_->key_of(version.seal, key);
}

}  // namespace tarn::objects
