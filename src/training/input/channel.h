// A channel of a job: what CreateTrainingJob says of it, the objects that this means, and their order in each epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/input/lake.h"

namespace tarn::training {

enum class DataType { s3_prefix, manifest, augmented_manifest };
enum class InputMode { file, pipe, fast_file };

struct ChannelSpec {
  std::string name;
  DataType data_type = DataType::s3_prefix;
  std::string uri;
  bool sharded = false;  // ShardedByS3Key.
  std::vector<std::string> attribute_names;
  std::string content_type;
  bool gzip = false;
  bool record_wrapper = false;
  InputMode mode = InputMode::file;
  std::optional<std::int64_t> shuffle_seed;
};

// Which part of a sharded channel a host gets.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;
};

// A line of an augmented manifest: for each attribute, in the order of AttributeNames, an object or a text.
struct ManifestLine {
  struct Attribute {
    std::optional<LakeObject> object;
    std::string text;
  };
  std::vector<Attribute> attributes;
};

// What a channel holds, before the order of an epoch: objects, or the lines of an augmented manifest.
struct ChannelContent {
  std::string key_prefix;  // Up to the last "/": what file names leave away.
  std::vector<LakeObject> objects;
  std::vector<ManifestLine> lines;
  std::vector<LakeObject> lineage;  // All that is read, manifests too.
  std::vector<std::string> warnings;
};

// Throws InputError when the channel has nothing, or its manifest is none.
ChannelContent resolve_channel(Lake& lake, const ChannelSpec& spec);

// Which of `count` items this host gets in an epoch, in order. A function of its arguments only: Fisher-Yates driven by
// SplitMix64 from `seed XOR epoch * 0x9E3779B97F4A7C15`, then, if sharded, every shard.count-th item from shard.index.
std::vector<std::size_t> epoch_order(std::size_t count, std::optional<std::int64_t> seed, std::uint64_t epoch,
                                     Shard shard);

}  // namespace tarn::training
