#include "training/instance_types.h"

#include <gtest/gtest.h>

#include "base/os/machine.h"

namespace tarn::training {
namespace {

constexpr std::uint64_t gibibyte = 1 << 30;

struct Case {
  const char* type;
  double gibibytes;
};

class MemoryOfInstance : public testing::TestWithParam<Case> {};

// What https://aws.amazon.com/sagemaker/pricing lists.
TEST_P(MemoryOfInstance, IsAsListed) {
  EXPECT_EQ(memory_of_instance(GetParam().type), static_cast<std::uint64_t>(GetParam().gibibytes * gibibyte));
}

INSTANTIATE_TEST_SUITE_P(, MemoryOfInstance,
                         testing::Values(Case{"ml.t3.medium", 4}, Case{"ml.t3.2xlarge", 32},
                                         Case{"ml.m4.16xlarge", 256}, Case{"ml.m5.large", 8}, Case{"ml.m5.xlarge", 16},
                                         Case{"ml.m5.24xlarge", 384}, Case{"ml.c4.large", 3.75},
                                         Case{"ml.c5.9xlarge", 72}, Case{"ml.c5n.18xlarge", 189},
                                         Case{"ml.r5.large", 16}, Case{"ml.g4dn.xlarge", 16},
                                         Case{"ml.g5.48xlarge", 768}, Case{"ml.p3.2xlarge", 61},
                                         Case{"ml.p3.16xlarge", 488}, Case{"ml.p2.16xlarge", 732},
                                         Case{"ml.p4d.24xlarge", 1152}, Case{"ml.trn1.32xlarge", 512}));

TEST(InstanceTypes, UnknownOnesHaveNone) {
  for (const char* type : {"", "m5.large", "ml.", "ml.m5", "ml.m5.", "ml.zz9.large", "ml.m5.huge", "ml.m5.0xlarge",
                           "ml.m5.2xlarges", "ml.m5.-2xlarge", "local"}) {
    EXPECT_FALSE(memory_of_instance(type)) << type;
  }
}

TEST(InstanceTypes, TheMachineHasSome) {
  EXPECT_GT(memory_of_machine(), 256u << 20);
}

}  // namespace
}  // namespace tarn::training
