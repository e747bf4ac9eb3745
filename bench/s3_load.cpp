// Load on an S3 endpoint, and what it costs the server: CPU (user and system, of all its processes) an operation.
//
//   bench_s3_load --to HOST:PORT [options] CASE…
//   --tls CIPHERSUITE (of TLS 1.3; whatever certificate there is)
//   --name LABEL  --pids PID,…  --connections N (8)  --seconds S (2)  --rounds N (3; the median is told)  --bucket B
//   (bench) Requests are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or not at all where these are not
//   set.
//
// Cases, in the order given; the later ones use the objects that put made:
//   bucket · payload:signed (or unsigned, the default) · put:SIZE · upload:SIZE:PART (multipart) · get (or get:again,
//   when each was read once before) · head · range:SIZE · delete · connections:N · fill:COUNT:SIZE (names under 1000
//   prefixes) · list (all of it) · prefixes (one page, delimiter=/) · streams:SIZE (each connection puts and then gets
//   as much, all at once; told with the server's memory) · clear (deletes all that is listed) · names:COUNT:PREFIX (of
//   objects that are there) · idle:COUNT (connections, 3 s)
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "s3_client.h"

namespace {

using namespace tarn;
using namespace tarn::bench;
using Clock = std::chrono::steady_clock;

struct Options {
  Target target;
  std::string name = "server";
  std::vector<int> pids;
  int connections = 8;
  double seconds = 2;
  int rounds = 3;
  std::string bucket = "bench";
};

// User and system time of the server's processes so far.
double server_cpu(const Options& options) {
  double ticks = 0;
  for (const int pid : options.pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    if (text.empty()) continue;
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    ticks += user + system;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double server_memory_mib(const Options& options) {
  double kib = 0;
  for (const int pid : options.pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmRSS:")) kib += std::atof(line.c_str() + 6);
    }
  }
  return kib / 1024;
}

std::uint64_t parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), size).ptr;
  if (end == text.data() + text.size()) return size;
  return size << (*end == 'k' ? 10 : *end == 'm' ? 20 : 30);
}

std::string cpu_text(double seconds, double operations, double bytes) {
  char text[64];
  if (bytes >= 1 << 20) {
    std::snprintf(text, sizeof text, "%.2f s/GiB", seconds * (1 << 30) / (operations * bytes));
  } else if (seconds / operations >= 0.002) {
    std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3 / operations);
  } else {
    std::snprintf(text, sizeof text, "%.0f us", seconds * 1e6 / operations);
  }
  return text;
}

void print_row(const Options& options, const std::string& what, int connections, const std::string& cpu, double rate) {
  std::printf("| %s | %d | %s | %s | %.*f/s |\n", what.c_str(), connections, options.name.c_str(), cpu.c_str(),
              rate < 100 ? 1 : 0, rate);
  std::fflush(stdout);
}

[[noreturn]] void fail(const std::string& what, const Answer& answer) {
  throw std::runtime_error(what + " was answered " + std::to_string(answer.status) + ": " + answer.body.substr(0, 300));
}

void expect(const std::string& what, const Answer& answer) {
  if (answer.status / 100 != 2) fail(what, answer);
}

// One operation of one connection; false: there is nothing left to do.
using Operation = std::function<bool(Client&, std::mt19937_64&)>;

struct Measured {
  double seconds = 0;
  double cpu = 0;
  long count = 0;
};

