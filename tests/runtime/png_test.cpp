// PNG: round trip, and damage.
#include "runtime/formats/pictures/Png.h"
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

/// The pixels of a picture: rows, each behind the number of its filter.
std::string data(const std::string &rows) {
  std::string packed(200, '\0');
  uLongf length = packed.size();
  REQUIRE(compress(reinterpret_cast<Bytef *>(packed.data()), &length, reinterpret_cast<const Bytef *>(rows.data()),
                   rows.size()) == Z_OK);
  packed.resize(length);
  return chunk("IDAT", packed);
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
  // Before the checksum of the pixels; what is behind it is not needed.
  for (size_t length = 0; length + 16 < whole.size(); ++length) {
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

TEST_CASE("png: sizes beyond reason, and beyond what the bytes can hold, are refused", "[png]") {
  REQUIRE_ERROR(parsePng(bytesOf(start(900000, 900000, 8, 0) + chunk("IDAT", "")), "p"), "900000 x 900000");
  REQUIRE_ERROR(parsePng(bytesOf(start(46340, 46340, 8, 0) + chunk("IDAT", "x")), "p"), "in a png file of 46 bytes");
  REQUIRE(!parsePng(bytesOf(start(0, 5, 8, 0) + chunk("IDAT", "")), "p").ok());
}

TEST_CASE("png: samples are what is stored, whatever is said about them", "[png]") {
  const std::string grey = start(2, 1, 8, 0), pixels = data(std::string("\0\x01\xc8", 3));
  // gamma 1.0, a damaged profile, sRGB twice, a checksum that is wrong in a chunk that may be skipped
  for (const std::string &chunks :
       {chunk("gAMA", word(100000)), chunk("iCCP", "x"), chunk("sRGB", "\1") + chunk("sRGB", "\1"), chunk("sBIT", "\4"),
        chunk("bKGD", "x"), word(1) + "tEXtxabcd"}) {
    Picture picture = parsePng(bytesOf(grey + chunks + pixels + chunk("IEND", "")), "p").take();
    REQUIRE(picture.pixels == std::vector<uint8_t>{1, 200});
  }
  REQUIRE(parsePng(bytesOf(grey + pixels + chunk("tIME", "abc") + chunk("IEND", "")), "p").ok());
  REQUIRE(parsePng(bytesOf(grey + pixels), "p")->pixels == std::vector<uint8_t>{1, 200}); // as Pillow has it
}

TEST_CASE("png: bits, palettes and alpha", "[png]") {
  auto read = [](char depth, char colour, const std::string &before, const std::string &row) {
    return parsePng(bytesOf(start(2, 1, depth, colour) + before + data('\0' + row) + chunk("IEND", "")), "p").take();
  };
  REQUIRE(read(1, 0, "", "\x40").pixels == std::vector<uint8_t>{0, 255});
  REQUIRE(read(2, 0, "", "\x60").pixels == std::vector<uint8_t>{85, 170});
  REQUIRE(read(4, 0, "", "\x3f").pixels == std::vector<uint8_t>{51, 255});
  const std::string palette = chunk("PLTE", "abcdef");
  REQUIRE(read(1, 3, palette, "\x40").pixels == std::vector<uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
  Picture glass = read(8, 3, palette + chunk("tRNS", "\x07"), std::string("\1\0", 2));
  REQUIRE(glass.channels == 4);
  REQUIRE(glass.pixels == std::vector<uint8_t>{'d', 'e', 'f', 255, 'a', 'b', 'c', 7});
  Picture key = read(8, 0, chunk("tRNS", std::string("\0x", 2)), "xy");
  REQUIRE(key.channels == 2);
  REQUIRE(key.pixels == std::vector<uint8_t>{'x', 0, 'y', 255});
  REQUIRE(read(8, 4, "", "abcd").channels == 2);
  REQUIRE(read(8, 6, "", "abcdefgh").channels == 4);
  Picture wide = read(16, 0, "", std::string("\x12\x34\xff\x00", 4));
  REQUIRE(wide.wide);
  REQUIRE(wide.sample(0) == 0x1234);
  REQUIRE(wide.sample(1) == 0xff00);
  REQUIRE(read(16, 2, "", "aabbccddeeff").sample(5) == 'f' * 257);
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
