// What a bucket wants listed, how, and where to: S3's inventory configurations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"

namespace tarn::inventory {

inline constexpr std::size_t max_configurations = 1'000;

enum class Format : std::uint8_t { csv, parquet };
enum class Frequency : std::uint8_t { daily, weekly };

struct Configuration {
  std::string id;
  bool enabled = true;
  bool all_versions = false;
  Format format = Format::csv;
  Frequency frequency = Frequency::daily;
  std::string prefix;  // Of the keys that are listed.
  std::string destination_bucket;
  std::string destination_prefix;
  std::string destination_account;  // As it was given; may be empty.
  std::vector<std::string> fields;  // Optional ones, as S3 calls them: "Size", "ETag".
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

// The optional fields that Tarn can tell of.
bool is_field(std::string_view name);

// The document of objects::ConfigurationKind::inventory: all of a bucket's, by id.
std::string pack(const std::vector<Configuration>& configurations);
// Throws std::runtime_error on bytes that are none.
std::vector<Configuration> unpack(std::string_view document);

}  // namespace tarn::inventory
