// training/input: the data of a job on its way from the lake to the job's folder: which objects a channel has, in which
// order, copied as files or streamed through pipes, as they are or made into records.
//
// Lake is what a job sees of the lake, with its role's rights. Everything here blocks and runs on threads of its own
// (ThreadKind::engine); what it throws ends the job, with the text as its reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "duck/files.h"

namespace tarn::training {

// One version of one object.
struct LakeObject {
  std::string bucket;
  std::string key;
  std::string version;  // "null" in a bucket without versions.
  std::string e_tag;
  std::uint64_t size = 0;

  std::string uri() const { return "s3://" + bucket + "/" + key; }
};

class LakeReader {
 public:
  virtual ~LakeReader() = default;
  // Fills the buffer from its front; 0 is the end.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
  // Where the next bytes lie in a file as they are; they count as read. None: call read().
  virtual std::optional<FileSlice> next_slice() { return std::nullopt; }
};

class Lake {
 public:
  virtual ~Lake() = default;

  // All current objects whose key begins with `prefix`, in byte order of keys, but folders' markers (empty objects
  // whose key ends in "/").
  virtual std::vector<LakeObject> list(const std::string& bucket, const std::string& prefix) = 0;
  // None: there is no such object.
  virtual std::optional<LakeObject> find(const std::string& bucket, const std::string& key) = 0;
  // The bytes of the very version that was listed; throws if it is gone.
  virtual std::unique_ptr<LakeReader> open(const LakeObject& object) = 0;
  // These objects, and no others, as the engine's files.
  virtual std::shared_ptr<duck::Files> files(const std::vector<LakeObject>& objects) = 0;

  virtual void put_file(const std::string& bucket, const std::string& key, const std::filesystem::path& file) = 0;
  virtual void put_bytes(const std::string& bucket, const std::string& key, std::string bytes,
                         const std::string& content_type) = 0;
  virtual void remove(const std::string& bucket, const std::string& key) = 0;
};

// What a job cannot use of its input; the text is for its owner.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct S3Uri {
  std::string bucket;
  std::string key;
};
// None for what is no s3://bucket/key.
std::optional<S3Uri> parse_s3_uri(std::string_view text);

// Everything of a small object; throws InputError beyond `limit`.
std::string read_whole(Lake& lake, const LakeObject& object, std::size_t limit);

}  // namespace tarn::training
