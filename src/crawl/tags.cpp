// Tags of crawlers, workflows and triggers: members of their rows.
#include "crawl/codec.h"
#include "crawl/missing.h"
#include "crawl/state.h"
#include "crawl/workflow_state.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;

constexpr int max_attempts = 20;

// Reads a row, lets `change` have its tags and writes it back, until nobody else has written it meanwhile.
template <typename Decode>
Task<Tags> change_row(meta::Store& store, meta::Partition partition, std::string key, const char* kind,
                      std::string name, Decode decode, ChangeTags change) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto row = co_await store.get(partition, key);
    if (!row) missing(kind, name);
    auto holder = decode(row->value);
    if (!change) co_return holder.tags;
    change(holder.tags);
    meta::Batch batch;
    batch.require_version(key, row->version).put(key, encode(holder));
    const auto commit = co_await store.commit(partition, std::move(batch));
    if (commit.applied) co_return holder.tags;
  }
  throw Error(errors::concurrent_modification, std::string(kind) + " " + name + " was changed at the same time.");
}

}  // namespace

Task<Tags> Crawlers::tags(AccountId account, std::string name, ChangeTags change) {
  const auto crawler = co_await state_->change(account, name, [&change](Crawler& found) {
    if (change) change(found.tags);
    return static_cast<bool>(change);
  });
  if (!crawler) no_crawler(name);
  co_return crawler->tags;
}

Task<Tags> Workflows::workflow_tags(AccountId account, std::string name, ChangeTags change) {
  co_return co_await change_row(state_->store, workflow_partition(account), workflow_key(name), "Workflow", name,
                                decode_workflow, std::move(change));
}

Task<Tags> Workflows::trigger_tags(AccountId account, std::string name, ChangeTags change) {
  co_return co_await change_row(state_->store, workflow_partition(account), trigger_key(name), "Trigger", name,
                                decode_trigger, std::move(change));
}

}  // namespace tarn::crawl
