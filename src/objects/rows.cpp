#include "objects/rows.h"

#include "base/encoding.h"
#include "base/pack.h"

namespace tarn::objects::rows {
namespace {

constexpr std::uint8_t format = 1;
// Versions and uploads of which more is known than format 1 has room for: a list of extras stands behind it.
constexpr std::uint8_t format_with_extras = 2;
constexpr std::string_view end_mark{"\0\1", 2};

Unpacker open_row(std::string_view row) {
  Unpacker in(row);
  if (in.byte() != format) throw std::runtime_error("a row has a format that this version does not know");
  return in;
}

std::string with_key(std::string_view prefix, std::string_view key) {
  std::string out(prefix);
  out += escape(key);
  out += end_mark;
  return out;
}

std::string with_numbers(std::string_view prefix, std::uint64_t first, std::uint64_t second) {
  std::string out(prefix);
  Packer(out).fixed64(first).fixed64(second);
  return out;
}

// The format that was found decides whether extras follow.
Unpacker open_row_with_extras(std::string_view row, bool& has_extras) {
  Unpacker in(row);
  const std::uint8_t found = in.byte();
  if (found != format && found != format_with_extras) {
    throw std::runtime_error("a row has a format that this version does not know");
  }
  has_extras = found == format_with_extras;
  return in;
}

// ---- pieces of values

// An ETag is mostly an MD5, with or without a number of parts: its bytes instead of its digits.
enum class ETagForm : std::uint8_t { text = 0, md5 = 1, md5_of_parts = 2 };

void pack_e_tag(Packer& out, std::string& row, std::string_view e_tag) {
  const std::size_t dash = e_tag.find('-');
  const std::optional<std::string> digest = from_hex(e_tag.substr(0, dash));
  // Only what spells back to the same text may be shortened.
  const bool is_md5 = digest && digest->size() == 16 && to_hex(as_bytes(*digest)) == e_tag.substr(0, dash);
  if (is_md5 && dash == std::string_view::npos) {
    out.byte(static_cast<std::uint8_t>(ETagForm::md5));
    row += *digest;
  } else if (is_md5 && dash + 1 < e_tag.size() && e_tag[dash + 1] != '0' && e_tag.size() - dash <= 6 &&
             e_tag.find_first_not_of("0123456789", dash + 1) == std::string_view::npos) {
    out.byte(static_cast<std::uint8_t>(ETagForm::md5_of_parts));
    row += *digest;
    out.number(std::stoul(std::string(e_tag.substr(dash + 1))));
  } else {
    out.byte(static_cast<std::uint8_t>(ETagForm::text)).text(e_tag);
  }
}

std::string unpack_e_tag(Unpacker& in) {
  switch (static_cast<ETagForm>(in.byte())) {
    case ETagForm::text:
      return std::string(in.text());
    case ETagForm::md5:
      return to_hex(as_bytes(in.bytes(16)));
    case ETagForm::md5_of_parts: {
      std::string e_tag = to_hex(as_bytes(in.bytes(16)));
      return e_tag + "-" + std::to_string(in.number());
    }
  }
  throw std::runtime_error("a row's ETag has an unknown form");
}

void pack_checksum(Packer& out, const std::optional<StoredChecksum>& checksum) {
  out.byte(checksum ? static_cast<std::uint8_t>(checksum->algorithm) : 0);
  if (checksum) out.byte(static_cast<std::uint8_t>(checksum->type)).text(checksum->value);
}

std::optional<StoredChecksum> unpack_checksum(Unpacker& in) {
  const std::uint8_t algorithm = in.byte();
  if (algorithm == 0) return std::nullopt;
  StoredChecksum checksum;
  checksum.algorithm = static_cast<ChecksumAlgorithm>(algorithm);
  checksum.type = static_cast<ChecksumType>(in.byte());
  checksum.value = in.text();
  return checksum;
}

void pack_description(Packer& out, const Description& description) {
  for (const std::string* text : {&description.content_type, &description.content_encoding,
                                  &description.content_language, &description.content_disposition,
                                  &description.cache_control, &description.expires, &description.website_redirect}) {
    out.text(*text);
  }
  out.number(description.metadata.size());
  for (const auto& [name, value] : description.metadata) out.text(name).text(value);
}

Description unpack_description(Unpacker& in) {
  Description description;
  for (std::string* text : {&description.content_type, &description.content_encoding, &description.content_language,
                            &description.content_disposition, &description.cache_control, &description.expires,
                            &description.website_redirect}) {
    *text = in.text();
  }
  for (std::uint64_t count = in.number(); count; --count) {
    std::string name(in.text());
    description.metadata.emplace(std::move(name), in.text());
  }
  return description;
}

void pack_tags(Packer& out, const Tags& tags) {
  out.number(tags.size());
  for (const auto& [name, value] : tags) out.text(name).text(value);
}

Tags unpack_tags(Unpacker& in) {
  Tags tags;
  for (std::uint64_t count = in.number(); count; --count) {
    std::string name(in.text());
    tags.emplace_back(std::move(name), in.text());
  }
  return tags;
}

// ---- extras: a count, then for each its name and its bytes

enum class Extra : std::uint8_t { retention = 1, legal_hold = 2, acl = 3, seal = 4, replication = 5 };

struct Extras {
  Lock lock = {};
  std::optional<policy::Acl> acl = {};
  Seal seal = {};
  Replication replication = Replication::none;
  std::uint64_t count() const {
    return static_cast<std::uint64_t>(lock.retention.has_value()) + lock.legal_hold.has_value() + acl.has_value() +
           (seal.kind != Seal::Kind::none) + (replication != Replication::none);
  }
  bool any() const { return count() > 0; }
};

void pack_extra(Packer& out, Extra name, std::string_view bytes) {
  out.byte(static_cast<std::uint8_t>(name)).text(bytes);
}

void pack_extras(Packer& out, const Extras& extras) {
  if (!extras.any()) return;
  const Lock& lock = extras.lock;
  out.number(extras.count());
  if (lock.retention) {
    std::string bytes;
    Packer(bytes).byte(static_cast<std::uint8_t>(lock.retention->mode)).time(lock.retention->until);
    pack_extra(out, Extra::retention, bytes);
  }
  if (lock.legal_hold) pack_extra(out, Extra::legal_hold, *lock.legal_hold ? "1" : "0");
  if (extras.acl) pack_extra(out, Extra::acl, policy::pack(*extras.acl));
  if (extras.seal.kind != Seal::Kind::none) {
    std::string bytes;
    Packer(bytes).byte(static_cast<std::uint8_t>(extras.seal.kind)).text(extras.seal.wrapped_key);
    if (extras.seal.kind == Seal::Kind::customer) Packer(bytes).text(extras.seal.customer_key_md5);
    pack_extra(out, Extra::seal, bytes);
  }
  if (extras.replication != Replication::none) {
    std::string bytes;
    Packer(bytes).byte(static_cast<std::uint8_t>(extras.replication));
    pack_extra(out, Extra::replication, bytes);
  }
}

Extras unpack_extras(Unpacker& in) {
  Extras extras;
  for (std::uint64_t count = in.number(); count; --count) {
    const auto name = static_cast<Extra>(in.byte());
    Unpacker bytes(in.text());
    switch (name) {
      case Extra::retention: {
        const auto mode = static_cast<Retention::Mode>(bytes.byte());
        extras.lock.retention = Retention{.mode = mode, .until = bytes.time()};
        continue;
      }
      case Extra::legal_hold:
        extras.lock.legal_hold = bytes.byte() == '1';
        continue;
      case Extra::acl:
        extras.acl = policy::unpack_acl(bytes.rest());
        continue;
      case Extra::seal:
        extras.seal.kind = static_cast<Seal::Kind>(bytes.byte());
        extras.seal.wrapped_key = bytes.text();
        if (extras.seal.kind == Seal::Kind::customer) extras.seal.customer_key_md5 = bytes.text();
        continue;
      case Extra::replication:
        extras.replication = static_cast<Replication>(bytes.byte());
        continue;
    }
    // What is said there may be a lock: it must not be passed over.
    throw std::runtime_error("a row has an extra that this version does not know");
  }
  return extras;
}

// ---- an object version: what listings need comes first, up to the count of tags

enum VersionFlag : std::uint8_t { is_null = 1, is_delete_marker = 2, has_restore = 4, restore_ongoing = 8 };

struct ListedPart {
  ListedObject listed;
  std::uint8_t flags = 0;
  std::uint32_t parts = 0;
  std::string checksum_value;
};

void unpack_listed_part(Unpacker& in, ListedPart& out) {
  ListedObject& listed = out.listed;
  out.flags = in.byte();
  listed.null = out.flags & is_null;
  listed.delete_marker = out.flags & is_delete_marker;
  listed.restoring = out.flags & restore_ongoing;
  listed.sequence = in.fixed64();
  listed.nonce = in.fixed64();
  listed.modified = in.time();
  listed.size = in.number();
  listed.e_tag = unpack_e_tag(in);
  listed.storage_class = static_cast<StorageClass>(in.byte());
  out.parts = static_cast<std::uint32_t>(in.number());
  if (auto checksum = unpack_checksum(in)) {
    listed.checksum_algorithm = checksum->algorithm;
    listed.checksum_type = checksum->type;
    out.checksum_value = std::move(checksum->value);
  }
}

Restore unpack_restore(Unpacker& in, bool ongoing) {
  Restore restore;
  restore.ongoing = ongoing;
  restore.speed = static_cast<Restore::Speed>(in.byte());
  restore.ready = in.time();
  restore.days = static_cast<std::uint32_t>(in.number());
  restore.expires = in.time();
  return restore;
}

void pack_location(Packer& out, std::string& row, const Location& location) {
  out.byte(static_cast<std::uint8_t>(location.index()));
  if (const auto* blob = std::get_if<blob::BlobRef>(&location)) blob::append_ref(row, *blob);
}

Location unpack_location(Unpacker& in) {
  switch (in.byte()) {
    case 0:
      return NoBytes{};
    case 1:
      return InlineBytes{};
    case 2:
      return blob::take_ref(in.rest());
    case 3:
      return PartBytes{};
  }
  throw std::runtime_error("a row's location has an unknown form");
}

}  // namespace

meta::Partition partition(std::string_view bucket_id) {
  return {"bucket/" + std::string(bucket_id)};
}
meta::Partition names() {
  return {"names"};
}
std::string name_key(std::string_view bucket_name) {
  return "bucket/" + std::string(bucket_name);
}
std::string owner_key(const AccountId& account, std::string_view bucket_name) {
  return "owner/" + account.text() + "/" + std::string(bucket_name);
}
std::string account_block_key(const AccountId& account) {
  return "block/" + account.text();
}

// ---- keys

std::string configuration_key(ConfigurationKind kind) {
  std::string out = "b/config/";
  Packer(out).byte(static_cast<std::uint8_t>(kind));
  return out;
}

std::optional<ConfigurationKind> parse_configuration_key(std::string_view row_key) {
  constexpr std::string_view prefix = "b/config/";
  if (!row_key.starts_with(prefix) || row_key.size() != prefix.size() + 1) return std::nullopt;
  return static_cast<ConfigurationKind>(row_key.back());
}

std::string escape(std::string_view key) {
  std::string out;
  out.reserve(key.size());
  for (const char byte : key) {
    out += byte;
    if (byte == 0) out += '\xff';
  }
  return out;
}

std::string unescape(std::string_view& in) {
  std::string key;
  while (!in.empty()) {
    const std::size_t zero = in.find('\0');
    key += in.substr(0, zero);
    if (zero == std::string_view::npos) {
      in = {};
      return key;
    }
    if (zero + 1 == in.size()) throw std::runtime_error("a row's key is cut short");
    const char next = in[zero + 1];
    in.remove_prefix(zero + 2);
    if (next == '\1') return key;
    if (next != '\xff') throw std::runtime_error("a row's key has a broken escape");
    key += '\0';
  }
  return key;
}

std::string current_key(std::string_view key) {
  return "c/" + escape(key);
}
std::string head_key(std::string_view key) {
  return "h/" + escape(key);
}
std::string versions_prefix(std::string_view key) {
  return with_key("v/", key);
}
std::string version_key(std::string_view key, std::uint64_t sequence) {
  std::string out = versions_prefix(key);
  Packer(out).fixed64(~sequence);
  return out;
}
std::string bytes_key(std::uint64_t sequence, std::uint64_t nonce) {
  return with_numbers("d/", sequence, nonce);
}
std::string parts_prefix(std::uint64_t sequence, std::uint64_t nonce) {
  return with_numbers("m/", sequence, nonce) + "/";
}
std::string part_key(std::uint64_t sequence, std::uint64_t nonce, std::uint64_t end) {
  std::string out = parts_prefix(sequence, nonce);
  Packer(out).fixed64(end);
  return out;
}
std::string uploads_prefix(std::string_view key) {
  return with_key("u/", key);
}
std::string upload_key(std::string_view key, std::string_view upload) {
  return uploads_prefix(key) + std::string(upload);
}
std::string upload_parts_prefix(std::string_view upload) {
  return "p/" + std::string(upload) + "/";
}
std::string upload_part_key(std::string_view upload, std::uint32_t number) {
  std::string out = upload_parts_prefix(upload);
  Packer(out).fixed16(static_cast<std::uint16_t>(number));
  return out;
}
std::string outbox_key(std::uint64_t sequence) {
  std::string out = "o/";
  Packer(out).fixed64(sequence);
  return out;
}
std::string replication_key(std::uint64_t sequence) {
  std::string out = "r/";
  Packer(out).fixed64(sequence);
  return out;
}
std::string garbage_key(Timestamp not_before, std::uint64_t first, std::uint64_t second) {
  std::string out = "g/";
  Packer(out).fixed64(static_cast<std::uint64_t>(to_millis(not_before))).fixed64(first).fixed64(second);
  return out;
}
std::string restore_key(Timestamp due, std::string_view key, std::uint64_t sequence) {
  std::string out = "w/";
  Packer(out).fixed64(static_cast<std::uint64_t>(to_millis(due)));
  out += escape(key);
  out += end_mark;
  Packer(out).fixed64(~sequence);
  return out;
}

VersionPlace parse_version_key(std::string_view row_key) {
  Unpacker in(row_key);
  in.bytes(2);
  VersionPlace place;
  place.key = unescape(in.rest());
  place.sequence = ~in.fixed64();
  return place;
}

// ---- values

std::string pack(const State& state) {
  std::string row;
  Packer(row)
      .byte(format)
      .byte(static_cast<std::uint8_t>(state.life))
      .byte(static_cast<std::uint8_t>(state.versioning))
      .byte(state.object_lock)
      .number(state.generation)
      .text(state.name)
      .text(state.owner)
      .text(state.region)
      .time(state.created);
  return row;
}

State unpack_state(std::string_view row) {
  Unpacker in = open_row(row);
  State state;
  state.life = static_cast<State::Life>(in.byte());
  state.versioning = static_cast<Versioning>(in.byte());
  state.object_lock = in.byte();
  state.generation = in.number();
  state.name = in.text();
  state.owner = in.text();
  state.region = in.text();
  state.created = in.time();
  return state;
}

std::string pack(const BucketName& name) {
  std::string row;
  Packer(row).byte(format).text(name.owner).text(name.id);
  return row;
}

BucketName unpack_bucket_name(std::string_view row) {
  Unpacker in = open_row(row);
  BucketName name;
  name.owner = in.text();
  name.id = in.text();
  return name;
}

std::string pack(const Configuration& configuration) {
  std::string row;
  Packer(row).byte(format).number(configuration.revision).text(configuration.document);
  return row;
}

Configuration unpack_configuration(std::string_view row) {
  Unpacker in = open_row(row);
  Configuration configuration;
  configuration.revision = in.number();
  configuration.document = in.text();
  return configuration;
}

std::string pack(const ObjectVersion& version) {
  std::string row;
  row.reserve(256);
  Packer out(row);
  const Extras extras{
      .lock = version.lock, .acl = version.acl, .seal = version.seal, .replication = version.replication};
  out.byte(extras.any() ? format_with_extras : format);
  out.byte((version.null ? is_null : 0) | (version.delete_marker ? is_delete_marker : 0) |
           (version.restore ? has_restore : 0) | (version.restore && version.restore->ongoing ? restore_ongoing : 0));
  out.fixed64(version.sequence).fixed64(version.nonce).time(version.modified).number(version.size);
  pack_e_tag(out, row, version.e_tag);
  out.byte(static_cast<std::uint8_t>(version.storage_class)).number(version.parts);
  pack_checksum(out, version.checksum);
  if (version.restore) {
    out.byte(static_cast<std::uint8_t>(version.restore->speed));
    out.time(version.restore->ready).number(version.restore->days).time(version.restore->expires);
  }
  pack_tags(out, version.tags);
  pack_location(out, row, version.location);
  out.byte(version.restored.has_value());
  if (version.restored) blob::append_ref(row, *version.restored);
  out.text(version.owner.text());
  pack_description(out, version.description);
  pack_extras(out, extras);
  return row;
}

ObjectVersion unpack_version(std::string_view row) {
  bool has_extras = false;
  Unpacker in = open_row_with_extras(row, has_extras);
  ListedPart front;
  unpack_listed_part(in, front);
  ObjectVersion version;
  version.null = front.listed.null;
  version.delete_marker = front.listed.delete_marker;
  version.sequence = front.listed.sequence;
  version.nonce = front.listed.nonce;
  version.modified = front.listed.modified;
  version.size = front.listed.size;
  version.e_tag = std::move(front.listed.e_tag);
  version.storage_class = front.listed.storage_class;
  version.parts = front.parts;
  if (front.listed.checksum_algorithm) {
    version.checksum = StoredChecksum{.algorithm = *front.listed.checksum_algorithm,
                                      .type = front.listed.checksum_type,
                                      .value = std::move(front.checksum_value)};
  }
  if (front.flags & has_restore) version.restore = unpack_restore(in, front.flags & restore_ongoing);
  version.tags = unpack_tags(in);
  version.location = unpack_location(in);
  if (in.byte()) version.restored = blob::take_ref(in.rest());
  version.owner = AccountId::trusted(std::string(in.text()));
  version.description = unpack_description(in);
  if (has_extras) {
    Extras extras = unpack_extras(in);
    version.lock = extras.lock;
    version.acl = std::move(extras.acl);
    version.seal = std::move(extras.seal);
    version.replication = extras.replication;
  }
  return version;
}

ListedObject unpack_listed(std::string_view row) {
  bool has_extras = false;
  Unpacker in = open_row_with_extras(row, has_extras);
  ListedPart front;
  unpack_listed_part(in, front);
  if (front.flags & has_restore) {
    const Restore restore = unpack_restore(in, front.flags & restore_ongoing);
    if (!restore.ongoing) front.listed.restored_until = restore.expires;
  }
  front.listed.tagged = in.number() > 0;
  return std::move(front.listed);
}

std::string pack(const Head& head) {
  std::string row;
  Packer(row).byte(format).fixed64(head.newest).fixed64(head.null_sequence);
  return row;
}

Head unpack_head(std::string_view row) {
  Unpacker in = open_row(row);
  Head head;
  head.newest = in.fixed64();
  head.null_sequence = in.fixed64();
  return head;
}

std::string pack(const StoredPart& part) {
  std::string row;
  Packer out(row);
  out.byte(format).number(part.number).number(part.size).text(part.md5).time(part.modified);
  pack_checksum(out, part.checksum);
  out.byte(part.blob.has_value());
  if (part.blob) blob::append_ref(row, *part.blob);
  return row;
}

StoredPart unpack_part(std::string_view row) {
  Unpacker in = open_row(row);
  StoredPart part;
  part.number = static_cast<std::uint32_t>(in.number());
  part.size = in.number();
  part.md5 = in.text();
  part.modified = in.time();
  part.checksum = unpack_checksum(in);
  if (in.byte()) part.blob = blob::take_ref(in.rest());
  return part;
}

std::string pack(const Upload& upload) {
  std::string row;
  Packer out(row);
  const Extras extras{.lock = upload.lock, .acl = upload.acl, .seal = upload.seal};
  out.byte(extras.any() ? format_with_extras : format)
      .time(upload.initiated)
      .text(upload.owner.text())
      .text(upload.initiator_arn);
  out.byte(static_cast<std::uint8_t>(upload.storage_class));
  out.byte(upload.algorithm ? static_cast<std::uint8_t>(*upload.algorithm) : 0);
  out.byte(static_cast<std::uint8_t>(upload.checksum_type));
  pack_tags(out, upload.tags);
  pack_description(out, upload.description);
  pack_extras(out, extras);
  return row;
}

Upload unpack_upload(std::string_view row) {
  bool has_extras = false;
  Unpacker in = open_row_with_extras(row, has_extras);
  Upload upload;
  upload.initiated = in.time();
  upload.owner = AccountId::trusted(std::string(in.text()));
  upload.initiator_arn = in.text();
  upload.storage_class = static_cast<StorageClass>(in.byte());
  if (const std::uint8_t algorithm = in.byte()) upload.algorithm = static_cast<ChecksumAlgorithm>(algorithm);
  upload.checksum_type = static_cast<ChecksumType>(in.byte());
  upload.tags = unpack_tags(in);
  upload.description = unpack_description(in);
  if (has_extras) {
    Extras extras = unpack_extras(in);
    upload.lock = extras.lock;
    upload.acl = std::move(extras.acl);
    upload.seal = std::move(extras.seal);
  }
  return upload;
}

std::string pack(const Garbage& garbage) {
  std::string row;
  Packer out(row);
  out.byte(format).byte(static_cast<std::uint8_t>(garbage.kind));
  switch (garbage.kind) {
    case Garbage::Kind::blob:
      blob::append_ref(row, garbage.blob);
      break;
    case Garbage::Kind::parts:
      out.fixed64(garbage.sequence).fixed64(garbage.nonce);
      break;
    case Garbage::Kind::upload_parts:
      out.text(garbage.upload);
      break;
  }
  return row;
}

Garbage unpack_garbage(std::string_view row) {
  Unpacker in = open_row(row);
  Garbage garbage;
  garbage.kind = static_cast<Garbage::Kind>(in.byte());
  switch (garbage.kind) {
    case Garbage::Kind::blob:
      garbage.blob = blob::take_ref(in.rest());
      return garbage;
    case Garbage::Kind::parts:
      garbage.sequence = in.fixed64();
      garbage.nonce = in.fixed64();
      return garbage;
    case Garbage::Kind::upload_parts:
      garbage.upload = in.text();
      return garbage;
  }
  throw std::runtime_error("a garbage row has an unknown kind");
}

}  // namespace tarn::objects::rows
