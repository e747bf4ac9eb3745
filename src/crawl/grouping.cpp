#include "crawl/grouping.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace tarn::crawl {
namespace {

// A folder with what lies directly in it.
struct Folder {
  std::string name;  // Of the last segment.
  std::string key;   // With the slash at its end; empty for the bucket's root.
  std::int64_t level = 1;
  std::map<std::string, std::unique_ptr<Folder>> folders;
  std::vector<CrawledFile> files;
};

// Files that are one table so far: all of a folder, with `levels` folders of partitions below it.
struct Unit {
  std::string name;
  std::string key;
  FileSchema schema;
  std::size_t levels = 0;
  std::vector<FoundPartition> leaves;                  // One for each leaf folder; values relative to the unit.
  std::vector<std::vector<std::string>> folder_names;  // Of each leaf, in step with `leaves`.
  bool single_file = false;
  std::vector<std::string> reasons;
};

std::string parameter_of(const FileSchema& schema, const std::string& name) {
  const auto found = schema.parameters.find(name);
  return found == schema.parameters.end() ? "" : found->second;
}

// One table's reader could take both.
bool same_format(const FileSchema& a, const FileSchema& b) {
  if (a.classification != b.classification || a.compression != b.compression) return false;
  return std::ranges::all_of(std::array{"delimiter", "skip.header.line.count"},
                             [&](const char* name) { return parameter_of(a, name) == parameter_of(b, name); });
}

class Grouper {
 public:
  explicit Grouper(const GroupingOptions& options) : options_(options) {}

  Grouping run(std::vector<CrawledFile> files) {
    Folder root{.name = last_segment(options_.prefix, options_.bucket), .key = folder_part(options_.prefix)};
    root.level = 1 + std::ranges::count(root.key, '/');
    for (CrawledFile& file : files) place(root, std::move(file));
    for (Unit& unit : units_of(root)) result_.tables.push_back(table_of(std::move(unit)));
    give_names_apart();
    return std::move(result_);
  }

 private:
  static std::string folder_part(const std::string& prefix) {
    const auto slash = prefix.rfind('/');
    return slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
  }
  static std::string last_segment(std::string path, const std::string& otherwise) {
    while (path.ends_with('/')) path.pop_back();
    const auto slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    return name.empty() ? otherwise : name;
  }

  void place(Folder& root, CrawledFile file) {
    Folder* folder = &root;
    std::size_t at = root.key.size();
    for (auto slash = file.key.find('/', at); slash != std::string::npos; slash = file.key.find('/', at)) {
      const std::string name = file.key.substr(at, slash - at);
      auto& below = folder->folders[name];
      if (!below) {
        below = std::make_unique<Folder>();
        below->name = name;
        below->key = file.key.substr(0, slash + 1);
        below->level = folder->level + 1;
      }
      folder = below.get();
      at = slash + 1;
    }
    folder->files.push_back(std::move(file));
  }

  std::string location(const std::string& key) const { return "s3://" + options_.bucket + "/" + key; }

  bool alike(const FileSchema& a, const FileSchema& b) const {
    if (!same_format(a, b)) return false;
    return options_.combine_compatible || schema_similarity(a, b) >= options_.similarity;
  }

  // All tables below a folder.
  std::vector<Unit> units_of(const Folder& folder) {
    std::vector<Unit> units = file_units(folder);
    std::vector<Unit> below;
    for (const auto& [name, inner] : folder.folders) {
      for (Unit& unit : units_of(*inner)) below.push_back(std::move(unit));
    }
    if (below.empty()) return units;
    if (!units.empty()) return beside_folders(folder, std::move(units), std::move(below));
    if (options_.table_level && folder.level < *options_.table_level) return below;
    return combine(folder, std::move(below));
  }

