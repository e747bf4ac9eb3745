// Inventory configurations: S3's words into src/inventory's, and back.
#pragma once

#include <string>
#include <vector>

#include "api/s3/types/inventory_configuration.h"
#include "inventory/configuration.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// Throws InvalidArgument for what S3 does not take, NotImplemented for what Tarn would not honour.
inventory::Configuration inventory_in(const std::string& id, const InventoryConfiguration& asked);
InventoryConfiguration inventory_out(const inventory::Configuration& configuration);

// All of the bucket's. Asks for s3:GetInventoryConfiguration.
Task<std::vector<inventory::Configuration>> inventories_of(S3& s3, BucketName bucket);

[[noreturn]] void no_such_inventory(const std::string& bucket);

}  // namespace tarn::s3
