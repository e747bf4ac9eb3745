#include "meta/store.h"

#include <stdexcept>

namespace tarn::meta {

namespace {

constexpr std::size_t max_partition_bytes = 200;
constexpr std::size_t max_key_bytes = 4096;

}  // namespace

void check_partition(const Partition& partition) {
  if (partition.name.empty() || partition.name.size() > max_partition_bytes || partition.name.contains('\0')) {
    throw std::invalid_argument("no name for a partition: " + partition.name);
  }
}

void check_key(const RowKey& key) {
  if (key.size() > max_key_bytes) throw std::length_error("a row's key is too long");
}

std::size_t bytes_of(const Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& check : batch.checks()) {
    bytes += std::visit([](const auto& one) { return one.key.size() + sizeof one; }, check);
  }
  for (const auto& change : batch.changes()) {
    bytes += std::visit([](const auto& one) { return one.key.size() + sizeof one; }, change);
    if (const auto* put = std::get_if<Batch::Put>(&change)) bytes += put->value.size();
  }
  for (const auto& note : batch.notes()) bytes += note.key.size() + note.value.size() + sizeof note;
  return bytes;
}

void check_batch(const Batch& batch, const Limits& limits) {
  for (const auto& check : batch.checks()) std::visit([](const auto& one) { check_key(one.key); }, check);
  for (const auto& change : batch.changes()) {
    std::visit([](const auto& one) { check_key(one.key); }, change);
    const auto* put = std::get_if<Batch::Put>(&change);
    if (put && put->value.size() > limits.max_value_bytes) throw std::length_error("a row's value is too long");
  }
  for (const auto& note : batch.notes()) {
    check_key(note.key);
    if (note.value.size() > limits.max_value_bytes) throw std::length_error("a note's value is too long");
  }
  if (bytes_of(batch) > limits.max_batch_bytes) throw std::length_error("a batch of rows is too large");
}

Partition notes_of(const Partition& partition) {
  return {std::string(notes_prefix) + partition.name};
}

RowKey end_of_prefix(std::string_view prefix) {
  RowKey end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace tarn::meta
