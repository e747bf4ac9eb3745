// Service: an API that Tarn answers, as its tables, its handlers and how their context is made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/authenticator.h"
#include "aws/model.h"
#include "aws/types.h"
#include "base/task.h"
#include "http/http.h"
#include "policy/access.h"

namespace tarn::aws {

// One request on its way to its handler: what a service's context is made from.
struct Call {
  const Operation& operation;
  const policy::Access& access;
  const http::Request& http;
  const std::string& request_id;
  // The region of the signature's scope, or the server's own.
  const std::string& region;
  // How it was signed; trailers of the body once that has been read.
  const Authenticated& authenticated;
};

// What the generated table holds for each operation: the handler with its types forgotten. `request` and `output` are
// the operation's own structs.
template <typename Context>
using Invoke = Task<void> (*)(Context& context, void* request, void* output);
template <typename Context>
using Handlers = std::vector<Invoke<Context>>;

template <auto handler>
struct Bind;
template <typename Context, typename Request, typename Output, Task<Output> (*handler)(Context&, Request)>
struct Bind<handler> {
  static Task<void> call(Context& context, void* request, void* output) {
    *static_cast<Output*>(output) = co_await handler(context, std::move(*static_cast<Request*>(request)));
  }
};
template <auto handler>
inline constexpr auto invoke = &Bind<handler>::call;

class Service {
 public:
  virtual ~Service() = default;
  virtual const Model& model() const = 0;
  // Runs the handler of model().operations[index], which is listed.
  virtual Task<void> run(Call call, std::size_t index, void* request, void* output) = 0;
};

// make_service<S3>(s3::model(), s3::handlers(), [&](const Call& call) { return S3{.access = call.access, …}; }).
// The context is made for each request and lives until its handler has returned.
template <typename Context, typename MakeContext>
std::unique_ptr<Service> make_service(const Model& model, const Handlers<Context>& handlers, MakeContext make_context) {
  class Typed : public Service {
   public:
    Typed(const Model& model, const Handlers<Context>& handlers, MakeContext make_context)
        : model_(model), handlers_(handlers), make_context_(std::move(make_context)) {}
    const Model& model() const override { return model_; }
    Task<void> run(Call call, std::size_t index, void* request, void* output) override {
      Context context = make_context_(std::as_const(call));
      co_await handlers_[index](context, request, output);
    }

   private:
    const Model& model_;
    const Handlers<Context>& handlers_;
    MakeContext make_context_;
  };
  return std::make_unique<Typed>(model, handlers, std::move(make_context));
}

}  // namespace tarn::aws
