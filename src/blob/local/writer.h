// Writes a blob to its file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/file.h"
#include "blob/local/format.h"
#include "blob/local/sealer.h"

namespace tarn::blob {

// A full disk is told to the caller as such.
template <typename Action>
void say_when_full(Action action) {
  try {
    action();
  } catch (const FileError& error) {
    if (error.disk_full()) throw Error(errors::insufficient_storage, "The disk of the lake's objects is full.");
    throw;
  }
}

// What a writer needs of its store.
struct WriterPlace {
  FileSystem& files;
  std::string path;
  std::function<void()> abandoned;  // Called when the writer ends without finish(), once there may be a file.
};

class LocalWriter : public Writer {
 public:
  LocalWriter(WriterPlace place, BlobRef ref, std::string owner, std::optional<Sealer> sealer, std::uint64_t size_hint);
  ~LocalWriter() override;

  Task<void> append(std::span<const std::byte> chunk) override;
  BlobRef ref() const override { return ref_; }
  using Writer::finish;
  Task<BlobRef> finish(std::span<const std::byte> last) override;

 private:
  // Takes bytes into the buffer and writes it out whenever it is full, or writes them as they are.
  void absorb(std::span<const std::byte> bytes, bool may_write);
  // At most a chunk; `more_follow`: it is not the end of what is being taken.
  void absorb_sealed(std::span<const std::byte> bytes, bool more_follow);
  void absorb_plain(std::span<const std::byte> bytes);
  void count_plain(std::span<const std::byte> bytes);
  void seal_chunk(std::span<const std::byte> bytes, bool last);
  void write_out();
  void write(std::span<const std::byte> bytes);
  void complete();

  WriterPlace place_;
  BlobRef ref_;
  Identity identity_;
  std::uint32_t head_checksum_ = 0;
  std::optional<Sealer> sealer_;
  std::unique_ptr<File> file_;        // Made with the first write.
  std::uint64_t written_ = 0;         // Bytes of the file.
  std::uint64_t written_back_ = 0;    // Bytes that the disk was asked to take.
  std::vector<std::byte> buffer_;     // As the file will have them.
  std::vector<std::byte> held_back_;  // Sealed: the newest chunk, until it is known whether it is the last.
  std::vector<std::uint32_t> checksums_;
  std::uint32_t chunk_checksum_ = 0;  // Plain: of the chunk under way …
  std::size_t chunk_length_ = 0;      // … and how long it is.
  bool finished_ = false;
};

}  // namespace tarn::blob
