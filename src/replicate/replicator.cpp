#include "replicate/replicator.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"
#include "base/failure.h"
#include "base/log.h"
#include "objects/errors.h"
#include "replicate/remote.h"
#include "tiers/service_access.h"
#include "work/outbox.h"

namespace tarn::replicate {
namespace {

using nlohmann::json;

constexpr const char* item_kind = "replication";
// Five minutes apart in the end: some eight hours.
constexpr std::uint32_t max_attempts = 100;
constexpr std::size_t max_log_lines = 10'000;
constexpr std::string_view bucket_arn = "arn:aws:s3:::";
constexpr std::string_view remote_arn = "arn:tarn:replication:";

// One version and where it is still to go.
struct Errand {
  std::string bucket;
  std::string bucket_id;
  std::string key;
  std::string version_id;
  std::vector<std::string> left;  // Destinations; none yet: the rules say which.

  std::string payload() const {
    return json{{"bucket", bucket}, {"id", bucket_id}, {"key", key}, {"version", version_id}, {"left", left}}.dump();
  }
  static Errand of(const std::string& payload) {
    const json in = json::parse(payload);
    return {.bucket = in.at("bucket"),
            .bucket_id = in.at("id"),
            .key = in.at("key"),
            .version_id = in.at("version"),
            .left = in.at("left").get<std::vector<std::string>>()};
  }
  std::string name() const { return bucket_id + "/" + version_id + "/" + key; }
};

Error refuse(std::string message, const std::string& bucket) {
  return Error(objects::errors::invalid_request, std::move(message), "/" + bucket);
}

}  // namespace

std::optional<Destination> parse_destination(std::string_view arn) {
  if (arn.starts_with(bucket_arn)) {
    const auto name = BucketName::parse(arn.substr(bucket_arn.size()));
    if (!name) return std::nullopt;
    return Destination{.remote = {}, .bucket = name->text()};
  }
  if (!arn.starts_with(remote_arn)) return std::nullopt;
  const std::string_view last = arn.substr(arn.rfind(':') + 1);
  const std::size_t slash = last.find('/');
  if (slash == last.npos || slash == 0 || !BucketName::parse(last.substr(slash + 1))) return std::nullopt;
  return Destination{.remote = std::string(last.substr(0, slash)), .bucket = std::string(last.substr(slash + 1))};
}

struct Replicator::State {
  Dependencies d;
  metrics::Counter& completed;
  metrics::Counter& failed;
  metrics::Counter& given_up;
  metrics::Counter& bytes;
  std::unique_ptr<work::Outbox> outbox;
  std::set<std::string> busy;  // On the queue's thread only.
  std::mutex mutex;
  std::vector<LogLine> lines;

  explicit State(Dependencies dependencies)
      : d(std::move(dependencies)),
        completed(counter("completed")),
        failed(counter("failed")),
        given_up(counter("given_up")),
        bytes(d.metrics.counter("tarn_replication_bytes_total", "Bytes of versions that other buckets have got.")) {}

  metrics::Counter& counter(std::string_view outcome) {
    return d.metrics.counter("tarn_replications_total", "Attempts to bring a version to another bucket.",
                             metrics::label("outcome", outcome));
  }

