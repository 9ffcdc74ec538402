// Checkpoints: round trip, determinism, a file made by hand, and headers that lie.
#include "runtime/base/AtomicFile.h"
#include "runtime/formats/Excerpt.h"
#include "runtime/formats/Safetensors.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

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

namespace {

/// The values of a tensor of these bytes as f32.
Result<std::vector<float>> streamed(const std::string &type, const std::string &data, size_t width) {
  std::string content = fileWith(concat(R"({"x":{"dtype":")", type, R"(","shape":[)", data.size() / width,
                                        R"(],"data_offsets":[0,)", data.size(), "]}}"),
                                 0) +
                        data;
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, parse(content));
  std::vector<float> values(data.size() / width);
  VAE_RETURN_IF_ERROR(file.stream(
      *file.find("x"), ElementType::f32, Allocator::standard(), [&](uint64_t offset, std::span<const std::byte> bytes) {
        std::memcpy(reinterpret_cast<std::byte *>(values.data()) + offset, bytes.data(), bytes.size());
        return Status();
      }));
  return values;
}

template <typename T> std::string dataOf(std::initializer_list<T> values) {
  return {reinterpret_cast<const char *>(std::data(values)), values.size() * sizeof(T)};
}

} // namespace

TEST_CASE("safetensors: halves are read as the numbers that they are", "[safetensors]") {
  // Zeros, the smallest, the largest below the normal ones, the smallest normal one, 1, the largest, infinities.
  auto halves =
      streamed("F16", dataOf<uint16_t>({0, 0x8000, 1, 0x03ff, 0x0400, 0xbc00, 0x7bff, 0x7c00, 0xfc00, 0x7e00}), 2);
  REQUIRE(halves.ok());
  std::vector<float> expected = {0, -0.0f, 0x1p-24f, 1023 * 0x1p-24f, 0x1p-14f, -1, 65504, INFINITY, -INFINITY};
  REQUIRE(std::memcmp(halves->data(), expected.data(), expected.size() * sizeof(float)) == 0);
  REQUIRE(std::isnan(halves->back()));
  auto brains = streamed("BF16", dataOf<uint16_t>({0x8000, 1, 0x0080, 0x3f80, 0xc0a0, 0x7f7f, 0x7f80, 0x7fc0}), 2);
  REQUIRE(brains.ok());
  expected = {-0.0f, 0x1p-133f, 0x1p-126f, 1, -5, 0x1.fep127f, INFINITY};
  REQUIRE(std::memcmp(brains->data(), expected.data(), expected.size() * sizeof(float)) == 0);
  REQUIRE(std::isnan(brains->back()));
}

TEST_CASE("safetensors: doubles are rounded, and never become infinite", "[safetensors]") {
  const double infinity = std::numeric_limits<double>::infinity(), largest = std::numeric_limits<float>::max();
  auto doubles = streamed("F64", dataOf<double>({0.1, -0.0, 1e-45, 1e-60, largest, infinity, 1 + 0x1p-24}), 8);
  REQUIRE(doubles.ok());
  REQUIRE(*doubles == std::vector<float>{0.1f, -0.0f, 0x1p-149f, 0, 0x1.fffffep127f, INFINITY, 1});
  REQUIRE_ERROR(streamed("F64", dataOf<double>({1, 2, -1e39}), 8),
                "w: tensor 'x': element 2 is beyond the range of f32");
  // More than one piece.
  std::string many((size_t{1} << 18) * 8 + 24, '\0');
  const double last = 3.5;
  std::memcpy(many.data() + many.size() - 8, &last, 8);
  auto values = streamed("F64", many, 8);
  REQUIRE(values.ok());
  REQUIRE(values->back() == 3.5f);
  REQUIRE(values->front() == 0);
}

