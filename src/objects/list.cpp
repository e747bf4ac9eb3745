// Listing objects and versions.
#include "objects/cursor.h"

namespace tarn::objects {
namespace {

constexpr std::size_t largest_page = 1000;

std::string key_of_current(const meta::Row& row) {
  std::string_view rest(row.key);
  rest.remove_prefix(2);
  return rows::unescape(rest);
}

// Where the rows of keys after `after` begin, of the kind of row that `kind` ("c/") names.
std::string start_of(std::string_view kind, const Rollup& rollup, const std::string& after, bool ended_keys) {
  const std::string first = std::string(kind) + rows::escape(rollup.prefix);
  if (after.empty()) return first;
  std::string from = std::string(kind) + rows::escape(after);
  if (rollup.told_as_prefix(after)) {
    from = meta::end_of_prefix(from);
  } else {
    // A key that ends with a mark is followed by its own rows, all of which are passed over.
    from += ended_keys ? std::string("\0\2", 2) : std::string(1, '\0');
  }
  return std::max(first, from);
}

std::string end_of(std::string_view kind, const std::string& prefix) {
  return meta::end_of_prefix(std::string(kind) + rows::escape(prefix));
}

policy::Facts list_facts(const std::string& prefix, const std::string& delimiter, std::size_t max) {
  policy::Facts facts;
  facts.emplace_back("s3:prefix", std::vector{prefix});
  if (!delimiter.empty()) facts.emplace_back("s3:delimiter", std::vector{delimiter});
  facts.emplace_back("s3:max-keys", std::vector{std::to_string(max)});
  return facts;
}

meta::Leap over_common_prefixes(std::string_view kind, const Rollup& rollup) {
  if (rollup.delimiter.empty()) return {};
  return [kind, rollup](std::string_view row_key) { return rollup.behind(kind, row_key); };
}

// Is the page full? Then what comes next is on another one.
bool full(const Listing& listing, std::size_t max) {
  return listing.objects.size() + listing.common_prefixes.size() >= max;
}

// Goes on, in the same key, behind the version that the last page ended with.
struct Resume {
  std::uint64_t sequence = 0;
  std::optional<Timestamp> modified;
};

}  // namespace

Task<Listing> Objects::list(const policy::Access& access, ListRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:ListBucket", bucket->arn(), list_facts(request.prefix, request.delimiter, request.max));
  Listing listing{.bucket = bucket};
  const std::size_t max = std::min(request.max, largest_page);
  if (max == 0) co_return listing;

  const Rollup rollup{request.prefix, request.delimiter};
  Cursor cursor(*core_, bucket, start_of("c/", rollup, request.after, false), end_of("c/", request.prefix), max + 1,
                over_common_prefixes("c/", rollup));
  listing.objects.reserve(request.delimiter.empty() ? max : 0);
  while (true) {
    if (!cursor.ready()) co_await cursor.load();
    const meta::Row* row = cursor.peek();
    if (!row) break;
    if (full(listing, max)) {
      listing.truncated = true;
      break;
    }
    std::string key = key_of_current(*row);
    if (const auto common = rollup.common_prefix(key)) {
      listing.next_after = listing.common_prefixes.emplace_back(*common);
      cursor.leap(meta::end_of_prefix("c/" + rows::escape(listing.next_after)));
      continue;
    }
    ListedObject object = rows::unpack_listed(row->value);
    object.key = std::move(key);
    object.row_version = row->version;
    listing.objects.push_back(std::move(object));
    cursor.pop();
    if (full(listing, max)) listing.next_after = listing.objects.back().key;
  }
  if (!listing.truncated) listing.next_after.clear();
  co_return listing;
}

namespace {

// The version that a page of versions ended with, to go on behind it.
Task<std::optional<Resume>> resume_from(Objects::Core& core, BucketPointer bucket, const ListVersionsRequest& request) {
  if (!request.after_version || request.after.empty()) co_return std::nullopt;
  if (Rollup{request.prefix, request.delimiter}.told_as_prefix(request.after)) co_return std::nullopt;
  const auto key = ObjectKey::parse(request.after);
  if (!key) co_return std::nullopt;
  Resume resume;
  if (const auto version = co_await core.read_version(bucket, *key, *request.after_version)) {
    resume.sequence = version->sequence;
    resume.modified = version->modified;
  } else if (const auto numbers = parse_version_id(request.after_version->text())) {
    resume.sequence = numbers->first;  // Gone since; its place is known.
  } else {
    co_return std::nullopt;
  }
  co_return resume;
}

// The rows of keys' current versions and of their other versions, merged: by key, and newest first.
//
// Both kinds are read at one moment, a page of each in one scan, for a version changes its row while it stays: it is
// superseded, or becomes the current one because those before it were removed. So no version that is there all the time
// is missed or told twice.
class VersionsWalk {
 public:
  // Rows from `current` (a c/ row's key) and from `others` (a v/ row's key) on, of keys that begin with `prefix`.
  VersionsWalk(Objects::Core& core, BucketPointer bucket, const std::string& prefix, std::string current,
               std::string others, std::size_t page, const Rollup& rollup)
      : core_(core),
        bucket_(std::move(bucket)),
        page_(page),
        current_{std::move(current), end_of("c/", prefix), over_common_prefixes("c/", rollup)},
        others_{std::move(others), end_of("v/", prefix), over_common_prefixes("v/", rollup)} {}

