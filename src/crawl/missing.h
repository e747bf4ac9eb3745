// What is asked for by name and is not there: EntityNotFoundException.
#pragma once

#include <string>

#include "catalog/errors.h"

namespace tarn::crawl {

[[noreturn]] inline void missing(const char* kind, const std::string& name) {
  throw Error(catalog::errors::entity_not_found, std::string(kind) + " with name " + name + " does not exist");
}
[[noreturn]] inline void no_crawler(const std::string& name) {
  missing("Crawler", name);
}
[[noreturn]] inline void no_workflow(const std::string& name) {
  missing("Workflow", name);
}
[[noreturn]] inline void no_trigger(const std::string& name) {
  missing("Trigger", name);
}

}  // namespace tarn::crawl
