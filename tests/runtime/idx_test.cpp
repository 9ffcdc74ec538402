// IDX files: plain and gzip, round trip, and everything cut short.
#include "runtime/formats/Idx.h"
#include "tests/catch.h"
#include "tests/runtime/Deflated.h"
#include "tests/runtime/TestFiles.h"

#include <cstring>
#include <zlib.h>

using namespace vae::runtime;
using namespace vae::test;

namespace {

Result<HostTensor> parse(const std::string &content) { return parseIdx(bytesOf(content), "d.idx"); }

std::string idx(char type, const std::vector<uint32_t> &sizes, const std::string &data) {
  std::string text = {0, 0, type, static_cast<char>(sizes.size())};
  for (uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8)
      text += static_cast<char>(size >> shift);
  return text + data;
}

/// One gzip stream, by zlib itself.
std::string gzipped(std::string text) { return deflated(std::move(text), 15 + 16); }

} // namespace

TEST_CASE("idx: a file with mnist's header is read", "[idx]") {
  auto tensor = parse(idx(8, {2, 2, 3}, "abcdefghijkl"));
  REQUIRE(tensor.ok());
  REQUIRE(tensor->shape() == std::vector<int64_t>{2, 2, 3});
  REQUIRE(tensor->as<uint8_t>()[11] == 'l');
  auto numbers = parse(idx(13, {1}, std::string("\x3f\x80\0\0", 4)));
  REQUIRE(numbers.ok());
  REQUIRE(numbers->as<float>()[0] == 1.0f);
  REQUIRE(parse(idx(9, {2}, "\xff\x01"))->as<int32_t>()[0] == -1);
  REQUIRE(parse(idx(11, {1}, "\xff\xfe"))->as<int32_t>()[0] == -2);
}

TEST_CASE("idx: every type round trips, plain and gzip", "[idx]") {
  ScratchFolder folder;
  for (ElementType element : {ElementType::u8, ElementType::i32, ElementType::f32, ElementType::f64})
    for (const char *name : {"d.idx", "d.idx.gz"}) {
      auto tensor = HostTensor::create(element, {5, 3});
      for (size_t i = 0; i < tensor->bytes().size(); ++i)
        tensor->bytes()[i] = static_cast<std::byte>(i);
      REQUIRE(writeIdx(folder.path(name), *tensor).ok());
      auto again = readIdx(folder.path(name));
      REQUIRE(again.ok());
      REQUIRE(again->element() == element);
      REQUIRE(again->shape() == tensor->shape());
      REQUIRE(std::memcmp(again->bytes().data(), tensor->bytes().data(), tensor->bytes().size()) == 0);
    }
}

TEST_CASE("idx: gzip is told by its bytes, cut or damaged gzip is an error", "[idx]") {
  ScratchFolder folder;
  auto tensor = HostTensor::create(ElementType::u8, {50, 28, 28});
  for (size_t i = 0; i < tensor->bytes().size(); ++i)
    tensor->bytes()[i] = static_cast<std::byte>(i * i >> 3);
  REQUIRE(writeIdx(folder.path("d.gz"), *tensor).ok());
  std::string whole = slurp(folder.path("d.gz"));
  REQUIRE(whole.substr(0, 2) == "\x1f\x8b");
  REQUIRE(parse(whole).ok());
  for (size_t length = 2; length < whole.size(); length += 1 + length / 50) {
    INFO("cut to " << length);
    REQUIRE_ERROR(parse(whole.substr(0, length)), "gzip stream is cut short");
  }
  REQUIRE_ERROR(parse(whole.substr(0, whole.size() - 1)), "gzip stream is cut short");
  for (size_t position : {whole.size() - 1, whole.size() - 5, whole.size() / 2, size_t{20}}) {
    std::string flipped = whole;
    flipped[position] ^= 0x04;
    REQUIRE(!parse(flipped).ok());
  }
  REQUIRE(!parse(whole + "rubbish").ok());
}

TEST_CASE("idx: several gzip streams behind each other are one file", "[idx]") {
  std::string whole = idx(8, {2, 2, 3}, "abcdefghijkl");
  for (size_t cut : {1, 4, 15, 20}) {
    auto tensor = parse(gzipped(whole.substr(0, cut)) + gzipped(whole.substr(cut)));
    REQUIRE(tensor.ok());
    REQUIRE(tensor->as<uint8_t>()[11] == 'l');
  }
  REQUIRE_ERROR(parse(gzipped(whole) + gzipped("m")), "more bytes follow the data");
  REQUIRE_ERROR(parse(gzipped(whole.substr(0, 20))), "the gzip stream ends 8 bytes early");
}

TEST_CASE("idx: headers that lie are refused", "[idx]") {
  REQUIRE_ERROR(parse(""), "beyond the 0 bytes of the file");
  REQUIRE_ERROR(parse("PK\3\4"), "not an idx file");
  REQUIRE_ERROR(parse(idx(10, {1}, "a")), "element type 10");
  REQUIRE_ERROR(parse(idx(8, {}, "a")), "idx rank 0");
  REQUIRE_ERROR(parse(idx(8, std::vector<uint32_t>(9, 1), "a")), "idx rank 9");
  REQUIRE_ERROR(parse(idx(8, {3}, "ab")), "promises 3 bytes of u8[3] but 2 follow");
  REQUIRE_ERROR(parse(idx(8, {2}, "abc")), "promises 2 bytes of u8[2] but 3 follow");
  REQUIRE_ERROR(parse(idx(8, {0xffffffff, 0xffffffff, 0xffffffff}, "abc")), "out of range");
  REQUIRE_ERROR(parse(idx(8, {0xffffffff}, "abc")), "promises 4294967295 bytes");
  REQUIRE_ERROR(parse(gzipped(idx(8, {0xffffffff}, "abc"))), "more than the file holds");
  REQUIRE_ERROR(parse(std::string("\0\0\x08\x02\0\0", 6)), "beyond the 6 bytes");
}
