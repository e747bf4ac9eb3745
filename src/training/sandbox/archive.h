// tar.gz, as models and outputs travel: written from a folder, read into one.
//
// Reading takes archives from customers: a name that would leave the folder, a link, a device and anything beyond the
// limits is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>

namespace tarn::training {

class ArchiveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All files and folders below `folder`, named relative to it, into a new file. Links to files inside are followed,
// others left out. The same contents give the same bytes.
void write_tar_gz(const std::filesystem::path& folder, const std::filesystem::path& archive);

struct ArchiveLimits {
  std::uint64_t bytes = std::uint64_t{20} << 30;
  std::uint64_t entries = 100'000;
};
// Pulls the archive's bytes (0 at the end) and writes what it holds below `folder`.
using ArchiveSource = std::function<std::size_t(std::span<std::byte>)>;
void read_tar_gz(const ArchiveSource& source, const std::filesystem::path& folder, ArchiveLimits limits = {});

}  // namespace tarn::training
