// duck::Files: the files of one query, as the engine sees them.
//
// The engine knows nothing of buckets, keys or callers. Whoever runs a query hands it a Files that stands for that
// query's caller: open() checks their permission and opens one version of one object. Nothing here points into the
// server, so that a worker process can put a socket behind it: bytes or descriptors cross, never keys.
//
// The engine calls these from its own threads, several at once, and waits there with sync_wait. What they throw fails
// the query and comes out of Result::next() as it was thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/stream.h"
#include "base/task.h"
#include "base/time.h"

namespace tarn::duck {

struct FileInfo {
  std::string path;  // s3://bucket/key, taken literally: no wildcards, no escapes.
  std::uint64_t size = 0;
  std::string etag;
  Timestamp modified;
};

// One version of one file. It stays as it is and readable until it is destroyed.
class File {
 public:
  virtual ~File() = default;

  virtual const FileInfo& info() const = 0;

  // Fills `buffer` wholly from `offset`; the engine never asks beyond info().size.
  virtual Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) = 0;

  // Where all its bytes lie, in order and known to be good, if they lie in files as they are: read() is not called
  // then. Empty when they do not (encrypted, inline, unverified).
  virtual std::vector<FileSlice> slices() { return {}; }
};

// A file that is being written. It is published whole by finish(); destroyed before, it never was.
class FileWriter {
 public:
  virtual ~FileWriter() = default;

  // `bytes` is read only until the task is done.
  virtual Task<void> append(std::span<const std::byte> bytes) = 0;
  virtual Task<void> finish() = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  // Throws if it does not exist or the caller may not read it.
  virtual Task<std::unique_ptr<File>> open(std::string path) = 0;

  // What lies beneath `prefix` ("s3://bucket/table/"). A statement that names a path ending in "/" reads these. Leave
  // out what a table does not have: names that begin with "_" or ".", empty files, archived objects.
  virtual Task<std::vector<FileInfo>> list(std::string prefix) = 0;

  // What COPY … TO writes. The path does not exist yet, or is replaced.
  virtual Task<std::unique_ptr<FileWriter>> create(std::string path) = 0;
};

}  // namespace tarn::duck
