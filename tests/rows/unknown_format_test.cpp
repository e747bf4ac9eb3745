// Rows that a later version wrote, or that are damaged at their first byte: every reader says that it does not know the
// format, and none makes sense of them.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "audit/filing.h"
#include "audit/trail_rows.h"
#include "base/pack.h"
#include "catalog/codec.h"
#include "crawl/codec.h"
#include "crawl/workflow_state.h"
#include "events/state.h"
#include "identity/rows.h"
#include "logs/rows.h"
#include "objects/outbox.h"
#include "objects/rows.h"
#include "query/codec.h"
#include "queues/index.h"
#include "queues/state.h"
#include "training/rows.h"
#include "work/item_codec.h"

namespace tarn {
namespace {

struct Reader {
  const char* name;
  std::function<void(std::string_view)> read;
};

template <typename Read>
Reader reader(const char* name, Read read) {
  return {name, [read](std::string_view row) { (void)read(row); }};
}
#define READER(function) reader(#function, [](std::string_view row) { return function(row); })

const Reader readers[] = {
    READER(objects::rows::unpack_state),
    READER(objects::rows::unpack_bucket_name),
    READER(objects::rows::unpack_configuration),
    READER(objects::rows::unpack_version),
    READER(objects::rows::unpack_listed),
    READER(objects::rows::unpack_head),
    READER(objects::rows::unpack_part),
    READER(objects::rows::unpack_upload),
    READER(objects::rows::unpack_garbage),
    READER(objects::unpack_change_record),
    READER(catalog::decode_database),
    READER(catalog::decode_table),
    READER(catalog::decode_partition),
    READER(catalog::decode_column_statistics),
    READER(identity::decode_account),
    READER(identity::decode_user),
    READER(identity::decode_group),
    READER(identity::decode_role),
    READER(identity::decode_policy),
    READER(identity::decode_credential),
    READER(query::decode_execution),
    READER(query::decode_workgroup),
    READER(query::decode_named_query),
    READER(query::decode_prepared_statement),
    READER(crawl::decode_crawler),
    READER(crawl::decode_crawl),
    READER(crawl::decode_workflow),
    READER(crawl::decode_trigger),
    READER(events::decode_rule),
    READER(training::from_row<training::Job>),
    READER(training::from_row<training::Model>),
    READER(training::from_row<training::EndpointConfig>),
    READER(training::from_row<training::Endpoint>),
    READER(audit::decode_trail),
    READER(audit::unpack_filed),
    READER(audit::read_history_row),
    READER(work::decode_item),
    reader("queues::unpack_entry", [](std::string_view row) { return queues::unpack_entry(1, row); }),
    reader("queues::unpack_queue",
           [](std::string_view row) {
             return queues::unpack_queue(meta::Row{.key = "q/name", .value = std::string(row), .version = 1});
           }),
    reader("logs::parse_group", [](std::string_view row) { return logs::parse_group("g", row); }),
    reader("logs::parse_stream", [](std::string_view row) { return logs::parse_stream("s", row); }),
    reader("logs::parse_event",
           [](std::string_view row) { return logs::parse_event(logs::event_key(1, {}), row, "s"); }),
};

TEST(UnknownFormat, IsSaid) {
  for (const Reader& one : readers) {
    for (const char first : {'\x00', '\x7f', '\xff', '{'}) {
      for (const std::string& rest : {std::string(), std::string(300, '\0'), std::string("{\"name\": \"x\"}")}) {
        try {
          one.read(first + rest);
          ADD_FAILURE() << one.name << " read a row of format " << static_cast<int>(first);
        } catch (const std::runtime_error& error) {
          EXPECT_NE(std::string_view(error.what()).find("format"), std::string_view::npos)
              << one.name << ": " << error.what();
        }
      }
    }
  }
}

// Damage behind the first byte is an error of some kind; never anything else than an exception.
TEST(UnknownFormat, WhatIsCutShortIsRefused) {
  for (const Reader& one : readers) {
    for (const std::string& row :
         {std::string(), std::string("\1"), std::string("\1{"), std::string("\1\xff\xff\xff")}) {
      EXPECT_THROW(one.read(row), std::exception) << one.name << " of " << row.size() << " bytes";
    }
  }
}

}  // namespace
}  // namespace tarn
