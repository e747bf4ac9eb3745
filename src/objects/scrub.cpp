#include "objects/scrub.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "base/pack.h"
#include "objects/rows.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::chrono::hours between_rounds{24};
constexpr std::size_t rows_a_step = 2'000;
constexpr std::size_t rows_a_page = 200;
constexpr unsigned steps_between_saves = 60;
constexpr std::string_view buckets = "bucket/";
// In the order of their keys: current versions, parts of versions, parts of uploads, other versions.
constexpr std::string_view kinds[] = {"c/", "m/", "p/", "v/"};

meta::Partition home() {
  return {"scrub"};
}

// The kind that rows from `row` on belong to, or the next one; none after the last.
const std::string_view* kind_from(const std::string& row) {
  const auto* const found =
      std::ranges::find_if(kinds, [&](std::string_view kind) { return row < meta::end_of_prefix(kind); });
  return found == std::end(kinds) ? nullptr : found;
}

// For people: the key as it can be read off the row's.
std::string key_of(const meta::Row& row) {
  std::string_view rest(row.key);
  const bool is_part = rest.starts_with("m/") || rest.starts_with("p/");
  rest.remove_prefix(2);
  return is_part ? "part " + to_hex(as_bytes(rest)) : rows::unescape(rest);
}

}  // namespace

std::string Scrubber::pack(const Place& place) {
  std::string row;
  Packer(row).byte(format).time(place.began).byte(place.resting).text(place.partition).text(place.row);
  return row;
}

Scrubber::Place Scrubber::unpack(std::string_view row) {
  Unpacker in(row);
  if (in.byte() != format)
    throw std::runtime_error("the scrubber's place has a format that this version does not know");
  Place place{.began = in.time()};
  place.resting = in.byte() != 0;
  place.partition = in.text();
  place.row = in.text();
  return place;
}

Task<void> Scrubber::load() {
  const auto row = co_await meta_.get(home(), "place");
  place_ = row ? unpack(row->value) : Place{};
}

Task<void> Scrubber::save() {
  steps_since_saved_ = 0;
  std::ignore = co_await meta_.commit(home(), meta::Batch().put("place", pack(*place_)));
}

Task<void> Scrubber::step(std::uint64_t bytes) {
  if (!place_) co_await load();
  if (place_->resting) {
    const Timestamp now = wall_.now();
    if (now - place_->began < between_rounds) co_return;
    place_ = Place{.began = now, .resting = false};
    damaged_ = 0;
    left_bytes_ = 0;
  }
  left_bytes_ = std::min<std::int64_t>(left_bytes_, 0) + static_cast<std::int64_t>(bytes);
  left_rows_ = rows_a_step;
  while (left_bytes_ > 0 && left_rows_ > 0 && !place_->resting && !co_await stop_requested()) {
    if (co_await step_partition()) continue;
    const auto next = co_await meta_.partitions(std::string(buckets), place_->partition, 1);
    place_->row.clear();
    if (!next.empty()) {
      place_->partition = next.front().name;
      continue;
    }
    place_->resting = true;
    ++rounds_;
    log::info("scrubbed all blobs", {{"damaged", damaged_.load()}});
  }
  if (place_->resting || ++steps_since_saved_ >= steps_between_saves) co_await save();
}

// Some rows of the bucket at hand; false at its end.
Task<bool> Scrubber::step_partition() {
  if (place_->partition.empty()) co_return false;
  const std::string_view* const kind = kind_from(place_->row);
  if (!kind) co_return false;
  std::vector<meta::Row> rows;
  try {
    rows = co_await meta_.scan({place_->partition}, std::max(place_->row, std::string(*kind)),
                               meta::end_of_prefix(*kind), {.max_rows = rows_a_page});
  } catch (const std::exception& error) {
    // Where it is whole again cannot be told: the round goes on with the next kind of rows.
    ++damaged_;
    log::error("a bucket's rows are damaged",
               {{"bucket_id", place_->partition.substr(buckets.size())}, {"rows", *kind}, {"what", error.what()}});
  }
  if (rows.empty()) {
    place_->row = meta::end_of_prefix(*kind);
    co_return true;
  }
  for (const meta::Row& row : rows) {
    if (left_bytes_ <= 0 || co_await stop_requested()) co_return true;
    co_await scrub_row(row);
    place_->row = row.key + '\0';
    if (left_rows_ > 0) --left_rows_;
  }
  co_return true;
}

Task<void> Scrubber::scrub_row(const meta::Row& row) {
  if (row.key.starts_with("m/") || row.key.starts_with("p/")) {
    const rows::StoredPart part = rows::unpack_part(row.value);
    if (part.blob) co_await scrub_blob(*part.blob, row);
    co_return;
  }
  const ObjectVersion version = rows::unpack_version(row.value);
  if (const auto* const blob = std::get_if<blob::BlobRef>(&version.location)) co_await scrub_blob(*blob, row);
  if (std::holds_alternative<InlineBytes>(version.location)) co_await scrub_small(version, row);
  if (version.restored) co_await scrub_blob(*version.restored, row);
}

// Rows carry the store's checksums: reading them is all.
Task<void> Scrubber::scrub_small(const ObjectVersion& version, const meta::Row& row) {
  std::string problem;
  try {
    const auto bytes = co_await meta_.get({place_->partition}, rows::bytes_key(version.sequence, version.nonce));
    if (!bytes) problem = "the row of its bytes is gone";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  left_bytes_ -= static_cast<std::int64_t>(version.size);
  read_bytes_ += version.size;
  if (!problem.empty()) co_await tell(row, std::move(problem));
}

Task<void> Scrubber::scrub_blob(blob::BlobRef blob, const meta::Row& row) {
  std::string problem;
  try {
    if (!co_await blobs_.verify(blob)) problem = "its checksums do not hold";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  left_bytes_ -= static_cast<std::int64_t>(blob.size);
  read_bytes_ += blob.size;
  ++read_blobs_;
  if (!problem.empty()) co_await tell(row, std::move(problem));
}

// Counts and logs damage of what `row` names.
Task<void> Scrubber::tell(const meta::Row& row, std::string problem) {
  // What was overwritten, deleted or moved meanwhile is no damage.
  const auto still = co_await meta_.get({place_->partition}, row.key);
  if (!still || still->version != row.version) co_return;
  ++damaged_;
  log::error("an object's bytes are damaged",
             {{"bucket_id", place_->partition.substr(buckets.size())}, {"key", key_of(row)}, {"what", problem}});
}

}  // namespace tarn::objects
