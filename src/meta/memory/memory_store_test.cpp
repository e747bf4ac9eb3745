#include "meta/memory/memory_store.h"

#include "meta/store_contract_test.h"

namespace tarn::meta {
namespace {

struct MemoryHolder : StoreHolder {
  MemoryStore memory;
  Store& store() override { return memory; }
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         testing::Values(StoreFactory([] { return std::make_unique<MemoryHolder>(); })));

}  // namespace
}  // namespace tarn::meta
