#include "training/sandbox/init_program.h"

asm(".section .rodata\n"
    ".balign 16\n"
    ".global tarn_sandbox_init_begin\n"
    "tarn_sandbox_init_begin:\n"
    ".incbin \"" TARN_SANDBOX_INIT
    "\"\n"
    ".global tarn_sandbox_init_end\n"
    "tarn_sandbox_init_end:\n"
    ".previous\n");

extern "C" {
extern const std::byte tarn_sandbox_init_begin[];
extern const std::byte tarn_sandbox_init_end[];
}

namespace tarn::training {

std::span<const std::byte> init_program() {
  return {tarn_sandbox_init_begin, tarn_sandbox_init_end};
}

}  // namespace tarn::training
