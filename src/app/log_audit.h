// The audit of a server that keeps no trail: denials go to the log.
#pragma once

#include "aws/audit_sink.h"

namespace tarn::app {

class LogAudit : public aws::AuditSink {
 public:
  bool wants(const aws::Model&, const aws::Operation&) const override { return false; }
  void record(aws::AuditEvent event) override;
};

}  // namespace tarn::app
