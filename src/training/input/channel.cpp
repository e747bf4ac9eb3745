#include "training/input/channel.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

namespace tarn::training {

namespace {

using Json = nlohmann::json;

constexpr std::size_t max_manifest_bytes = 256 << 20;
constexpr std::size_t max_json_depth = 32;

S3Uri require_uri(const std::string& text) {
  auto uri = parse_s3_uri(text);
  if (!uri) throw InputError("'" + text + "' is no S3 URI.");
  return std::move(*uri);
}

Json parse_json(std::string_view text, const std::string& what) {
  const auto guard = [&what](int depth, Json::parse_event_t, Json&) {
    if (depth > static_cast<int>(max_json_depth)) throw InputError(what + " is nested too deeply.");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), guard);
  } catch (const Json::exception&) {
    throw InputError(what + " is no valid JSON.");
  }
}

LakeObject require_object(Lake& lake, const std::string& bucket, const std::string& key, const std::string& named_by) {
  auto object = lake.find(bucket, key);
  if (!object) throw InputError("s3://" + bucket + "/" + key + ", named by " + named_by + ", does not exist.");
  return std::move(*object);
}

void resolve_prefix(Lake& lake, const ChannelSpec& spec, ChannelContent& content) {
  const S3Uri uri = require_uri(spec.uri);
  content.key_prefix = uri.key.substr(0, uri.key.rfind('/') + 1);
  content.objects = lake.list(uri.bucket, uri.key);
  if (content.objects.empty()) {
    throw InputError("No S3 objects found under S3 URL \"" + spec.uri +
                     "\" given in input data source. Please ensure that the bucket exists, that objects exist under "
                     "that S3 prefix, and that the role has \"s3:ListBucket\" permissions on bucket \"" +
                     uri.bucket + "\".");
  }
  // Keys merely begin with the prefix: "…/train" takes "…/train2/x" as well, which few people mean.
  if (!uri.key.empty() && !uri.key.ends_with('/')) {
    const bool inside_a_name = std::ranges::any_of(content.objects, [&](const LakeObject& object) {
      return object.key.size() > uri.key.size() && object.key[uri.key.size()] != '/';
    });
    if (inside_a_name) {
      content.warnings.push_back("The prefix " + spec.uri +
                                 " ends inside a name: it takes every key that begins with it. End it with \"/\" to "
                                 "name one folder.");
    }
  }
}

void resolve_manifest(Lake& lake, const ChannelSpec& spec, ChannelContent& content) {
  const S3Uri uri = require_uri(spec.uri);
  const LakeObject manifest = require_object(lake, uri.bucket, uri.key, "the channel");
  content.lineage.push_back(manifest);
  const std::string what = "The manifest " + spec.uri;
  const Json json = parse_json(read_whole(lake, manifest, max_manifest_bytes), what);
  const bool formed = json.is_array() && json.size() >= 2 && json[0].is_object() && json[0].contains("prefix") &&
                      json[0]["prefix"].is_string();
  if (!formed) {
    throw InputError(what + " must be a list that begins with {\"prefix\": \"s3://…\"} and names at least one object.");
  }
  const S3Uri prefix = require_uri(json[0]["prefix"].get<std::string>());
  content.key_prefix = prefix.key.substr(0, prefix.key.rfind('/') + 1);
  for (std::size_t i = 1; i < json.size(); ++i) {
    if (!json[i].is_string()) throw InputError(what + ": its element " + std::to_string(i) + " is no string.");
    content.objects.push_back(require_object(lake, prefix.bucket, prefix.key + json[i].get<std::string>(), spec.uri));
  }
}

ManifestLine resolve_line(Lake& lake, const ChannelSpec& spec, std::string_view text, std::size_t number) {
  const std::string what = "Line " + std::to_string(number) + " of " + spec.uri;
  const Json json = parse_json(text, what);
  if (!json.is_object()) throw InputError(what + " is no JSON object.");
  ManifestLine line;
  for (const std::string& name : spec.attribute_names) {
    const auto found = json.find(name);
    if (found == json.end()) throw InputError(what + " has no attribute '" + name + "'.");
    ManifestLine::Attribute attribute;
    if (name.ends_with("-ref")) {
      const auto uri = found->is_string() ? parse_s3_uri(found->get<std::string>()) : std::nullopt;
      if (!uri) throw InputError(what + ": '" + name + "' is no S3 URI.");
      attribute.object = require_object(lake, uri->bucket, uri->key, what);
    } else {
      attribute.text = found->is_string() ? found->get<std::string>() : found->dump();
    }
    line.attributes.push_back(std::move(attribute));
  }
  return line;
}

void resolve_augmented_manifest(Lake& lake, const ChannelSpec& spec, ChannelContent& content) {
  const S3Uri uri = require_uri(spec.uri);
  const LakeObject manifest = require_object(lake, uri.bucket, uri.key, "the channel");
  content.lineage.push_back(manifest);
  const std::string bytes = read_whole(lake, manifest, max_manifest_bytes);
  std::string_view rest = bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    content.lines.push_back(resolve_line(lake, spec, line, number));
    for (const auto& attribute : content.lines.back().attributes) {
      if (attribute.object) content.lineage.push_back(*attribute.object);
    }
  }
  if (content.lines.empty()) throw InputError("The augmented manifest " + spec.uri + " has no lines.");
}

std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

}  // namespace

ChannelContent resolve_channel(Lake& lake, const ChannelSpec& spec) {
  ChannelContent content;
  switch (spec.data_type) {
    case DataType::s3_prefix:
      resolve_prefix(lake, spec, content);
      break;
    case DataType::manifest:
      resolve_manifest(lake, spec, content);
      break;
    case DataType::augmented_manifest:
      resolve_augmented_manifest(lake, spec, content);
      break;
  }
  content.lineage.insert(content.lineage.end(), content.objects.begin(), content.objects.end());
  return content;
}

std::vector<std::size_t> epoch_order(std::size_t count, std::optional<std::int64_t> seed, std::uint64_t epoch,
                                     Shard shard) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (seed) {
    std::uint64_t state = static_cast<std::uint64_t>(*seed) ^ (epoch * 0x9E3779B97F4A7C15u);
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[split_mix(state) % i]);
  }
  if (shard.count <= 1) return order;
  std::vector<std::size_t> own;
  for (std::size_t i = shard.index; i < count; i += shard.count) own.push_back(order[i]);
  return own;
}

}  // namespace tarn::training
