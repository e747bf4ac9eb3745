// CreateModel: an image, its model data and the role that it serves as.
#include "api/sagemaker/create_model.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

namespace {

ContainerDefinition only_container(CreateModelRequest& request) {
  if (request.primary_container && request.containers && !request.containers->empty()) {
    throw Error(training::errors::validation, "PrimaryContainer and Containers exclude each other.");
  }
  if (request.primary_container) return std::move(*request.primary_container);
  if (!request.containers || request.containers->empty())
    throw Error(training::errors::validation, "PrimaryContainer is missing.");
  refuse_if(request.containers->size() > 1, "A model of several containers");
  return std::move(request.containers->front());
}

}  // namespace

Task<CreateModelOutput> create_model(SageMaker& sagemaker, CreateModelRequest request) {
  refuse_if(request.vpc_config.has_value(), "VpcConfig");
  ContainerDefinition container = only_container(request);
  refuse_if(container.mode.value_or(ContainerMode::single_model) == ContainerMode::multi_model,
            "A container of many models (Mode MultiModel)");
  refuse_if(container.model_package_name.has_value(), "ModelPackageName");
  refuse_if(container.additional_model_data_sources && !container.additional_model_data_sources->empty(),
            "AdditionalModelDataSources");
  refuse_if(container.image_config.has_value(), "ImageConfig");
  if (!container.image) throw Error(training::errors::validation, "PrimaryContainer.Image is missing.");
  if (!request.execution_role_arn) throw Error(training::errors::validation, "ExecutionRoleArn is missing.");
  co_await require_role(sagemaker, *request.execution_role_arn);
  training::Model model;
  model.name = std::move(request.model_name);
  model.image = std::move(*container.image);
  model.model_data_url = std::move(container.model_data_url).value_or("");
  if (container.model_data_source && container.model_data_source->s3_data_source) {
    auto& source = *container.model_data_source->s3_data_source;
    refuse_if(
        source.compression_type != ModelCompressionType::gzip || source.s3_data_type != S3ModelDataType::s3_object,
        "A ModelDataSource that is no single tar.gz (S3Object, Gzip)");
    model.model_data_url = std::move(source.s3_uri);
  }
  model.environment = std::move(container.environment).value_or(std::map<std::string, std::string>{});
  model.container_host_name = std::move(container.container_hostname).value_or("");
  model.role_arn = std::move(*request.execution_role_arn);
  model.network_isolation = request.enable_network_isolation.value_or(false);
  const auto made =
      co_await sagemaker.training.create_model(account_of(sagemaker), std::move(model), tags_from(request.tags));
  co_return CreateModelOutput{.model_arn = made.arn};
}

}  // namespace tarn::sagemaker
