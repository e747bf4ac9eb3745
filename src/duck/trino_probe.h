// Probes of system.trino: an expression as the printer writes it, and what Trino answers. Used by the trino_*_test
// files.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "duck/engine.h"
#include "duck/memory_files.h"

namespace tarn::duck {

struct Probe {
  const char* sql;     // `t.f(…)` stands for `system.trino.f(…)`.
  const char* answer;  // Its text, "∅" for NULL, or the failure's `NAME: message` (its beginning is enough).
  const char* type = nullptr;
};

inline std::string expanded(std::string sql) {
  for (std::size_t at = 0; (at = sql.find("t.", at)) != sql.npos; at += 2) {
    const bool start = at == 0 || !(std::isalnum(static_cast<unsigned char>(sql[at - 1])) || sql[at - 1] == '_' ||
                                    sql[at - 1] == '.' || sql[at - 1] == '"');
    if (start && at + 2 < sql.size() && (std::islower(static_cast<unsigned char>(sql[at + 2])) || sql[at + 2] == '"')) {
      sql.replace(at, 2, "system.trino.");
    }
  }
  return sql;
}

// Runs the probe as a SELECT and checks text and type.
inline void check(const Probe& probe) {
  // Never destroyed: see Engine.
  static Engine& engine = *new Engine({.memory_bytes = 256 << 20, .threads = 2, .spill_directory = ""});
  const auto connection = engine.connect(std::make_shared<MemoryFiles>());
  std::string answer, type;
  try {
    const auto result = connection->run("SELECT " + expanded(probe.sql));
    type = trino_name(result->columns().at(0).type);
    const auto chunk = result->next();
    answer = chunk ? chunk->text(0, 0).value_or("∅") : "no rows";
  } catch (const SqlError& error) {
    answer = error.what();
    if (answer.starts_with(probe.answer)) answer = probe.answer;
  }
  EXPECT_EQ(answer, probe.answer) << probe.sql;
  if (probe.type && answer == probe.answer) EXPECT_EQ(type, probe.type) << probe.sql;
}

}  // namespace tarn::duck
