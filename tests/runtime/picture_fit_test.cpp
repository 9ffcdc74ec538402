// Pictures made to fit: channels, and sizes as Pillow gives them.
#include "runtime/formats/pictures/PictureFit.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;
using namespace vae::test;

namespace {

struct Resized {
  Picture from;
  int64_t width, height;
  bool crop;
  std::vector<uint8_t> pixels;
};

// Random pictures of numpy; then Image.resize((width, height), BILINEAR), or with a crop ImageOps.fit of the same.
const Resized cases[] = {
    {{7, 5, 1, {207, 21, 45,  60,  46,  205, 222, 149, 10,  24,  85, 110, 159, 122, 67,  40, 177, 188,
                8,   29, 115, 100, 227, 132, 107, 110, 170, 150, 44, 188, 193, 244, 201, 72, 81}},
     3,
     2,
     false,
     {81, 84, 131, 131, 149, 113}},
    {{7, 5, 1, {207, 21, 45,  60,  46,  205, 222, 149, 10,  24,  85, 110, 159, 122, 67,  40, 177, 188,
                8,   29, 115, 100, 227, 132, 107, 110, 170, 150, 44, 188, 193, 244, 201, 72, 81}},
     9,
     8,
     false,
     {207, 83,  32,  48,  60,  49,  134, 211, 222, 182, 71,  25,  44,  71,  73,  135, 183, 178,
      144, 56,  21,  47,  91,  101, 130, 141, 122, 93,  51,  74,  135, 156, 66,  57,  86,  117,
      77,  92,  127, 162, 163, 67,  58,  91,  126, 98,  177, 180, 129, 112, 105, 135, 156, 148,
      69,  160, 188, 170, 184, 166, 135, 114, 111, 44,  140, 190, 204, 244, 211, 129, 75,  81}},
    {{7, 5, 1, {207, 21, 45,  60,  46,  205, 222, 149, 10,  24,  85, 110, 159, 122, 67,  40, 177, 188,
                8,   29, 115, 100, 227, 132, 107, 110, 170, 150, 44, 188, 193, 244, 201, 72, 81}},
     4,
     4,
     true,
     {37, 51, 64, 164, 45, 104, 93, 97, 145, 147, 98, 103, 182, 191, 192, 115}},
    {{6, 4, 3, {166, 166, 178, 222, 74,  240, 0,   19,  249, 241, 76,  35,  80,  11,  228, 169, 149, 62,
                120, 48,  197, 121, 7,   65,  180, 133, 95,  64,  23,  155, 169, 133, 238, 237, 53,  155,
                161, 63,  76,  124, 189, 74,  184, 167, 55,  99,  212, 215, 168, 1,   174, 57,  209, 233,
                109, 244, 194, 83,  224, 98,  26,  151, 217, 168, 100, 230, 122, 98,  37,  54,  178, 204}},
     2,
     3,
     true,
     {103, 54, 187, 153, 56, 126, 157, 133, 84, 115, 107, 181, 86, 169, 153, 138, 118, 180}},
    {{6, 4, 3, {166, 166, 178, 222, 74,  240, 0,   19,  249, 241, 76,  35,  80,  11,  228, 169, 149, 62,
                120, 48,  197, 121, 7,   65,  180, 133, 95,  64,  23,  155, 169, 133, 238, 237, 53,  155,
                161, 63,  76,  124, 189, 74,  184, 167, 55,  99,  212, 215, 168, 1,   174, 57,  209, 233,
                109, 244, 194, 83,  224, 98,  26,  151, 217, 168, 100, 230, 122, 98,  37,  54,  178, 204}},
     6,
     2,
     false,
     {146, 101, 172, 165, 62,  141, 103, 89,  155, 145, 73,  112, 131, 62, 225, 182, 116, 126,
      133, 138, 144, 106, 178, 83,  116, 155, 130, 124, 137, 213, 148, 61, 124, 81,  173, 209}},
    {{5, 4, 4, {74,  160, 223, 37,  70,  134, 143, 101, 102, 33,  156, 238, 50,  204, 46,  11,  191, 46,  192, 84,
                145, 240, 235, 121, 52,  64,  217, 150, 43,  226, 246, 248, 159, 249, 155, 128, 248, 154, 201, 86,
                202, 249, 13,  137, 94,  13,  21,  68,  49,  183, 54,  160, 219, 126, 32,  17,  75,  105, 126, 78,
                217, 145, 247, 239, 181, 7,   54,  191, 139, 241, 180, 209, 13,  75,  174, 162, 94,  40,  150, 22}},
     3,
     3,
     false,
     {84,  147, 198, 85,  84,  103, 178, 170, 187, 123, 176, 68,  133, 170, 133, 120, 61,  185,
      165, 154, 166, 173, 156, 78,  198, 108, 147, 185, 111, 158, 132, 169, 41,  76,  157, 73}},
    {{7, 5, 1, {207, 21, 45,  60,  46,  205, 222, 149, 10,  24,  85, 110, 159, 122, 67,  40, 177, 188,
                8,   29, 115, 100, 227, 132, 107, 110, 170, 150, 44, 188, 193, 244, 201, 72, 81}},
     7,
     3,
     true,
     {149, 10, 24, 85, 110, 159, 122, 67, 40, 177, 188, 8, 29, 115, 100, 227, 132, 107, 110, 170, 150}},
};

} // namespace

