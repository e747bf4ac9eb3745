// Lake: everything a server is made of, joined. The only place where implementations are chosen.
#pragma once

#include <future>
#include <memory>
#include <string>

#include "app/admin.h"
#include "app/audit_seam.h"
#include "app/data_folder.h"
#include "app/identity_seams.h"
#include "app/internal.h"
#include "app/options.h"
#include "aws/dispatch.h"
#include "aws/sigv4_authenticator.h"
#include "base/metrics.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "blob/store.h"
#include "catalog/catalog.h"
#include "crawl/crawler.h"
#include "crawl/workflow.h"
#include "duck/engine.h"
#include "events/events.h"
#include "identity/identity.h"
#include "inventory/inventory.h"
#include "keys/keyring.h"
#include "logs/logs.h"
#include "meta/store.h"
#include "notify/notifier.h"
#include "notify/queue_target.h"
#include "notify/webhook.h"
#include "objects/objects.h"
#include "objects/policies.h"
#include "objects/scrub.h"
#include "policy/evaluated_access.h"
#include "query/query.h"
#include "queues/policies.h"
#include "queues/queues.h"
#include "replicate/replicator.h"
#include "services/s3/cross_origin.h"
#include "services/s3/website_endpoint.h"
#include "tiers/prices.h"
#include "tiers/sweep.h"
#include "traffic/traffic.h"
#include "training/training.h"
#include "work/work.h"

namespace tarn::app {

// Each storage class is a tier of its own: its number is the class's.
inline constexpr std::uint8_t first_storage_class = 1;
inline constexpr std::uint8_t last_storage_class = 8;

// Made from the bottom up and ended from the top down, which is the order of the members.
class Lake {
 public:
  explicit Lake(ServeOptions options);
  ~Lake();
  Lake(const Lake&) = delete;
  Lake& operator=(const Lake&) = delete;

  // Opens all and listens. Throws std::exception that says what is missing.
  void start();
  // At most 9 seconds: requests, then work. False: something still runs, so that nothing of this may be destroyed; to
  // end the process is harmless, as what runs is run again after the next start.
  bool stop();

  // Made at this very start; it is shown once.
  const std::optional<identity::RootKey>& new_root_key() const { return new_root_key_; }
  // "http://127.0.0.1:9320"
  std::string endpoint() const;

 private:
  void open_stores();
  void open_keys();
  void open_identity();
  void make_domains();
  void make_notifier();
  void make_objects();
  void make_replicator();
  void make_audit();
  void make_crawlers();
  void make_queries();
  void make_traffic();
  void make_training();
  void make_services();
  void add_services();
  void add_training_services();
  void make_metrics();
  template <typename LogLine>
  Task<void> keep_lines(std::string group, std::vector<LogLine> lines);
  Task<void> recover();
  void listen();
  std::string programs_url() const;
  std::shared_ptr<const policy::Access> root_access(const AccountId& account) const;
  std::shared_ptr<const policy::Access> service_access(std::string service, policy::Facts circumstances) const;

  const ServeOptions options_;
  DataFolder folder_;
  SystemClock wall_;
  LakeClock lake_clock_;
  SystemRandom random_;
  metrics::Registry metrics_;
  std::shared_future<std::string> programs_url_;

  std::unique_ptr<meta::Store> rows_;  // What the blobs and nobody else works on: no call is theirs.
  std::unique_ptr<meta::Store> meta_;  // The same rows; what a call changes carries its record.
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<keys::Keyring> keyring_;
  std::unique_ptr<identity::Identity> identity_;
  policy::PoliciesByService resource_policies_;
  std::unique_ptr<work::Queue> queue_;
  std::unique_ptr<queues::Queues> queues_;
  std::unique_ptr<queues::QueuePolicies> queue_policies_;
  std::unique_ptr<events::Events> events_;
  std::unique_ptr<notify::QueueTarget> queue_target_;
  std::unique_ptr<notify::WebhookTarget> webhook_target_;
  std::unique_ptr<notify::Notifier> notifier_;
  std::unique_ptr<objects::Objects> objects_;
  std::unique_ptr<replicate::Replicator> replicator_;
  std::unique_ptr<objects::Scrubber> scrubber_;
  std::unique_ptr<objects::BucketPolicies> bucket_policies_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<AuditSeam> audit_seam_;
  std::unique_ptr<TrailBuckets> trail_buckets_;
  std::unique_ptr<tiers::Sweep> sweep_;
  tiers::Prices prices_;
  std::unique_ptr<logs::Logs> logs_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<crawl::Crawlers> crawlers_;
  std::unique_ptr<crawl::Workflows> workflows_;
  std::unique_ptr<duck::Engine> engine_;
  std::unique_ptr<inventory::Inventories> inventories_;
  std::unique_ptr<query::Queries> queries_;
  std::unique_ptr<traffic::Traffic> traffic_;
  std::unique_ptr<ContainerCredentials> container_credentials_;
  std::unique_ptr<training::Training> training_;

  std::unique_ptr<IdentityCredentials> credentials_;
  std::unique_ptr<IdentityAccounts> s3_accounts_;
  std::unique_ptr<s3::BucketCrossOrigin> cross_origin_;
  std::unique_ptr<s3::BucketWebsites> websites_;
  std::unique_ptr<aws::SigV4Authenticator> authenticator_;
  std::unique_ptr<IdentityAuthorizer> authorizer_;
  std::unique_ptr<aws::Dispatcher> dispatcher_;
  std::unique_ptr<Internal> internal_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> admin_server_;
  std::unique_ptr<http::Server> programs_server_;
  // Where programs in sandboxes reach the lake, told when it listens.
  std::promise<std::string> programs_url_told_;
  std::optional<identity::RootKey> new_root_key_;
};

}  // namespace tarn::app
