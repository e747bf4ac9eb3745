#include "app/options.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "http/post.h"
#include "objects/version.h"

namespace tarn::app {
namespace {

using Kind = Setting::Kind;

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(settings(), name, &Setting::name);
  return found == settings().end() ? nullptr : &*found;
}

// "TARN_DATA_DIR" for "data-dir".
std::string variable_of(std::string_view name) {
  std::string variable = "TARN_";
  for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return variable;
}

bool to_flag(std::string_view name, std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off" || text.empty()) return false;
  throw std::runtime_error(std::string(name) + ": neither true nor false: " + std::string(text));
}

unsigned to_number(std::string_view name, std::string_view text, unsigned least, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    throw std::runtime_error(std::string(name) + ": not a number from " + std::to_string(least) + " to " +
                             std::to_string(most) + ": " + std::string(text));
  }
  return number;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> values;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (comma != 0) values.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return values;
}

log::Level to_level(std::string_view text) {
  if (text == "debug") return log::Level::debug;
  if (text == "info") return log::Level::info;
  if (text == "warning") return log::Level::warning;
  if (text == "error") return log::Level::error;
  throw std::runtime_error("log-level: none of debug, info, warning, error: " + std::string(text));
}

bool to_sealed(std::string_view text) {
  if (text == "sealed") return true;
  if (text == "plain") return false;
  throw std::runtime_error("at-rest: neither sealed nor plain: " + std::string(text));
}

// Looks a setting up in the sources, the first that has it.
class Sources {
 public:
  explicit Sources(const std::vector<Given>& sources) : sources_(sources) {}

  const std::vector<std::string>* list(std::string_view name) const {
    for (const Given& source : sources_) {
      if (const auto found = source.find(name); found != source.end()) return &found->second;
    }
    return nullptr;
  }
  std::optional<std::string> text(std::string_view name) const {
    const auto* const values = list(name);
    return values && !values->empty() ? std::optional(values->back()) : std::nullopt;
  }
  bool flag(std::string_view name) const {
    const auto value = text(name);
    return value && to_flag(name, *value);
  }

 private:
  const std::vector<Given>& sources_;
};

std::optional<http::TlsOptions> tls_options(const Sources& sources) {
  const auto certificate = sources.text("tls-certificate");
  const auto key = sources.text("tls-key");
  if (certificate.has_value() != key.has_value()) {
    throw std::runtime_error("tls-certificate and tls-key go together");
  }
  if (certificate) return http::TlsOptions{.certificate_file = *certificate, .key_file = *key};
  if (sources.flag("tls")) return http::TlsOptions{.certificate_file = {}, .key_file = {}, .self_made = true};
  return std::nullopt;
}

// "STANDARD_IA=/mnt/slow"
std::map<std::string, std::string> image_paths(const std::vector<std::string>& values) {
  std::map<std::string, std::string> images;
  for (const std::string& value : values) {
    const std::size_t equals = value.rfind("=file:///");
    if (equals == std::string::npos || equals == 0) throw std::runtime_error("image: not NAME=file:///PATH: " + value);
    images[value.substr(0, equals)] = value.substr(equals + 1);
  }
  return images;
}

std::map<std::string, std::string> tier_folders(const std::vector<std::string>& values) {
  std::map<std::string, std::string> tiers;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == value.size()) {
      throw std::runtime_error("tier: not CLASS=DIR: " + value);
    }
    const std::string name = value.substr(0, equals);
    if (!objects::parse_storage_class(name)) throw std::runtime_error("tier: no such storage class: " + name);
    tiers[name] = value.substr(equals + 1);
  }
  return tiers;
}

// "orders=https://example.org/hook". What is wrong is not repeated: it may be a secret.
std::map<std::string, std::string> named_values(std::string_view setting, const std::vector<std::string>& values) {
  std::map<std::string, std::string> named;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    const bool good =
        equals != std::string::npos && equals > 0 && equals + 1 < value.size() && value.find_first_of(":/ ") > equals;
    if (!good) throw std::runtime_error(std::string(setting) + ": a value is not NAME=VALUE");
    named[value.substr(0, equals)] = value.substr(equals + 1);
  }
  return named;
}

// Told before anything is made. "unix:/path" is for Tarn's own use.
void check_listen(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (address.starts_with("unix:")) continue;
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0) throw std::runtime_error("listen: not HOST:PORT: " + address);
    to_number("listen: the port", address.substr(colon + 1), 0, 65'535);
  }
}

// It stands in ARNs and in what requests are signed for.
void check_region(std::string_view region) {
  const bool good = !region.empty() && region.size() <= 64 && std::ranges::all_of(region, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!good) throw std::runtime_error("region: not of a-z, 0-9 and -: " + std::string(region));
}

void check_webhooks(const ServeOptions& options) {
  for (const auto& [name, url] : options.webhooks) {
    if (!http::Url::parse(url)) throw std::runtime_error("webhook: not an http or https URL: " + name);
  }
  for (const auto& [name, secret] : options.webhook_secrets) {
    if (!options.webhooks.contains(name)) throw std::runtime_error("webhook-secret: no such webhook: " + name);
  }
}