TEST_CASE("pictures are resized to the bytes that Pillow makes", "[picture]") {
  for (const Resized &one : cases) {
    Picture made = resized(one.from, one.width, one.height, one.crop);
    REQUIRE(made.width == one.width);
    REQUIRE(made.height == one.height);
    REQUIRE(made.channels == one.from.channels);
    REQUIRE(made.pixels == one.pixels);
  }
}

TEST_CASE("samples of 16 bits keep them when resized", "[picture]") {
  Picture wide{2, 1, 1, {0x34, 0x12, 0x34, 0x12}, true};
  Picture made = resized(wide, 1, 3, false);
  REQUIRE(made.pixels == std::vector<uint8_t>{0x34, 0x12, 0x34, 0x12, 0x34, 0x12});
}

TEST_CASE("channels change only where nothing is lost", "[picture]") {
  Picture grey{2, 1, 1, {3, 9}}, rgb{1, 1, 3, {1, 2, 3}}, neutral{1, 1, 3, {7, 7, 7}};
  Picture opaque{1, 1, 4, {1, 2, 3, 255}}, glass{1, 1, 4, {1, 2, 3, 254}}, wide{1, 1, 2, {5, 1, 0xff, 0xff}, true};
  REQUIRE(withChannels(grey, 3)->pixels == std::vector<uint8_t>{3, 3, 3, 9, 9, 9});
  REQUIRE(withChannels(grey, 2)->pixels == std::vector<uint8_t>{3, 255, 9, 255});
  REQUIRE(withChannels(grey, 4)->pixels == std::vector<uint8_t>{3, 3, 3, 255, 9, 9, 9, 255});
  REQUIRE(withChannels(neutral, 1)->pixels == std::vector<uint8_t>{7});
  REQUIRE(withChannels(opaque, 3)->pixels == rgb.pixels);
  REQUIRE(withChannels(glass, 4)->pixels == glass.pixels);
  REQUIRE(withChannels(wide, 3)->pixels == std::vector<uint8_t>{5, 1, 5, 1, 5, 1});
  REQUIRE_ERROR(withChannels(rgb, 1), "a picture that is RGB where grey is wanted; it has colours; `convert");
  REQUIRE_ERROR(withChannels(glass, 3), "parts of it are transparent; `convert a.png -background white -alpha remove");
  REQUIRE_ERROR(withChannels(opaque, 1), "has colours");
}

TEST_CASE("a flat input takes as many channels as it has numbers for", "[picture]") {
  PictureFit fit;
  fit.elements = 6;
  REQUIRE(fitted({2, 1, 1, {3, 9}}, fit)->channels == 3);
  fit.elements = 7;
  REQUIRE(fitted({2, 1, 1, {3, 9}}, fit)->channels == 1);
}
