#include "services/s3/description.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t most_metadata_bytes = 2048;

}  // namespace

std::optional<ReplicationStatus> replication_status(objects::Replication replication) {
  switch (replication) {
    case objects::Replication::none:
      return std::nullopt;
    case objects::Replication::pending:
      return ReplicationStatus::pending;
    case objects::Replication::completed:
      return ReplicationStatus::completed;
    case objects::Replication::failed:
      return ReplicationStatus::failed;
    case objects::Replication::replica:
      return ReplicationStatus::replica;
  }
  std::unreachable();
}

std::map<std::string, std::string> checked_metadata(const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::string> checked;
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) {
    size += name.size() + value.size();
    checked[to_lower(name)] = value;
  }
  if (size > most_metadata_bytes) {
    throw Error(errors::metadata_too_large, "Your metadata headers exceed the maximum allowed metadata size")
        .with("Size", std::to_string(size))
        .with("MaxSizeAllowed", std::to_string(most_metadata_bytes));
  }
  return checked;
}

}  // namespace tarn::s3
