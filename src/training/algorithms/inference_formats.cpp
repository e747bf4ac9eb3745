#include "training/algorithms/inference_formats.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "formats/record_protobuf.h"
#include "formats/recordio.h"
#include "training/algorithms/client_error.h"

namespace tarn::algorithms {

namespace {

using Json = nlohmann::json;

// Deep nesting in a request would be recursion here.
constexpr int max_depth = 16;

std::string media_type(std::string_view text) {
  return to_lower(trim(text.substr(0, text.find(';'))));
}

[[noreturn]] void wrong_dimension(std::size_t instance, std::size_t got, std::size_t wanted) {
  throw ClientError("Instance " + std::to_string(instance + 1) + " has " + std::to_string(got) +
                    " features, but the model was trained with feature_dim " + std::to_string(wanted) + ".");
}

Json parse_json(std::string_view text) {
  int deepest = 0;
  const auto guard = [&deepest](int depth, Json::parse_event_t, Json&) {
    deepest = std::max(deepest, depth);
    if (depth > max_depth) throw ClientError("The JSON is nested too deeply.");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), guard);
  } catch (const Json::exception&) {
    throw ClientError("Unable to decode payload: Malformed JSON.");
  }
}

template <typename T>
std::vector<T> numbers(const Json& json, const char* what) {
  std::vector<T> result;
  if (!json.is_array()) throw ClientError(std::string("'") + what + "' is not a list of numbers.");
  result.reserve(json.size());
  for (const Json& one : json) {
    const bool fits = std::is_integral_v<T> ? one.is_number_unsigned() : one.is_number();
    if (!fits) throw ClientError(std::string("'") + what + "' holds something that is not a number.");
    result.push_back(one.get<T>());
  }
  return result;
}

void add_sparse(Examples& examples, const std::vector<std::uint64_t>& keys, const std::vector<float>& values,
                std::size_t instance, std::size_t dimension) {
  if (keys.size() != values.size()) {
    throw ClientError("Instance " + std::to_string(instance + 1) + " has " + std::to_string(keys.size()) +
                      " keys for " + std::to_string(values.size()) + " values.");
  }
  std::vector<float> dense(dimension);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] >= dimension) wrong_dimension(instance, keys[i] + 1, dimension);
    dense[keys[i]] = values[i];
  }
  examples.add_dense(dense, 0);
}

void add_dense(Examples& examples, const std::vector<float>& values, std::size_t instance, std::size_t dimension) {
  if (values.size() != dimension) wrong_dimension(instance, values.size(), dimension);
  examples.add_dense(values, 0);
}

void add_instance(Examples& examples, const Json& instance, std::size_t dimension) {
  const std::size_t number = examples.size();
  const Json* features = &instance;
  if (instance.is_object() && instance.contains("data")) features = &instance.at("data");
  if (!features->is_object() || !features->contains("features")) {
    throw ClientError("Instance " + std::to_string(number + 1) + " has no 'features'.");
  }
  features = &features->at("features");
  if (features->is_array()) {
    add_dense(examples, numbers<float>(*features, "features"), number, dimension);
    return;
  }
  if (!features->is_object() || !features->contains("values")) {
    throw ClientError("The features of instance " + std::to_string(number + 1) + " have no 'values'.");
  }
  const auto values = numbers<float>(features->at("values"), "values");
  const auto keys = features->find("keys");
  if (keys == features->end() || keys->empty()) {
    add_dense(examples, values, number, dimension);
  } else {
    add_sparse(examples, numbers<std::uint64_t>(*keys, "keys"), values, number, dimension);
  }
}

void parse_records(std::string_view body, std::size_t dimension, Examples& examples) {
  formats::Record record;
  try {
    formats::RecordIoReader reader(formats::memory_source(as_bytes(body)));
    while (const auto payload = reader.next()) {
      formats::decode_record(*payload, record);
      const auto* features = record.feature("values");
      if (!features || features->kind == formats::RecordValue::Kind::none ||
          features->kind == formats::RecordValue::Kind::bytes) {
        throw ClientError("Record " + std::to_string(examples.size() + 1) + " has no tensor named 'values'.");
      }
      std::vector<float> values(features->size());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(features->number(i));
      if (features->keys.empty()) {
        add_dense(examples, values, examples.size(), dimension);
      } else {
        add_sparse(examples, features->keys, values, examples.size(), dimension);
      }
    }
  } catch (const formats::FormatError& error) {
    throw ClientError(std::string("Unable to decode payload: ") + error.what());
  }
}

template <typename Each>
void each_line(std::string_view body, Each each) {
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trim(line).empty()) each(line);
  }
}

// ---- responses

