// PostObject: PutObject for browsers, as a form.
//
// What the form says was held against its policy before it got here. How success is told, the form chooses.
#include "api/s3/post_object.h"

#include "base/encoding.h"
#include "services/s3/put_request.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {
namespace {

// What cannot be understood as an address is as if it were not there.
std::optional<std::string> redirect_of(const PostObjectRequest& request, const objects::ObjectVersion& made) {
  if (!request.success_action_redirect) return std::nullopt;
  const std::string& to = *request.success_action_redirect;
  if (!to.starts_with("http://") && !to.starts_with("https://")) return std::nullopt;
  const std::size_t fragment = std::min(to.find('#'), to.size());
  return to.substr(0, fragment) + (to.find('?') < fragment ? "&" : "?") + "bucket=" + uri_encode(request.bucket) +
         "&key=" + uri_encode(request.key) + "&etag=" + uri_encode(in_quotes(made.e_tag)) + to.substr(fragment);
}

}  // namespace

Task<PostObjectOutput> post_object(S3& s3, PostObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  objects::PutRequest put = put_request_of(s3, request);
  if (asks_for_acl(request)) put.acl = co_await object_wish(s3, request);
  put.event = "ObjectCreated:Post";
  const objects::ObjectVersion made = co_await s3.objects.put(s3.access, std::move(put), *request.body);

  PostObjectOutput output;
  output.e_tag = in_quotes(made.e_tag);
  output.version_id = version_header(made);
  output.expiration = tiers::expiration_header(made);
  set_checksum(output, made.checksum, made.parts);
  tell_seal(made.seal, output);
  const std::string place = s3.scheme + "://" + s3.host + "/" + request.bucket + "/" + uri_encode(request.key, true);
  if (auto redirect = redirect_of(request, made)) {
    output.http_status = 303;
    output.location = std::move(redirect);
    co_return output;
  }
  output.location = place;
  if (request.success_action_status == "200") output.http_status = 200;
  if (request.success_action_status == "201") {
    output.http_status = 201;
    output.post_response =
        PostResponse{.location = place, .bucket = request.bucket, .key = request.key, .e_tag = in_quotes(made.e_tag)};
  }
  co_return output;
}

}  // namespace tarn::s3
