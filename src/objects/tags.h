// What a tag of a bucket or an object may be.
#pragma once

#include <string>

#include "objects/version.h"

namespace tarn::objects {

inline constexpr std::size_t most_bucket_tags = 50;

// Throws InvalidTag for keys and values that no tag can have, and for a key that is there.
void add_tag(Tags& tags, std::string key, std::string value);
// The same, but in place of the value that is there.
void set_tag(Tags& tags, std::string key, std::string value);

}  // namespace tarn::objects
