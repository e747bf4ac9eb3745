#include "app/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/encoding.h"
#include "http/self_made.h"

namespace tarn::app {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

void make_folder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::create_directories(path, error)) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (error) throw std::runtime_error("cannot make " + path + ": " + error.message());
}

void write_all(int file, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) fail("cannot write " + name);
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace

DataFolder::DataFolder(std::string path) : path_(std::move(path)) {
  make_folder(path_);
  const std::string name = path_ + "/lock";
  lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) fail("cannot open " + name);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw std::runtime_error("another server runs on " + path_);
  }
  make_folder(meta());
  make_folder(path_ + "/blobs");
}

DataFolder::~DataFolder() {
  ::close(lock_);
}

std::optional<identity::RootKey> DataFolder::root_key() const {
  std::ifstream file(path_ + "/root-key.json");
  if (!file) return std::nullopt;
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) throw std::runtime_error(path_ + "/root-key.json is damaged");
  return identity::RootKey{.access_key_id = document.value("AccessKeyId", ""),
                           .secret_access_key = document.value("SecretAccessKey", "")};
}

void DataFolder::keep_root_key(const identity::RootKey& key) const {
  const nlohmann::ordered_json document = {{"AccessKeyId", key.access_key_id},
                                           {"SecretAccessKey", key.secret_access_key}};
  keep("root-key.json", document.dump(2) + "\n");
}

std::optional<std::string> DataFolder::master_key() const {
  std::ifstream file(path_ + "/master.key");
  if (!file) return std::nullopt;
  std::string line;
  std::getline(file, line);
  auto key = from_hex(line);
  if (!key || key->size() != 32) throw std::runtime_error(path_ + "/master.key is damaged");
  return key;
}

void DataFolder::keep_master_key(std::string_view key) const {
  keep("master.key", to_hex(as_bytes(key)) + "\n");
}

void DataFolder::make_tls_certificate() const {
  if (::access(tls_certificate().c_str(), F_OK) == 0 && ::access(tls_key().c_str(), F_OK) == 0) return;
  const http::SelfMade made = http::make_certificate();
  keep("tls-key.pem", made.key);
  keep("tls-certificate.pem", made.certificate);
}

Milliseconds DataFolder::lake_clock_advanced() const {
  std::ifstream file(path_ + "/lake-clock.json");
  if (!file) return Milliseconds(0);
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object() || !document.contains("advanced_ms") || !document["advanced_ms"].is_number_integer()) {
    throw std::runtime_error(path_ + "/lake-clock.json is damaged");
  }
  return Milliseconds(document["advanced_ms"].get<std::int64_t>());
}

void DataFolder::keep_lake_clock_advanced(Milliseconds advanced) const {
  keep("lake-clock.json", nlohmann::json{{"advanced_ms", advanced.count()}}.dump() + "\n");
}

// Whole or not at all, durable, and for the owner only.
void DataFolder::keep(const std::string& file_name, std::string_view bytes) const {
  const std::string name = path_ + "/" + file_name;
  const std::string draft = name + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail("cannot make " + draft);
  write_all(file, bytes, draft);
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced || ::rename(draft.c_str(), name.c_str()) != 0) fail("cannot keep " + name);
  const int folder = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || ::fsync(folder) != 0) fail("cannot sync " + path_);
  ::close(folder);
}

std::string socket_path(const std::string& data_dir) {
  return data_dir + "/tarn.sock";
}

}  // namespace tarn::app
