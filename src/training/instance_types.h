// What the instance types of jobs and endpoints have: here, what a program may take of this machine's memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::training {

// Memory of "ml.m5.large" and its like in bytes; none for a type that is not known here.
std::optional<std::uint64_t> memory_of_instance(std::string_view type);

}  // namespace tarn::training
