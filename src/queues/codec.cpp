#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/pack.h"
#include "queues/state.h"

namespace tarn::queues {
namespace {

constexpr char format_version = 1;

}  // namespace

std::string sequence_key(char kind, std::uint64_t sequence) {
  std::string key{kind, '/'};
  Packer(key).fixed64(sequence);
  return key;
}

std::string piece_key(std::uint64_t sequence, std::uint8_t piece) {
  return sequence_key('m', sequence) + static_cast<char>(piece);
}

void remove_rows(meta::Batch& batch, const Entry& entry) {
  batch.remove(state_key(entry.sequence));
  for (std::uint8_t piece = 0; piece < entry.pieces; ++piece) batch.remove(piece_key(entry.sequence, piece));
}

std::string pack(const Queue& queue) {
  const nlohmann::json out{{"owner", queue.owner.text()},
                           {"name", queue.name},
                           {"id", queue.id},
                           {"created", to_millis(queue.created)},
                           {"modified", to_millis(queue.modified)},
                           {"attributes", queue.attributes},
                           {"tags", queue.tags}};
  return std::string(1, format_version) + out.dump();
}

Queue unpack_queue(const meta::Row& row) {
  if (row.value.empty() || row.value[0] != format_version) {
    throw std::runtime_error("a queue's row has an unknown format version");
  }
  const auto in = nlohmann::json::parse(row.value.substr(1));
  Queue queue{.owner = AccountId::trusted(in.at("owner")),
              .name = in.at("name"),
              .id = in.at("id"),
              .created = from_millis(in.at("created")),
              .modified = from_millis(in.at("modified")),
              .attributes = in.at("attributes"),
              .tags = in.at("tags"),
              .version = row.version};
  queue.settings = settings_of(queue.attributes);
  return queue;
}

}  // namespace tarn::queues