Measured run_round(const Options& options, int connections, double seconds, const Operation& operation) {
  std::vector<long> counts(static_cast<std::size_t>(connections));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(options.target));
  const double cpu = server_cpu(options);
  const auto began = Clock::now();
  const auto end = began + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        std::mt19937_64 random(std::random_device{}());
        try {
          while (Clock::now() < end && operation(*clients[static_cast<std::size_t>(i)], random)) {
            ++counts[static_cast<std::size_t>(i)];
          }
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s: %s\n", options.name.c_str(), error.what());
          std::_Exit(1);
        }
      });
    }
  }
  Measured measured{.seconds = std::chrono::duration<double>(Clock::now() - began).count(),
                    .cpu = server_cpu(options) - cpu};
  for (const long count : counts) measured.count += count;
  return measured;
}

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)), client_(options_.target) {}

  void run(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream in(text);
    for (std::string word; std::getline(in, word, ':');) words.push_back(word);
    words.resize(3);
    const std::string& what = words[0];
    if (what == "connections") {
      options_.connections = std::stoi(words[1]);
    } else if (what == "payload") {
      options_.target.sign_bodies = words[1] == "signed";
    } else if (what == "bucket") {
      const Answer made = client_.call({.method = "PUT", .path = "/" + options_.bucket});
      if (made.status != 409) expect("PUT of the bucket", made);  // It may be there from another run.
    } else if (what == "names") {
      for (long i = 0; i < std::stol(words[1]); ++i) keys_.push_back(words[2] + std::to_string(i));
    } else if (what == "put") {
      put(words[1]);
    } else if (what == "upload") {
      upload(words[1], words[2]);
    } else if (what == "get") {
      const bool again = words[1] == "again";
      if (again) read_each_once();
      read("GET", "GET " + size_text_ + (again ? ", again" : ""), {}, static_cast<double>(size_));
    } else if (what == "head") {
      read("HEAD", "HEAD", {}, 0);
    } else if (what == "range") {
      read("GET", "GET " + words[1] + " of " + size_text_, parse_size(words[1]), 0);
    } else if (what == "delete") {
      remove_put();
    } else if (what == "fill") {
      fill(std::stol(words[1]), parse_size(words[2]));
    } else if (what == "streams") {
      streams(words[1]);
    } else if (what == "list") {
      list();
    } else if (what == "prefixes") {
      prefixes();
    } else if (what == "clear") {
      clear();
    } else if (what == "idle") {
      idle(std::stoi(words[1]));
    } else {
      throw std::runtime_error("no such case: " + text);
    }
  }

 private:
  std::string signed_text() const { return options_.target.sign_bodies ? ", signed" : ""; }
  std::string path(const std::string& key) const { return "/" + options_.bucket + "/" + key; }

  // Rounds of the same; the one with the median of CPU an operation is told.
  void measure(const std::string& what, int connections, double bytes, const Operation& operation) {
    std::vector<Measured> rounds;
    for (int i = 0; i < options_.rounds; ++i) {
      const Measured round = run_round(options_, connections, options_.seconds, operation);
      if (round.count > 0) rounds.push_back(round);
    }
    if (rounds.empty()) return;
    std::ranges::sort(rounds, {}, [](const Measured& one) { return one.cpu / static_cast<double>(one.count); });
    const Measured& median = rounds[rounds.size() / 2];
    const auto count = static_cast<double>(median.count);
    print_row(options_, what, connections, cpu_text(median.cpu, count, bytes), count / median.seconds);
  }

  std::string next_key() {
    const std::lock_guard lock(mutex_);
    // Never one of an earlier run's: nginx remembers the sizes of files.
    return keys_.emplace_back("o" + std::to_string(::getpid()) + "-" + std::to_string(made_++));
  }

  // They cannot be compressed.
  static std::string random_bytes(std::uint64_t size, std::mt19937_64 random = std::mt19937_64(42)) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      const std::uint64_t word = random();
      std::memcpy(bytes.data() + i, &word, 8);
    }
    return bytes;
  }

  void put(const std::string& size) {
    take_size(size);
    const std::string body = random_bytes(size_);
    measure("PUT " + size + signed_text(), options_.connections, static_cast<double>(size_),
            [&](Client& client, auto&) {
              expect("PUT", client.call({.method = "PUT", .path = path(next_key()), .body = body}));
              return true;
            });
  }

  void upload(const std::string& size, const std::string& part) {
    take_size(size);
    const std::string body = random_bytes(parse_size(part));
    measure("upload " + size + " in parts of " + part + signed_text(), options_.connections, static_cast<double>(size_),
            [&](Client& client, auto&) {
              upload_one(client, path(next_key()), body);
              return true;
            });
  }

  void upload_one(Client& client, const std::string& to, const std::string& part) const {
    Answer answer = client.call({.method = "POST", .path = to, .query = "uploads=", .keep_body = true});
    expect("POST ?uploads", answer);
    const std::size_t at = answer.body.find("<UploadId>") + 10;
    const std::string id = uri_encode(answer.body.substr(at, answer.body.find('<', at) - at));
    std::string done = "<CompleteMultipartUpload>";
    for (std::uint64_t number = 1; (number - 1) * part.size() < size_; ++number) {
      const std::string text = std::to_string(number);
      answer =
          client.call({.method = "PUT", .path = to, .query = "partNumber=" + text + "&uploadId=" + id, .body = part});
      expect("PUT of a part", answer);
      done += "<Part><PartNumber>" + text + "</PartNumber><ETag>" + answer.e_tag + "</ETag></Part>";
    }
    done += "</CompleteMultipartUpload>";
    expect("POST ?uploadId", client.call({.method = "POST", .path = to, .query = "uploadId=" + id, .body = done}));
  }

  void take_size(const std::string& text) {
    keys_.clear();
    size_text_ = text;
    size_ = parse_size(text);
  }

  void read(const char* method, const std::string& what, std::optional<std::uint64_t> range, double bytes) {
    if (keys_.empty()) throw std::runtime_error("nothing was put to be read");
    measure(what, options_.connections, bytes, [&, range](Client& client, std::mt19937_64& random) {
      Call call{.method = method, .path = path(keys_[random() % keys_.size()])};
      if (range) {
        const std::uint64_t first = random() % (size_ - *range + 1);
        call.headers = "Range: bytes=" + std::to_string(first) + "-" + std::to_string(first + *range - 1) + "\r\n";
      }
      expect(method, client.call(call));
      return true;
    });
  }

  void read_each_once() {
    for (const std::string& key : keys_) expect("GET", client_.call({.method = "GET", .path = path(key)}));
  }

  void remove_put() {
    measure("DELETE " + size_text_, options_.connections, 0, [&](Client& client, auto&) {
      std::string key;
      {
        const std::lock_guard lock(mutex_);
        if (keys_.empty()) return false;
        key = std::move(keys_.back());
        keys_.pop_back();
      }
      expect("DELETE", client.call({.method = "DELETE", .path = path(key)}));
      return true;
    });
  }

  void fill(long count, std::uint64_t size) {
    std::atomic<long> next = 0;
    const Measured measured = run_round(options_, options_.connections, 1e9, [&](Client& client, auto&) {
      const long number = next++;
      if (number >= count) return false;
      char key[64];
      std::snprintf(key, sizeof key, "p%03ld/k%08ld", number % 1000, number);
      const std::string body = random_bytes(size, std::mt19937_64(static_cast<std::uint64_t>(number)));
      expect("PUT", client.call({.method = "PUT", .path = path(key), .body = body}));
      return true;
    });
    print_row(options_, "fill " + std::to_string(count) + " of " + std::to_string(size) + " B", options_.connections,
              cpu_text(measured.cpu, static_cast<double>(measured.count), 0),
              static_cast<double>(measured.count) / measured.seconds);
  }

  // All put at once, and each gets what it has put.
  void streams(const std::string& size) {
    take_size(size);
    const std::string body = random_bytes(size_);
    const double before = server_memory_mib(options_);
    std::atomic<double> peak = before;
    std::jthread watcher([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        peak = std::max(peak.load(), server_memory_mib(options_));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
    std::atomic<int> next = 0;
    const Measured measured = run_round(options_, options_.connections, 1e9, [&](Client& client, auto&) {
      const int number = next++;
      if (number >= options_.connections) return false;
      const std::string key = path("stream" + std::to_string(number));
      expect("PUT", client.call({.method = "PUT", .path = key, .body = body}));
      expect("GET", client.call({.method = "GET", .path = key}));
      return true;
    });
    watcher.request_stop();
    watcher.join();
    const double bytes = 2 * static_cast<double>(size_);
    std::printf("| streams of %s, put and got | %d | %s | %s, %.0f MiB/s | at most %.0f MiB (%.0f before) |\n",
                size.c_str(), options_.connections, options_.name.c_str(),
                cpu_text(measured.cpu, static_cast<double>(measured.count), bytes).c_str(),
                static_cast<double>(measured.count) * bytes / measured.seconds / (1 << 20), peak.load(), before);
    std::fflush(stdout);
  }

  // Pages one by one; what each holds goes to `page`.
  void each_page(Client& client, const std::function<void(const std::string&)>& page) const {
    std::string token;
    do {
      const std::string query =
          (token.empty() ? "" : "continuation-token=" + uri_encode(token) + "&") + "list-type=2&max-keys=1000";
      const Answer answer =
          client.call({.method = "GET", .path = "/" + options_.bucket, .query = query, .keep_body = true});
      expect("a listing", answer);
      page(answer.body);
      const std::size_t at = answer.body.find("<NextContinuationToken>");
      token = at == std::string::npos ? "" : answer.body.substr(at + 23, answer.body.find('<', at + 23) - at - 23);
    } while (!token.empty());
  }

  void list() {
    long pages = 0;
    measure("LIST all, pages of 1000", 1, 0, [&](Client& client, auto&) {
      pages = 0;
      each_page(client, [&](const std::string&) { ++pages; });
      return true;
    });
    std::printf("(%ld pages)\n", pages);
  }

  void prefixes() {
    measure("LIST one page of prefixes", 1, 0, [&](Client& client, auto&) {
      expect("a listing",
             client.call(
                 {.method = "GET", .path = "/" + options_.bucket, .query = "delimiter=%2F&list-type=2&max-keys=1000"}));
      return true;
    });
  }

  // 1000 keys a request; its Content-MD5 is what S3 asks for.
  void clear() {
    const auto began = Clock::now();
    const double cpu = server_cpu(options_);
    long count = 0;
    each_page(client_, [&](const std::string& page) {
      std::string body = "<Delete><Quiet>true</Quiet>";
      for (std::size_t at = page.find("<Key>"); at != std::string::npos; at = page.find("<Key>", at)) {
        const std::size_t end = page.find("</Key>", at);
        body += "<Object>" + page.substr(at, end + 6 - at) + "</Object>";
        at = end;
        ++count;
      }
      body += "</Delete>";
      Client other(options_.target);
      expect("POST ?delete",
             other.call({.method = "POST",
                         .path = "/" + options_.bucket,
                         .query = "delete=",
                         .body = body,
                         .headers = "Content-MD5: " + to_base64(as_bytes(md5(as_bytes(body)))) + "\r\n"}));
    });
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    print_row(options_, "delete all, 1000 a request", 1,
              cpu_text(server_cpu(options_) - cpu, static_cast<double>(count), 0),
              static_cast<double>(count) / seconds);
  }

  void idle(int count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const double before = server_memory_mib(options_);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<Client>(options_.target));
      clients.back()->call({.method = "GET", .path = "/"});
    }
    std::this_thread::sleep_for(std::chrono::seconds(3));
    std::printf("| %d idle connections, each used once | | %s | %.0f MiB (%.0f before) | |\n", count,
                options_.name.c_str(), server_memory_mib(options_), before);
    for (auto& client : clients) client->call({.method = "GET", .path = "/"});
  }

  Options options_;
  Client client_;
  std::mutex mutex_;
  std::vector<std::string> keys_;
  long made_ = 0;
  std::uint64_t size_ = 0;
  std::string size_text_;
};

