// The data folder: who uses it, and what lies where.
//
//   lock            held while a server runs on the folder
//   root-key.json   the first account's root key, for its owner's eyes
//   master.key      what the objects' keys are wrapped under: without it sealed objects are lost
//   tls-certificate.pem, tls-key.pem   made at the first start with --tls that names none
//   tarn.sock       the running server's socket for the other commands
//   meta/           rows (RocksDB)
//   blobs/<class>/  bytes, a folder a storage class
//   lake-clock.json how far the lake's clock was moved, if it ever was
//   jobs/           folders of the jobs and endpoints that run
//   prices.json     the operator's price list, if there is one (pricing/us-east-1.json shows its form)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "identity/identity.h"

namespace tarn::app {

class DataFolder {
 public:
  // Makes what is missing and takes the lock. Throws std::runtime_error if another server has it.
  explicit DataFolder(std::string path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string meta() const { return path_ + "/meta"; }
  std::string prices() const { return path_ + "/prices.json"; }
  std::string blobs(std::string_view name) const { return path_ + "/blobs/" + std::string(name); }

  std::optional<identity::RootKey> root_key() const;
  // Durable, and readable for the owner only, from the first byte on.
  void keep_root_key(const identity::RootKey& key) const;

  // 32 bytes. Throws std::runtime_error if the file is damaged.
  std::optional<std::string> master_key() const;
  void keep_master_key(std::string_view key) const;

  std::string tls_certificate() const { return path_ + "/tls-certificate.pem"; }
  std::string tls_key() const { return path_ + "/tls-key.pem"; }
  // Makes the two where they are not there.
  void make_tls_certificate() const;

  // How far the lake's clock was moved: it goes forward only, also over restarts.
  Milliseconds lake_clock_advanced() const;
  void keep_lake_clock_advanced(Milliseconds advanced) const;

 private:
  void keep(const std::string& name, std::string_view bytes) const;

  std::string path_;
  int lock_ = -1;
};

// Where the server that runs on a folder listens for commands.
std::string socket_path(const std::string& data_dir);

}  // namespace tarn::app
