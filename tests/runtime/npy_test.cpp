// NumPy files: round trip, files as NumPy writes them, and headers that lie.
#include "runtime/formats/Npy.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;
using namespace vae::test;

namespace {

std::string npy(const std::string &header, const std::string &data, char major = 1) {
  std::string start = std::string("\x93NUMPY") + major + '\0' + static_cast<char>(header.size() & 0xff) +
                      static_cast<char>(header.size() >> 8);
  if (major > 1)
    start += std::string(2, '\0');
  return start + header + data;
}

Result<HostTensor> parse(const std::string &content) { return parseNpy(bytesOf(content), "t.npy"); }
std::string header(const std::string &type, const std::string &fortran, const std::string &shape) {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

} // namespace

TEST_CASE("npy: files as numpy writes them are read", "[npy]") {
  // numpy.save of numpy.arange(6, dtype='<f4').reshape(2, 3), each version
  std::string data;
  for (int i = 0; i < 6; ++i) {
    float value = static_cast<float>(i);
    data.append(reinterpret_cast<const char *>(&value), 4);
  }
  for (char version : {1, 2, 3}) {
    auto tensor = parse(npy(header("<f4", "False", "(2, 3)"), data, version));
    REQUIRE(tensor.ok());
    REQUIRE(tensor->shape() == std::vector<int64_t>{2, 3});
    REQUIRE(tensor->as<float>()[5] == 5.0f);
  }
  REQUIRE(parse(npy(header("|u1", "False", "(3,)"), "abc"))->element() == ElementType::u8);
  REQUIRE(parse(npy(header("<i8", "False", "()"), std::string(8, '\0')))->shape().empty());
  REQUIRE(parse(npy("{'shape': (0, 4), 'descr': '<f8', 'fortran_order': False}", ""))->count() == 0);
}

TEST_CASE("npy: all real types in both byte orders keep their values", "[npy]") {
  auto first = [](const std::string &type, const std::string &data) {
    return parse(npy(header(type, "False", "(1,)"), data)).take();
  };
  using namespace std::string_literals;
  REQUIRE(first(">f4", "\x3f\xc0\0\0"s).as<float>()[0] == 1.5f);
  REQUIRE(first(">f8", "\xbf\xf8\0\0\0\0\0\0"s).as<double>()[0] == -1.5);
  REQUIRE(first("=f4", "\0\0\xc0\x3f"s).as<float>()[0] == 1.5f);
  REQUIRE(first("|i1", "\x80").as<int32_t>()[0] == -128);
  REQUIRE(first("|b1", "\x01").as<int32_t>()[0] == 1);
  REQUIRE(first("<i2", "\xfe\xff").as<int32_t>()[0] == -2);
  REQUIRE(first(">u2", "\xff\xfe").as<int32_t>()[0] == 65534);
  REQUIRE(first(">i4", "\xff\xff\xff\xfe").as<int32_t>()[0] == -2);
  REQUIRE(first("<u4", "\xff\xff\xff\xff").as<int64_t>()[0] == 4294967295);
  REQUIRE(first(">i8", "\xff\xff\xff\xff\xff\xff\xff\xfd").as<int64_t>()[0] == -3);
  REQUIRE(first("<u8", "\x05\0\0\0\0\0\0\0"s).as<int64_t>()[0] == 5);
  REQUIRE(first("<f2", "\0\x3c"s).element() == ElementType::f16);
  REQUIRE_ERROR(parse(npy(header("<u8", "False", "(1,)"), std::string(8, '\xff'))),
                "element 0 is 18446744073709551615, which i64 cannot hold");
  REQUIRE(parse(npy(header("<i4", "False", "(2L,)"), std::string(8, '\0')))->shape() == std::vector<int64_t>{2});
}

TEST_CASE("npy: fortran order is read by rows", "[npy]") {
  // numpy.asfortranarray(numpy.arange(12, dtype='u1').reshape(2, 3, 2)) + ord('a')
  HostTensor tensor = parse(npy(header("|u1", "True", "(2, 3, 2)"), "agciekbhdjfl")).take();
  std::string text(tensor.as<uint8_t>().begin(), tensor.as<uint8_t>().end());
  REQUIRE(text == "abcdefghijkl");
  REQUIRE(parse(npy(header("<f4", "True", "(0, 2)"), ""))->count() == 0);
}

TEST_CASE("npy: every type round trips", "[npy]") {
  ScratchFolder folder;
  for (ElementType element :
       {ElementType::f32, ElementType::i32, ElementType::u8, ElementType::i64, ElementType::f16, ElementType::f64})
    for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {5}, {2, 3}, {2, 0}, {1, 2, 3, 4}}) {
      auto tensor = HostTensor::create(element, shape);
      REQUIRE(tensor.ok());
      for (size_t i = 0; i < tensor->bytes().size(); ++i)
        tensor->bytes()[i] = static_cast<std::byte>(i * 7);
      REQUIRE(writeNpy(folder.path("t.npy"), *tensor).ok());
      REQUIRE(slurp(folder.path("t.npy")).find('\n') % 64 == 63);
      auto again = readNpy(folder.path("t.npy"));
      REQUIRE(again.ok());
      REQUIRE(again->element() == element);
      REQUIRE(again->shape() == shape);
      REQUIRE(std::equal(again->bytes().begin(), again->bytes().end(), tensor->bytes().begin()));
    }
  REQUIRE_ERROR(writeNpy(folder.path("b.npy"), *HostTensor::create(ElementType::bf16, {1})), "no element type bf16");
}

