// Removing what an execution has half written.
#include "query/core.h"

namespace tarn::query {
namespace {

constexpr std::string_view match_prefix = "match:";
constexpr std::string_view table_prefix = "table:";

Task<void> remove_matching(ObjectFiles& files, std::string folder, std::string name) {
  const auto found = co_await files.list(folder);
  for (const auto& file : found) {
    if (file.path.find(name, folder.size()) != std::string::npos) co_await files.remove(file.path);
  }
}

// Only the table that this execution made: another of its name lies elsewhere.
Task<void> remove_table(catalog::Catalog& catalog, const policy::Access& access, std::string database, std::string name,
                        std::string location) {
  const auto table = co_await catalog.find_table(access, database, name);
  if (!table || !table->storage || table->storage->location != location) co_return;
  co_await catalog.delete_table(access, std::move(database), std::move(name));
}

}  // namespace

Task<void> Queries::Core::remove_partial(AccountId, ObjectFiles& files, const policy::Access& access,
                                         std::string entry) {
  if (entry.starts_with(match_prefix)) {
    const auto star = entry.rfind('*');
    co_await remove_matching(files, entry.substr(match_prefix.size(), star - match_prefix.size()),
                             entry.substr(star + 1));
  } else if (entry.starts_with(table_prefix)) {
    const auto at = entry.find('@');
    const std::string name = entry.substr(table_prefix.size(), at - table_prefix.size());
    const auto dot = name.find('.');
    co_await remove_table(dependencies.catalog, access, name.substr(0, dot), name.substr(dot + 1),
                          entry.substr(at + 1));
  } else {
    co_await files.remove(entry);
  }
}

}  // namespace tarn::query
