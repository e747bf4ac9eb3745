// A lake in memory with everything that a query touches, for this folder's tests and its service's.
#pragma once

#include <filesystem>
#include <thread>

#include "catalog/catalog.h"
#include "duck/engine.h"
#include "objects/testing.h"
#include "query/query.h"
#include "work/work.h"

namespace tarn::query::testing {

// May do everything but what is listed ("s3:GetObject arn:aws:s3:::lake/raw/a.csv", or an action alone). Shared by
// threads: the list is made before the queries run.
class Caller : public policy::Access {
 public:
  Caller() {
    principal_.kind = policy::Principal::Kind::user;
    principal_.account = AccountId::trusted("111122223333");
    principal_.arn = "arn:aws:iam::111122223333:user/analyst";
    principal_.user_id = "AIDAANALYST";
  }
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string action, std::string resource, policy::Facts) const override {
    const bool refused = refusals.contains(action) || refusals.contains(action + " " + resource);
    co_return policy::Decision{.kind = refused ? policy::Decision::Kind::implicit_deny : policy::Decision::Kind::allow};
  }

  std::set<std::string> refusals;

 private:
  policy::Principal principal_;
  policy::Facts facts_;
};

class TestLake {
 public:
  explicit TestLake(std::chrono::seconds timeout = std::chrono::seconds(1800)) : queries(dependencies(timeout)) {
    sync_wait(catalog.create_database(*caller, {.name = "db"}));
    sync_wait(queries.recover());
    sync_wait(queue.start());
  }
  ~TestLake() { queue.stop(std::chrono::seconds(10)); }

  Dependencies dependencies(std::chrono::seconds timeout) {
    return {.meta = bench.meta,
            .catalog = catalog,
            .objects = bench.objects,
            .queue = queue,
            .engine = engine(),
            .clocks = {.wall = bench.clock, .lake = bench.clock},
            .random = bench.random,
            .keep = [this](const policy::Access&) { return caller; },
            .service_access = [this](const AccountId&) { return caller; },
            .timeout = timeout};
  }

  static duck::Engine& engine() {
    static duck::Engine shared({.memory_bytes = 256 << 20, .threads = 1});
    return shared;
  }

  std::string start(StartRequest request) {
    if (request.output_location.empty()) request.output_location = "s3://lake/results/";
    if (request.database.empty()) request.database = "db";
    return sync_wait(queries.start(*caller, std::move(request)));
  }
  Execution wait(const std::string& id) {
    for (int i = 0; i < 10'000; ++i) {
      Execution execution = sync_wait(queries.execution(*caller, id));
      if (is_final(execution.state)) return execution;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return {};
  }
  Execution run(const std::string& sql) { return wait(start({.query = sql})); }

  // Fields joined by "|", NULL as "∅"; the reason if it did not succeed.
  std::vector<std::string> rows(const std::string& sql) {
    const Execution execution = run(sql);
    if (execution.state != State::succeeded) return {execution.reason};
    std::vector<std::string> lines;
    const auto page = sync_wait(queries.results(*caller, execution.id, "", 1000));
    for (const auto& row : page.rows) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "|" : "") + row[i].value_or("∅");
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::string object(const std::string& key) { return bench.get(key); }
  std::vector<std::string> keys(const std::string& prefix) {
    std::vector<std::string> found;
    for (const auto& line : bench.list({.bucket = bench.bucket, .prefix = prefix}).objects) found.push_back(line.key);
    return found;
  }

  objects::testing::Bench bench;
  std::shared_ptr<Caller> caller = std::make_shared<Caller>();
  catalog::Catalog catalog{bench.meta, {.wall = bench.clock, .lake = bench.clock}, bench.random, "us-east-1"};
  work::Queue queue{bench.meta, bench.clock};
  Queries queries;
};

}  // namespace tarn::query::testing
