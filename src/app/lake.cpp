#include "app/lake.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/log.h"
#include "base/os/machine.h"
#include "blob/local/local_store.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::app {
namespace {

std::string text_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value ? value : "";
}

// Each is a descriptor, of which connections need most. A blob that stays open need not be verified again.
std::size_t blobs_to_keep_open() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return std::clamp<std::size_t>(limit.rlim_cur / 8, 128, 4096);
}

// Enough for the small objects that are read often; what is read rarely the operating system's memory has as well.
std::size_t metadata_cache_bytes(const ServeOptions& options) {
  if (options.metadata_cache_mib) return std::size_t{*options.metadata_cache_mib} << 20;
  const std::size_t sixteenth = memory_of_machine() / 16;
  return std::clamp<std::size_t>(sixteenth, 64 << 20, 2UL << 30);
}

}  // namespace

Lake::Lake(ServeOptions options) : options_(std::move(options)), folder_(options_.data_dir) {}

Lake::~Lake() = default;

void Lake::start() {
  lake_clock_.advance(folder_.lake_clock_advanced());
  open_stores();
  open_keys();
  open_identity();
  make_domains();
  make_services();
  make_metrics();
  sync_wait(recover());
  listen();
}

void Lake::open_stores() {
  const std::size_t cache_bytes = metadata_cache_bytes(options_);
  rows_ = meta::open_rocksdb(folder_.meta(),
                             {.block_cache_bytes = cache_bytes / 4 * 3, .row_cache_bytes = cache_bytes / 4});
  meta_ = std::make_unique<audit::NotingStore>(*rows_);
  // A tier a storage class, by its number.
  blob::LocalOptions blob_options;
  blob_options.max_open_files = blobs_to_keep_open();
  blob_options.tiers.push_back(folder_.blobs("hot"));
  for (std::uint8_t number = first_storage_class; number <= last_storage_class; ++number) {
    const std::string name(objects::name_of(static_cast<objects::StorageClass>(number)));
    const auto configured = options_.tiers.find(name);
    blob_options.tiers.push_back(configured == options_.tiers.end() ? folder_.blobs(name) : configured->second);
  }
  blobs_ = sync_wait(blob::open_local(*rows_, std::move(blob_options)));
}

// The key is kept before anything is wrapped under it, and the lake knows whose key it is: sealed objects under another
// key than the folder's would be lost, and that is said at the start instead of at the first read.
void Lake::open_keys() {
  const meta::Partition partition{"names"};
  const std::string row_key = "master-key";
  auto key = folder_.master_key();
  const auto row = sync_wait(meta_->get(partition, row_key));
  if (!key) {
    if (row)
      throw std::runtime_error(folder_.path() + "/master.key is missing: without it sealed objects cannot be read");
    key = keys::random_key(random_);
    folder_.keep_master_key(*key);
  }
  keyring_ = std::make_unique<keys::Keyring>(std::move(*key), random_);
  if (row && row->value != keyring_->fingerprint()) {
    throw std::runtime_error(folder_.path() + "/master.key is not the key that the objects were sealed under");
  }
  if (row) return;
  meta::Batch batch;
  batch.put(row_key, keyring_->fingerprint());
  (void)sync_wait(meta_->commit(partition, std::move(batch)));
}

void Lake::open_identity() {
  identity_ = std::make_unique<identity::Identity>(*meta_, wall_, random_);
  sync_wait(identity_->open());
  if (!sync_wait(identity_->accounts()).empty()) return;
  // The key is kept before the account exists, so that a crash in between loses neither.
  auto key = folder_.root_key();
  if (!key) {
    key = identity::RootKey{.access_key_id = text_of("TARN_ROOT_ACCESS_KEY_ID"),
                            .secret_access_key = text_of("TARN_ROOT_SECRET_ACCESS_KEY")};
    if (key->access_key_id.empty() != key->secret_access_key.empty()) {
      throw std::runtime_error("TARN_ROOT_ACCESS_KEY_ID and TARN_ROOT_SECRET_ACCESS_KEY go together");
    }
    if (key->access_key_id.empty()) {
      key->access_key_id = "AKIA" + random_.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
      key->secret_access_key = random_.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    }
    folder_.keep_root_key(*key);
  }
  const auto made = sync_wait(identity_->bootstrap(key));
  if (made) new_root_key_ = made->root;
}

