// Thousands of damaged files a format: reading them may fail, but never crash, and what is read is consistent. Worth
// most under the sanitizers.
#include "runtime/base/Random.h"
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Safetensors.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <functional>

using namespace vae::runtime;
using namespace vae::test;

namespace {

/// Damage number `number` of `text`: one to four bytes changed, removed, doubled, or all behind one cut off.
std::string damaged(std::string text, uint32_t number) {
  auto draw = [&, index = uint64_t{0}](size_t bound) mutable {
    return static_cast<size_t>(noiseWord(1, number, 0, index++)) % bound;
  };
  for (size_t i = 0, count = 1 + draw(4); i < count && !text.empty(); ++i) {
    size_t place = draw(text.size());
    // Headers are where the lies are: half of the damage is done there.
    if (draw(2) == 0)
      place = std::min<size_t>(place, draw(64));
    switch (draw(6)) {
    case 0:
      text[place] = static_cast<char>(draw(256));
      break;
    case 1:
      text[place] ^= static_cast<char>(1 << draw(8));
      break;
    case 2:
      text[place] = "0129-{}[](),:'\"\xff"[draw(16)];
      break;
    case 3:
      text.erase(place, 1 + draw(8));
      break;
    case 4:
      text.insert(place, text.substr(place, 1 + draw(8)));
      break;
    default:
      text.resize(place);
    }
  }
  return text;
}

void mutate(const std::string &whole, const std::function<bool(const std::string &)> &reads) {
  REQUIRE(reads(whole));
  size_t accepted = 0;
  for (uint32_t number = 0; number < 4000; ++number)
    accepted += reads(damaged(whole, number));
  INFO(accepted << " of 4000 damaged files were read");
  REQUIRE(accepted < 4000);
}

bool consistent(const Result<HostTensor> &tensor) {
  if (tensor.ok() && tensor->bytes().size() != tensor->count() * elementSize(tensor->element()))
    FAIL("a tensor without its bytes");
  return tensor.ok();
}

HostTensor pattern(ElementType element, std::vector<int64_t> shape) {
  HostTensor tensor = HostTensor::create(element, std::move(shape)).take();
  for (size_t i = 0; i < tensor.bytes().size(); ++i)
    tensor.bytes()[i] = static_cast<std::byte>(i * 31);
  return tensor;
}

} // namespace

TEST_CASE("damaged npy files", "[mutation]") {
  mutate(
      [] {
        auto bytes = encodeNpy(pattern(ElementType::f32, {3, 5}));
        return std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size());
      }(),
      [](const std::string &text) { return consistent(parseNpy(bytesOf(text), "m")); });
}

TEST_CASE("damaged idx files", "[mutation]") {
  ScratchFolder folder;
  for (const char *name : {"d.idx", "d.idx.gz"}) {
    REQUIRE(writeIdx(folder.path(name), pattern(ElementType::u8, {4, 5, 6})).ok());
    mutate(slurp(folder.path(name)), [](const std::string &text) { return consistent(parseIdx(bytesOf(text), "m")); });
  }
}

TEST_CASE("damaged png files", "[mutation]") {
  auto bytes = encodePng({9, 9, 3, std::vector<uint8_t>(243, 77)});
  mutate(std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size()), [](const std::string &text) {
    auto picture = parsePng(bytesOf(text), "m");
    if (picture.ok())
      REQUIRE(picture->pixels.size() == static_cast<size_t>(picture->width * picture->height * picture->channels));
    return picture.ok();
  });
}

TEST_CASE("damaged safetensors files", "[mutation]") {
  ScratchFolder folder;
  HostTensor a = pattern(ElementType::f32, {2, 3}), b = pattern(ElementType::u8, {5});
  REQUIRE(writeSafetensors(folder.path("w"),
                           {{"a.weight", a.element(), a.shape(), a.bytes()}, {"b", b.element(), b.shape(), b.bytes()}},
                           {{"step", "3"}})
              .ok());
  mutate(slurp(folder.path("w")), [](const std::string &text) {
    auto file = SafetensorsFile::parse(bytesOf(text), "m");
    if (file.ok())
      for (const SafetensorsEntry &entry : file->entries()) {
        REQUIRE(entry.offset + entry.size <= text.size());
        if (entry.element)
          consistent(file->read(entry));
      }
    return file.ok();
  });
}
