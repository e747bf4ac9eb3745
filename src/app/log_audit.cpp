#include "app/log_audit.h"

#include "base/log.h"

namespace tarn::app {

void LogAudit::record(aws::AuditEvent event) {
  if (!event.denied) return;
  log::warning("denied", {{"request_id", event.request_id},
                          {"service", event.model->name},
                          {"operation", event.operation->name},
                          {"principal", event.principal.arn},
                          {"what", event.error_message}});
}

}  // namespace tarn::app
