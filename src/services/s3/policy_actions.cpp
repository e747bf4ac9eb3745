// The actions of S3 as the Service Authorization Reference lists them: what each is about, and which of S3's condition
// keys come with it beside those that come with all.
#include "services/s3/policy_actions.h"

namespace tarn::s3 {
namespace {

using Kind = PolicyAction::Kind;

constexpr std::string_view writing_in_spite =
    "s3:requestobjecttag/ s3:requestobjecttagkeys s3:x-amz-acl s3:x-amz-copy-source "
    "s3:x-amz-grant-full-control s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write "
    "s3:x-amz-grant-write-acp s3:x-amz-metadata-directive s3:x-amz-server-side-encryption "
    "s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-server-side-encryption-customer-algorithm "
    "s3:x-amz-storage-class s3:x-amz-website-redirect-location";
constexpr std::string_view creating =
    "s3:locationconstraint s3:x-amz-acl s3:x-amz-bucket-namespace s3:x-amz-grant-full-control "
    "s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp "
    "s3:x-amz-object-ownership";
constexpr std::string_view grants =
    "s3:x-amz-acl s3:x-amz-grant-full-control s3:x-amz-grant-read s3:x-amz-grant-read-acp "
    "s3:x-amz-grant-write s3:x-amz-grant-write-acp";
constexpr std::string_view writing =
    "s3:if-match s3:if-none-match s3:object-lock-legal-hold s3:object-lock-mode "
    "s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:objectcreationoperation "
    "s3:requestobjecttag/ s3:requestobjecttagkeys s3:x-amz-acl s3:x-amz-copy-source "
    "s3:x-amz-grant-full-control s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write "
    "s3:x-amz-grant-write-acp s3:x-amz-metadata-directive s3:x-amz-server-side-encryption "
    "s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-server-side-encryption-customer-algorithm "
    "s3:x-amz-storage-class s3:x-amz-website-redirect-location";
constexpr std::string_view object_grants =
    "s3:existingobjecttag/ s3:x-amz-acl s3:x-amz-grant-full-control s3:x-amz-grant-read "
    "s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-storage-class";
constexpr std::string_view retention =
    "s3:object-lock-mode s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date";
constexpr std::string_view tags = "s3:existingobjecttag/ s3:requestobjecttag/ s3:requestobjecttagkeys";
constexpr std::string_view version_grants =
    "s3:existingobjecttag/ s3:versionid s3:x-amz-acl s3:x-amz-grant-full-control s3:x-amz-grant-read "
    "s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-storage-class";
constexpr std::string_view version_tags =
    "s3:existingobjecttag/ s3:requestobjecttag/ s3:requestobjecttagkeys s3:versionid";
constexpr std::string_view replica =
    "s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id "
    "s3:x-amz-server-side-encryption-customer-algorithm";
constexpr std::string_view encryption =
    "s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id";

constexpr PolicyAction actions[] = {
    {"AbortMultipartUpload", Kind::object, {}},
    {"AssociateAccessGrantsIdentityCenter", Kind::neither, {}},
    {"BypassGovernanceRetention", Kind::object, writing_in_spite},
    {"CreateAccessGrant", Kind::neither, {}},
    {"CreateAccessGrantsInstance", Kind::neither, {}},
    {"CreateAccessGrantsLocation", Kind::neither, {}},
    {"CreateAccessPoint", Kind::neither, {}},
    {"CreateAccessPointForObjectLambda", Kind::neither, {}},
    {"CreateBucket", Kind::bucket, creating},
    {"CreateBucketMetadataTableConfiguration", Kind::bucket, {}},
    {"CreateJob", Kind::neither, {}},
    {"CreateMultiRegionAccessPoint", Kind::neither, {}},
    {"CreateStorageLensGroup", Kind::neither, {}},
    {"DeleteAccessGrant", Kind::neither, {}},
    {"DeleteAccessGrantsInstance", Kind::neither, {}},
    {"DeleteAccessGrantsInstanceResourcePolicy", Kind::neither, {}},
    {"DeleteAccessGrantsLocation", Kind::neither, {}},
    {"DeleteAccessPoint", Kind::neither, {}},
    {"DeleteAccessPointForObjectLambda", Kind::neither, {}},
    {"DeleteAccessPointPolicy", Kind::neither, {}},
    {"DeleteAccessPointPolicyForObjectLambda", Kind::neither, {}},
    {"DeleteBucket", Kind::bucket, {}},
    {"DeleteBucketMetadataTableConfiguration", Kind::bucket, {}},
    {"DeleteBucketPolicy", Kind::bucket, {}},
    {"DeleteBucketWebsite", Kind::bucket, {}},
    {"DeleteJobTagging", Kind::neither, {}},
    {"DeleteMultiRegionAccessPoint", Kind::neither, {}},
    {"DeleteObject", Kind::object, "s3:if-match"},
    {"DeleteObjectTagging", Kind::object, "s3:existingobjecttag/"},
    {"DeleteObjectVersion", Kind::object, "s3:versionid"},
    {"DeleteObjectVersionTagging", Kind::object, "s3:existingobjecttag/ s3:versionid"},
    {"DeleteStorageLensConfiguration", Kind::neither, {}},
    {"DeleteStorageLensConfigurationTagging", Kind::neither, {}},
    {"DeleteStorageLensGroup", Kind::neither, {}},
    {"DescribeJob", Kind::neither, {}},
    {"DescribeMultiRegionAccessPointOperation", Kind::neither, {}},
    {"DissociateAccessGrantsIdentityCenter", Kind::neither, {}},
    {"GetAccelerateConfiguration", Kind::bucket, {}},
    {"GetAccessGrant", Kind::neither, {}},
    {"GetAccessGrantsInstance", Kind::neither, {}},
    {"GetAccessGrantsInstanceForPrefix", Kind::neither, {}},
    {"GetAccessGrantsInstanceResourcePolicy", Kind::neither, {}},
    {"GetAccessGrantsLocation", Kind::neither, {}},
    {"GetAccessPoint", Kind::neither, {}},
    {"GetAccessPointConfigurationForObjectLambda", Kind::neither, {}},
    {"GetAccessPointForObjectLambda", Kind::neither, {}},
    {"GetAccessPointPolicy", Kind::neither, {}},
    {"GetAccessPointPolicyForObjectLambda", Kind::neither, {}},
    {"GetAccessPointPolicyStatus", Kind::neither, {}},
    {"GetAccessPointPolicyStatusForObjectLambda", Kind::neither, {}},
    {"GetAccountPublicAccessBlock", Kind::neither, {}},
    {"GetAnalyticsConfiguration", Kind::bucket, {}},
    {"GetBucketAbac", Kind::bucket, {}},
    {"GetBucketAcl", Kind::bucket, {}},
    {"GetBucketCORS", Kind::bucket, {}},
    {"GetBucketLocation", Kind::bucket, {}},
    {"GetBucketLogging", Kind::bucket, {}},
    {"GetBucketMetadataTableConfiguration", Kind::bucket, {}},
    {"GetBucketNotification", Kind::bucket, {}},
    {"GetBucketObjectLockConfiguration", Kind::bucket, {}},
    {"GetBucketOwnershipControls", Kind::bucket, {}},
    {"GetBucketPolicy", Kind::bucket, {}},
    {"GetBucketPolicyStatus", Kind::bucket, {}},
    {"GetBucketPublicAccessBlock", Kind::bucket, {}},
    {"GetBucketRequestPayment", Kind::bucket, {}},
    {"GetBucketTagging", Kind::bucket, {}},
    {"GetBucketVersioning", Kind::bucket, {}},
    {"GetBucketWebsite", Kind::bucket, {}},
    {"GetDataAccess", Kind::neither, {}},
    {"GetEncryptionConfiguration", Kind::bucket, {}},
    {"GetIntelligentTieringConfiguration", Kind::bucket, {}},
    {"GetInventoryConfiguration", Kind::bucket, {}},
    {"GetJobTagging", Kind::neither, {}},
    {"GetLifecycleConfiguration", Kind::bucket, {}},
    {"GetMetricsConfiguration", Kind::bucket, {}},
    {"GetMultiRegionAccessPoint", Kind::neither, {}},
    {"GetMultiRegionAccessPointPolicy", Kind::neither, {}},
    {"GetMultiRegionAccessPointPolicyStatus", Kind::neither, {}},
    {"GetMultiRegionAccessPointRoutes", Kind::neither, {}},
    {"GetObject", Kind::object, "s3:existingobjecttag/"},
    {"GetObjectAcl", Kind::object, "s3:existingobjecttag/"},
    {"GetObjectAttributes", Kind::object, "s3:existingobjecttag/"},
    {"GetObjectLegalHold", Kind::object, {}},
    {"GetObjectRetention", Kind::object, {}},
    {"GetObjectTagging", Kind::object, "s3:existingobjecttag/"},
    {"GetObjectTorrent", Kind::object, {}},
    {"GetObjectVersion", Kind::object, "s3:existingobjecttag/ s3:versionid"},
    {"GetObjectVersionAcl", Kind::object, "s3:existingobjecttag/ s3:versionid"},
    {"GetObjectVersionAttributes", Kind::object, "s3:existingobjecttag/ s3:versionid"},
    {"GetObjectVersionForReplication", Kind::object, {}},
    {"GetObjectVersionTagging", Kind::object, "s3:existingobjecttag/ s3:versionid"},
    {"GetObjectVersionTorrent", Kind::object, "s3:versionid"},
    {"GetReplicationConfiguration", Kind::bucket, {}},
    {"GetStorageLensConfiguration", Kind::neither, {}},
    {"GetStorageLensConfigurationTagging", Kind::neither, {}},
    {"GetStorageLensDashboard", Kind::neither, {}},
    {"GetStorageLensGroup", Kind::neither, {}},
    {"InitiateReplication", Kind::object, {}},
    {"ListAccessGrants", Kind::neither, {}},
    {"ListAccessGrantsInstances", Kind::neither, {}},
    {"ListAccessGrantsLocations", Kind::neither, {}},
    {"ListAccessPoints", Kind::neither, {}},
    {"ListAccessPointsForObjectLambda", Kind::neither, {}},
    {"ListAllMyBuckets", Kind::neither, {}},
    {"ListBucket", Kind::bucket, "s3:delimiter s3:max-keys s3:prefix"},
    {"ListBucketMultipartUploads", Kind::bucket, {}},
    {"ListBucketVersions", Kind::bucket, "s3:delimiter s3:max-keys s3:prefix"},
    {"ListCallerAccessGrants", Kind::neither, {}},
    {"ListJobs", Kind::neither, {}},
    {"ListMultiRegionAccessPoints", Kind::neither, {}},
    {"ListMultipartUploadParts", Kind::object, {}},
    {"ListStorageLensConfigurations", Kind::neither, {}},
    {"ListStorageLensGroups", Kind::neither, {}},
    {"ListTagsForResource", Kind::bucket, {}},
    {"ObjectOwnerOverrideToBucketOwner", Kind::object, {}},
    {"PauseReplication", Kind::bucket, "s3:destinationregion"},
    {"PutAccelerateConfiguration", Kind::bucket, {}},
    {"PutAccessGrantsInstanceResourcePolicy", Kind::neither, {}},
    {"PutAccessPointConfigurationForObjectLambda", Kind::neither, {}},
    {"PutAccessPointPolicy", Kind::neither, {}},
    {"PutAccessPointPolicyForObjectLambda", Kind::neither, {}},
    {"PutAccessPointPublicAccessBlock", Kind::neither, {}},
    {"PutAccountPublicAccessBlock", Kind::neither, {}},
    {"PutAnalyticsConfiguration", Kind::bucket, {}},
    {"PutBucketAbac", Kind::bucket, {}},
    {"PutBucketAcl", Kind::bucket, grants},
    {"PutBucketCORS", Kind::bucket, {}},
    {"PutBucketLogging", Kind::bucket, {}},
    {"PutBucketNotification", Kind::bucket, {}},
    {"PutBucketObjectLockConfiguration", Kind::bucket, {}},
    {"PutBucketOwnershipControls", Kind::bucket, {}},
    {"PutBucketPolicy", Kind::bucket, {}},
    {"PutBucketPublicAccessBlock", Kind::bucket, {}},
    {"PutBucketRequestPayment", Kind::bucket, {}},
    {"PutBucketTagging", Kind::bucket, {}},
    {"PutBucketVersioning", Kind::bucket, {}},
    {"PutBucketWebsite", Kind::bucket, {}},
    {"PutEncryptionConfiguration", Kind::bucket, {}},
    {"PutIntelligentTieringConfiguration", Kind::bucket, {}},
    {"PutInventoryConfiguration", Kind::bucket, "s3:inventoryaccessibleoptionalfields"},
    {"PutJobTagging", Kind::neither, {}},
    {"PutLifecycleConfiguration", Kind::bucket, {}},
    {"PutMetricsConfiguration", Kind::bucket, {}},
    {"PutMultiRegionAccessPointPolicy", Kind::neither, {}},
    {"PutObject", Kind::object, writing},
    {"PutObjectAcl", Kind::object, object_grants},
    {"PutObjectLegalHold", Kind::object, "s3:object-lock-legal-hold"},
    {"PutObjectRetention", Kind::object, retention},
    {"PutObjectTagging", Kind::object, tags},
    {"PutObjectVersionAcl", Kind::object, version_grants},
    {"PutObjectVersionTagging", Kind::object, version_tags},
    {"PutReplicationConfiguration", Kind::bucket, "s3:isreplicationpauserequest"},
    {"PutStorageLensConfiguration", Kind::neither, {}},
    {"PutStorageLensConfigurationTagging", Kind::neither, {}},
    {"ReplicateDelete", Kind::object, {}},
    {"ReplicateObject", Kind::object, replica},
    {"ReplicateTags", Kind::object, {}},
    {"RestoreObject", Kind::object, {}},
    {"SubmitMultiRegionAccessPointRoutes", Kind::neither, {}},
    {"TagResource", Kind::bucket, {}},
    {"UntagResource", Kind::bucket, {}},
    {"UpdateAccessGrantsLocation", Kind::neither, {}},
    {"UpdateBucketMetadataInventoryTableConfiguration", Kind::bucket, {}},
    {"UpdateBucketMetadataJournalTableConfiguration", Kind::bucket, {}},
    {"UpdateJobPriority", Kind::neither, {}},
    {"UpdateJobStatus", Kind::neither, {}},
    {"UpdateObjectEncryption", Kind::object, encryption},
    {"UpdateStorageLensGroup", Kind::neither, {}},
};

}  // namespace

std::span<const PolicyAction> policy_actions() {
  return actions;
}

}  // namespace tarn::s3