  // Files beside folders: the paths differ in shape, so that there are no partitions. A table of the folder would read
  // what lies in the folders too: it is one where all of that is alike; else each file is a table of its own.
  std::vector<Unit> beside_folders(const Folder& folder, std::vector<Unit> units, std::vector<Unit> below) {
    const bool whole = !units[0].single_file && std::ranges::all_of(below, [&](const Unit& unit) {
      return !unit.single_file && alike(units[0].schema, unit.schema);
    });
    if (whole) {
      Unit& one = units[0];
      for (Unit& unit : below) {
        one.schema = merge_schemas(one.schema, unit.schema);
        for (const FoundPartition& leaf : unit.leaves)
          one.leaves[0].files += leaf.files, one.leaves[0].bytes += leaf.bytes;
      }
      one.reasons.push_back("files lie beside folders in " + location(folder.key) +
                            ", all alike: one table without partitions");
      return units;
    }
    if (!units[0].single_file) {
      std::vector<const CrawledFile*> known;
      for (const CrawledFile& file : folder.files) {
        if (!file.schema || file.schema->classification != "UNKNOWN") known.push_back(&file);
      }
      const FileSchema folders = units[0].schema;
      units = one_table_a_file(folder, known, "lie beside folders of other data", &folders);
    }
    for (Unit& unit : below) units.push_back(std::move(unit));
    return units;
  }

  // The folder's own files: one unit where they are alike, else a table each.
  std::vector<Unit> file_units(const Folder& folder) {
    std::vector<const CrawledFile*> known;
    std::uint64_t bytes = 0, count = 0;
    for (const CrawledFile& file : folder.files) {
      if (file.schema && file.schema->classification == "UNKNOWN") {
        result_.unknown.push_back(location(file.key));
        continue;
      }
      bytes += file.size, ++count;
      if (file.schema) known.push_back(&file);
    }
    if (known.empty()) return {};
    const FileSchema& first = *known[0]->schema;
    const bool forced = options_.table_level && folder.level >= *options_.table_level;
    const bool one = std::ranges::all_of(known, [&](const CrawledFile* file) {
      return alike(first, *file->schema) || (forced && same_format(first, *file->schema));
    });
    if (one) {
      Unit unit{.name = folder.name, .key = folder.key, .schema = first};
      for (std::size_t i = 1; i < known.size(); ++i) unit.schema = merge_schemas(unit.schema, *known[i]->schema);
      unit.leaves.push_back(
          {.values = {}, .location = location(folder.key), .schema = unit.schema, .files = count, .bytes = bytes});
      unit.folder_names.push_back({});
      std::vector<Unit> units;
      units.push_back(std::move(unit));
      return units;
    }
    return one_table_a_file(folder, known, "differ in format or schema");
  }

  // `otherwise`: what a file is like that was not sampled.
  std::vector<Unit> one_table_a_file(const Folder& folder, const std::vector<const CrawledFile*>& known,
                                     const std::string& why, const FileSchema* otherwise = nullptr) {
    std::vector<Unit> units;
    result_.notes.push_back("The files in " + location(folder.key) + " " + why +
                            ": each is a table of its own. Put them into folders of their own to give each "
                            "table one.");
    for (const CrawledFile* file : known) {
      const FileSchema& schema = file->schema ? *file->schema : *otherwise;
      Unit unit{.name = last_segment(file->key, file->key), .key = file->key, .schema = schema};
      unit.single_file = true;
      unit.leaves.push_back(
          {.values = {}, .location = location(file->key), .schema = schema, .files = 1, .bytes = file->size});
      unit.folder_names.push_back({});
      units.push_back(std::move(unit));
    }
    return units;
  }

  // The names of the folders from below `folder` to the unit's own.
  static std::vector<std::string> folders_below(const Folder& folder, const Unit& unit) {
    std::vector<std::string> names;
    for (std::size_t at = folder.key.size(); at < unit.key.size();) {
      const std::size_t slash = std::min(unit.key.find('/', at), unit.key.size());
      names.push_back(unit.key.substr(at, slash - at));
      at = slash + 1;
    }
    return names;
  }