void check_replication(const ServeOptions& options) {
  for (const auto& [name, url] : options.replication_targets) {
    if (!http::Url::parse(url)) throw std::runtime_error("replication-target: not an http or https URL: " + name);
    if (!options.replication_keys.contains(name)) throw std::runtime_error("replication-key: none for " + name);
  }
  for (const auto& [name, key] : options.replication_keys) {
    if (!options.replication_targets.contains(name))
      throw std::runtime_error("replication-key: no such target: " + name);
    const std::size_t colon = key.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == key.size()) {
      throw std::runtime_error("replication-key: not ID:SECRET: " + name);
    }
  }
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
      {"data-dir", Kind::text, "DIR", "where the data lies (./tarn-data)"},
      {"listen", Kind::list, "HOST:PORT", "where to listen (127.0.0.1:9320); several are allowed"},
      {"domain", Kind::list, "NAME", "hosts below which a label is a bucket (virtual-host style)"},
      {"region", Kind::text, "NAME", "the region that Tarn is (us-east-1)"},
      {"tls", Kind::flag, "", "speak TLS, with a certificate made at the first start unless one is given"},
      {"tls-certificate", Kind::text, "FILE", "the certificate chain, PEM"},
      {"tls-key", Kind::text, "FILE", "its key, PEM"},
      {"threads", Kind::text, "N", "I/O threads (one a core)"},
      {"tier", Kind::list, "CLASS=DIR", "keep the bytes of a storage class in that folder"},
      {"image", Kind::list, "NAME=file:///PATH",
       "what a training or model image runs: a program or a root file system"},
      {"webhook", Kind::list, "NAME=URL", "a server that bucket notifications and rules may tell of events"},
      {"webhook-secret", Kind::list, "NAME=TEXT", "signs what is sent to that webhook (better in the file)"},
      {"replication-target", Kind::list, "NAME=URL", "another server that buckets' rules may replicate to"},
      {"replication-key", Kind::list, "NAME=ID:SECRET", "the key for that server (better in the file)"},
      {"scrub-rate", Kind::text, "MIB", "how fast all bytes are read again, a second; 0: never (8)"},
      {"metadata-cache", Kind::text, "MIB", "memory for rows and small objects that were read (a sixteenth of all)"},
      {"query-memory", Kind::text, "MIB", "memory of all queries together; beyond it they spill (a quarter of all)"},
      {"query-spill", Kind::text, "MIB", "what they may spill into DATA/spill; 0: nothing (16384)"},
      {"query-threads", Kind::text, "N", "threads of all queries together (one a core)"},
      {"log-level", Kind::text, "LEVEL", "debug, info, warning or error (info)"},
      {"test-clock", Kind::flag, "", "let root move the lake's clock: POST /_tarn/test/clock"},
      {"test-lifecycle-day", Kind::text, "SECONDS", "a lifecycle day lasts that long for the sweep"},
      {"at-rest", Kind::text, "FORM", "how new bytes are kept: sealed (SSE-S3) or plain, which is faster (sealed)"},
      {"relaxed", Kind::flag, "", "new buckets as before 2023: ACLs on, public access not blocked"},
  };
  return all;
}

Given settings_of_environment(const std::function<const char*(const char*)>& lookup) {
  Given given;
  for (const Setting& setting : settings()) {
    const char* const value = lookup(variable_of(setting.name).c_str());
    if (!value || !*value) continue;
    given[std::string(setting.name)] = setting.kind == Kind::list ? split_list(value) : std::vector<std::string>{value};
  }
  return given;
}

ServeOptions serve_options(const std::vector<Given>& given) {
  for (const Given& source : given) {
    for (const auto& [name, values] : source) {
      if (!find_setting(name)) throw std::runtime_error("no such setting: " + name);
    }
  }
  const Sources sources(given);
  ServeOptions options;
  options.data_dir = sources.text("data-dir").value_or(options.data_dir);
  if (const auto* const listen = sources.list("listen"); listen && !listen->empty()) options.listen = *listen;
  check_listen(options.listen);
  if (const auto* const domains = sources.list("domain")) options.domains = *domains;
  options.region = sources.text("region").value_or(options.region);
  check_region(options.region);
  options.tls = tls_options(sources);
  if (const auto threads = sources.text("threads")) options.threads = to_number("threads", *threads, 1, 256);
  if (const auto* const tiers = sources.list("tier")) options.tiers = tier_folders(*tiers);
  if (const auto* const images = sources.list("image")) options.images = image_paths(*images);
  if (const auto* const hooks = sources.list("webhook")) options.webhooks = named_values("webhook", *hooks);
  if (const auto* const secrets = sources.list("webhook-secret")) {
    options.webhook_secrets = named_values("webhook-secret", *secrets);
  }
  check_webhooks(options);
  if (const auto* const targets = sources.list("replication-target")) {
    options.replication_targets = named_values("replication-target", *targets);
  }
  if (const auto* const keys = sources.list("replication-key")) {
    options.replication_keys = named_values("replication-key", *keys);
  }
  check_replication(options);
  if (const auto rate = sources.text("scrub-rate")) {
    options.scrub_mib_per_second = to_number("scrub-rate", *rate, 0, 100'000);
  }
  if (const auto cache = sources.text("metadata-cache")) {
    options.metadata_cache_mib = to_number("metadata-cache", *cache, 16, 1 << 20);
  }
  if (const auto memory = sources.text("query-memory")) {
    options.query_memory_mib = to_number("query-memory", *memory, 64, 16 << 20);
  }
  if (const auto spill = sources.text("query-spill")) {
    options.query_spill_mib = to_number("query-spill", *spill, 0, 1 << 30);
  }
  if (const auto threads = sources.text("query-threads")) {
    options.query_threads = to_number("query-threads", *threads, 1, 256);
  }
  if (const auto level = sources.text("log-level")) options.log_level = to_level(*level);
  options.test_clock = sources.flag("test-clock");
  if (const auto seconds = sources.text("test-lifecycle-day")) {
    options.lifecycle_day_seconds = to_number("test-lifecycle-day", *seconds, 1, 86'400);
  }
  options.relaxed = sources.flag("relaxed");
  if (const auto at_rest = sources.text("at-rest")) options.sealed = to_sealed(*at_rest);
  return options;
}

}  // namespace tarn::app
