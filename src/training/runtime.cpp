#include "training/runtime.h"

#include <link.h>

#include <algorithm>
#include <fstream>

#include "base/log.h"
#include "base/os/machine.h"
#include "training/instance_types.h"
#include "training/python_shim.h"
#include "training/sandbox/archive.h"
#include "training/sandbox/leftovers.h"

namespace tarn::training {

namespace fs = std::filesystem;

namespace {

constexpr const char* inside_binary = "/opt/tarn/bin/tarn";
const fs::path inside_libraries = "/opt/tarn/lib";
constexpr const char* inside_shim = "/opt/tarn/tarn_container.py";
constexpr const char* inside_program = "/opt/tarn/program";

// Shared libraries of this program that lie outside the system's folders must be seen by its copy in a sandbox: where
// they lie, and where a package has them.
std::vector<Bind> own_libraries() {
  std::vector<Bind> binds;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        std::error_code error;
        const fs::path path = fs::path(info->dlpi_name);
        const bool system = path.empty() || path.native().starts_with("/usr/lib") || path.native().starts_with("/lib");
        if (!system && path.is_absolute() && fs::is_regular_file(path, error)) {
          auto& binds = *static_cast<std::vector<Bind>*>(out);
          binds.push_back({.source = path, .target = path.lexically_normal()});
          binds.push_back({.source = path, .target = inside_libraries / path.filename()});
        }
        return 0;
      },
      &binds);
  return binds;
}

}  // namespace

Runtime::Runtime(meta::Store& store, logs::Logs& logs_, const Clock& wall_, Random& random_, LakeOfRole lake,
                 Options options_)
    : rows(store),
      logs(logs_),
      wall(wall_),
      random(random_),
      lake_of_role(std::move(lake)),
      options(std::move(options_)) {
  options.algorithm_binary = fs::canonical(options.algorithm_binary);
  fs::create_directories(options.work_folder);
  fs::permissions(options.work_folder, fs::perms::owner_all);
  clear_work_folder();
  std::ofstream(options.work_folder / "tarn_container.py") << python_shim;
}

// What a server that died has left: its programs, which end by themselves with it, and its folders.
void Runtime::clear_work_folder() {
  if (const std::size_t ended = end_leftovers(options.work_folder); ended > 0)
    log::warning("programs that an earlier server had left were ended", {{"processes", std::to_string(ended)}});
  for (const auto& entry : fs::directory_iterator(options.work_folder)) {
    std::error_code error;
    fs::remove_all(entry.path(), error);
    if (error)
      log::warning("a job's old folder stays", {{"folder", entry.path().string()}, {"error", error.message()}});
  }
}

duck::Engine& Runtime::engine() {
  const std::scoped_lock lock(mutex_);
  if (!engine_) {
    engine_ = std::make_unique<duck::Engine>(duck::EngineOptions{
        .memory_bytes = 512u << 20, .threads = 2, .spill_directory = options.work_folder / "spill"});
  }
  return *engine_;
}

fs::path Runtime::make_folder(const std::string& kind, const std::string& name) {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  const fs::path folder = options.work_folder / (kind + "-" + name.substr(0, 63) + "-" + random.text(8, alphabet));
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  return folder;
}

std::uint64_t Runtime::memory_limit(const std::string& instance_type) const {
  const auto found = options.instance_memory.find(instance_type);
  const std::uint64_t machine = memory_of_machine();
  if (found != options.instance_memory.end()) return std::min(found->second, machine);
  return std::min(memory_of_instance(instance_type).value_or(machine), machine);
}

std::string Runtime::arn(const AccountId& account, const std::string& resource) const {
  return "arn:aws:sagemaker:" + options.region + ":" + account.text() + ":" + resource;
}

void choose_program(Runtime& runtime, const Image& image, const std::string& verb, SandboxSpec& spec) {
  const Options& options = runtime.options;
  spec.environment.insert({{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                           {"HOME", "/tmp"},
                           {"LANG", "C.UTF-8"},
                           {"PYTHONUNBUFFERED", "1"},
                           {"PYTHONDONTWRITEBYTECODE", "1"},
                           {"AWS_REGION", options.region},
                           {"AWS_DEFAULT_REGION", options.region}});
  spec.binds.insert(spec.binds.end(), options.binds.begin(), options.binds.end());
  switch (image.kind) {
    case ImageKind::linear_learner: {
      spec.binds.push_back({.source = options.algorithm_binary, .target = inside_binary});
      for (auto& bind : own_libraries()) spec.binds.push_back(std::move(bind));
      spec.command = {inside_binary};
      spec.command.insert(spec.command.end(), options.algorithm_arguments.begin(), options.algorithm_arguments.end());
      spec.command.insert(spec.command.end(), {"linear-learner", verb});
      // It needs none.
      spec.share_network = false;
      break;
    }
    case ImageKind::python:
      spec.binds.push_back({.source = options.work_folder / "tarn_container.py", .target = inside_shim});
      spec.command = {options.python.string(), inside_shim, verb};
      break;
    case ImageKind::file:
      if (fs::is_directory(image.path)) {
        spec.root = image.path;
        spec.command = {verb};
      } else {
        spec.binds.push_back({.source = image.path, .target = inside_program});
        spec.command = {inside_program, verb};
      }
      break;
  }
  if (!spec.share_network || !options.endpoint_url) return;
  if (std::string url = options.endpoint_url(); !url.empty())
    spec.environment.insert({"AWS_ENDPOINT_URL", std::move(url)});
}

void unpack(Lake& lake, const std::string& uri, const fs::path& folder, const std::string& what) {
  const auto place = parse_s3_uri(uri);
  if (!place) throw InputError(what + " '" + uri + "' is no S3 URI.");
  const auto object = lake.find(place->bucket, place->key);
  if (!object) throw InputError("Could not find " + what + " at " + uri + ".");
  const auto reader = lake.open(*object);
  try {
    read_tar_gz([&](std::span<std::byte> buffer) { return reader->read(buffer); }, folder);
  } catch (const ArchiveError& error) {
    throw InputError(uri + ": " + error.what());
  }
}

}  // namespace tarn::training
