// Recurring: what fires on a schedule (a rule, a crawler, a trigger), one durable item each.
//
// The owner keeps the schedule in a row of its own, under an id that is new whenever the schedule begins anew; an item
// whose id is no longer the row's ends by itself. Times that passed while nobody was there are not made up for: one
// firing stands for all of them. A firing that a crash cut off is told again with the same id.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/names.h"
#include "base/os/clock.h"
#include "base/task.h"
#include "work/work.h"

namespace tarn::work {

struct Plan {
  std::string id;          // A UUID.
  std::string expression;  // What Schedule::parse takes.
};

struct Firing {
  AccountId account;
  std::string name;
  Timestamp due;
  std::string id;  // A UUID, the same whenever this firing is told.
};

class Recurring {
 public:
  // What the row says now; none: it has no schedule any more.
  using Find = std::function<Task<std::optional<Plan>>(AccountId account, std::string name)>;
  // Must bear to be told the same firing twice. What it throws is tried again.
  using Fire = std::function<Task<void>(Firing firing)>;

  // Registers `kind` with the queue. Stop the queue first.
  Recurring(Queue& queue, const Clock& lake, std::string kind, Find find, Fire fire);
  Recurring(const Recurring&) = delete;
  Recurring& operator=(const Recurring&) = delete;

  // After the row is written, and again at each start for what a crash may have cut off: harmless when it has begun.
  Task<void> begin(AccountId account, std::string name, Plan plan);

 private:
  Task<Outcome> run(Item item);

  Queue& queue_;
  const Clock& lake_;
  const std::string kind_;
  Find find_;
  Fire fire_;
};

}  // namespace tarn::work
