#include "traffic/traffic.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "base/log.h"
#include "tiers/service_access.h"

namespace tarn::traffic {
namespace {

constexpr const char* job = "deliver access logs";
constexpr std::size_t bytes_an_object = 1 << 20;
constexpr std::size_t most_waiting_bytes = 64 << 20;
constexpr std::int64_t day_ms = 86'400'000;

using objects::ConfigurationKind;

bool wants_something(const objects::Bucket& bucket) {
  return bucket.configuration(ConfigurationKind::logging) || bucket.configuration(ConfigurationKind::metrics);
}

}  // namespace

Traffic::Traffic(Dependencies dependencies) : with_(std::move(dependencies)) {
  with_.queue.every(job, std::chrono::minutes(5), [this] { return deliver(); });
}

Task<void> Traffic::open() {
  std::string after;
  while (!active()) {
    const auto buckets = co_await with_.objects.all_buckets(after, 1'000);
    if (buckets.empty()) co_return;
    for (const objects::BucketPointer& bucket : buckets) {
      if (wants_something(*bucket)) wanted();
    }
    after = buckets.back()->name.text();
  }
}

// The tags of the object that a request is about, where a filter asks for them. Nobody hears of them: they decide only
// what is counted.
Task<objects::Tags> Traffic::tags_of(objects::BucketPointer bucket, std::string key) {
  const auto* metrics = bucket->configuration(ConfigurationKind::metrics);
  const auto parsed = ObjectKey::parse(key);
  if (!metrics || !parsed) co_return objects::Tags{};
  const auto configurations = unpack_metrics(metrics->document);
  if (std::ranges::all_of(configurations, [](const auto& each) { return each.tags.empty(); })) {
    co_return objects::Tags{};
  }
  const tiers::ServiceAccess lake(*bucket);
  const auto version = co_await with_.objects.find(lake, bucket->name, *parsed, {}, "s3:GetObjectTagging");
  co_return version ? version->tags : objects::Tags{};
}

Task<std::function<void(aws::ServedRequest)>> Traffic::watcher(std::string name, std::string key) {
  const auto parsed = BucketName::parse(name);
  objects::BucketPointer bucket;
  objects::Tags tags;
  try {
    if (parsed) bucket = co_await with_.objects.peek_bucket(*parsed);
    if (!bucket || !wants_something(*bucket)) co_return nullptr;
    tags = co_await tags_of(bucket, std::move(key));
  } catch (const Error&) {
    co_return nullptr;  // It is being deleted in this moment.
  }
  co_return [this, bucket, tags = std::move(tags)](aws::ServedRequest request) {
    try {
      if (const auto* logging = bucket->configuration(ConfigurationKind::logging)) {
        log(bucket, unpack_logging(logging->document), request);
      }
      if (const auto* metrics = bucket->configuration(ConfigurationKind::metrics)) {
        metrics_.count(bucket->name.text(), unpack_metrics(metrics->document), request, tags);
      }
    } catch (const std::exception& problem) {
      log::error("a request was not noted", {{"bucket", bucket->name.text()}, {"what", problem.what()}});
    }
  };
}

void Traffic::log(const objects::BucketPointer& source, const LoggingConfiguration& to,
                  const aws::ServedRequest& request) {
  std::optional<Timestamp> day;
  if (to.partitioned == DateSource::event_time) {
    day = from_millis(to_millis(request.received) / day_ms * day_ms);
  }
  keep({.source = source, .to = to, .day = day, .lines = log_lines(*source, request)});
}

void Traffic::keep(Waiting more) {
  const std::string place = more.source->id + "/" + more.to.target_bucket + "/" +
                            std::to_string(more.day ? to_millis(*more.day) : 0) + "/" + pack(more.to);
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + more.lines.size() > most_waiting_bytes) return;  // Best effort has an end.
    waiting_bytes_ += more.lines.size();
    const auto [at, made] = waiting_.try_emplace(place, std::move(more));
    if (!made) at->second.lines += more.lines;
    enough = at->second.lines.size() >= bytes_an_object;
  }
  if (enough) with_.queue.run_soon(job);
}

std::shared_ptr<const policy::Access> Traffic::access_for(const objects::Bucket& source) const {
  return with_.service_access("logging.s3.amazonaws.com",
                              {{"aws:SourceArn", {source.arn()}}, {"aws:SourceAccount", {source.owner.text()}}});
}

Task<bool> Traffic::may_deliver(objects::BucketPointer source, const LoggingConfiguration& configuration) {
  const std::string key = log_key(configuration, *source, with_.lake.now(), {}, "0000000000000000");
  const auto access = access_for(*source);
  co_return co_await access->allows("s3:PutObject", "arn:aws:s3:::" + configuration.target_bucket + "/" + key);
}

Task<void> Traffic::write(const Waiting& waiting) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const std::string unique = with_.random.text(16, digits);
  objects::PutRequest request{
      .bucket = BucketName::trusted(waiting.to.target_bucket),
      .key = ObjectKey::trusted(log_key(waiting.to, *waiting.source, with_.lake.now(), waiting.day, unique))};
  request.description.content_type = "text/plain";
  const auto access = access_for(*waiting.source);
  co_await with_.objects.put(*access, std::move(request), waiting.lines);
}

Task<void> Traffic::deliver() {
  std::map<std::string, Waiting> all;
  {
    const std::lock_guard lock(mutex_);
    all = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
  }
  for (auto& [place, waiting] : all) {
    std::string problem;
    bool again = false;
    try {
      co_await write(waiting);
      continue;
    } catch (const Error& refusal) {
      problem = std::string(refusal.code().name) + ": " + refusal.message();
    } catch (const std::exception& accident) {
      problem = accident.what();
      again = true;
    }
    log::warning("an access log was not delivered",
                 {{"bucket", waiting.source->name.text()}, {"target", waiting.to.target_bucket}, {"what", problem}});
    if (again) keep(std::move(waiting));
  }
}

}  // namespace tarn::traffic
