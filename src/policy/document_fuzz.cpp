// Any bytes as a policy: parsed or refused, and what was parsed answers a question.
#include <cstdint>

#include "policy/document.h"
#include "policy/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn;
  using namespace tarn::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const DocumentKind kind : {DocumentKind::identity, DocumentKind::resource, DocumentKind::trust}) {
    try {
      const auto document = Document::parse(text, kind);
      testing::Question question{.facts = {{"s3:prefix", {"raw/"}}, {"aws:TagKeys", {"a", "b"}}}};
      if (kind == DocumentKind::identity) {
        question.policies.identity.push_back({"p", document});
      } else {
        question.resource_policy = document;
      }
      (void)testing::answer(question);
      (void)document->is_public();
      (void)document->context_keys();
    } catch (const Error&) {
      continue;
    }
  }
  return 0;
}
