// File mode: a channel's objects as files under a folder, copied several at once.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "training/input/channel.h"

namespace tarn::training {

// Writes each object to its key without `key_prefix`, under `folder`. Throws InputError where a key is both a file and
// a folder, or no name that a file can have; stops early, with what is done, once `stop` says so; it
// is asked from several threads.
void copy_files(Lake& lake, const std::vector<LakeObject>& objects, const std::string& key_prefix,
                const std::filesystem::path& folder, const std::function<bool()>& stop);

// The name of a key's file, relative to the channel's folder. Throws InputError for a key that would leave it.
std::filesystem::path file_name_of(const std::string& key, const std::string& key_prefix);

}  // namespace tarn::training
