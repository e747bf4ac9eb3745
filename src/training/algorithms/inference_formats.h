// The request and response formats of linear-learner's endpoint.
//
// https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html and LL-in-formats.html
//   requests   text/csv · application/json {"instances": [{"features": […]} | {"data": {"features": {"values": …}}}]} ·
//              application/jsonlines, one instance a line · application/x-recordio-protobuf
//   responses  application/json {"predictions": [{"score": …, "predicted_label": …}]} · application/jsonlines ·
//              application/x-recordio-protobuf (labels "score" and "predicted_label") ·
//              text/csv, a line an instance: predicted_label (but for a regressor), then the scores
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "training/algorithms/examples.h"
#include "training/algorithms/linear_model.h"

namespace tarn::algorithms {

// The body's instances, all of `dimension` features. Throws ClientError.
Examples parse_inference_request(std::string_view content_type, std::string_view body, std::size_t dimension);

struct InferenceResponse {
  std::string content_type;
  std::string body;
};
// `accept` empty or */* is JSON. Throws ClientError for one that cannot be given.
InferenceResponse write_inference_response(std::string_view accept, const LinearModel& model,
                                           const std::vector<Prediction>& predictions);

// Both, with the model between.
InferenceResponse infer(const LinearModel& model, std::string_view content_type, std::string_view accept,
                        std::string_view body);

}  // namespace tarn::algorithms
