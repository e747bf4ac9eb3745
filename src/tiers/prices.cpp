#include "tiers/prices.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tiers/price_list.h"

namespace tarn::tiers {
namespace {

using nlohmann::json;
using objects::StorageClass;

constexpr double bytes_a_gigabyte = 1 << 30;
constexpr std::uint64_t monitored_from = 128 << 10;

ClassPrices& of_class(Prices& prices, const std::string& name) {
  const auto known = objects::parse_storage_class(name);
  if (!known) throw std::runtime_error("the price list names the class " + name + ", which does not exist");
  return prices.classes[static_cast<std::size_t>(*known)];
}

void read_storage(Prices& prices, const json& list) {
  for (const auto& [name, steps] : list.items()) {
    ClassPrices& target = of_class(prices, name);
    for (const json& step : steps) {
      PriceStep read{.per_gb_month = step.at("price").get<double>()};
      if (step.contains("up_to_tb")) read.up_to_gb = step.at("up_to_tb").get<double>() * 1024;
      target.storage.push_back(read);
    }
    if (target.storage.empty() || target.storage.back().up_to_gb) {
      throw std::runtime_error("the price list has no last step for " + name);
    }
  }
}

Prices read_prices(const json& list) {
  Prices prices;
  prices.region = list.at("region").get<std::string>();
  prices.as_of = list.at("as_of").get<std::string>();
  read_storage(prices, list.at("storage_gb_month"));
  for (const auto& [name, price] : list.at("monitoring_per_1000_objects").items()) {
    of_class(prices, name).monitoring_per_1000_objects = price.get<double>();
  }
  for (const auto& [name, bytes] : list.at("minimum_billable_bytes").items()) {
    of_class(prices, name).minimum_billable_bytes = bytes.get<std::uint64_t>();
  }
  for (const auto& [name, overhead] : list.at("overhead_bytes").items()) {
    of_class(prices, name).overhead_bytes = overhead.at("at_class").get<std::uint64_t>();
    of_class(prices, name).overhead_bytes_at_standard = overhead.at("at_standard").get<std::uint64_t>();
  }
  for (const auto& [name, price] : list.at("transition_per_1000").items()) {
    of_class(prices, name).transition_per_1000 = price.get<double>();
  }
  return prices;
}

struct Sums {
  std::array<ClassCost, class_count> classes{};
  std::array<std::uint64_t, class_count> monitored{};
};

void add(Sums& sums, const Prices& prices, const objects::ListedObject& listed) {
  const auto index = static_cast<std::size_t>(listed.storage_class);
  const ClassPrices& own = prices.classes[index];
  ClassCost& cost = sums.classes[index];
  ++cost.objects;
  cost.bytes += listed.size;
  cost.billable_bytes += std::max(listed.size, own.minimum_billable_bytes) + own.overhead_bytes;
  ClassCost& standard = sums.classes[static_cast<std::size_t>(StorageClass::standard)];
  standard.billable_bytes += own.overhead_bytes_at_standard;
  // A restored copy is paid for beside the archive.
  if (listed.restored_until) standard.billable_bytes += listed.size;
  if (listed.size >= monitored_from) ++sums.monitored[index];
}

}  // namespace

Prices parse_prices(std::string_view text) {
  try {
    return read_prices(json::parse(text));
  } catch (const json::exception& problem) {
    throw std::runtime_error(std::string("the price list cannot be read: ") + problem.what());
  }
}

const Prices& built_in_prices() {
  static const Prices prices = parse_prices(price_list);
  return prices;
}

double storage_price(const ClassPrices& prices, double gigabytes) {
  double price = 0;
  double counted = 0;
  for (const PriceStep& step : prices.storage) {
    const double upper = step.up_to_gb ? std::min(*step.up_to_gb, gigabytes) : gigabytes;
    if (upper <= counted) break;
    price += (upper - counted) * step.per_gb_month;
    counted = upper;
  }
  return price;
}

Task<Cost> estimate_cost(objects::Objects& objects, const policy::Access& access, BucketName bucket,
                         const Prices& prices) {
  Sums sums;
  objects::ListVersionsRequest request{.bucket = bucket};
  while (true) {
    const objects::Listing page = co_await objects.list_versions(access, request);
    for (const objects::ListedObject& listed : page.objects) {
      if (!listed.delete_marker) add(sums, prices, listed);
    }
    if (!page.truncated) break;
    request.after = page.next_after;
    request.after_version = page.next_version;
  }
  Cost cost{.bucket = bucket.text(), .region = prices.region, .as_of = prices.as_of};
  for (std::size_t index = 1; index < class_count; ++index) {
    ClassCost& each = sums.classes[index];
    if (each.objects == 0 && each.billable_bytes == 0) continue;
    each.storage_class = static_cast<StorageClass>(index);
    each.usd_per_month =
        storage_price(prices.classes[index], static_cast<double>(each.billable_bytes) / bytes_a_gigabyte) +
        static_cast<double>(sums.monitored[index]) / 1000 * prices.classes[index].monitoring_per_1000_objects;
    cost.usd_per_month += each.usd_per_month;
    cost.classes.push_back(each);
  }
  co_return cost;
}

std::string cost_json(const Cost& cost) {
  nlohmann::ordered_json document{{"bucket", cost.bucket}, {"region", cost.region}, {"prices_as_of", cost.as_of}};
  document["classes"] = nlohmann::ordered_json::array();
  for (const ClassCost& each : cost.classes) {
    document["classes"].push_back({{"storage_class", objects::name_of(each.storage_class)},
                                   {"objects", each.objects},
                                   {"bytes", each.bytes},
                                   {"billable_bytes", each.billable_bytes},
                                   {"usd_per_month", each.usd_per_month}});
  }
  document["usd_per_month"] = cost.usd_per_month;
  return document.dump() + "\n";
}

}  // namespace tarn::tiers
