// Where the pipeline tells what was called: implemented by audit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/model.h"
#include "base/task.h"
#include "base/time.h"
#include "policy/access.h"
#include "policy/principal.h"

namespace tarn::aws {

// One call, as CloudTrail tells it. Values of sensitive members are hidden.
struct AuditEvent {
  Timestamp time;
  const Model* model = nullptr;
  const Operation* operation = nullptr;  // Its name, whether it writes, whether it is a data event.
  policy::Principal principal;
  std::string request_id;
  std::string region;
  std::string source_ip;
  std::string user_agent;
  std::vector<std::string> resources;  // ARNs that operations.txt names.
  std::string request_parameters;      // JSON, empty if the request was not read.
  std::string response_elements;       // JSON, of calls that write.
  std::string error_code;              // Empty: it succeeded.
  std::string error_message;
  bool denied = false;
  std::vector<policy::Denial> denials;  // Which statements said no.
};

class AuditSink {
 public:
  virtual ~AuditSink() = default;

  // Is anybody interested in such calls? Denials are recorded in any case.
  virtual bool wants(const Model& model, const Operation& operation) const = 0;
  // A call that may change something begins, as far as it is known. What this gives goes along with the handler's task,
  // so that commits below can carry the record, and then into record(). May be null.
  virtual std::unique_ptr<TaskCompanion> begin(AuditEvent event) = 0;
  // Never throws, and does not make the caller wait for a disk.
  virtual void record(AuditEvent event, std::unique_ptr<TaskCompanion> begun) = 0;
};

}  // namespace tarn::aws
