// Exclusion patterns of an S3 target: globs relative to the include path.
//
// * any run within a name, ** any run across folders, ? one character, [abc] [a-z] [!x] one of a set, {a,b} one of
// several (not nested), \ takes the next character as it is. Built from the Glue guide's "Include and exclude
// patterns".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::crawl {

class ExclusionSet {
 public:
  explicit ExclusionSet(const std::vector<std::string>& patterns);
  // `path` is relative to the include path's folder.
  bool excludes(std::string_view path) const;

 private:
  std::vector<std::string> patterns_;  // With {a,b} written out.
};

}  // namespace tarn::crawl
