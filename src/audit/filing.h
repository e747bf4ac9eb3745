// Where a record goes, and as which bytes: a row of its account's history, rows of the queues of trails that select it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "audit/trails.h"
#include "meta/store.h"

namespace tarn::audit {

struct Filed {
  AccountId account = AccountId::trusted({});
  Timestamp time;
  std::string id;
  bool in_history = false;  // Data events are there only where they were denied.
  std::string row;          // Of the history.
  std::string json;
  std::vector<std::string> trails;

  bool kept() const { return in_history || !trails.empty(); }
  // "audit/<account>/<day>", and the key there: newest first.
  meta::Partition history() const;
  meta::RowKey history_key() const;
  // In trail-queue/<account>/<trail>: oldest first.
  meta::RowKey queue_key() const;
  meta::RowValue queue_row() const;
};

// `record` has its id.
Filed file(const Record& record, const Trails& trails);

// A note, as a call under way leaves it.
std::string pack(const Filed& filed);
// Throws std::runtime_error on bytes that pack() did not make.
Filed unpack_filed(std::string_view note);

meta::Partition history_of(const AccountId& account, Timestamp time);
// The key before all rows of that moment and of those before it.
meta::RowKey history_key(Timestamp time, const std::string& id);

// An event as lookups filter and show it.
struct Event {
  std::string id;
  std::string name;
  std::string source;
  std::string user;
  std::string access_key_id;
  Timestamp time;
  bool read_only = true;
  std::vector<std::string> resources;
  std::string json;
};
struct HistoryRow {
  Event event;
  bool management = true;
};
// Throws std::runtime_error on a row that no version of Tarn wrote.
HistoryRow read_history_row(std::string_view value);

}  // namespace tarn::audit
