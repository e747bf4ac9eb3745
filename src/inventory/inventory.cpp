#include "inventory/inventory.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/pack.h"
#include "duck/engine_thread.h"
#include "inventory/rows.h"

namespace tarn::inventory {
namespace {

constexpr const char* item_kind = "inventory";
constexpr std::size_t rows_a_file = 100'000;
constexpr std::uint32_t max_attempts = 8;
constexpr std::int64_t day_ms = 86'400'000;

const meta::Partition partition{"inventory"};

// "2013-01-15T10-30Z" and "2013-01-15-10-30", as manifests and symlinks are dated.
std::string stamp_of(Timestamp time) {
  const std::string text = iso8601_seconds(time);
  return text.substr(0, 13) + "-" + text.substr(14, 2) + "Z";
}
std::string hive_stamp_of(Timestamp time) {
  const std::string text = iso8601_seconds(time);
  return text.substr(0, 10) + "-" + text.substr(11, 2) + "-" + text.substr(14, 2);
}

// One report on its way.
class Report {
 public:
  Report(Dependencies& with, objects::BucketPointer bucket, Configuration configuration, Timestamp started)
      : with_(with), bucket_(std::move(bucket)), configuration_(std::move(configuration)), started_(started) {
    source_ = with_.owner_access(bucket_->owner);
    destination_ = with_.service_access("s3.amazonaws.com", {{"aws:SourceArn", {bucket_->arn()}},
                                                             {"aws:SourceAccount", {bucket_->owner.text()}},
                                                             {"s3:x-amz-acl", {"bucket-owner-full-control"}}});
    root_ = configuration_.destination_prefix;
    if (!root_.empty() && !root_.ends_with('/')) root_ += '/';
    root_ += bucket_->name.text() + "/" + configuration_.id + "/";
  }

  Task<void> write() {
    std::string rows;
    std::size_t count = 0;
    objects::Listing page;
    const bool tells_replication =
        std::ranges::find(configuration_.fields, "ReplicationStatus") != configuration_.fields.end();
    do {
      page = co_await next_page(page);
      for (const objects::ListedObject& object : page.objects) {
        append_row(rows, configuration_, bucket_->name.text(), object, configuration_.format == Format::parquet,
                   tells_replication ? co_await replication_of(object) : std::string_view());
        if (++count % rows_a_file == 0) co_await write_rows(std::exchange(rows, {}));
      }
      if (co_await stop_requested()) throw std::runtime_error("the server stops");
    } while (page.truncated);
    if (!rows.empty()) co_await write_rows(std::move(rows));
    co_await write_manifest();
  }

 private:
  Task<objects::Listing> next_page(const objects::Listing& last) {
    if (configuration_.all_versions) {
      objects::ListVersionsRequest request{.bucket = bucket_->name, .prefix = configuration_.prefix};
      request.after = last.next_after;
      request.after_version = last.next_version;
      co_return co_await with_.objects.list_versions(*source_, std::move(request));
    }
    objects::ListRequest request{.bucket = bucket_->name, .prefix = configuration_.prefix};
    request.after = last.next_after;
    co_return co_await with_.objects.list(*source_, std::move(request));
  }

  Task<std::string_view> replication_of(const objects::ListedObject& object) {
    const auto version = co_await with_.objects.peek_version(bucket_, ObjectKey::trusted(object.key), object.id());
    switch (version ? version->replication : objects::Replication::none) {
      case objects::Replication::none:
        co_return "";
      case objects::Replication::pending:
        co_return "PENDING";
      case objects::Replication::completed:
        co_return "COMPLETED";
      case objects::Replication::failed:
        co_return "FAILED";
      case objects::Replication::replica:
        co_return "REPLICA";
    }
    co_return "";
  }

  Task<void> put(std::string key, std::string bytes, std::string content_type) {
    objects::PutRequest request{.bucket = BucketName::trusted(configuration_.destination_bucket),
                                .key = ObjectKey::trusted(std::move(key))};
    request.description.content_type = std::move(content_type);
    co_await with_.objects.put(*destination_, std::move(request), std::move(bytes));
  }

  Task<void> write_rows(std::string csv) {
    const bool parquet = configuration_.format == Format::parquet;
    std::string file = co_await duck::on_engine_thread(
        [&] { return parquet ? to_parquet(with_.engine, configuration_, std::move(csv)) : gzip(csv); });
    const std::string key = root_ + "data/" + with_.random.uuid() + (parquet ? ".parquet" : ".csv.gz");
    files_.push_back({{"key", key}, {"size", file.size()}, {"MD5checksum", to_hex(as_bytes(md5(as_bytes(file))))}});
    co_await put(key, std::move(file), parquet ? "application/octet-stream" : "application/gzip");
  }

