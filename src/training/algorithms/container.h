// The built-in algorithms as programs under SageMaker's container contract: `tarn algorithm linear-learner
// train|serve`.
//
// train reads /opt/ml/input/config and the channels (files or pipes), writes /opt/ml/model/model.json, and on failure
// /opt/ml/output/failure. serve answers GET /ping and POST /invocations on the socket that TARN_SERVE_SOCKET names, or
// else on the loopback port SAGEMAKER_BIND_TO_PORT, or 8080. TARN_OPT_ML puts another folder in /opt/ml's place.
#pragma once

#include <string>
#include <vector>

namespace tarn::algorithms {

// The exit status: 0, 1 for a failure of ours, 2 for one of the user's.
int algorithm_main(const std::vector<std::string>& arguments);

}  // namespace tarn::algorithms
