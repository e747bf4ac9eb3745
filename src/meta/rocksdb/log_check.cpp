#include "meta/rocksdb/log_check.h"

#include <algorithm>
#include <vector>

#include "base/checksum.h"

namespace tarn::meta {
namespace {

// RocksDB's log: blocks of 32 KiB; in them fragments of records, none crossing a block:
//   masked CRC32C of what follows the length (4 bytes) · length (2) · kind (1) · bytes
// A block's last bytes are zero where no header fits.
constexpr std::size_t block_bytes = 32 << 10;
constexpr std::size_t header_bytes = 7;
enum Kind : unsigned { zero = 0, full = 1, first = 2, middle = 3, last = 4 };

std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = count; i > 0; --i) number = number << 8 | std::to_integer<std::uint64_t>(bytes[i - 1]);
  return number;
}

std::uint32_t unmask(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

struct Fragment {
  unsigned kind = zero;
  std::size_t bytes = 0;  // With its header.
};

// The fragment at the front of what is left of a block; none if it is not whole.
std::optional<Fragment> take_fragment(std::span<const std::byte> rest) {
  const std::size_t length = little_endian(rest.subspan(4), 2);
  const auto kind = std::to_integer<unsigned>(rest[6]);
  if (kind == zero || header_bytes + length > rest.size()) return std::nullopt;
  const std::uint32_t expected = unmask(static_cast<std::uint32_t>(little_endian(rest, 4)));
  if (crc32c(0, rest.subspan(6, 1 + length)) != expected) return std::nullopt;
  return Fragment{.kind = kind, .bytes = header_bytes + length};
}

bool is_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

void LogCheck::take_record_start(std::span<const std::byte> bytes) {
  // A record is a write batch: sequence number of its first change (8 bytes), number of changes (4), changes.
  open_.reset();
  if (bytes.size() < 12) return;
  const auto first = little_endian(bytes, 8);
  open_ = Record{.first_sequence = first, .end_sequence = first + little_endian(bytes.subspan(8), 4)};
}

bool LogCheck::add(std::span<const std::byte> log) {
  bool damaged_here = false, good = true;
  open_.reset();
  for (std::size_t block = 0; block < log.size(); block += block_bytes) {
    const auto bytes = log.subspan(block, std::min(block_bytes, log.size() - block));
    for (std::size_t at = 0; at + header_bytes <= bytes.size();) {
      const auto fragment = take_fragment(bytes.subspan(at));
      if (!fragment) {
        if (is_zero(log.subspan(block + at))) return good;  // Set aside for records to come.
        // What follows in this block cannot be found without this fragment's length.
        if (!damage_) damage_ = block + at;
        damaged_here = true;
        break;
      }
      if (fragment->kind == full || fragment->kind == first) {
        take_record_start(bytes.subspan(at + header_bytes, fragment->bytes - header_bytes));
        if (open_ && open_->first_sequence > 0) {
          durable_sequence_ = std::max(durable_sequence_, open_->first_sequence - 1);
        }
        if (damaged_here || (damage_ && open_ && end_sequence_ && open_->first_sequence > *end_sequence_)) {
          good = false;
          suspicious_ = true;
        } else if (!suspicious_) {
          damage_.reset();  // It was a torn end: what follows joins what went before.
        }
      }
      if ((fragment->kind == full || fragment->kind == last) && open_ && !damaged_here) {
        end_sequence_ = open_->end_sequence;
      }
      at += fragment->bytes;
    }
  }
  return good;
}

std::optional<Suspicion> check_logs(FileSystem& files, const std::string& folder) {
  std::vector<std::string> logs;
  for (const auto& name : files.list(folder)) {
    if (name.ends_with(".log") && name.size() > 4) logs.push_back(name);
  }
  std::ranges::sort(logs);  // Their numbers have leading zeros.
  LogCheck check;
  std::string damaged;
  std::optional<Suspicion> suspicion;
  for (const auto& name : logs) {
    const auto file = files.open(join_path(folder, name), OpenMode::read);
    if (!file) continue;
    std::vector<std::byte> bytes(file->size());
    bytes.resize(file->read_at(0, bytes));
    const bool was_damaged = check.damage().has_value();
    const bool good = check.add(bytes);
    if (!was_damaged) damaged = name;
    if (!good && !suspicion) suspicion = Suspicion{.what = damaged + " at byte " + std::to_string(*check.damage())};
  }
  if (suspicion) suspicion->durable_sequence = check.durable_sequence();
  return suspicion;
}

}  // namespace tarn::meta
