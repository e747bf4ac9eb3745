// s3: AWS's words for buckets and objects into those of src/objects, and back.
//
// One handler a file. What a handler may touch is the context it is handed; what it refuses, it refuses with S3's code,
// in the order in which S3 checks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "base/os/clock.h"
#include "objects/objects.h"
#include "policy/access.h"
#include "services/s3/accounts.h"

namespace tarn::duck {
class Engine;
}
namespace tarn::notify {
class Notifier;
}
namespace tarn::replicate {
class Replicator;
}

namespace tarn::traffic {
class Traffic;
}

namespace tarn::s3 {

// Headers that came behind the body, names in lower case; null if none were announced.
using Trailers = std::shared_ptr<const std::vector<std::pair<std::string, std::string>>>;

struct S3 {
  const policy::Access& access;
  objects::Objects& objects;
  Accounts& accounts;
  const Clock& clock;           // The lake's.
  std::string region;           // The server's.
  std::string host;             // As the client named it: for locations.
  std::string scheme = "http";  // The same.
  // May requests bring keys of their own? Only where nobody else can read them.
  bool customer_keys = false;
  Trailers trailers = nullptr;
  // Of the checksum that x-amz-trailer promises.
  std::optional<tarn::ChecksumAlgorithm> announced_trailer = {};
  // Whom buckets can tell; null in tests that tell nobody.
  notify::Notifier* notifier = nullptr;
  // What brings versions to other buckets; null where nothing does.
  replicate::Replicator* replicator = nullptr;
  // x-tarn-replica-of: the version, of another server, that this request makes anew.
  std::optional<std::string> replica_of = {};
  // What reads Parquet for Select; null where nothing does.
  duck::Engine* engine = nullptr;
  // What requests leave behind; null in tests that leave nothing.
  traffic::Traffic* traffic = nullptr;
};

}  // namespace tarn::s3