Json prediction_json(const LinearModel& model, const Prediction& prediction) {
  switch (model.predictor_type) {
    case PredictorType::regressor:
      return {{"score", prediction.scores[0]}};
    case PredictorType::binary_classifier:
      return {{"score", prediction.scores[0]}, {"predicted_label", static_cast<int>(prediction.predicted_label)}};
    case PredictorType::multiclass_classifier:
      return {{"score", prediction.scores}, {"predicted_label", static_cast<int>(prediction.predicted_label)}};
  }
  return {};
}

std::string number_text(double value) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string csv_line(const LinearModel& model, const Prediction& prediction) {
  std::string line;
  if (model.predictor_type != PredictorType::regressor) line = number_text(prediction.predicted_label) + ",";
  for (const double score : prediction.scores) line += number_text(score) + ",";
  line.back() = '\n';
  return line;
}

void append_record(const LinearModel& model, const Prediction& prediction, std::string& out) {
  formats::Record record;
  const auto put = [&record](const char* name, const std::vector<double>& values) {
    formats::RecordValue value{.name = name, .kind = formats::RecordValue::Kind::float32};
    value.float32.assign(values.begin(), values.end());
    record.label.push_back(std::move(value));
  };
  put("score", prediction.scores);
  if (model.predictor_type != PredictorType::regressor) put("predicted_label", {prediction.predicted_label});
  std::string message;
  formats::encode_record(record, message);
  formats::append_recordio(out, as_bytes(message));
}

// The first type of an Accept header that can be given.
std::string choose_response_type(std::string_view accept) {
  std::string_view rest = accept;
  if (trim(rest).empty()) return "application/json";
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string type = media_type(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (type == "*/*" || type == "application/*") return "application/json";
    for (const char* known :
         {"application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"}) {
      if (type == known) return type;
    }
  }
  throw ClientError(
      "Accept type '" + std::string(accept) +
      "' is not one of application/json, application/jsonlines, application/x-recordio-protobuf, text/csv.");
}

}  // namespace

Examples parse_inference_request(std::string_view content_type, std::string_view body, std::size_t dimension) {
  Examples examples(dimension);
  const std::string type = media_type(content_type);
  if (type == "text/csv" || type.empty()) {
    std::vector<float> values;
    each_line(body, [&](std::string_view line) {
      try {
        parse_csv_numbers(line, values);
      } catch (const ClientError& error) {
        throw ClientError("Unable to decode payload: row " + std::to_string(examples.size() + 1) + ", " + error.what());
      }
      add_dense(examples, values, examples.size(), dimension);
    });
  } else if (type == "application/json") {
    const Json json = parse_json(body);
    const auto instances = json.is_object() ? json.find("instances") : json.end();
    if (!json.is_object() || instances == json.end() || !instances->is_array()) {
      throw ClientError("Unable to decode payload: the JSON has no list 'instances'.");
    }
    for (const Json& instance : *instances) add_instance(examples, instance, dimension);
  } else if (type == "application/jsonlines") {
    each_line(body, [&](std::string_view line) { add_instance(examples, parse_json(line), dimension); });
  } else if (type == "application/x-recordio-protobuf") {
    parse_records(body, dimension, examples);
  } else {
    throw ClientError(
        "Content type '" + type +
        "' is not one of application/json, application/jsonlines, application/x-recordio-protobuf, text/csv.");
  }
  if (examples.size() == 0) throw ClientError("Unable to decode payload: it holds no instance.");
  return examples;
}

InferenceResponse write_inference_response(std::string_view accept, const LinearModel& model,
                                           const std::vector<Prediction>& predictions) {
  InferenceResponse response{.content_type = choose_response_type(accept)};
  if (response.content_type == "application/json") {
    Json list = Json::array();
    for (const auto& prediction : predictions) list.push_back(prediction_json(model, prediction));
    response.body = Json{{"predictions", std::move(list)}}.dump();
    return response;
  }
  for (const auto& prediction : predictions) {
    if (response.content_type == "text/csv") {
      response.body += csv_line(model, prediction);
    } else if (response.content_type == "application/jsonlines") {
      response.body += prediction_json(model, prediction).dump() + "\n";
    } else {
      append_record(model, prediction, response.body);
    }
  }
  return response;
}

InferenceResponse infer(const LinearModel& model, std::string_view content_type, std::string_view accept,
                        std::string_view body) {
  const Examples examples = parse_inference_request(content_type, body, model.feature_dim);
  std::vector<Prediction> predictions;
  predictions.reserve(examples.size());
  for (std::size_t row = 0; row < examples.size(); ++row) {
    predictions.push_back(model.predict(examples.indexes(row), examples.values(row)));
  }
  return write_inference_response(accept, model, predictions);
}

}  // namespace tarn::algorithms