  // Of the key `told`, the version `resume` has been told already.
  void resume_at(std::string told, Resume resume) {
    last_key_ = std::move(told);
    successor_ = resume.modified;
    last_sequence_ = resume.sequence;
  }

  Task<std::optional<ListedObject>> next() {
    while (true) {
      if (!current_.ready() || !others_.ready()) co_await load();
      const meta::Row* current = current_.peek();
      const meta::Row* other = others_.peek();
      if (!current && !other) co_return std::nullopt;
      std::string current_key = current ? key_of_current(*current) : std::string();
      std::string other_key = other ? rows::parse_version_key(other->key).key : std::string();
      const bool take_current = current && (!other || current_key <= other_key);
      const meta::Row& row = take_current ? *current : *other;
      ListedObject listed = rows::unpack_listed(row.value);
      listed.key = take_current ? std::move(current_key) : std::move(other_key);
      listed.row_version = row.version;
      const bool same_key = last_key_ && *last_key_ == listed.key;
      ++(take_current ? current_ : others_).at;
      if (same_key && listed.sequence >= last_sequence_) continue;
      listed.latest = !same_key;
      if (same_key) listed.noncurrent_since = successor_;
      last_key_ = listed.key;
      last_sequence_ = listed.sequence;
      successor_ = listed.modified;
      co_return listed;
    }
  }

  // Goes on behind all keys that begin with `prefix`.
  void leap(const std::string& prefix) {
    current_.leap(meta::end_of_prefix("c/" + rows::escape(prefix)));
    others_.leap(meta::end_of_prefix("v/" + rows::escape(prefix)));
    last_key_.reset();
  }

 private:
  struct Side {
    std::string from;  // Where it goes on when it is read again, unless a key has been told since.
    std::string end;
    meta::Leap over;
    std::vector<meta::Row> rows = {};
    std::size_t at = 0;
    bool ended = false;

    // Is the next row (or the knowledge that there is none) at hand?
    bool ready() const { return at < rows.size() || ended; }
    const meta::Row* peek() const { return at < rows.size() ? &rows[at] : nullptr; }
    void leap(const std::string& position) {
      while (at < rows.size() && rows[at].key < position) ++at;
      from = position;
    }
  };

  // A page of both sides. The scan goes from the first kind of rows to the second when it has a page of the first; it
  // meets one row of the kinds in between where the first ends before.
  Task<void> load() {
    if (last_key_) {
      // The key that was told last is looked at once more: the version behind it may have become the current one.
      current_.from = rows::current_key(*last_key_);
      others_.from = rows::version_key(*last_key_, last_sequence_) + '\0';
    }
    struct Progress {
      std::string last;
      std::size_t count = 0;
    };
    const auto progress = std::make_shared<Progress>();
    const meta::Leap leap = [this, progress](std::string_view key) {
      if (key >= current_.end) return key < others_.from ? others_.from : leap_of(others_, key);
      // A store that found that it must read from the disk begins again, and one may ask twice of a row.
      if (key < progress->last) progress->count = 0;
      if (key != progress->last || progress->count == 0) ++progress->count;
      progress->last = key;
      if (progress->count >= page_) return others_.from;
      return leap_of(current_, key);
    };
    auto found = co_await core_.d.meta.leap_scan(rows::partition(bucket_->id), current_.from, others_.end,
                                                 {.max_rows = 2 * page_ + 1, .max_bytes = 64 << 20}, leap);
    for (Side* side : {&current_, &others_}) {
      side->rows.clear();
      side->at = 0;
    }
    for (meta::Row& row : found) {
      if (row.key < current_.end) {
        if (!told(row)) current_.rows.push_back(std::move(row));
      } else if (row.key >= others_.from) {
        others_.rows.push_back(std::move(row));
      }
    }
    // A page is of two rows at least, so one that held only what has been told was the last.
    current_.ended = current_.rows.empty();
    others_.ended = others_.rows.empty();
  }
  bool told(const meta::Row& current) const {
    return last_key_ && key_of_current(current) == *last_key_ &&
           rows::unpack_listed(current.value).sequence >= last_sequence_;
  }
  static meta::RowKey leap_of(const Side& side, std::string_view key) {
    return side.over ? side.over(key) : meta::RowKey();
  }