TEST_CASE("npy: headers that lie are refused", "[npy]") {
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(2,)"), "1234567")), "promises 8 bytes of f32[2] but 7 follow");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(2,)"), "123456789")), "but 9 follow");
  for (const char *type : {"|O", "<c8", "<U5", "|S3", "<M8[ns]", "<f16", "<f1", "|b2", "<i3", "f", "<", "x4", "<f4 "})
    REQUIRE_ERROR(parse(npy(header(type, "False", "(2,)"), "12345678")), concat("element type '", type, "'"));
  REQUIRE_ERROR(parse(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "12345678")),
                "one type of numbers");
  // What Python reads as something else, or not at all.
  for (const char *shape : {"(2)", "2", "[2]", "(02,)", "(,2)", "(2,,)", "(2.,)", "(2,\v)", "(2;)", "(2,"})
    REQUIRE_ERROR(parse(npy(header("<f4", "False", shape), "12345678")), "not a dictionary");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(2,)") + std::string("\0", 1), "12345678")), "not a dictionary");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(-2,)"), "")), "not a dictionary");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(99999999999999999999,)"), "")), "not a dictionary");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(4294967296, 4294967296)"), "")), "out of range");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(0, 4294967296, 4294967296)"), "")), "out of range");
  REQUIRE_ERROR(parse(npy(header("<f4", "Maybe", "(2,)"), "")), "not a dictionary");
  REQUIRE_ERROR(parse(npy("{'descr': '<f4', 'shape': (2,)}", "12345678")), "not a dictionary");
  REQUIRE_ERROR(parse(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "1234")),
                "not a dictionary");
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(1,)") + "x", "1234")), "not a dictionary");
  std::string deep = "(";
  for (int i = 0; i < 100; ++i)
    deep += "1, ";
  REQUIRE_ERROR(parse(npy(header("<f4", "False", deep + ")"), "1234")), "not a dictionary");
}

TEST_CASE("npy: files cut short anywhere are errors", "[npy]") {
  std::string whole = npy(header("<f4", "False", "(2,)"), "12345678");
  REQUIRE(parse(whole).ok());
  for (size_t length = 0; length < whole.size(); ++length)
    REQUIRE(!parse(whole.substr(0, length)).ok());
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(2,)"), "12345678", 4)), "npy version 4.0");
}
