#include "training/sandbox/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <vector>

#include "base/encoding.h"
#include "base/gunzip.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 512;
constexpr std::size_t buffer_bytes = 256 << 10;
// What a member's name, given by an extended header, may have.
constexpr std::uint64_t max_name_bytes = 4096;

using Header = std::array<char, block>;

void put_octal(char* at, std::size_t width, std::uint64_t value) {
  // Numbers that do not fit in octal digits are binary, marked by the first bit.
  if (value >> (3 * (width - 1)) != 0) {
    std::memset(at, 0, width);
    for (std::size_t i = 0; i < 8 && i < width; ++i) at[width - 1 - i] = static_cast<char>(value >> (8 * i));
    at[0] = static_cast<char>(0x80);
    return;
  }
  at[width - 1] = '\0';
  for (std::size_t i = width - 1; i-- > 0; value >>= 3) at[i] = static_cast<char>('0' + (value & 7));
}

std::uint64_t get_number(const char* at, std::size_t width) {
  std::uint64_t value = 0;
  if (static_cast<unsigned char>(at[0]) & 0x80) {
    for (std::size_t i = width - 8; i < width; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (at[i] == ' ' || at[i] == '\0') {
      if (value != 0) break;
      continue;
    }
    if (at[i] < '0' || at[i] > '7' || value >> 61 != 0)
      throw ArchiveError("The archive has a header that is no tar's.");
    value = value << 3 | static_cast<std::uint64_t>(at[i] - '0');
  }
  return value;
}

std::uint32_t checksum_of(const Header& header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < block; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  return sum;
}

class GzipWriter {
 public:
  explicit GzipWriter(const fs::path& path) : file_(path, std::ios::binary | std::ios::trunc), buffer_(buffer_bytes) {
    if (deflateInit2(&zlib_, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  }
  ~GzipWriter() { deflateEnd(&zlib_); }
  void write(const char* bytes, std::size_t count) { run(bytes, count, Z_NO_FLUSH); }
  void finish() {
    run(nullptr, 0, Z_FINISH);
    file_.flush();
    if (!file_) throw ArchiveError("The archive cannot be written: the disk may be full.");
  }

 private:
  void run(const char* bytes, std::size_t count, int flush) {
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
    zlib_.avail_in = static_cast<uInt>(count);
    do {
      zlib_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      zlib_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&zlib_, flush);
      file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size() - zlib_.avail_out));
    } while (zlib_.avail_out == 0);
  }
  std::ofstream file_;
  std::vector<char> buffer_;
  z_stream zlib_{};
};

void write_header(GzipWriter& out, const std::string& name, char type, std::uint64_t size, unsigned mode) {
  Header header{};
  std::memcpy(header.data(), name.data(), std::min<std::size_t>(name.size(), 100));
  put_octal(header.data() + 100, 8, mode);
  put_octal(header.data() + 108, 8, 0);
  put_octal(header.data() + 116, 8, 0);
  put_octal(header.data() + 124, 12, size);
  put_octal(header.data() + 136, 12, 0);
  header[156] = type;
  std::memcpy(header.data() + 257, "ustar\00000", 8);
  put_octal(header.data() + 148, 7, checksum_of(header));
  header[155] = ' ';
  out.write(header.data(), block);
}

void pad(GzipWriter& out, std::uint64_t size) {
  static const Header zeros{};
  if (size % block != 0) out.write(zeros.data(), block - size % block);
}

void write_member(GzipWriter& out, const std::string& name, char type, std::uint64_t size, unsigned mode) {
  if (name.size() > 100) {
    // GNU's way of long names, which every tar reads.
    write_header(out, "././@LongLink", 'L', name.size() + 1, 0644);
    out.write(name.c_str(), name.size() + 1);
    pad(out, name.size() + 1);
  }
  write_header(out, name, type, size, mode);
}

void write_file(GzipWriter& out, const fs::path& path, const std::string& name) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0)
    throw ArchiveError("Cannot read " + name + ": " + std::strerror(errno) + ".");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  write_member(out, name, '0', size, (status.st_mode & 0111) != 0 ? 0755 : 0644);
  std::vector<char> buffer(buffer_bytes);
  std::uint64_t left = size;
  while (left > 0) {
    const ssize_t got = ::read(fd, buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    if (got <= 0) break;
    out.write(buffer.data(), static_cast<std::size_t>(got));
    left -= static_cast<std::uint64_t>(got);
  }
  ::close(fd);
  if (left > 0) throw ArchiveError(name + " became shorter while it was read.");
  pad(out, size);
}

// Reads the archive's plain bytes.
class GzipReader {
 public:
  explicit GzipReader(const ArchiveSource& source) : source_(source), input_(buffer_bytes) {}

  // Fewer bytes only at the end.
  std::size_t read(char* out, std::size_t count) try {
    std::size_t filled = 0;
    while (true) {
      filled += stream_.take(std::span(out + filled, count - filled));
      if (filled == count || !refill()) return filled;
    }
  } catch (const GunzipError& error) {
    throw ArchiveError(std::string("The archive is no valid gzip: ") + error.what() + ".");
  }
  void read_all(char* out, std::size_t count) {
    if (read(out, count) != count) throw ArchiveError("The archive ends inside a member.");
  }
  void skip(std::uint64_t count) {
    std::vector<char> buffer(buffer_bytes);
    while (count > 0) {
      const std::size_t step = std::min<std::uint64_t>(count, buffer.size());
      read_all(buffer.data(), step);
      count -= step;
    }
  }

 private:
  bool refill() {
    const std::size_t got = source_(input_);
    if (got == 0 && (!stream_.begun() || !stream_.whole())) {
      throw ArchiveError("The archive is cut short, or is no gzip.");
    }
    stream_.push(as_text(std::span(input_).first(got)));
    return got > 0;
  }

