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
  if (major == 2)
    start += std::string(2, '\0');
  return start + header + data;
}

Result<HostTensor> parse(const std::string &content) { return parseNpy(bytesOf(content), "t.npy"); }
std::string header(const std::string &type, const std::string &fortran, const std::string &shape) {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

} // namespace

TEST_CASE("npy: files as numpy writes them are read", "[npy]") {
  // numpy.save of numpy.arange(6, dtype='<f4').reshape(2, 3), version 1 and 2
  std::string data;
  for (int i = 0; i < 6; ++i) {
    float value = static_cast<float>(i);
    data.append(reinterpret_cast<const char *>(&value), 4);
  }
  for (char version : {1, 2}) {
    auto tensor = parse(npy(header("<f4", "False", "(2, 3)"), data, version));
    REQUIRE(tensor.ok());
    REQUIRE(tensor->shape() == std::vector<int64_t>{2, 3});
    REQUIRE(tensor->as<float>()[5] == 5.0f);
  }
  REQUIRE(parse(npy(header("|u1", "False", "(3,)"), "abc"))->element() == ElementType::u8);
  REQUIRE(parse(npy(header("<i8", "False", "()"), std::string(8, '\0')))->shape().empty());
  REQUIRE(parse(npy("{'shape': (0, 4), 'descr': '<f8', 'fortran_order': False}", ""))->count() == 0);
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
  REQUIRE_ERROR(parse(npy(header("<f4", "True", "(2, 2)"), std::string(16, '\0'))), "fortran order");
  REQUIRE_ERROR(parse(npy(header(">f4", "False", "(2,)"), "12345678")), "element type '>f4'");
  REQUIRE_ERROR(parse(npy(header("|O", "False", "(2,)"), "12345678")), "element type '|O'");
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
  REQUIRE_ERROR(parse(npy(header("<f4", "False", "(2,)"), "12345678", 3)), "npy version 3.0");
}
