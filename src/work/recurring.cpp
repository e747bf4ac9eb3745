#include "work/recurring.h"

#include <charconv>
#include <cstdio>
#include <stdexcept>

#include "base/log.h"
#include "work/schedule.h"

namespace tarn::work {
namespace {

// "<account> <plan> <due, in milliseconds> <name>": only the name may have spaces.
struct Payload {
  AccountId account;
  std::string plan;
  Timestamp due;
  std::string name;

  std::string text() const { return account.text() + " " + plan + " " + std::to_string(to_millis(due)) + " " + name; }
  static Payload parse(std::string_view text) {
    const auto word = [&text] {
      const auto end = text.find(' ');
      if (end == std::string_view::npos) throw std::runtime_error("the item of a schedule is cut short");
      const std::string_view taken = text.substr(0, end);
      text.remove_prefix(end + 1);
      return taken;
    };
    Payload payload{
        .account = AccountId::trusted(std::string(word())), .plan = std::string(word()), .due = {}, .name = {}};
    const std::string_view due = word();
    std::int64_t millis = 0;
    std::from_chars(due.data(), due.data() + due.size(), millis);
    payload.due = from_millis(millis);
    payload.name = std::string(text);
    return payload;
  }
};

// The plan's UUID with the time in its last 48 bits.
std::string firing_id(const std::string& plan, Timestamp due) {
  char time[16];
  std::snprintf(time, sizeof time, "%012llx", static_cast<unsigned long long>(to_millis(due)) & 0xffffffffffffull);
  return plan.substr(0, plan.size() < 12 ? 0 : plan.size() - 12) + time;
}

}  // namespace

Recurring::Recurring(Queue& queue, const Clock& lake, std::string kind, Find find, Fire fire)
    : queue_(queue), lake_(lake), kind_(std::move(kind)), find_(std::move(find)), fire_(std::move(fire)) {
  queue.handle(kind_, [this](const Item& item) { return run(item); });
}

Task<void> Recurring::begin(AccountId account, std::string name, Plan plan) {
  const auto schedule = Schedule::parse(plan.expression);
  const auto due = schedule ? schedule->next(lake_.now()) : std::nullopt;
  if (!due) co_return;
  const Payload payload{.account = account, .plan = plan.id, .due = *due, .name = name};
  co_await queue_.enqueue({.id = kind_ + "/" + account.text() + "/" + plan.id,
                           .kind = kind_,
                           .payload = payload.text(),
                           .not_before = *due});
}

Task<Outcome> Recurring::run(Item item) {
  Payload payload = Payload::parse(item.payload);
  const auto plan = co_await find_(payload.account, payload.name);
  if (!plan || plan->id != payload.plan) co_return Done{};
  if (const Timestamp now = lake_.now(); now < payload.due)
    co_return RunAgain{.after = payload.due - now, .payload = {}};
  co_await fire_(Firing{.account = payload.account,
                        .name = payload.name,
                        .due = payload.due,
                        .id = firing_id(payload.plan, payload.due)});
  const auto schedule = Schedule::parse(plan->expression);
  const Timestamp now = lake_.now();
  const auto next = schedule ? schedule->next_after(payload.due, now) : std::nullopt;
  if (!next) co_return Done{};
  payload.due = *next;
  co_return RunAgain{.after = *next - now, .payload = payload.text()};
}

}  // namespace tarn::work
