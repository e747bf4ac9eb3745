#include "app/admin.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "app/data_folder.h"
#include "base/error.h"
#include "base/time.h"

namespace tarn::app {
namespace {

// For a shell: what is inside single quotes is itself.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

http::Response text_response(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.text = std::move(text);
  return response;
}

}  // namespace

Task<http::Response> Admin::handle(http::Request& request) {
  if (request.path == "/environment" && request.method == "GET") co_return environment();
  if (request.path == "/accounts" && request.method == "POST") {
    std::string problem;
    try {
      co_return co_await create_account(std::string(request.parameter("name").value_or("")));
    } catch (const Error& error) {
      problem = error.message() + "\n";
    }
    co_return text_response(400, problem);
  }
  if (request.path == "/accounts" && request.method == "GET") co_return co_await list_accounts();
  co_return text_response(404, "no such command\n");
}

http::Response Admin::environment() const {
  if (!root_) return text_response(409, "The root key is not kept in the data folder.\n");
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append("export ").append(name).append("=").append(shell_quoted(value)).append("\n");
  };
  add("AWS_ACCESS_KEY_ID", root_->access_key_id);
  add("AWS_SECRET_ACCESS_KEY", root_->secret_access_key);
  text += "unset AWS_SESSION_TOKEN AWS_PROFILE\n";
  add("AWS_REGION", region_);
  add("AWS_DEFAULT_REGION", region_);
  add("AWS_ENDPOINT_URL", endpoint_);
  if (!certificate_.empty()) add("AWS_CA_BUNDLE", certificate_);
  return text_response(200, text);
}

Task<http::Response> Admin::create_account(std::string name) {
  const identity::NewAccount made = co_await identity_.create_account(name);
  const nlohmann::ordered_json document = {
      {"AccountId", made.account.id.text()},    {"CanonicalUserId", made.account.canonical_user_id},
      {"DisplayName", made.account.name},       {"Email", made.account.email},
      {"AccessKeyId", made.root.access_key_id}, {"SecretAccessKey", made.root.secret_access_key}};
  co_return text_response(200, document.dump(2) + "\n");
}

Task<http::Response> Admin::list_accounts() {
  const auto accounts = co_await identity_.accounts();
  auto list = nlohmann::ordered_json::array();
  for (const identity::Account& account : accounts) {
    list.push_back({{"AccountId", account.id.text()},
                    {"CanonicalUserId", account.canonical_user_id},
                    {"DisplayName", account.name},
                    {"Email", account.email},
                    {"Created", iso8601(account.created)}});
  }
  co_return text_response(200, nlohmann::ordered_json{{"Accounts", std::move(list)}}.dump(2) + "\n");
}

AdminAnswer ask_server(const std::string& data_dir, std::string_view method, std::string_view target) {
  const std::string path = socket_path(data_dir);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
  path.copy(address.sun_path, path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (socket >= 0) ::close(socket);
    throw std::runtime_error("no server runs on " + data_dir + " (start one with: tarn serve --data-dir " + data_dir +
                             ")");
  }
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: tarn\r\nConnection: close\r\n\r\n");
  std::string answer;
  if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
    char buffer[4096];
    for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
  }
  ::close(socket);
  const std::size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos || answer.size() < 12) throw std::runtime_error("the server did not answer");
  AdminAnswer result{.status = 0, .body = answer.substr(body + 4)};
  std::from_chars(answer.data() + 9, answer.data() + 12, result.status);
  return result;
}

}  // namespace tarn::app
