// Object Lock: what may not be removed, until when, and who may do it all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "objects/bucket.h"
#include "objects/version.h"

namespace tarn::objects {

// What new versions of a bucket get that come without a retention of their own. Exactly one of the two is not 0.
struct DefaultRetention {
  Retention::Mode mode = Retention::Mode::governance;
  std::uint32_t days = 0;
  std::uint32_t years = 0;
  friend bool operator==(const DefaultRetention&, const DefaultRetention&) = default;
};

// The document of ConfigurationKind::object_lock. None: versions can be locked, and are not by themselves.
std::string pack_object_lock(const std::optional<DefaultRetention>& rule);
// Throws std::runtime_error on bytes that are none.
std::optional<DefaultRetention> unpack_object_lock(std::string_view document);

// How a version is protected at `now`: governance gives way to those who may bypass it; the rest to nobody.
enum class Protection { none, governance, full };
Protection protection_of(const Lock& lock, Timestamp now);

// `asked`, with the bucket's default retention where it names none.
Lock with_default(Lock asked, const Bucket& bucket, Timestamp created);

// AccessDenied, as S3 words it for what is locked.
Error locked(const ObjectVersion& version);

}  // namespace tarn::objects
