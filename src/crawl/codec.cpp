#include "crawl/codec.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog/errors.h"

namespace tarn::crawl {
namespace {

using nlohmann::json;

constexpr char format_version = 1;

json value_of(std::string_view row) {
  if (row.empty() || row[0] != format_version)
    throw std::runtime_error("a crawler's row has an unknown format version");
  return json::parse(row.substr(1));
}

void put(json& out, const char* name, const std::optional<std::string>& value) {
  if (value) out[name] = *value;
}

std::optional<std::string> take(const json& in, const char* name) {
  const auto at = in.find(name);
  return at == in.end() ? std::nullopt : std::optional(at->get<std::string>());
}

json crawl_json(const Crawl& crawl) {
  json out{{"id", crawl.id},
           {"state", static_cast<int>(crawl.state)},
           {"started", to_millis(crawl.started)},
           {"error", crawl.error},
           {"workflow", crawl.workflow},
           {"run", crawl.workflow_run},
           {"created", crawl.tables_created},
           {"updated", crawl.tables_updated},
           {"deleted", crawl.tables_deleted},
           {"partitions", crawl.partitions_created}};
  if (crawl.ended) out["ended"] = to_millis(*crawl.ended);
  return out;
}

Crawl crawl_of(const json& in) {
  Crawl crawl{.id = in.at("id"),
              .state = static_cast<CrawlState>(in.at("state").get<int>()),
              .started = from_millis(in.at("started")),
              .error = in.at("error"),
              .workflow = in.at("workflow"),
              .workflow_run = in.at("run"),
              .tables_created = in.at("created"),
              .tables_updated = in.at("updated"),
              .tables_deleted = in.at("deleted"),
              .partitions_created = in.at("partitions")};
  if (in.contains("ended")) crawl.ended = from_millis(in.at("ended"));
  return crawl;
}

json target_json(const S3Target& target) {
  json out{{"path", target.path}, {"exclusions", target.exclusions}};
  if (target.sample_size) out["sample"] = *target.sample_size;
  put(out, "queue", target.event_queue_arn);
  put(out, "dead_letters", target.dead_letter_queue_arn);
  return out;
}

S3Target target_of(const json& in) {
  S3Target target{.path = in.at("path"), .exclusions = in.at("exclusions")};
  if (in.contains("sample")) target.sample_size = in.at("sample").get<std::int64_t>();
  target.event_queue_arn = take(in, "queue");
  target.dead_letter_queue_arn = take(in, "dead_letters");
  return target;
}

}  // namespace

std::string encode_crawler(const Crawler& crawler) {
  json out{{"name", crawler.name},
           {"role", crawler.role},
           {"on_update", static_cast<int>(crawler.on_update)},
           {"on_delete", static_cast<int>(crawler.on_delete)},
           {"recrawl", static_cast<int>(crawler.recrawl)},
           {"tags", crawler.tags},
           {"state", static_cast<int>(crawler.state)},
           {"created", to_millis(crawler.created)},
           {"updated", to_millis(crawler.updated)},
           {"version", crawler.version},
           {"again", crawler.again},
           {"seen_all", crawler.seen_all},
           {"again_workflow", crawler.again_workflow},
           {"again_run", crawler.again_workflow_run}};
  for (const S3Target& target : crawler.targets) out["targets"].push_back(target_json(target));
  put(out, "database", crawler.database);
  put(out, "description", crawler.description);
  put(out, "prefix", crawler.table_prefix);
  put(out, "configuration", crawler.configuration);
  put(out, "schedule", crawler.schedule);
  if (!crawler.schedule_id.empty()) out["schedule_id"] = crawler.schedule_id;
  if (crawler.current) out["current"] = crawl_json(*crawler.current);
  if (crawler.last) out["last"] = crawl_json(*crawler.last);
  return std::string(1, format_version) + out.dump();
}

Crawler decode_crawler(std::string_view row) {
  const json in = value_of(row);
  Crawler crawler;
  crawler.name = in.at("name");
  crawler.role = in.at("role");
  crawler.on_update = static_cast<UpdateBehavior>(in.at("on_update").get<int>());
  crawler.on_delete = static_cast<DeleteBehavior>(in.at("on_delete").get<int>());
  crawler.recrawl = static_cast<RecrawlBehavior>(in.at("recrawl").get<int>());
  crawler.tags = in.at("tags");
  crawler.state = static_cast<CrawlerState>(in.at("state").get<int>());
  crawler.created = from_millis(in.at("created"));
  crawler.updated = from_millis(in.at("updated"));
  crawler.version = in.at("version");
  crawler.again = in.at("again");
  crawler.seen_all = in.value("seen_all", false);
  crawler.again_workflow = in.at("again_workflow");
  crawler.again_workflow_run = in.at("again_run");
  if (in.contains("targets")) {
    for (const json& target : in.at("targets")) crawler.targets.push_back(target_of(target));
  }
  crawler.database = take(in, "database");
  crawler.description = take(in, "description");
  crawler.table_prefix = take(in, "prefix");
  crawler.configuration = take(in, "configuration");
  crawler.schedule = take(in, "schedule");
  crawler.schedule_id = in.value("schedule_id", "");
  if (in.contains("current")) crawler.current = crawl_of(in.at("current"));
  if (in.contains("last")) crawler.last = crawl_of(in.at("last"));
  return crawler;
}

std::string encode_crawl(const Crawl& crawl) {
  return std::string(1, format_version) + crawl_json(crawl).dump();
}
Crawl decode_crawl(std::string_view row) {
  return crawl_of(value_of(row));
}

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(catalog::errors::invalid_input, "Invalid crawler Configuration: " + why);
}

