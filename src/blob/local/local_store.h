// blob::Store in files: a folder a tier, a file a blob.
//
// Files are spread over 256 folders by the low byte of their id, so that many writers do not wait for one folder:
//   <tier's folder>/<id & 255>/<id >> 20>/<id>
// A file lies as format.h draws it. Its bytes are synced, and then the folder, before finish() returns.
//
// Ids are reserved in blocks of 1,024 by one durable row a block (partition "blobs"). A block's row goes once all its
// blobs are settled; what blocks a start finds were open when the process before it died.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/os/file.h"
#include "blob/store.h"
#include "meta/store.h"

namespace tarn::blob {

struct LocalOptions {
  std::vector<std::string> tiers;  // The folder of each tier, by its number.
  FileSystem* files = nullptr;     // Null: the operating system's.
  std::size_t max_open_files = 256;
};

// `rows` outlives the store. The store outlives its readers and writers.
Task<std::unique_ptr<Store>> open_local(meta::Store& rows, LocalOptions options);

}  // namespace tarn::blob
