// What keeping data costs, by a price list that the operator can edit (pricing/us-east-1.json has AWS's).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::tiers {

inline constexpr std::size_t class_count = 9;  // Index: the StorageClass.

struct PriceStep {
  std::optional<double> up_to_gb;  // None: all above.
  double per_gb_month = 0;
};

struct ClassPrices {
  std::vector<PriceStep> storage;
  double monitoring_per_1000_objects = 0;  // Of objects of 128 KiB and more.
  std::uint64_t minimum_billable_bytes = 0;
  std::uint64_t overhead_bytes = 0;              // Per object, at this class…
  std::uint64_t overhead_bytes_at_standard = 0;  // … and at STANDARD.
  double transition_per_1000 = 0;
};

struct Prices {
  std::string region;
  std::string as_of;
  std::array<ClassPrices, class_count> classes;
};

// Throws std::runtime_error that names what is wrong with the list.
Prices parse_prices(std::string_view json);
// The list that was built in.
const Prices& built_in_prices();

struct ClassCost {
  objects::StorageClass storage_class;
  std::uint64_t objects = 0;  // Versions, noncurrent ones too.
  std::uint64_t bytes = 0;
  std::uint64_t billable_bytes = 0;
  double usd_per_month = 0;
};

struct Cost {
  std::string bucket;
  std::string region;
  std::string as_of;
  std::vector<ClassCost> classes;  // Only those that hold something.
  double usd_per_month = 0;
};

// What a month of storing `bytes` costs, by the steps.
double storage_price(const ClassPrices& prices, double gigabytes);

// Walks the bucket's versions: asks for s3:ListBucketVersions.
Task<Cost> estimate_cost(objects::Objects& objects, const policy::Access& access, BucketName bucket,
                         const Prices& prices);
std::string cost_json(const Cost& cost);

}  // namespace tarn::tiers