Options parse(int argc, char** argv, std::vector<std::string>& cases) {
  Options options;
  const auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  options.target.access_key = variable("AWS_ACCESS_KEY_ID");
  options.target.secret_key = variable("AWS_SECRET_ACCESS_KEY");
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      cases.push_back(word);
      continue;
    }
    if (++i == argc) throw std::runtime_error(word + " needs a value");
    const std::string value = argv[i];
    if (word == "--to") {
      const std::size_t colon = value.rfind(':');
      options.target.host = value.substr(0, colon);
      options.target.port = static_cast<std::uint16_t>(std::stoi(value.substr(colon + 1)));
    } else if (word == "--tls") {
      options.target.tls = SSL_CTX_new(TLS_client_method());
      SSL_CTX_set_min_proto_version(options.target.tls, TLS1_3_VERSION);
      if (SSL_CTX_set_ciphersuites(options.target.tls, value.c_str()) != 1) throw std::runtime_error("no such cipher");
    } else if (word == "--name") {
      options.name = value;
    } else if (word == "--bucket") {
      options.bucket = value;
    } else if (word == "--connections") {
      options.connections = std::stoi(value);
    } else if (word == "--seconds") {
      options.seconds = std::stod(value);
    } else if (word == "--rounds") {
      options.rounds = std::stoi(value);
    } else if (word == "--pids") {
      std::istringstream in(value);
      for (std::string pid; std::getline(in, pid, ',');) options.pids.push_back(std::stoi(pid));
    } else {
      throw std::runtime_error("no such option: " + word);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> cases;
    Load load(parse(argc, argv, cases));
    for (const std::string& each : cases) load.run(each);
  } catch (const std::exception& error) {
    std::cerr << "bench_s3_load: " << error.what() << "\n";
    return 1;
  }
}