// Members that are read are taken away, so that what is left is what Tarn would not honour.
json take_object(json& from, const char* name) {
  json value = json::object();
  if (const auto at = from.find(name); at != from.end()) {
    if (!at->is_object()) refuse(std::string(name) + " must be an object");
    value = std::move(*at);
    from.erase(at);
  }
  return value;
}

std::string take_string(json& from, const char* name) {
  std::string value;
  if (const auto at = from.find(name); at != from.end()) {
    if (!at->is_string()) refuse(std::string(name) + " must be a string");
    value = at->get<std::string>();
    from.erase(at);
  }
  return value;
}

std::optional<std::int64_t> take_number(json& from, const char* name) {
  const auto at = from.find(name);
  if (at == from.end()) return std::nullopt;
  if (!at->is_number_integer() || at->get<std::int64_t>() < 1) refuse(std::string(name) + " must be a positive number");
  const auto value = at->get<std::int64_t>();
  from.erase(at);
  return value;
}

void nothing_left(const json& object, const char* where) {
  if (!object.empty()) refuse(std::string("Tarn does not know ") + where + object.begin().key());
}

}  // namespace

CrawlSettings CrawlSettings::parse(const std::string& configuration) {
  CrawlSettings settings;
  if (configuration.empty()) return settings;
  json document = json::parse(configuration, nullptr, false);
  if (!document.is_object()) refuse("it is no JSON object");
  document.erase("Version");
  // An index makes reading faster and changes no answer.
  document.erase("CreatePartitionIndex");
  json output = take_object(document, "CrawlerOutput");
  json partitions = take_object(output, "Partitions");
  const std::string partition_behavior = take_string(partitions, "AddOrUpdateBehavior");
  if (!partition_behavior.empty() && partition_behavior != "InheritFromTable")
    refuse("Partitions.AddOrUpdateBehavior is InheritFromTable or absent");
  settings.partitions_inherit = !partition_behavior.empty();
  json tables = take_object(output, "Tables");
  const std::string table_behavior = take_string(tables, "AddOrUpdateBehavior");
  if (!table_behavior.empty() && table_behavior != "MergeNewColumns")
    refuse("Tables.AddOrUpdateBehavior is MergeNewColumns or absent");
  settings.merge_new_columns = !table_behavior.empty();
  settings.table_threshold = take_number(tables, "TableThreshold");
  json grouping = take_object(document, "Grouping");
  const std::string policy = take_string(grouping, "TableGroupingPolicy");
  if (!policy.empty() && policy != "CombineCompatibleSchemas")
    refuse("TableGroupingPolicy is CombineCompatibleSchemas or absent");
  settings.combine_compatible = !policy.empty();
  settings.table_level = take_number(grouping, "TableLevelConfiguration");
  json own = take_object(document, "Tarn");
  const std::string compat = take_string(own, "compat");
  if (!compat.empty() && compat != "strict") refuse("Tarn.compat is strict or absent");
  settings.strict = compat == "strict";
  nothing_left(partitions, "CrawlerOutput.Partitions.");
  nothing_left(tables, "CrawlerOutput.Tables.");
  nothing_left(output, "CrawlerOutput.");
  nothing_left(grouping, "Grouping.");
  nothing_left(own, "Tarn.");
  nothing_left(document, "");
  return settings;
}

}  // namespace tarn::crawl