  const ArchiveSource& source_;
  std::vector<std::byte> input_;
  Gunzip stream_;
};

std::string field(const Header& header, std::size_t at, std::size_t width) {
  const char* const start = header.data() + at;
  return {start, std::find(start, start + width, '\0')};
}

fs::path safe_name(const std::string& name) {
  fs::path result;
  for (const auto& part : fs::path(name)) {
    if (part == ".." || name.starts_with('/') || name.find('\0') != std::string::npos) {
      throw ArchiveError("The archive's member '" + name + "' would leave its folder.");
    }
    if (part != "." && !part.empty()) result /= part;
  }
  return result;
}

// "27 path=some/name\n" and others: the path, if one is given.
std::string pax_path(const std::string& text) {
  std::size_t at = 0;
  std::string path;
  while (at < text.size()) {
    const std::size_t blank = text.find(' ', at);
    if (blank == std::string::npos) break;
    const std::size_t length = std::strtoul(text.c_str() + at, nullptr, 10);
    if (length == 0 || at + length > text.size() || blank >= at + length) break;
    const std::string entry = text.substr(blank + 1, at + length - blank - 2);
    if (entry.starts_with("path=")) path = entry.substr(5);
    at += length;
  }
  return path;
}

void extract_file(GzipReader& in, const fs::path& target, std::uint64_t size, bool executable) {
  fs::create_directories(target.parent_path());
  // Nothing in the folder is a link, for none was taken from the archive.
  std::error_code ignored;
  if (!fs::is_directory(target, ignored)) fs::remove(target, ignored);
  const int fd = ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, executable ? 0755 : 0644);
  if (fd < 0) throw ArchiveError("Cannot write " + target.filename().string() + ": " + std::strerror(errno) + ".");
  std::vector<char> buffer(buffer_bytes);
  try {
    while (size > 0) {
      const std::size_t step = std::min<std::uint64_t>(size, buffer.size());
      in.read_all(buffer.data(), step);
      if (::write(fd, buffer.data(), step) != static_cast<ssize_t>(step)) {
        throw ArchiveError("Cannot write " + target.filename().string() + ": " + std::strerror(errno) + ".");
      }
      size -= step;
    }
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
}

}  // namespace

void write_tar_gz(const fs::path& folder, const fs::path& archive) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  const fs::path inside = fs::canonical(folder);
  GzipWriter out(archive);
  for (const auto& path : paths) {
    const std::string name = path.lexically_relative(folder).string();
    if (fs::is_symlink(path)) {
      // The sandbox may have left links to anywhere: what lies outside is none of the job's.
      std::error_code error;
      const fs::path real = fs::canonical(path, error);
      const bool contained =
          !error && fs::is_regular_file(real) &&
          std::mismatch(inside.begin(), inside.end(), real.begin(), real.end()).first == inside.end();
      if (contained) write_file(out, real, name);
    } else if (fs::is_directory(path)) {
      write_member(out, name + "/", '5', 0, 0755);
    } else if (fs::is_regular_file(path)) {
      write_file(out, path, name);
    }
  }
  const Header zeros{};
  out.write(zeros.data(), block);
  out.write(zeros.data(), block);
  out.finish();
}

void read_tar_gz(const ArchiveSource& source, const fs::path& folder, ArchiveLimits limits) {
  GzipReader in(source);
  fs::create_directories(folder);
  std::string long_name;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  Header header;
  while (true) {
    const std::size_t got = in.read(header.data(), block);
    if (got == 0 || std::ranges::all_of(header, [](char c) { return c == '\0'; })) break;
    if (got != block || get_number(header.data() + 148, 8) != checksum_of(header)) {
      throw ArchiveError("The archive is no tar.");
    }
    const std::uint64_t size = get_number(header.data() + 124, 12);
    const std::uint64_t padding = (block - size % block) % block;
    const char type = header[156];
    bytes += size;
    if (++entries > limits.entries || bytes > limits.bytes)
      throw ArchiveError("The archive is larger than is allowed.");
    if (type == 'L' || type == 'x' || type == 'g') {
      if (size > max_name_bytes * 16) throw ArchiveError("The archive has an extended header that is too long.");
      std::string text(size, '\0');
      in.read_all(text.data(), text.size());
      in.skip(padding);
      if (type == 'L') long_name = text.substr(0, text.find('\0'));
      if (type == 'x') {
        if (auto path = pax_path(text); !path.empty()) long_name = std::move(path);
      }
      continue;
    }
    std::string name = long_name;
    if (name.empty()) {
      const std::string prefix = std::memcmp(header.data() + 257, "ustar", 5) == 0 ? field(header, 345, 155) : "";
      name = (prefix.empty() ? "" : prefix + "/") + field(header, 0, 100);
    }
    long_name.clear();
    const fs::path relative = safe_name(name);
    if (type == '5') {
      fs::create_directories(folder / relative);
    } else if (type == '0' || type == '\0') {
      if (relative.empty()) throw ArchiveError("The archive has a member without a name.");
      extract_file(in, folder / relative, size, (get_number(header.data() + 100, 8) & 0111) != 0);
      in.skip(padding);
      continue;
    } else {
      throw ArchiveError("The archive's member '" + name + "' is neither a file nor a folder.");
    }
    in.skip(size + padding);
  }
  // Behind the last member stand zeros, and gzip's checksum over all.
  std::vector<char> rest(buffer_bytes);
  for (std::size_t got; (got = in.read(rest.data(), rest.size())) > 0;) {
    if ((bytes += got) > limits.bytes) throw ArchiveError("The archive is larger than is allowed.");
  }
}

}  // namespace tarn::training
