// Removing what an execution has half written.
#include "query/core.h"

namespace tarn::query {
namespace {

constexpr std::string_view match_prefix = "match:";
constexpr std::string_view table_prefix = "table:";

bool made_by(const catalog::Table& table, const std::string& maker) {
  if (maker.starts_with("s3://")) return table.storage && table.storage->location == maker;
  const auto id = table.parameters.find(std::string(query_id_parameter));
  return id != table.parameters.end() && id->second == maker;
}

// Only the table that this execution made: one of its name may have come from another, at the same place too.
Task<void> remove_table(catalog::Catalog& catalog, const policy::Access& access, std::string database, std::string name,
                        std::string maker) {
  const auto table = co_await catalog.find_table(access, database, name);
  if (!table || !made_by(*table, maker)) co_return;
  co_await catalog.delete_table(access, std::move(database), std::move(name));
}

}  // namespace

Task<void> Queries::Core::remove_partial(AccountId, ObjectFiles& files, const policy::Access& access,
                                         std::string entry) {
  if (entry.starts_with(match_prefix)) {
    const auto star = entry.rfind('*');
    co_await files.remove_named(entry.substr(match_prefix.size(), star - match_prefix.size()), entry.substr(star + 1));
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
