// PNG: round trip, and damage.
#include "runtime/formats/Png.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include "runtime/base/File.h"
#include <cerrno>
#include <zlib.h>

using namespace vae::runtime;
using namespace vae::test;

namespace {

Picture pattern(int64_t channels) {
  Picture picture{13, 7, channels, {}};
  for (int64_t i = 0; i < 13 * 7 * channels; ++i)
    picture.pixels.push_back(static_cast<uint8_t>(i * 37));
  return picture;
}

std::string word(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// A PNG chunk with its checksum.
std::string chunk(const std::string &type, const std::string &data) {
  std::string body = type + data;
  auto crc = crc32(0, reinterpret_cast<const Bytef *>(body.data()), static_cast<uInt>(body.size()));
  return word(static_cast<uint32_t>(data.size())) + body + word(static_cast<uint32_t>(crc));
}

/// The start of a picture file of this size, depth and colour type.
std::string start(uint32_t width, uint32_t height, char depth, char colour) {
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", word(width) + word(height) + depth + colour + std::string(3, '\0'));
}

} // namespace

TEST_CASE("png: grey and RGB pictures come back pixel for pixel", "[png]") {
  ScratchFolder folder;
  for (int64_t channels : {1, 3}) {
    Picture picture = pattern(channels);
    REQUIRE(writePng(folder.path("p.png"), picture).ok());
    auto again = readPng(folder.path("p.png"));
    REQUIRE(again.ok());
    REQUIRE(again->width == 13);
    REQUIRE(again->height == 7);
    REQUIRE(again->channels == channels);
    REQUIRE(again->pixels == picture.pixels);
  }
}

TEST_CASE("png: damaged pictures are errors", "[png]") {
  ScratchFolder folder;
  REQUIRE(writePng(folder.path("p.png"), pattern(1)).ok());
  std::string whole = slurp(folder.path("p.png"));
  for (size_t length = 0; length + 12 < whole.size(); ++length) {
    INFO("cut to " << length);
    REQUIRE(!parsePng(bytesOf(whole.substr(0, length)), "p.png").ok());
  }
  for (size_t position = 0; position < whole.size() - 12; ++position) {
    std::string flipped = whole;
    flipped[position] ^= 0x10;
    // Ancillary damage may be read around, but never into other pixels.
    auto picture = parsePng(bytesOf(flipped), "p.png");
    if (picture.ok())
      REQUIRE(picture->pixels == pattern(1).pixels);
  }
  REQUIRE_ERROR(parsePng(bytesOf("GIF89a"), "p.png"), "p.png: not a readable png file");
}

TEST_CASE("png: sizes beyond reason, alpha and 16 bits are refused", "[png]") {
  REQUIRE_ERROR(parsePng(bytesOf(start(900000, 900000, 8, 0) + chunk("IDAT", "")), "p"), "too large");
  REQUIRE(!parsePng(bytesOf(start(0, 5, 8, 0) + chunk("IDAT", "")), "p").ok());
  REQUIRE_ERROR(parsePng(bytesOf(start(4, 4, 8, 6) + chunk("IDAT", "")), "p"), "alpha");
  REQUIRE_ERROR(parsePng(bytesOf(start(4, 4, 16, 0) + chunk("IDAT", "")), "p"), "16 bits");
}

TEST_CASE("png: pictures that do not add up, and full disks, leave no file", "[png]") {
  ScratchFolder folder;
  Picture picture = pattern(1);
  picture.pixels.pop_back();
  REQUIRE_ERROR(writePng(folder.path("p.png"), picture), "cannot be written as png");
  REQUIRE_ERROR(writePng(folder.path("p.png"), Picture{0, 0, 1, {}}), "cannot be written as png");
  FileFault fault(FileCall::write, 1, ENOSPC);
  REQUIRE_ERROR(writePng(folder.path("p.png"), pattern(3)), "No space left");
  REQUIRE(folder.names().empty());
}
