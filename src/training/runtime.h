// What the programs of jobs and endpoints are run with.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "duck/engine.h"
#include "logs/logs.h"
#include "training/images.h"
#include "training/input/lake.h"
#include "training/rows.h"
#include "training/sandbox/sandbox.h"

namespace tarn::training {

struct Options {
  std::string region = "us-east-1";
  // Where jobs and endpoints have their folders; emptied at start.
  std::filesystem::path work_folder;
  // The program that holds the built-in algorithms, and what stands before "linear-learner train".
  std::filesystem::path algorithm_binary = "/proc/self/exe";
  std::vector<std::string> algorithm_arguments = {"algorithm"};
  std::filesystem::path python = "/usr/bin/python3";
  // Further names of images, and what of this machine programs may see besides.
  std::map<std::string, std::string> images;
  std::vector<Bind> binds;
  // Memory of instance types in bytes, besides those that are known.
  std::map<std::string, std::uint64_t> instance_memory;
  // What programs with a network are told as AWS_ENDPOINT_URL; empty: nothing. May wait until the server listens.
  std::function<std::string()> endpoint_url;
  std::size_t max_running_jobs = 4;
  std::int64_t max_instances_a_job = 20;
  std::chrono::seconds stop_patience{120};
  std::chrono::seconds shutdown_patience{8};
};

// The lake as a role sees it; throws access_denied for a role that is not there or does not trust SageMaker.
using LakeOfRole = std::function<Task<std::shared_ptr<Lake>>(std::string role_arn, std::string session_name)>;
// Lets a program act as a role: variables for its environment, that are good for as long as the lease is kept.
struct RoleCredentials {
  std::map<std::string, std::string> environment;
  std::shared_ptr<void> lease;
};
using CredentialsOfRole = std::function<Task<RoleCredentials>(std::string role_arn, std::string session_name)>;

struct Runtime {
  Runtime(meta::Store& store, logs::Logs& logs_, const Clock& wall_, Random& random_, LakeOfRole lake,
          Options options_);

  Rows rows;
  logs::Logs& logs;
  const Clock& wall;
  Random& random;
  LakeOfRole lake_of_role;
  CredentialsOfRole credentials_of_role;
  Options options;
  // The server ends: programs have seconds to follow.
  std::atomic<bool> ending = false;

  // Made when a table is first streamed.
  duck::Engine& engine();

  // A new, empty folder below the work folder, for its owner only.
  std::filesystem::path make_folder(const std::string& kind, const std::string& name);

  // What a program on such an instance may take: never more than this machine has.
  std::uint64_t memory_limit(const std::string& instance_type) const;

  std::string arn(const AccountId& account, const std::string& resource) const;

 private:
  void clear_work_folder();

  std::mutex mutex_;
  std::unique_ptr<duck::Engine> engine_;
};

// Fills in what an image runs: command, binds, root. `verb` is "train" or "serve".
void choose_program(Runtime& runtime, const Image& image, const std::string& verb, SandboxSpec& spec);

// Downloads and unpacks a tar.gz of the lake.
void unpack(Lake& lake, const std::string& uri, const std::filesystem::path& folder, const std::string& what);

}  // namespace tarn::training
