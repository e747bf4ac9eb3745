#include "services/s3/listing.h"

#include "objects/acl.h"

namespace tarn::s3 {

std::int32_t page_size(const std::optional<std::int32_t>& asked, std::string_view name) {
  if (!asked) return 1000;
  if (*asked < 0) {
    throw Error(errors::invalid_argument, "Argument " + std::string(name) +
                                              " must be an integer between 0 and "
                                              "2147483647")
        .with("ArgumentName", std::string(name))
        .with("ArgumentValue", std::to_string(*asked));
  }
  return *asked;
}

Task<std::vector<Owner>> owners_of(S3& s3, const objects::Listing& listing) {
  std::vector<Owner> owners(listing.objects.size(), owner_of(listing.bucket->owner));
  if (objects::ownership_of(*listing.bucket) == objects::Ownership::bucket_owner_enforced) co_return owners;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    const objects::ListedObject& listed = listing.objects[i];
    const auto version = co_await s3.objects.peek_version(listing.bucket, ObjectKey::trusted(listed.key), listed.id());
    if (version && version->owner != listing.bucket->owner) owners[i] = owner_of(version->owner);
  }
  co_return owners;
}

}  // namespace tarn::s3
