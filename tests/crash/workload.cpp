#include "workload.h"

#include <algorithm>
#include <random>
#include <vector>

#include "base/encoding.h"

namespace tarn::crash {
namespace {

meta::Partition partition() {
  return {"bucket/crash"};
}
std::string first_key(int n) {
  return "c/" + std::to_string(n);
}
std::string second_key(int n) {
  return "v/" + std::to_string(n);
}
std::string garbage_key(const blob::BlobRef& ref) {
  std::string key = "g/";
  blob::append_ref(key, ref);
  return key;
}

std::string bytes_of(int n) {
  std::mt19937_64 chance(static_cast<std::uint64_t>(n));
  // Most are small; some are of several chunks.
  const std::size_t length = chance() % (n % 16 == 0 ? 800'000 : 40'000);
  std::vector<std::uint64_t> words(length / 8 + 1);
  std::ranges::generate(words, std::ref(chance));
  return {reinterpret_cast<const char*>(words.data()), length};
}
blob::Format format_of(int n) {
  return n % 2 ? blob::Format::plain : blob::Format::sealed;
}
blob::DataKey key_of(blob::Format format) {
  return {format == blob::Format::sealed ? std::string(32, 'k') : std::string()};
}
blob::BlobRef ref_in(const std::string& value) {
  std::string_view in(value);
  in.remove_prefix(1);
  return blob::take_ref(in);
}
std::string row_of(const blob::BlobRef& ref) {
  std::string value(1, '\1');
  blob::append_ref(value, ref);
  return value;
}

}  // namespace

Task<void> Workload::write(int n) {
  const std::string bytes = bytes_of(n);
  const auto writer = co_await blobs_.create(
      {.tier = {}, .format = format_of(n), .key = key_of(format_of(n)), .size_hint = 0, .owner = first_key(n)});
  for (std::size_t at = 0; at < bytes.size(); at += 100'000) {
    co_await writer->append(as_bytes(std::string_view(bytes).substr(at, 100'000)));
  }
  const auto ref = co_await writer->finish();
  meta::Batch batch;
  batch.require_absent(first_key(n)).put(first_key(n), row_of(ref)).put(second_key(n), row_of(ref));
  const auto commit = co_await rows_.commit(partition(), std::move(batch));
  if (!commit.applied) throw std::logic_error("a step was done twice");
  blobs_.settled(ref);
}

Task<void> Workload::remove(int n) {
  const auto row = co_await rows_.get(partition(), first_key(n));
  if (!row) throw std::logic_error("what was written is not there");
  const auto ref = ref_in(row->value);
  meta::Batch batch;
  batch.require_version(first_key(n), row->version).remove(first_key(n)).remove(second_key(n));
  batch.put(garbage_key(ref), "\1");
  const auto commit = co_await rows_.commit(partition(), std::move(batch));
  if (!commit.applied) throw std::logic_error("a lost race against nobody");
  co_await blobs_.remove(ref);
  std::ignore = co_await rows_.commit(partition(), meta::Batch().remove(garbage_key(ref)));
}

Task<std::string> Workload::verify_one(int n, bool must_be_there, bool must_be_gone, bool read_bytes) {
  const auto first = co_await rows_.get(partition(), first_key(n));
  const auto second = co_await rows_.get(partition(), second_key(n));
  const std::string name = "step " + std::to_string(n);
  if (first.has_value() != second.has_value()) co_return name + ": half a commit";
  if (!first) co_return must_be_there ? name + " was acknowledged and is lost" : "";
  if (must_be_gone) co_return name + " was removed and is there";
  if (first->value != second->value) co_return name + ": two rows of one commit differ";
  if (!read_bytes) co_return "";
  const auto ref = ref_in(first->value);
  const auto reader = co_await blobs_.open(ref, {.offset = 0, .length = ref.size}, key_of(ref.format));
  std::string got, buffer(70'000, '\0');
  while (const auto count = co_await reader->read(std::as_writable_bytes(std::span(buffer)))) {
    got.append(buffer, 0, count);
  }
  co_return got == bytes_of(n) ? "" : name + ": other bytes than were written";
}

Task<std::string> Workload::verify(Acknowledged known, int from) {
  std::set<int> all = known.written;
  std::string key = "c/";
  while (true) {
    const auto page = co_await rows_.scan(partition(), key, meta::end_of_prefix("c/"), {});
    if (page.empty()) break;
    for (const auto& row : page) all.insert(std::stoi(row.key.substr(2)));
    key = page.back().key + '\0';
  }
  for (const int n : all) {
    const bool gone = known.removed.contains(n);
    const bool there = known.written.contains(n) && !gone && !known.unsettled.contains(n);
    auto wrong = co_await verify_one(n, there, gone, n >= from);
    if (!wrong.empty()) co_return wrong;
  }
  co_return "";
}

Task<std::set<std::uint64_t>> Workload::named() {
  std::set<std::uint64_t> ids;
  std::string key = "c/";
  while (true) {
    const auto page = co_await rows_.scan(partition(), key, meta::end_of_prefix("c/"), {});
    if (page.empty()) break;
    for (const auto& row : page) ids.insert(ref_in(row.value).id);
    key = page.back().key + '\0';
  }
  co_return ids;
}

Task<int> Workload::sweep() {
  int swept = 0;
  const auto garbage = co_await rows_.scan(partition(), "g/", meta::end_of_prefix("g/"), {.max_rows = 100'000});
  for (const auto& row : garbage) {
    std::string_view name(row.key);
    name.remove_prefix(2);
    co_await blobs_.remove(blob::take_ref(name));
    std::ignore = co_await rows_.commit(partition(), meta::Batch().remove(row.key));
  }
  while (true) {
    const auto found = co_await blobs_.unsettled(100);
    if (found.empty()) break;
    for (const auto& one : found) {
      // Without an owner it was never finished.
      const auto row = co_await rows_.get(partition(), one.owner.empty() ? "none" : one.owner);
      if (row && ref_in(row->value).id == one.ref.id) {
        blobs_.settled(one.ref);
      } else {
        co_await blobs_.remove(one.ref);
        ++swept;
      }
    }
  }
  co_return swept;
}

}  // namespace tarn::crash
