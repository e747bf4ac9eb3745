// TLS 1.2 and 1.3 over OpenSSL. Where the kernel can encrypt (kTLS), files still go out by sendfile.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <vector>

#include "http/self_made.h"
#include "http/transport.h"

namespace tarn::http {

using Outcome = Moved::Outcome;

namespace {

[[noreturn]] void fail(const std::string& what) {
  char text[256] = "";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  throw std::runtime_error(what + (*text ? std::string(": ") + text : std::string()));
}

constexpr std::size_t record_bytes = 16 << 10;

class TlsTransport : public Transport {
 public:
  TlsTransport(int descriptor, ssl_st* ssl) : Transport(descriptor), ssl_(ssl) {
    SSL_set_fd(ssl_, descriptor);
    SSL_set_accept_state(ssl_);
  }
  ~TlsTransport() override { SSL_free(ssl_); }

  Moved receive(std::span<char> buffer) override {
    std::size_t count = 0;
    ERR_clear_error();
    receive_wants_send = false;
    const int result = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &count);
    if (result == 1) return {Outcome::moved, count};
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_ZERO_RETURN:
        return {Outcome::moved, 0};
      case SSL_ERROR_WANT_READ:
        may_receive = false;
        return {Outcome::would_block};
      case SSL_ERROR_WANT_WRITE:
        may_send = false;
        receive_wants_send = true;
        return {Outcome::would_block};
      default:
        broken_ = true;
        return {Outcome::broken};
    }
  }

  Moved send(std::span<const iovec> parts, bool /*more*/) override {
    // One record at a time; small parts share it. After would_block the same bytes come again, as OpenSSL demands.
    std::span<const char> bytes;
    if (parts.size() == 1 || parts[0].iov_len >= record_bytes) {
      bytes = {static_cast<const char*>(parts[0].iov_base), std::min(parts[0].iov_len, record_bytes)};
    } else {
      joined_.clear();
      for (const iovec& part : parts) {
        const std::size_t room = record_bytes - joined_.size();
        const auto* const start = static_cast<const char*>(part.iov_base);
        joined_.insert(joined_.end(), start, start + std::min(part.iov_len, room));
      }
      bytes = joined_;
    }
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count);
    return sent(result, count);
  }

  Moved send_file(int file, std::uint64_t offset, std::size_t length) override {
    ERR_clear_error();
    const ossl_ssize_t count = SSL_sendfile(ssl_, file, static_cast<off_t>(offset), length, 0);
    if (count == 0) return {Outcome::broken};
    return sent(count > 0 ? 1 : static_cast<int>(count), count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  Protection protection() const override { return {SSL_get_version(ssl_), SSL_get_cipher_name(ssl_)}; }
  bool can_send_file() const override { return BIO_get_ktls_send(SSL_get_wbio(ssl_)) > 0; }

  void end_sending() override {
    if (!broken_ && SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
    ERR_clear_error();
    Transport::end_sending();
  }

 private:
  Moved sent(int result, std::size_t count) {
    send_wants_receive = false;
    if (result == 1) return {Outcome::moved, count};
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_WRITE:
        may_send = false;
        return {Outcome::would_block};
      case SSL_ERROR_WANT_READ:
        may_receive = false;
        send_wants_receive = true;
        return {Outcome::would_block};
      default:
        broken_ = true;
        return {Outcome::broken};
    }
  }

  ssl_st* ssl_;
  std::vector<char> joined_;
  bool broken_ = false;
};

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (!extension) fail("cannot make a certificate");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct Made {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
};

Made make() {
  Made made;
  EVP_PKEY* const key = made.key.get();
  X509* const certificate = made.certificate.get();
  if (!key || !certificate) fail("cannot make a key");
  X509_set_version(certificate, 2);
  // Clients that knew an earlier one take no other of the same number.
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), static_cast<std::int64_t>(::time(nullptr)));
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 60L * 60 * 24 * 3650);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  add_extension(certificate, NID_subject_alt_name, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1");
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign");
  add_extension(certificate, NID_subject_key_identifier, "hash");
  if (X509_sign(certificate, key, EVP_sha256()) <= 0) fail("cannot make a certificate");
  return made;
}

void use_self_made(ssl_ctx_st* context) {
  const Made made = make();
  if (SSL_CTX_use_certificate(context, made.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, made.key.get()) != 1) {
    fail("cannot use a certificate");
  }
}

template <typename Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
  if (!memory || write(memory.get()) != 1) fail("cannot write a certificate");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

SelfMade make_certificate() {
  const Made made = make();
  return {.certificate = pem([&](BIO* out) { return PEM_write_bio_X509(out, made.certificate.get()); }),
          .key = pem([&](BIO* out) {
            return PEM_write_bio_PKCS8PrivateKey(out, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

TlsContext::TlsContext(const TlsOptions& options) : context_(SSL_CTX_new(TLS_server_method())) {
  if (!context_) fail("cannot set up TLS");
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                    SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Forward secrecy and authenticated encryption only; TLS 1.3's own list is so anyway.
  SSL_CTX_set_cipher_list(context_, "ECDHE+AESGCM:ECDHE+CHACHA20");
  try {
    if (options.self_made) {
      use_self_made(context_);
    } else if (SSL_CTX_use_certificate_chain_file(context_, options.certificate_file.c_str()) != 1 ||
               SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
               SSL_CTX_check_private_key(context_) != 1) {
      fail("no usable certificate and key in " + options.certificate_file + " and " + options.key_file);
    }
  } catch (...) {
    SSL_CTX_free(context_);
    throw;
  }
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

std::unique_ptr<Transport> TlsContext::accept(int descriptor) const {
  ssl_st* const ssl = SSL_new(context_);
  if (!ssl) fail("cannot begin a TLS session");
  return std::make_unique<TlsTransport>(descriptor, ssl);
}

}  // namespace tarn::http