  Task<void> write_manifest() {
    std::string symlink;
    for (const auto& file : files_) {
      symlink += "s3://" + configuration_.destination_bucket + "/" + file["key"].get<std::string>() + "\n";
    }
    co_await put(root_ + "hive/dt=" + hive_stamp_of(started_) + "/symlink.txt", std::move(symlink), "text/plain");
    const nlohmann::ordered_json manifest{{"sourceBucket", bucket_->name.text()},
                                          {"destinationBucket", "arn:aws:s3:::" + configuration_.destination_bucket},
                                          {"version", "2016-11-30"},
                                          {"creationTimestamp", std::to_string(to_millis(started_))},
                                          {"fileFormat", configuration_.format == Format::csv ? "CSV" : "Parquet"},
                                          {"fileSchema", schema_of(configuration_)},
                                          {"files", files_}};
    const std::string text = manifest.dump(2);
    const std::string folder = root_ + stamp_of(started_) + "/";
    co_await put(folder + "manifest.json", text, "application/json");
    co_await put(folder + "manifest.checksum", to_hex(as_bytes(md5(as_bytes(text)))), "text/plain");
  }

  Dependencies& with_;
  objects::BucketPointer bucket_;
  Configuration configuration_;
  Timestamp started_;
  std::shared_ptr<const policy::Access> source_;
  std::shared_ptr<const policy::Access> destination_;
  std::string root_;
  nlohmann::ordered_json files_ = nlohmann::ordered_json::array();
};

std::vector<Configuration> configurations_of(const objects::Bucket& bucket) {
  const auto* found = bucket.configuration(objects::ConfigurationKind::inventory);
  return found ? unpack(found->document) : std::vector<Configuration>{};
}

}  // namespace

std::int64_t period_of(Frequency frequency, Timestamp time) {
  const std::int64_t day = to_millis(time) / day_ms;
  // The first day of 1970 was a Thursday.
  return frequency == Frequency::daily ? day : (day + 4) / 7;
}

Inventories::Inventories(Dependencies dependencies) : with_(std::move(dependencies)) {
  with_.queue.handle(item_kind, [this](const work::Item& item) { return report(item); },
                     {.max_running = 1, .max_attempts = max_attempts});
  with_.queue.every("plan inventories", std::chrono::minutes(10), [this]() -> Task<void> {
    return [](Inventories& inventories) -> Task<void> { (void)co_await inventories.plan(); }(*this);
  });
}

Task<std::size_t> Inventories::plan() {
  std::size_t planned = 0;
  std::string after;
  while (true) {
    const auto buckets = co_await with_.objects.all_buckets(after, 1'000);
    if (buckets.empty()) co_return planned;
    for (const objects::BucketPointer& bucket : buckets) planned += co_await plan_bucket(bucket);
    after = buckets.back()->name.text();
  }
}

Task<std::size_t> Inventories::plan_bucket(objects::BucketPointer bucket) {
  std::size_t planned = 0;
  const std::vector<Configuration> configurations = configurations_of(*bucket);
  for (const Configuration& each : configurations) {
    if (!each.enabled) continue;
    const std::int64_t period = period_of(each.frequency, with_.lake.now());
    const std::string place = bucket->id + "/" + each.id;
    const auto row = co_await with_.store.get(partition, place);
    if (row && static_cast<std::int64_t>(Unpacker(row->value).number()) >= period) continue;
    co_await with_.queue.enqueue({.id = std::string(item_kind) + "/" + place + "/" + std::to_string(period),
                                  .kind = item_kind,
                                  .payload = nlohmann::json{
                                      {"bucket", bucket->name.text()},
                                      {"bucket_id", bucket->id},
                                      {"configuration", each.id},
                                      {"period",
                                       period}}.dump()});
    ++planned;
  }
  co_return planned;
}

Task<work::Outcome> Inventories::report(const work::Item& item) {
  const auto payload = nlohmann::json::parse(item.payload);
  const std::string id = payload.at("configuration");
  const Timestamp started = item.created;
  const auto bucket = co_await with_.objects.peek_bucket(BucketName::trusted(payload.at("bucket")));
  if (!bucket || bucket->id != payload.at("bucket_id").get<std::string>()) co_return work::Done{};
  const std::vector<Configuration> configurations = configurations_of(*bucket);
  const auto found = std::ranges::find(configurations, id, &Configuration::id);
  if (found == configurations.end() || !found->enabled) co_return work::Done{};
  Report report(with_, bucket, *found, started);
  co_await report.write();
  log::info("an inventory was written", {{"bucket", bucket->name.text()}, {"configuration", id}});
  std::string row;
  Packer(row).number(payload.at("period").get<std::uint64_t>());
  meta::Batch batch;
  batch.put(bucket->id + "/" + id, row);
  (void)co_await with_.store.commit(partition, std::move(batch));
  co_return work::Done{};
}

}  // namespace tarn::inventory
