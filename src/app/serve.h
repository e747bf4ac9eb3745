// `tarn serve`: runs until SIGTERM or SIGINT.
#pragma once

#include "app/options.h"

namespace tarn::app {

// The process's exit code.
int serve(const ServeOptions& options);

}  // namespace tarn::app
