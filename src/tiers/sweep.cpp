#include "tiers/sweep.h"

#include <algorithm>

#include "base/log.h"
#include "base/pack.h"
#include "objects/errors.h"
#include "tiers/service_access.h"

namespace tarn::tiers {
namespace {

constexpr std::string_view kind = "lifecycle";
constexpr std::size_t page_size = 1000;
constexpr std::size_t pages_a_run = 10;
constexpr std::size_t buckets_a_page = 1000;

bool asks_for_tags(const Lifecycle& lifecycle) {
  return std::ranges::any_of(lifecycle.rules, [](const Rule& rule) { return !rule.filter.tags.empty(); });
}

// The version as it was listed; none if it has changed since.
Task<std::optional<objects::ObjectVersion>> unchanged(objects::Objects& objects, const policy::Access& access,
                                                      const objects::Bucket& bucket,
                                                      const objects::ListedObject& listed) {
  auto found = co_await objects.find(access, bucket.name, ObjectKey::trusted(listed.key), listed.id());
  if (!found || found->row_version != listed.row_version) co_return std::nullopt;
  co_return found;
}

// The bucket is being deleted, or was: there is nothing to do in it, and others wait.
bool is_going(const Error& refusal) {
  return refusal.code() == objects::errors::no_such_bucket || refusal.code() == objects::errors::operation_aborted;
}

void count(SweepReport& total, const SweepReport& more) {
  total.looked_at += more.looked_at;
  total.moved += more.moved;
  total.expired += more.expired;
  total.aborted_uploads += more.aborted_uploads;
}

}  // namespace

Sweep::Sweep(objects::Objects& objects, const Clock& lake, SweepOptions options)
    : objects_(objects), lake_(lake), options_(options) {}

std::string Sweep::pack(const Place& place) {
  std::string payload;
  Packer(payload).byte(1).text(place.bucket).text(place.after).text(place.after_version).number(place.newer_noncurrent);
  return payload;
}

Sweep::Place Sweep::unpack(std::string_view payload) {
  Unpacker in(payload);
  if (in.byte() != 1) throw std::runtime_error("a sweep's place has an unknown format");
  Place place;
  place.bucket = in.text();
  place.after = in.text();
  place.after_version = in.text();
  place.newer_noncurrent = static_cast<std::uint32_t>(in.number());
  return place;
}

void Sweep::install(work::Queue& queue) {
  queue.handle(std::string(kind),
               [this](const work::Item& item) -> Task<work::Outcome> {
                 return [](Sweep& sweep, std::string payload) -> Task<work::Outcome> {
                   Place place = unpack(payload);
                   SweepReport report;
                   try {
                     for (std::size_t page = 0; page < pages_a_run && !place.done; ++page) {
                       co_await sweep.sweep_page(place, report);
                     }
                   } catch (const Error& refusal) {
                     if (!is_going(refusal)) throw;
                     place.done = true;
                   }
                   if (report.moved + report.expired + report.aborted_uploads > 0) {
                     log::info("lifecycle", {{"bucket", place.bucket},
                                             {"moved", report.moved},
                                             {"expired", report.expired},
                                             {"aborted_uploads", report.aborted_uploads}});
                   }
                   if (place.done) co_return work::Done{};
                   co_return work::RunAgain{.after = Milliseconds(0), .payload = pack(place)};
                 }(*this, item.payload);
               },
               {.max_running = 2});
  // On AWS the sweep runs once a day; more often costs little, since it is a walk over rows.
  const Milliseconds period = std::min<Milliseconds>(std::chrono::hours(1), options_.day);
  queue.every("lifecycle", period, [this, &queue]() -> Task<void> { return plan(queue); });
  queue.every("restores", std::min<Milliseconds>(std::chrono::minutes(1), options_.day), [this]() -> Task<void> {
    return [](Sweep& sweep) -> Task<void> { (void)co_await sweep.settle_restores(); }(*this);
  });
}

Task<void> Sweep::plan(work::Queue& queue) {
  std::string after;
  while (true) {
    const auto buckets = co_await objects_.all_buckets(after, buckets_a_page);
    if (buckets.empty()) co_return;
    after = buckets.back()->name.text();
    std::vector<work::NewItem> items;
    for (const objects::BucketPointer& bucket : buckets) {
      if (!bucket->configuration(objects::ConfigurationKind::lifecycle)) continue;
      // One sweep of a bucket at a time: the id is the bucket's.
      items.push_back({.id = "lifecycle/" + bucket->id,
                       .kind = std::string(kind),
                       .payload = pack(Place{.bucket = bucket->name.text()})});
    }
    if (!items.empty()) co_await queue.enqueue_all(std::move(items));
  }
}

Task<SweepReport> Sweep::sweep(BucketName bucket) {
  SweepReport total;
  Place place{.bucket = bucket.text()};
  while (!place.done) {
    SweepReport report;
    co_await sweep_page(place, report);
    count(total, report);
  }
  co_return total;
}

Task<void> Sweep::sweep_page(Place& place, SweepReport& report) {
  const BucketName name = BucketName::trusted(place.bucket);
  const objects::BucketPointer bucket = co_await objects_.peek_bucket(name);
  const auto lifecycle = bucket ? lifecycle_of(*bucket) : nullptr;
  if (!lifecycle) {
    place.done = true;
    co_return;
  }
  const ServiceAccess access(*bucket);
  objects::ListVersionsRequest request{.bucket = name, .after = place.after, .max = page_size};
  if (!place.after_version.empty()) request.after_version = VersionId::trusted(place.after_version);
  const objects::Listing page = co_await objects_.list_versions(access, std::move(request));

  // Whether a delete marker stands alone shows only in what follows it: the last line waits for the next page.
  const std::size_t lines = page.objects.size() - (page.truncated && page.objects.size() > 1 ? 1 : 0);
  for (std::size_t i = 0; i < lines; ++i) {
    const objects::ListedObject& listed = page.objects[i];
    const bool same_key = place.after == listed.key;
    if (!same_key) place.newer_noncurrent = 0;
    Candidate candidate{.key = listed.key,
                        .size = listed.size,
                        .modified = listed.modified,
                        .storage_class = listed.storage_class,
                        .latest = listed.latest,
                        .delete_marker = listed.delete_marker,
                        .noncurrent_since = listed.noncurrent_since,
                        .newer_noncurrent = place.newer_noncurrent};
    candidate.alone = listed.delete_marker && listed.latest &&
                      (i + 1 == page.objects.size() || page.objects[i + 1].key != listed.key);
    ++report.looked_at;
    co_await act(access, *lifecycle, bucket, listed, candidate, report);
    place.after = listed.key;
    place.after_version = listed.id().text();
    if (!listed.latest) ++place.newer_noncurrent;
  }
  place.done = !page.truncated;
  if (place.done) co_await abort_uploads(name, report);
}

Task<void> Sweep::act(const policy::Access& access, const Lifecycle& lifecycle, const objects::BucketPointer& bucket,
                      const objects::ListedObject& listed, Candidate candidate, SweepReport& report) {
  std::optional<objects::ObjectVersion> version;
  if (listed.tagged && asks_for_tags(lifecycle)) {
    version = co_await unchanged(objects_, access, *bucket, listed);
    if (!version) co_return;
    candidate.tags = &version->tags;
  }
  const Action action = decide(lifecycle, candidate, bucket->versioning, lake_.now(), options_.day);
  switch (action.kind) {
    case Action::Kind::none:
      co_return;
    case Action::Kind::transition:
      if (!version) version = co_await unchanged(objects_, access, *bucket, listed);
      if (version && co_await objects_.transition(access, *version, action.to)) ++report.moved;
      co_return;
    case Action::Kind::expire:
    case Action::Kind::remove_version: {
      objects::RemoveRequest remove{.bucket = bucket->name,
                                    .key = ObjectKey::trusted(listed.key),
                                    .if_row_version = listed.row_version,
                                    .event = "LifecycleExpiration:Delete"};
      if (action.kind == Action::Kind::remove_version) remove.version = listed.id();
      if ((co_await objects_.remove(access, std::move(remove))).removed) ++report.expired;
      co_return;
    }
  }
}

Task<void> Sweep::abort_uploads(BucketName name, SweepReport& report) {
  const objects::BucketPointer bucket = co_await objects_.peek_bucket(name);
  const auto lifecycle = bucket ? lifecycle_of(*bucket) : nullptr;
  if (!lifecycle) co_return;
  const ServiceAccess access(*bucket);
  const Timestamp now = lake_.now();
  objects::ListUploadsRequest request{.bucket = name, .max = page_size};
  while (true) {
    const objects::UploadListing page = co_await objects_.list_uploads(access, request);
    for (const objects::Upload& upload : page.uploads) {
      const auto expiry = abort_of(*lifecycle, upload.key.text(), upload.initiated, options_.day);
      if (!expiry || expiry->date > now) continue;
      try {
        co_await objects_.abort_upload(access, name, upload.key, upload.id);
        ++report.aborted_uploads;
      } catch (const Error&) {
        // Completed or aborted in this moment.
      }
    }
    if (!page.truncated) co_return;
    request.after = page.next_after;
    request.after_upload = page.next_upload;
  }
}

Task<std::size_t> Sweep::settle_restores() {
  std::size_t settled = 0;
  std::string after;
  while (true) {
    const auto buckets = co_await objects_.all_buckets(after, buckets_a_page);
    if (buckets.empty()) co_return settled;
    after = buckets.back()->name.text();
    for (const objects::BucketPointer& bucket : buckets) {
      try {
        settled += co_await objects_.settle_restores(ServiceAccess(*bucket), bucket->name, lake_.now());
      } catch (const Error& refusal) {
        if (!is_going(refusal)) throw;
      }
    }
  }
}

}  // namespace tarn::tiers
