// The APIs, and what their handlers may touch.
#include "api/athena/model.h"
#include "api/cloudtrail/model.h"
#include "api/events/model.h"
#include "api/glue/model.h"
#include "api/iam/model.h"
#include "api/s3/model.h"
#include "api/s3control/model.h"
#include "api/sqs/model.h"
#include "api/sts/model.h"
#include "app/lake.h"
#include "services/athena/athena.h"
#include "services/cloudtrail/cloudtrail.h"
#include "services/events/eventbridge.h"
#include "services/glue/glue.h"
#include "services/iam/iam.h"
#include "services/s3/context.h"
#include "services/s3control/s3control.h"
#include "services/sqs/sqs.h"
#include "services/sts/sts.h"

namespace tarn::app {

void Lake::make_services() {
  credentials_ = std::make_unique<IdentityCredentials>(*identity_);
  authenticator_ = std::make_unique<aws::SigV4Authenticator>(
      aws::SignatureOptions{.region = options_.region, .domains = options_.domains}, *credentials_, wall_);
  authorizer_ = std::make_unique<IdentityAuthorizer>(*identity_);
  cross_origin_ = std::make_unique<s3::BucketCrossOrigin>(*objects_);
  s3_accounts_ = std::make_unique<IdentityAccounts>(*identity_);
  websites_ = std::make_unique<s3::BucketWebsites>(*objects_, *s3_accounts_, lake_clock_, options_.region);
  dispatcher_ =
      std::make_unique<aws::Dispatcher>(aws::DispatchOptions{.region = options_.region, .domains = options_.domains},
                                        aws::DispatchParts{.authenticator = *authenticator_,
                                                           .authorizer = *authorizer_,
                                                           .audit = *audit_seam_,
                                                           .wall = wall_,
                                                           .random = random_,
                                                           .cross_origin = cross_origin_.get(),
                                                           .website = websites_.get(),
                                                           .observer = traffic_.get(),
                                                           .buckets = cross_origin_.get()});
  add_services();
  internal_ = std::make_unique<Internal>(InternalParts{.options = options_,
                                                       .authenticator = *authenticator_,
                                                       .dispatcher = *dispatcher_,
                                                       .metrics = metrics_,
                                                       .traffic = *traffic_,
                                                       .lake = lake_clock_,
                                                       .queue = *queue_,
                                                       .authorizer = *authorizer_,
                                                       .objects = *objects_,
                                                       .prices = prices_,
                                                       .folder = folder_,
                                                       .container_credentials = *container_credentials_,
                                                       .notifier = *notifier_});
  dispatcher_->set_internal(*internal_);
  admin_ = std::make_unique<Admin>(*identity_, options_.region);
}

void Lake::add_services() {
  dispatcher_->add(aws::make_service<s3::S3>(s3::model(), s3::handlers(), [this](const aws::Call& call) {
    s3::S3 context = s3::make_context(call, *objects_, *s3_accounts_, lake_clock_, options_.region, options_.relaxed);
    context.notifier = notifier_.get();
    context.engine = engine_.get();
    context.replicator = replicator_.get();
    context.traffic = traffic_.get();
    return context;
  }));
  dispatcher_->add(aws::make_service<s3control::S3control>(
      s3control::model(), s3control::handlers(),
      [this](const aws::Call& call) { return s3control::S3control{.access = call.access, .objects = *objects_}; }));
  dispatcher_->add(aws::make_service<eventbridge::Eventbridge>(
      eventbridge::model(), eventbridge::handlers(), [this](const aws::Call& call) {
        return eventbridge::Eventbridge{
            .access = call.access, .events = *events_, .identity = *identity_, .region = options_.region};
      }));
  dispatcher_->add(aws::make_service<sqs::Sqs>(sqs::model(), sqs::handlers(), [this](const aws::Call& call) {
    const std::string scheme = call.http.secure ? "https://" : "http://";
    return sqs::Sqs{.access = call.access, .queues = *queues_, .endpoint = scheme + std::string(call.http.host)};
  }));
  dispatcher_->add(aws::make_service<glue::Glue>(glue::model(), glue::handlers(), [this](const aws::Call& call) {
    return glue::Glue{.access = call.access,
                      .catalog = *catalog_,
                      .crawlers = *crawlers_,
                      .workflows = *workflows_,
                      .identity = *identity_};
  }));
  dispatcher_->add(aws::make_service<sts::Sts>(sts::model(), sts::handlers(), [this](const aws::Call& call) {
    return sts::Sts{.access = call.access, .identity = *identity_};
  }));
  dispatcher_->add(aws::make_service<iam::Iam>(iam::model(), iam::handlers(), [this](const aws::Call& call) {
    return iam::Iam{.access = call.access, .identity = *identity_};
  }));
  dispatcher_->add(
      aws::make_service<athena::Athena>(athena::model(), athena::handlers(), [this](const aws::Call& call) {
        return athena::Athena{.access = call.access, .queries = *queries_, .catalog = *catalog_};
      }));
  dispatcher_->add(aws::make_service<cloudtrail::CloudTrail>(
      cloudtrail::model(), cloudtrail::handlers(), [this](const aws::Call& call) {
        return cloudtrail::CloudTrail{.access = call.access, .audit = *audit_, .wall = wall_, .region = call.region};
      }));
  add_training_services();
}

}  // namespace tarn::app
