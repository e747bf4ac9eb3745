// What the other commands ask of the running server, through the socket in its data folder.
#pragma once

#include <string>

#include "app/options.h"
#include "http/http.h"
#include "identity/identity.h"

namespace tarn::app {

// Who may open the socket owns the data, so nothing here is signed.
class Admin : public http::Handler {
 public:
  Admin(identity::Identity& identity, std::string region) : identity_(identity), region_(std::move(region)) {}

  // Before the first request: where clients find the server, with which key, and by which certificate that nobody
  // else vouches for (empty: none).
  void tell(std::string endpoint, std::optional<identity::RootKey> root, std::string certificate) {
    certificate_ = std::move(certificate);
    endpoint_ = std::move(endpoint);
    root_ = std::move(root);
  }
  Task<http::Response> handle(http::Request& request) override;

 private:
  http::Response environment() const;
  Task<http::Response> create_account(std::string name);
  Task<http::Response> list_accounts();

  identity::Identity& identity_;
  const std::string region_;
  std::string endpoint_, certificate_;
  std::optional<identity::RootKey> root_;
};

struct AdminAnswer {
  int status = 0;
  std::string body;
};
// Asks the server that runs on `data_dir`. Throws std::runtime_error when none does.
AdminAnswer ask_server(const std::string& data_dir, std::string_view method, std::string_view target);

}  // namespace tarn::app