  void note(const objects::Bucket& bucket, const Errand& errand, std::string_view destination, std::string_view outcome,
            std::uint32_t attempt, const std::string& error) {
    if (outcome != "completed") {
      log::warning("a version was not replicated", {{"bucket", errand.bucket},
                                                    {"version", errand.version_id},
                                                    {"destination", destination},
                                                    {"outcome", outcome},
                                                    {"error", error}});
    }
    if (!d.keep_log) return;
    nlohmann::ordered_json line{{"outcome", outcome},         {"bucket", errand.bucket},
                                {"key", errand.key},          {"versionId", errand.version_id},
                                {"destination", destination}, {"attempt", attempt}};
    if (!error.empty()) line["error"] = error.substr(0, 1'000);
    const std::lock_guard lock(mutex);
    if (lines.size() >= max_log_lines) return;
    lines.push_back({.account = bucket.owner,
                     .bucket = errand.bucket,
                     .time = d.wall.now(),
                     .text = line.dump(-1, ' ', false, json::error_handler_t::replace)});
  }

  Task<void> write_log() {
    std::vector<LogLine> taken;
    {
      const std::lock_guard lock(mutex);
      taken.swap(lines);
    }
    if (!taken.empty()) co_await d.keep_log(std::move(taken));
  }

  // A row becomes a work item.
  Task<void> take(meta::Partition partition, meta::Row row) {
    objects::ReplicationRecord record = objects::unpack_replication_record(row.value);
    Errand errand{.bucket = std::move(record.bucket),
                  .bucket_id = partition.name.substr(partition.name.find('/') + 1),
                  .key = std::move(record.key),
                  .version_id = std::move(record.version_id),
                  .left = {}};
    const std::string id = std::string(item_kind) + "/" + errand.bucket_id + "/" + to_hex(as_bytes(row.key));
    co_await d.queue.enqueue({.id = id, .kind = item_kind, .payload = errand.payload()});
  }

  Task<void> bring(const policy::Access& role, const objects::ObjectVersion& version, objects::ReplicationRule rule) {
    const auto destination = parse_destination(rule.destination);
    if (!destination) throw std::runtime_error("the destination is no bucket");
    if (destination->remote.empty()) {
      co_await d.objects.replicate(role, {.source = version,
                                          .target = BucketName::trusted(destination->bucket),
                                          .storage_class = rule.storage_class,
                                          .target_owns = rule.target_owns});
      co_return;
    }
    const auto remote = d.remotes.find(destination->remote);
    if (remote == d.remotes.end()) throw std::runtime_error("the operator of this server has named no such target");
    const std::string there = rule.destination + "/" + version.key.text();
    objects::ObjectVersion sent = version;
    policy::Facts facts;
    facts.emplace_back("s3:VersionId", std::vector{version.id().text()});
    std::unique_ptr<ByteStream> body;
    if (version.delete_marker) {
      co_await role.require("s3:ReplicateDelete", there);
    } else {
      co_await role.require("s3:GetObjectVersionForReplication", version.arn(), facts);
      co_await role.require("s3:ReplicateObject", there);
      const bool tags =
          sent.tags.empty() || (co_await role.allows("s3:GetObjectVersionTagging", version.arn(), facts) &&
                                co_await role.allows("s3:ReplicateTags", there));
      if (!tags) sent.tags.clear();
      // The role was asked: what AWS asks it for is not s3:GetObjectVersion.
      const tiers::ServiceAccess reader(*version.bucket);
      body = co_await d.objects.open(reader, version, {.offset = 0, .length = version.size});
      if (!body) co_return;
    }
    co_await send(remote->second, destination->bucket, std::move(sent), rule.storage_class, std::move(body),
                  d.wall.now());
  }

  Task<work::Outcome> work(const work::Item& item) {
    Errand errand = Errand::of(item.payload);
    const std::string name = errand.name();
    // One after the other: an older state must not overtake a newer.
    if (!busy.insert(name).second) co_return work::RunAgain{Milliseconds(200), std::nullopt};
    std::exception_ptr failure;
    std::optional<work::Outcome> outcome;
    try {
      outcome = co_await run(item, std::move(errand));
    } catch (...) {
      failure = std::current_exception();
    }
    busy.erase(name);
    if (failure) std::rethrow_exception(failure);
    co_return *outcome;
  }

  Task<work::Outcome> run(const work::Item& item, Errand errand) {
    const auto bucket = co_await d.objects.peek_bucket(BucketName::trusted(errand.bucket));
    if (!bucket || bucket->id != errand.bucket_id) co_return work::Done{};
    const auto* found = bucket->configuration(objects::ConfigurationKind::replication);
    const auto version =
        co_await d.objects.peek_version(bucket, ObjectKey::trusted(errand.key), VersionId::trusted(errand.version_id));
    if (!found || !version) co_return work::Done{};
    const auto configuration = objects::unpack_replication(found->document);
    auto rules = objects::rules_for(configuration, *version);
    if (!errand.left.empty()) {
      std::erase_if(rules, [&](const auto& rule) {
        return std::ranges::find(errand.left, rule.destination) == errand.left.end();
      });
    }
    std::exception_ptr failure;
    std::shared_ptr<const policy::Access> role;
    try {
      role = co_await d.assume(configuration.role);
    } catch (...) {
      failure = std::current_exception();
    }
    std::vector<std::string> left;
    for (const objects::ReplicationRule& rule : rules) {
      std::exception_ptr refused = failure;
      if (role) {
        try {
          co_await bring(*role, *version, rule);
        } catch (...) {
          refused = std::current_exception();
        }
      }
      (refused ? failed : completed).add();
      if (!refused) bytes.add(version->size);
      note(*bucket, errand, rule.destination, refused ? "failed" : "completed", item.attempts + 1,
           refused ? failure_text(refused) : "");
      if (refused) {
        failure = refused;
        left.push_back(rule.destination);
      }
    }
    const bool some_went = left.size() < rules.size();
    // A version whose rules are gone, before it went anywhere, does not get there.
    const bool unwanted = rules.empty() && errand.left.empty();
    if (unwanted) note(*bucket, errand, "", "failed", item.attempts + 1, "no rule wants it any more");
    const auto status = left.empty() && !unwanted ? objects::Replication::completed : objects::Replication::failed;
    const tiers::ServiceAccess lake(*bucket);
    co_await d.objects.set_replication(lake, *version, status);
    if (left.empty()) co_return work::Done{};
    if (!some_went) std::rethrow_exception(failure);
    errand.left = std::move(left);
    co_return work::RunAgain{Milliseconds(1'000), errand.payload()};
  }

  Task<void> dead(const work::Item& item) {
    const Errand errand = Errand::of(item.payload);
    given_up.add();
    const auto bucket = co_await d.objects.peek_bucket(BucketName::trusted(errand.bucket));
    if (bucket && bucket->id == errand.bucket_id) note(*bucket, errand, "", "given up", item.attempts, item.last_error);
  }
};

Replicator::Replicator(Dependencies dependencies) : state_(new State(std::move(dependencies))) {
  State* const state = state_.get();
  state->outbox = std::make_unique<work::Outbox>(
      state->d.store, state->d.queue, work::OutboxOptions{.rows = std::string(objects::replication_prefix)},
      [state](meta::Partition partition, meta::Row row) { return state->take(std::move(partition), std::move(row)); });
  state->d.queue.handle(item_kind, [state](const work::Item& item) { return state->work(item); },
                        {.max_running = 8, .max_attempts = max_attempts, .on_dead = [state](const work::Item& item) {
                           return state->dead(item);
                         }});
  if (state->d.keep_log) {
    state->d.queue.every("write the log of replication", std::chrono::milliseconds(500),
                         [state] { return state->write_log(); });
  }
}

Replicator::~Replicator() = default;

void Replicator::start() {
  state_->outbox->start();
}

Task<void> Replicator::check(const policy::Access& caller, const objects::Bucket& bucket,
                             const objects::ReplicationConfiguration& configuration) {
  const std::string& name = bucket.name.text();
  if (bucket.versioning != objects::Versioning::enabled) {
    throw refuse("Versioning must be 'Enabled' on the bucket to apply a replication configuration", name);
  }
  co_await state_->d.require_pass_role(caller, configuration.role);
  for (const objects::ReplicationRule& rule : configuration.rules) {
    const auto destination = parse_destination(rule.destination);
    if (!destination) {
      throw Error(objects::errors::invalid_argument, "Invalid bucket ARN.")
          .with("ArgumentName", "Bucket")
          .with("ArgumentValue", rule.destination);
    }
    if (!destination->remote.empty()) {
      if (state_->d.remotes.contains(destination->remote)) continue;
      throw Error(objects::errors::invalid_argument, "The operator of this server has named no such replication target")
          .with("ArgumentName", "Bucket")
          .with("ArgumentValue", rule.destination);
    }
    if (destination->bucket == name) throw refuse("Destination bucket cannot be the same as source bucket.", name);
    const auto target = co_await state_->d.objects.peek_bucket(BucketName::trusted(destination->bucket));
    if (!target) throw refuse("Destination bucket must exist.", name);
    if (target->versioning != objects::Versioning::enabled) {
      throw refuse("Destination bucket must have versioning enabled.", name);
    }
    if (bucket.object_lock && !target->object_lock) {
      throw refuse("Destination bucket must have Object Lock enabled.", name);
    }
    if (!rule.account.empty() && rule.account != target->owner.text()) {
      throw refuse("Account of the destination does not match the destination bucket's owner.", name);
    }
  }
}

}  // namespace tarn::replicate