  // Makes the units below a folder one, where most are alike and all have the same shape.
  std::vector<Unit> combine(const Folder& folder, std::vector<Unit> units) {
    const bool forced = options_.table_level && folder.level >= *options_.table_level;
    // How many folders lie between this one and the data: a folder that holds one folder only is a level as well.
    const auto depth = [&](const Unit& unit) { return folders_below(folder, unit).size() + unit.levels; };
    const bool one_shape = std::ranges::all_of(
        units, [&](const Unit& unit) { return !unit.single_file && depth(unit) == depth(units[0]); });
    if (!one_shape) return units;
    // A single folder is a partition only if its name says so; else it is the table.
    const bool named =
        std::ranges::all_of(units, [](const Unit& unit) { return unit.name.find('=') != std::string::npos; });
    if (units.size() == 1 && !named && !forced) return units;
    for (const Unit& unit : units) {
      if (!same_format(units[0].schema, unit.schema)) return apart(folder, std::move(units), "formats");
    }
    if (!forced && !options_.combine_compatible && !mostly_alike(units))
      return apart(folder, std::move(units), "schemas");
    Unit whole{.name = folder.name, .key = folder.key, .schema = units[0].schema, .levels = depth(units[0])};
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (i > 0) whole.schema = merge_schemas(whole.schema, units[i].schema);
      for (std::size_t k = 0; k < units[i].leaves.size(); ++k) {
        whole.leaves.push_back(std::move(units[i].leaves[k]));
        auto& names = whole.folder_names.emplace_back(std::move(units[i].folder_names[k]));
        const std::vector<std::string> above = folders_below(folder, units[i]);
        names.insert(names.begin(), above.begin(), above.end());
      }
    }
    whole.reasons.push_back(std::to_string(units.size()) + " folders below " + location(folder.key) +
                            " are alike: partitions");
    std::vector<Unit> one;
    one.push_back(std::move(whole));
    return one;
  }

  // Is there a schema that most of the units are like?
  bool mostly_alike(const std::vector<Unit>& units) const {
    for (const Unit& candidate : units) {
      const auto like =
          std::ranges::count_if(units, [&](const Unit& unit) { return alike(candidate.schema, unit.schema); });
      if (static_cast<double>(like) >= options_.similarity * static_cast<double>(units.size())) return true;
    }
    return false;
  }

  std::vector<Unit> apart(const Folder& folder, std::vector<Unit> units, const char* what) {
    const std::string note =
        "The folders below " + location(folder.key) + " differ in their " + what + ": separate tables";
    result_.notes.push_back(note);
    return units;
  }

  FoundTable table_of(Unit unit) const {
    FoundTable table{
        .name = table_name_from(unit.name), .location = location(unit.key), .schema = std::move(unit.schema)};
    table.reasons = std::move(unit.reasons);
    for (std::size_t level = 0; level < unit.levels; ++level) table.partition_keys.push_back(key_at(unit, level));
    for (std::size_t i = 0; i < unit.leaves.size(); ++i) {
      FoundPartition& leaf = unit.leaves[i];
      table.files += leaf.files, table.bytes += leaf.bytes;
      if (unit.levels == 0) continue;
      for (const std::string& name : unit.folder_names[i]) {
        const auto equals = name.find('=');
        leaf.values.push_back(equals == std::string::npos ? name : name.substr(equals + 1));
      }
      table.partitions.push_back(std::move(leaf));
    }
    return table;
  }

  // key=value folders name the key, others are counted.
  static catalog::Column key_at(const Unit& unit, std::size_t level) {
    std::set<std::string> names;
    for (const auto& folders : unit.folder_names) {
      const auto equals = folders[level].find('=');
      names.insert(equals == std::string::npos ? "" : folders[level].substr(0, equals));
    }
    const std::string name = names.size() == 1 && !names.begin()->empty() ? table_name_from(*names.begin())
                                                                          : "partition_" + std::to_string(level);
    return {.name = name, .type = "string"};
  }

  // Two tables of one crawl may not meet in a name.
  void give_names_apart() {
    std::set<std::string> taken;
    for (FoundTable& table : result_.tables) {
      const std::string wanted = table.name;
      for (int i = 1; !taken.insert(table.name).second; ++i) table.name = wanted + "_" + std::to_string(i);
    }
  }

  const GroupingOptions& options_;
  Grouping result_;
};

}  // namespace

Grouping group_files(std::vector<CrawledFile> files, const GroupingOptions& options) {
  return Grouper(options).run(std::move(files));
}

}  // namespace tarn::crawl