  Objects::Core& core_;
  BucketPointer bucket_;
  std::size_t page_;
  Side current_;
  Side others_;
  std::optional<std::string> last_key_;
  std::uint64_t last_sequence_ = 0;
  std::optional<Timestamp> successor_;
};

}  // namespace

Task<Listing> Objects::list_versions(const policy::Access& access, ListVersionsRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:ListBucketVersions", bucket->arn(),
                          list_facts(request.prefix, request.delimiter, request.max));
  Listing listing{.bucket = bucket};
  const std::size_t max = std::min(request.max, largest_page);
  if (max == 0) co_return listing;

  const Rollup rollup{request.prefix, request.delimiter};
  const auto resume = co_await resume_from(*core_, bucket, request);
  VersionsWalk walk(*core_, bucket, request.prefix, start_of("c/", rollup, request.after, false),
                    start_of("v/", rollup, request.after, true), max + 1, rollup);
  if (resume) walk.resume_at(request.after, *resume);

  while (auto version = co_await walk.next()) {
    if (full(listing, max)) {
      listing.truncated = true;
      break;
    }
    if (const auto common = rollup.common_prefix(version->key)) {
      listing.next_after = listing.common_prefixes.emplace_back(*common);
      listing.next_version.reset();
      walk.leap(listing.next_after);
      continue;
    }
    listing.next_after = version->key;
    listing.next_version = version->id();
    listing.objects.push_back(std::move(*version));
  }
  if (!listing.truncated) {
    listing.next_after.clear();
    listing.next_version.reset();
  }
  co_return listing;
}

Task<UploadListing> Objects::list_uploads(const policy::Access& access, ListUploadsRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  policy::Facts facts;
  facts.emplace_back("s3:prefix", std::vector{request.prefix});
  co_await access.require("s3:ListBucketMultipartUploads", bucket->arn(), std::move(facts));
  UploadListing listing{.bucket = bucket};
  const std::size_t max = std::min(request.max, largest_page);
  if (max == 0) co_return listing;

  const Rollup rollup{request.prefix, request.delimiter};
  std::string start = start_of("u/", rollup, request.after, true);
  if (!request.after.empty() && !request.after_upload.empty() && !rollup.told_as_prefix(request.after)) {
    start = std::max("u/" + rows::escape(request.prefix), rows::upload_key(request.after, request.after_upload) + '\0');
  }
  Cursor cursor(*core_, bucket, std::move(start), end_of("u/", request.prefix), max + 1,
                over_common_prefixes("u/", rollup));
  while (true) {
    if (!cursor.ready()) co_await cursor.load();
    const meta::Row* row = cursor.peek();
    if (!row) break;
    if (listing.uploads.size() + listing.common_prefixes.size() >= max) {
      listing.truncated = true;
      break;
    }
    std::string_view rest(row->key);
    rest.remove_prefix(2);
    std::string key = rows::unescape(rest);
    if (const auto common = rollup.common_prefix(key)) {
      listing.next_after = listing.common_prefixes.emplace_back(*common);
      listing.next_upload.clear();
      cursor.leap(meta::end_of_prefix("u/" + rows::escape(listing.next_after)));
      continue;
    }
    Upload upload = rows::unpack_upload(row->value);
    upload.bucket = bucket;
    upload.key = ObjectKey::trusted(std::move(key));
    upload.id = rest;
    listing.next_after = upload.key.text();
    listing.next_upload = upload.id;
    listing.uploads.push_back(std::move(upload));
    cursor.pop();
  }
  if (!listing.truncated) {
    listing.next_after.clear();
    listing.next_upload.clear();
  }
  co_return listing;
}

}  // namespace tarn::objects
