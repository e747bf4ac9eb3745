#include "aws/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/s3/delete_objects.h"
#include "api/s3/get_bucket_acl.h"
#include "api/s3/put_bucket_lifecycle_configuration.h"

namespace tarn::aws {
namespace {

using ::testing::HasSubstr;

s3::BucketLifecycleConfiguration lifecycle(std::string_view text, Reading& reading) {
  s3::BucketLifecycleConfiguration object;
  read_xml(shape_of(&object), &object, text, "LifecycleConfiguration", nullptr, false, reading);
  return object;
}

std::string refused(std::string_view text) {
  Reading reading;
  try {
    lifecycle(text, reading);
  } catch (const Malformed& malformed) {
    return malformed.text;
  }
  return "taken";
}

TEST(Xml, FlattenedListsAndNestedStructures) {
  Reading reading;
  const auto configuration = lifecycle(
      R"(<?xml version="1.0"?>
         <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
           <Rule><ID>a</ID><Status>Enabled</Status>
             <Filter><And><Prefix> </Prefix><Tag><Key>k</Key><Value>v&amp;w</Value></Tag>
                     <ObjectSizeGreaterThan>131072</ObjectSizeGreaterThan></And></Filter>
             <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>
             <Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition>
           </Rule>
           <Rule><Status>Disabled</Status><Unknown><Status>x</Status></Unknown>
             <Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration></Rule>
         </LifecycleConfiguration>)",
      reading);
  EXPECT_TRUE(reading.violations.empty());
  ASSERT_EQ(configuration.rules.size(), 2u);
  const s3::LifecycleRule& rule = configuration.rules[0];
  EXPECT_EQ(rule.status, s3::ExpirationStatus::enabled);
  EXPECT_EQ(rule.filter->and_->prefix, " ");
  EXPECT_EQ(rule.filter->and_->tags->at(0).value, "v&w");
  EXPECT_EQ(rule.filter->and_->object_size_greater_than, 131072);
  ASSERT_EQ(rule.transitions->size(), 2u);
  EXPECT_EQ(rule.transitions->at(1).storage_class, s3::TransitionStorageClass::glacier);
  EXPECT_EQ(configuration.rules[1].expiration->date, parse_iso8601("2030-01-01T00:00:00Z"));
}

TEST(Xml, AnyPrefixOfTheNamespaceWillDo) {
  Reading reading;
  const auto configuration = lifecycle(
      R"(<s:LifecycleConfiguration xmlns:s="x"><s:Rule><s:Status>Enabled</s:Status></s:Rule></s:LifecycleConfiguration>)",
      reading);
  EXPECT_EQ(configuration.rules.size(), 1u);
}

TEST(Xml, WhatIsMissingOrUnknownIsNamed) {
  Reading reading;
  lifecycle(
      "<LifecycleConfiguration><Rule><Transition><StorageClass>COLD</StorageClass></Transition></Rule>"
      "</LifecycleConfiguration>",
      reading);
  EXPECT_THAT(reading.violations.message(), HasSubstr("2 validation errors detected"));
  EXPECT_THAT(reading.violations.message(),
              HasSubstr("Value 'COLD' at 'rules.1.member.transitions.1.member.storageClass'"));
  EXPECT_THAT(reading.violations.message(), HasSubstr("Value null at 'rules.1.member.status'"));
}

TEST(Xml, WhatIsNoXmlIsRefused) {
  for (const std::string_view text :
       {"", "text", "<LifecycleConfiguration>", "<LifecycleConfiguration></Rule>", "<Other/>", "<a><b></a></b>",
        "<LifecycleConfiguration><Rule><Status>\xff</Status></Rule></LifecycleConfiguration>",
        "<LifecycleConfiguration><Rule><Transition><Days>many</Days></Transition></Rule></LifecycleConfiguration>",
        "<LifecycleConfiguration><Rule><ID><b/></ID></Rule></LifecycleConfiguration>"}) {
    EXPECT_NE(refused(text), "taken") << text;
  }
}

TEST(Xml, EntitiesOfADocumentTypeAreNotExpanded) {
  Reading reading;
  const auto configuration = lifecycle(
      "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><LifecycleConfiguration><Rule><ID>&x;</ID>"
      "<Status>Enabled</Status></Rule></LifecycleConfiguration>",
      reading);
  EXPECT_EQ(configuration.rules.at(0).id, "&x;");
}

TEST(Xml, AttributesCarryTheirNamespace) {
  s3::GetBucketAclOutput output;
  s3::Grant grant;
  grant.grantee = s3::Grantee{.display_name = {}, .email_address = {}, .id = "abc", .type = s3::Type::canonical_user};
  grant.permission = s3::Permission::full_control;
  output.grants = {grant};
  XmlWriter xml;
  xml.open("AccessControlPolicy");
  write_xml_members(xml, shape_of(&output), &output, true);
  EXPECT_THAT(std::move(xml).finish(),
              HasSubstr("<AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                        "xsi:type=\"CanonicalUser\"><ID>abc</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
                        "</AccessControlList>"));
}

TEST(Xml, FlattenedListsAreWrittenSideBySide) {
  s3::DeleteObjectsOutput output;
  output.deleted = {s3::DeletedObject{.key = "a"}, s3::DeletedObject{.key = "b\r\x01"}};
  XmlWriter xml;
  xml.open("DeleteResult");
  write_xml_members(xml, shape_of(&output), &output, true);
  EXPECT_THAT(std::move(xml).finish(), HasSubstr("<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted>"
                                                 "<Key>b&#13;&#x1;</Key></Deleted></DeleteResult>"));
}

TEST(XmlWriter, EscapesTextAndAttributes) {
  XmlWriter xml;
  xml.open("a").attribute("b", "\"<\n").text("<&>\"");
  xml.element("c", "\xff");
  EXPECT_EQ(std::move(xml).finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;&#xa;\">&lt;&amp;&gt;\"<c>"
            "\xEF\xBF\xBD</c></a>");
}

}  // namespace
}  // namespace tarn::aws
