#include "policy/acl.h"

#include <algorithm>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::policy {
namespace {

constexpr std::uint8_t format = 1;
using Permission = Acl::Permission;

bool covers(Permission granted, Permission wanted) {
  return granted == wanted || granted == Permission::full_control;
}

std::string principal_of(const Acl::Grantee& grantee) {
  switch (grantee.kind) {
    case Acl::Grantee::Kind::account:
      return R"({"CanonicalUser":")" + grantee.canonical_id + "\"}";
    case Acl::Grantee::Kind::everyone:
    case Acl::Grantee::Kind::authenticated:
      return "\"*\"";
    case Acl::Grantee::Kind::log_delivery:
      return R"({"Service":"logging.s3.amazonaws.com"})";
  }
  throw std::logic_error("a grantee of no kind");
}

// `more` is a condition's operator and its keys.
std::string statement(const Acl::Grantee& grantee, std::string_view actions, std::string_view resource,
                      std::string_view more = {}) {
  std::string condition;
  if (grantee.kind == Acl::Grantee::Kind::authenticated) {
    condition = R"("StringNotEquals":{"aws:PrincipalType":"Anonymous"})";
  }
  if (!more.empty()) {
    if (!condition.empty()) condition += ',';
    condition += more;
  }
  std::string text = R"({"Effect":"Allow","Principal":)" + principal_of(grantee);
  text += R"(,"Action":[)" + std::string(actions) + R"(],"Resource":")" + std::string(resource) + '"';
  if (!condition.empty()) text += R"(,"Condition":{)" + condition + "}";
  return text + "}";
}

}  // namespace

bool Acl::is_public() const {
  return std::ranges::any_of(entries, [](const Entry& entry) { return entry.grantee.is_public(); });
}

Acl Acl::without_public() const {
  Acl rest;
  std::ranges::copy_if(entries, std::back_inserter(rest.entries),
                       [](const Entry& entry) { return !entry.grantee.is_public(); });
  return rest;
}

std::string pack(const Acl& acl) {
  std::string document;
  Packer out(document);
  out.byte(format).number(acl.entries.size());
  for (const Acl::Entry& entry : acl.entries) {
    out.byte(static_cast<std::uint8_t>(entry.grantee.kind)).byte(static_cast<std::uint8_t>(entry.permission));
    out.text(entry.grantee.canonical_id);
  }
  return document;
}

Acl unpack_acl(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("an access control list has an unknown format");
  Acl acl;
  for (std::uint64_t count = in.number(); count; --count) {
    const std::uint8_t kind = in.byte();
    const std::uint8_t permission = in.byte();
    if (kind < 1 || kind > 4 || permission < 1 || permission > 5) {
      throw std::runtime_error("an access control list grants what this version does not know");
    }
    acl.entries.push_back(
        {.grantee = {.kind = static_cast<Acl::Grantee::Kind>(kind), .canonical_id = std::string(in.text())},
         .permission = static_cast<Permission>(permission)});
  }
  return acl;
}

std::vector<std::string> bucket_statements(const Acl& acl, std::string_view bucket_arn) {
  const std::string keys = std::string(bucket_arn) + "/*";
  std::vector<std::string> statements;
  for (const Acl::Entry& entry : acl.entries) {
    const auto add = [&](Permission permission, std::string_view actions, std::string_view resource,
                         std::string_view condition = {}) {
      if (covers(entry.permission, permission)) {
        statements.push_back(statement(entry.grantee, actions, resource, condition));
      }
    };
    add(Permission::read, R"("s3:ListBucket","s3:ListBucketVersions","s3:ListBucketMultipartUploads")", bucket_arn);
    add(Permission::write,
        R"("s3:PutObject","s3:DeleteObject","s3:AbortMultipartUpload","s3:ListMultipartUploadParts")", keys);
    // Who may write may say who reads what was written; an object that is there has a list of its own.
    add(Permission::write, R"("s3:PutObjectAcl")", keys,
        R"("Null":{")" + std::string(object_owner_fact) + R"(":"true"})");
    add(Permission::read_acp, R"("s3:GetBucketAcl")", bucket_arn);
    add(Permission::write_acp, R"("s3:PutBucketAcl")", bucket_arn);
  }
  return statements;
}

std::vector<std::string> object_statements(const Acl& acl) {
  // They are asked about this object alone.
  constexpr std::string_view object = "arn:aws:s3:::*";
  std::vector<std::string> statements;
  for (const Acl::Entry& entry : acl.entries) {
    const auto add = [&](Permission permission, std::string_view actions) {
      if (covers(entry.permission, permission)) statements.push_back(statement(entry.grantee, actions, object));
    };
    add(Permission::read, R"("s3:GetObject","s3:GetObjectVersion")");
    add(Permission::read_acp, R"("s3:GetObjectAcl","s3:GetObjectVersionAcl")");
    add(Permission::write_acp, R"("s3:PutObjectAcl","s3:PutObjectVersionAcl")");
  }
  return statements;
}

}  // namespace tarn::policy
