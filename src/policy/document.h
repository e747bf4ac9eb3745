// A policy document, parsed once and compiled for matching.
//
// parse() refuses what AWS refuses when a policy is stored, in AWS's words; whatever parse() accepted is understood
// when a request is decided, so that nothing in a stored policy is ever skipped over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/access.h"
#include "policy/pattern.h"
#include "policy/statement.h"

namespace tarn::policy {

// What a document may and must say depends on where it hangs.
enum class DocumentKind {
  identity,  // Of users, groups, roles; boundaries and session policies: no principal.
  resource,  // Bucket and key policies: a principal and a resource. Refused as MalformedPolicy.
  trust,     // Who may assume a role: a principal, no resource, sts:AssumeRole… only.
};

class Document {
 public:
  // Throws Error MalformedPolicyDocument (MalformedPolicy for resource policies), status 400.
  static std::shared_ptr<const Document> parse(std::string_view text, DocumentKind kind);

  const std::string& text() const { return text_; }
  DocumentKind kind() const { return kind_; }
  const std::vector<Statement>& statements() const { return statements_; }

  // Does it grant something to everyone, as Block Public Access and GetBucketPolicyStatus define it?
  bool is_public() const;

  // The AWS principals that it names, as written: for the domain to check that they exist.
  std::vector<std::string> aws_principals() const;

  // The condition keys and policy variables it uses, as written, each once.
  std::vector<std::string> context_keys() const;

 private:
  Document() = default;
  friend class DocumentParser;

  std::string text_;
  DocumentKind kind_ = DocumentKind::identity;
  std::vector<Statement> statements_;
};

// The longest document that is parsed at all, blanks included. Each place that stores documents has its own, smaller
// limit, counted without blanks.
inline constexpr std::size_t max_document_bytes = 131'072;

// Characters that AWS counts against a policy's size: all but blanks.
std::size_t counted_size(std::string_view text);

}  // namespace tarn::policy
