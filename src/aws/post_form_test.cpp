#include "aws/post_form.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

// Gives its bytes in pieces.
class Pieces : public ByteStream {
 public:
  Pieces(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = std::min({out.size(), bytes_.size() - at_, piece_});
    std::ranges::copy(as_bytes(std::string_view(bytes_).substr(at_, size)), out.begin());
    at_ += size;
    co_return size;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  std::size_t piece_;
};

std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& content, const std::string& name = "a.txt") {
  return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
         "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n";
}

PostForm read(const std::string& text, std::size_t piece = 1000) {
  return sync_wait(read_post_form(std::make_unique<Pieces>(text, piece), "b"));
}
std::string content(PostForm& form) {
  std::string text;
  std::array<std::byte, 7> buffer;
  while (const std::size_t size = sync_wait(form.file->read(buffer))) text += as_text(std::span(buffer).first(size));
  return text;
}
std::string refusal(const std::string& text) {
  try {
    PostForm form = read(text);
    if (form.file) content(form);
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

class PostFormPieces : public testing::TestWithParam<std::size_t> {};

TEST_P(PostFormPieces, FieldsAndFileAreTheSameHoweverTheyCome) {
  const std::string bytes = "two\r\nlines --b and \r\n--c, \r\n-";
  PostForm form =
      read(field("Key", "a b") + field("x", "") + file(bytes) + field("late", "ignored") + "--b--\r\n", GetParam());
  ASSERT_EQ(form.fields.size(), 2u);
  EXPECT_EQ(*form.find("key"), "a b");
  EXPECT_EQ(*form.find("x"), "");
  EXPECT_EQ(form.find("late"), nullptr);
  EXPECT_EQ(form.file_name, "a.txt");
  EXPECT_EQ(content(form), bytes);
  EXPECT_EQ(content(form), "") << "the end stays the end";
}
INSTANTIATE_TEST_SUITE_P(, PostFormPieces, testing::Values(1, 2, 3, 5, 64, 100'000));

TEST(PostForm, FilesMayBeEmptyAndLarge) {
  PostForm empty = read(file("") + "--b--");
  EXPECT_EQ(content(empty), "");
  const std::string large(1'000'000, '-');
  PostForm form = read(file(large) + "--b--", 4096);
  EXPECT_EQ(content(form), large);
}

TEST(PostForm, AFormNeedsNoFile) {
  EXPECT_EQ(read(field("key", "a") + "--b--").file, nullptr);
}

TEST(PostForm, FileNamesComeWithoutFolders) {
  EXPECT_EQ(read(file("", "C:\\photos\\a.jpg") + "--b--").file_name, "a.jpg");
  EXPECT_EQ(read(file("", "x/y/z") + "--b--").file_name, "z");
  EXPECT_EQ(read(file("", "say \\\"hi\\\"; ok") + "--b--").file_name, "say \"hi\"; ok");
}

TEST(PostForm, WhatIsNoFormIsRefused) {
  for (const std::string& text : std::initializer_list<std::string>{
           "", "--b", "--b\r\n", "--c\r\n", field("key", "a"), file("never ends"), file("cut off") + "--b",
           "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "--b\r\nnonsense\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--",
           "--b\r\nX: " + std::string(20'000, 'x') + "\r\n\r\nx\r\n--b--"}) {
    EXPECT_EQ(refusal(text), "MalformedPOSTRequest") << text.substr(0, 100);
  }
}

TEST(PostForm, FieldsAreFewAndShort) {
  EXPECT_EQ(refusal(field("x", std::string(30'000, 'x')) + file("") + "--b--"), "MaxPostPreDataLengthExceededError");
  std::string half = field("x", std::string(11'000, 'x'));
  EXPECT_EQ(refusal(half + file("") + "--b--"), "(none)");
  EXPECT_EQ(refusal(half + half + file("") + "--b--"), "MaxPostPreDataLengthExceededError");
  std::string many;
  for (int i = 0; i < 300; ++i) many += field("x", "");
  EXPECT_EQ(refusal(many + file("") + "--b--"), "MalformedPOSTRequest");
}

TEST(PostForm, BoundariesAreFoundInTheType) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(form_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a;c\""), "a;c");
  EXPECT_EQ(form_boundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary="), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/mixed; boundary=abc"), std::nullopt);
  EXPECT_EQ(form_boundary(""), std::nullopt);
}

}  // namespace
}  // namespace tarn::aws