TEST_CASE("safetensors: other files of weights are told by their bytes, with the way out", "[safetensors]") {
  std::string archive = std::string("PK\3\4") + std::string(22, '\0') + std::string("\x10\0\0\0", 4);
  for (const std::string &content :
       {archive + "archive/data.pkl", std::string("\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20"), std::string("\x80\4\x95")})
    REQUIRE_ERROR(
        SafetensorsFile::parse(bytesOf(content), "a.b/w.ckpt"),
        "a.b/w.ckpt: not a safetensors file but a pickled PyTorch file; convert it: python3 -c \"import torch");
  const std::string torch = archive + "archive/data.pkl";
  REQUIRE_ERROR(SafetensorsFile::parse(bytesOf(torch), "a.b/w"), "'a.b/w.safetensors')\"");
  REQUIRE_ERROR(SafetensorsFile::parse(bytesOf(archive + "archive/read.me"), "w.zip"),
                "w.zip: not a safetensors file but a zip archive, and none of torch.save's; unpack it");
  std::string arrays = archive;
  arrays[26] = 5;
  REQUIRE_ERROR(SafetensorsFile::parse(bytesOf(arrays + "w.npy"), "w.npz"), "an archive of NumPy arrays; convert it");
  REQUIRE_ERROR(parse("version https://git-lfs.github.com/spec/v1\n"), "a pointer of Git LFS");
  // A header of 0x280 bytes begins as pickles do.
  std::string header = "{}" + std::string(0x27e, ' ');
  REQUIRE(fileWith(header, 0).starts_with("\x80\2"));
  REQUIRE(parse(fileWith(header, 0)).ok());
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
  REQUIRE_ERROR(parse(fileWith("[]", 0)), "does not begin with '{'");
  REQUIRE_ERROR(parse(fileWith(" {}", 0)), "does not begin with '{'");
  REQUIRE_ERROR(parse(fileWith("\xef\xbb\xbf{}", 0)), "does not begin with '{'");
  REQUIRE_ERROR(parse(fileWith(std::string("{}\0 x", 5), 0)), "not valid JSON at byte 3");
  REQUIRE_ERROR(parse(fileWith("{} x", 0)), "not valid JSON");
  REQUIRE_ERROR(parse(fileWith("{\"\xff\":{}}", 0)), "not valid JSON");
  REQUIRE(parse(fileWith("{}", 0)).ok());
  std::string whole = fileWith(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  for (size_t length = 0; length < whole.size(); ++length)
    REQUIRE(!parse(whole.substr(0, length)).ok());
}

TEST_CASE("safetensors: of a stranger's text a message shows one line's worth", "[safetensors]") {
  REQUIRE(excerpt("a\nb\x1b[1m\x7f") == "a?b?[1m?");
  REQUIRE(excerpt(std::string(120, 'n')) == std::string(120, 'n'));
  REQUIRE(excerpt(std::string(121, 'n')) == std::string(120, 'n') + "...");
  REQUIRE(excerpt(std::string(119, 'n') + "\xc3\xa9\xc3\xa9") == std::string(119, 'n') + "...");
  std::string name = "line\\n" + std::string(5000, 'n');
  Result<SafetensorsFile> file =
      parse(fileWith("{\"" + name + R"(":{"dtype":"F31","shape":[],"data_offsets":[0,4]}})", 4));
  REQUIRE_ERROR(file, "w: tensor 'line?nnn");
  REQUIRE(file.status().message().size() < 200);
}

TEST_CASE("safetensors: ten million brackets do not exhaust the stack", "[safetensors]") {
  REQUIRE_ERROR(parse(fileWith("{\"x\":" + std::string(10'000'000, '['), 0)), "an array");
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

static std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

TEST_CASE("safetensors: a checkpoint behind other bytes of a file is streamed in and read in place", "[safetensors]") {
  ScratchFolder folder;
  const std::string halves(1 << 12, 'h'), single = "abcd";
  REQUIRE(writeSafetensors(folder.path("source"), {item("x", ElementType::f16, {1 << 11}, halves)}).ok());
  auto source = SafetensorsFile::open(folder.path("source"));
  REQUIRE(source.ok());
  auto layout = SafetensorsLayout::create(
      {source->item(*source->find("x"), "a.weight"), item("b", ElementType::f32, {1}, single)});
  REQUIRE(layout.ok());
  const std::string path = folder.path("behind");
  {
    auto file = AtomicFile::create(path);
    REQUIRE(file.ok());
    REQUIRE(file->write("core").ok());
    REQUIRE(layout->write(*file).ok());
    REQUIRE(file->commit().ok());
  }
  auto mapping = std::make_shared<const MappedFile>(MappedFile::open(path).take());
  REQUIRE(mapping->bytes().size() == 4 + layout->size());
  REQUIRE(!SafetensorsFile::open(path).ok());
  auto found = SafetensorsFile::open(mapping, mapping->bytes().subspan(4), "inside");
  REQUIRE(found.ok());
  REQUIRE(found->entries().size() == 2);
  REQUIRE(found->find("a.weight")->element == ElementType::f16);
  REQUIRE(textOf(found->bytes(*found->find("a.weight"))) == halves);
  REQUIRE(textOf(found->bytes(*found->find("b"))) == single);
  REQUIRE(textOf(source->bytes(*source->find("x"))) == halves); // what was forgotten comes again
  REQUIRE_ERROR(SafetensorsFile::open(mapping, mapping->bytes().subspan(4, layout->size() - 1), "inside"), "inside: ");
}