void Lake::make_metrics() {
  const auto statistic = [this](std::uint64_t http::Server::Statistics::* member) {
    return [this, member] { return static_cast<double>(server_->statistics().*member); };
  };
  using Statistics = http::Server::Statistics;
  metrics_.value("tarn_http_connections", "Connections open now.", statistic(&Statistics::connections));
  metrics_.value("tarn_http_accepted_total", "Connections taken.", statistic(&Statistics::accepted), "counter");
  metrics_.value("tarn_http_requests_total", "Requests.", statistic(&Statistics::requests), "counter");
  metrics_.value("tarn_http_refused_total", "Requests refused unread.", statistic(&Statistics::refused), "counter");
  metrics_.value("tarn_http_received_bytes_total", "Bytes received.", statistic(&Statistics::bytes_in), "counter");
  metrics_.value("tarn_http_sent_bytes_total", "Bytes sent.", statistic(&Statistics::bytes_out), "counter");
  const auto scrubbed = [this](auto member) {
    return [this, member] { return static_cast<double>((*scrubber_.*member)()); };
  };
  using objects::Scrubber;
  metrics_.value("tarn_scrubbed_bytes_total", "Bytes of blobs that were read again.", scrubbed(&Scrubber::read_bytes),
                 "counter");
  metrics_.value("tarn_scrubbed_blobs_total", "Blobs that were read again.", scrubbed(&Scrubber::read_blobs),
                 "counter");
  metrics_.value("tarn_damaged_blobs", "Blobs that this round of the scrubber, or the last, found damaged.",
                 scrubbed(&Scrubber::damaged));
  metrics_.value("tarn_lake_clock_advanced_seconds", "How far the lake's clock was moved.",
                 [this] { return static_cast<double>(lake_clock_.advanced().count()) / 1000; });
}

void Lake::listen() {
  auto tls = options_.tls;
  std::string certificate;
  if (tls && tls->self_made) {
    folder_.make_tls_certificate();
    certificate = std::filesystem::absolute(folder_.tls_certificate()).lexically_normal().string();
    tls = http::TlsOptions{.certificate_file = folder_.tls_certificate(), .key_file = folder_.tls_key()};
  }
  server_ = std::make_unique<http::Server>(
      http::ServerOptions{.listen = options_.listen, .threads = options_.threads, .tls = std::move(tls)}, *dispatcher_);
  server_->start();
  // Programs of this machine would not know the certificate, and need none.
  if (options_.tls) {
    programs_server_ =
        std::make_unique<http::Server>(http::ServerOptions{.listen = {"127.0.0.1:0"}, .threads = 1}, *dispatcher_);
    programs_server_->start();
  }
  programs_url_told_.set_value(
      programs_server_ ? "http://127.0.0.1:" + std::to_string(programs_server_->ports().front()) : endpoint());
  admin_->tell(endpoint(), folder_.root_key(), std::move(certificate));
  admin_server_ = std::make_unique<http::Server>(
      http::ServerOptions{.listen = {"unix:" + socket_path(options_.data_dir)}, .threads = 1}, *admin_);
  admin_server_->start();
}

std::string Lake::endpoint() const {
  const std::string& address = options_.listen.front();
  std::string host = address.substr(0, address.rfind(':'));
  // What listens everywhere is reached from here.
  if (host.empty() || host == "*" || host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return (options_.tls ? "https://" : "http://") + host + ":" + std::to_string(server_->ports().front());
}

// Waits for listen(). Empty where it failed.
std::string Lake::programs_url() const {
  try {
    return programs_url_.get();
  } catch (const std::future_error&) {
    return {};
  }
}

bool Lake::stop() {
  if (internal_) internal_->end();
  if (admin_server_) admin_server_->stop(Milliseconds(200));
  if (programs_server_) programs_server_->stop(Milliseconds(200));
  if (server_) server_->stop(Milliseconds(3000));
  const bool ended = !queue_ || queue_->stop(Milliseconds(5000));
  if (training_) training_->stop();
  // All connections are closed: what their requests left is complete.
  if (traffic_) sync_wait(traffic_->deliver());
  if (audit_) sync_wait(audit_->flush());
  return ended;
}

}  // namespace tarn::app
