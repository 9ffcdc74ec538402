// Checkpoints: round trip, determinism, a file made by hand, and headers that lie.
#include "runtime/formats/Safetensors.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cerrno>

using namespace vae::runtime;
using namespace vae::test;

namespace {

/// A file with this header text and `data` zero bytes.
std::string fileWith(const std::string &header, size_t data) {
  uint64_t size = header.size();
  return std::string(reinterpret_cast<const char *>(&size), 8) + header + std::string(data, '\0');
}

Result<SafetensorsFile> parse(const std::string &content) { return SafetensorsFile::parse(bytesOf(content), "w"); }

SafetensorsItem item(const std::string &name, ElementType element, std::vector<int64_t> shape,
                     const std::string &data) {
  return {name, element, std::move(shape), bytesOf(data)};
}

} // namespace

TEST_CASE("safetensors: a checkpoint written by hand is read", "[safetensors]") {
  std::string header = R"({"__metadata__":{"step":"7"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                       R"("flag":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]}})";
  std::string content = fileWith(header, 0) + std::string("\0\0\x80\x3f\0\0\0\xc0\1", 9);
  auto file = parse(content);
  REQUIRE(file.ok());
  REQUIRE(file->entries().size() == 2);
  REQUIRE(file->metadata().at("step") == "7");
  auto tensor = file->read(*file->find("b"));
  REQUIRE(tensor.ok());
  REQUIRE(tensor->as<float>()[0] == 1.0f);
  REQUIRE(tensor->as<float>()[1] == -2.0f);
  REQUIRE(!file->find("flag")->element);
  REQUIRE_ERROR(file->read(*file->find("flag")), "dtype BOOL");
  REQUIRE(file->find("c") == nullptr);
}

TEST_CASE("safetensors: the same tensors give the same bytes in any order", "[safetensors]") {
  ScratchFolder folder;
  std::string a(12, 'a'), b(3, 'b'), c(16, 'c');
  auto itemA = item("fc1.weight", ElementType::f32, {3, 1}, a);
  auto itemB = item("odd \"name\" \xc3\xa9", ElementType::u8, {3}, b);
  auto itemC = item("d", ElementType::f64, {2}, c);
  REQUIRE(writeSafetensors(folder.path("1"), {itemA, itemB, itemC}, {{"k", "v"}}).ok());
  REQUIRE(writeSafetensors(folder.path("2"), {itemC, itemB, itemA}, {{"k", "v"}}).ok());
  REQUIRE(slurp(folder.path("1")) == slurp(folder.path("2")));
  auto file = SafetensorsFile::open(folder.path("1"));
  REQUIRE(file.ok());
  for (const SafetensorsEntry &entry : file->entries())
    REQUIRE(entry.offset % elementSize(*entry.element) == 0);
  REQUIRE(file->find("odd \"name\" \xc3\xa9")->size == 3);
  REQUIRE(file->bytes(*file->find("fc1.weight"))[11] == std::byte{'a'});
}

TEST_CASE("safetensors: headers that lie are refused with the tensor's name", "[safetensors]") {
  auto one = [](const std::string &entry, size_t data) { return parse(fileWith("{\"x\":" + entry + "}", data)); };
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", 4), "w: tensor 'x': F32[2] takes 8 bytes");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 7), "do not lie within the 7 bytes");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", 8), "do not lie within");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})", 8), "1 data_offsets, 2 wanted");
  REQUIRE_ERROR(one(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})", 8), "unknown dtype 'F31'");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", 8), "negative number");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", 8), "number 2.0");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[NaN],"data_offsets":[0,8]})", 8), "not valid JSON at byte");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[1e3],"data_offsets":[0,8]})", 8), "number 1e3");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]})", 8), "out of range");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})", 8), "out of range");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,0]})", 8), "do not lie within");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2]})", 8), "is missing");
  REQUIRE_ERROR(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1})", 8), "unknown field 'extra'");
  REQUIRE_ERROR(one(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})", 8), "a text in 'dtype'");
  REQUIRE_ERROR(one("7", 8), "the header has a number in 'x'");
}

TEST_CASE("safetensors: overlaps, holes and doubled names are refused", "[safetensors]") {
  auto two = [](const std::string &first, const std::string &second, const std::string &name, size_t data) {
    return parse(fileWith(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first + R"(},")" + name +
                              R"(":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}",
                          data));
  };
  REQUIRE(two("[0,4]", "[4,8]", "b", 8).ok());
  REQUIRE_ERROR(two("[0,4]", "[2,6]", "b", 8), "tensors 'a' and 'b' overlap");
  REQUIRE_ERROR(two("[0,4]", "[0,4]", "b", 4), "overlap");
  REQUIRE_ERROR(two("[0,4]", "[5,9]", "b", 9), "before tensor 'b' belong to no tensor");
  REQUIRE_ERROR(two("[0,4]", "[4,8]", "b", 9), "at the end belong to no tensor");
  REQUIRE_ERROR(two("[0,4]", "[4,8]", "a", 8), "tensor 'a' appears twice");
}

TEST_CASE("safetensors: damaged and hostile files are errors", "[safetensors]") {
  REQUIRE_ERROR(parse(""), "only 0 bytes");
  REQUIRE_ERROR(parse("1234567"), "only 7 bytes");
  REQUIRE_ERROR(parse(std::string(8, '\xff')), "a header of 18446744073709551615 bytes");
  REQUIRE_ERROR(parse(fileWith("{", 0)), "not valid JSON");
  REQUIRE_ERROR(parse(fileWith("", 0)), "not valid JSON");
  REQUIRE_ERROR(parse(fileWith("[]", 0)), "an array");
  REQUIRE_ERROR(parse(fileWith("{} x", 0)), "not valid JSON");
  REQUIRE_ERROR(parse(fileWith("{\"\xff\":{}}", 0)), "not valid JSON");
  REQUIRE(parse(fileWith("{}", 0)).ok());
  std::string whole = fileWith(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  for (size_t length = 0; length < whole.size(); ++length)
    REQUIRE(!parse(whole.substr(0, length)).ok());
}

TEST_CASE("safetensors: ten million brackets do not exhaust the stack", "[safetensors]") {
  REQUIRE_ERROR(parse(fileWith(std::string(10'000'000, '['), 0)), "an array");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i)
    objects += "{\"dtype\":";
  REQUIRE_ERROR(parse(fileWith(objects, 0)), "an object");
}

TEST_CASE("safetensors: a full disk leaves no checkpoint and no rubbish", "[safetensors]") {
  ScratchFolder folder;
  std::string data(64, 'd');
  for (uint64_t nth = 1; nth <= 3; ++nth) {
    FileFault fault(FileCall::write, nth, ENOSPC);
    REQUIRE_ERROR(writeSafetensors(folder.path("w"), {item("x", ElementType::f32, {16}, data)}), "No space left");
    REQUIRE(folder.names().empty());
  }
}

TEST_CASE("safetensors: items that do not fit are refused before anything is written", "[safetensors]") {
  ScratchFolder folder;
  std::string data(8, 'd');
  REQUIRE_ERROR(writeSafetensors(folder.path("w"), {item("x", ElementType::f32, {3}, data)}), "do not fill f32[3]");
  auto twice = item("x", ElementType::f32, {2}, data);
  REQUIRE_ERROR(writeSafetensors(folder.path("w"), {twice, item("x", ElementType::u8, {8}, data)}), "'x' is taken");
  REQUIRE_ERROR(writeSafetensors(folder.path("w"), {item("__metadata__", ElementType::f32, {2}, data)}), "is taken");
  REQUIRE(folder.names().empty());
}
