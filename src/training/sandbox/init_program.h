// The bytes of the program that init/main.cpp is.
#pragma once

#include <cstddef>
#include <span>

namespace tarn::training {

std::span<const std::byte> init_program();

}  // namespace tarn::training
