// JPEG: what Pillow wrote and read, and damage.
#include "runtime/formats/pictures/Jpeg.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;
using namespace vae::test;

namespace {

// Image.fromarray(a).save(file, "JPEG", quality=90 or 80, optimize=True), with y, x = numpy.mgrid[0:5, 0:7]: grey is
// x * 30 + y * 9, colours are (x * 30, y * 50, 255 - x * 20).
constexpr std::string_view greyFile = "ffd8ffe000104a46494600010100000100010000ffdb004300030202030202030303030403030405"
                                      "0805050404050a070706080c0a0c0c0b0a0b0b0d"
                                      "0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc0000b08000500070101"
                                      "1100ffc400140001000000000000000000000000"
                                      "00000003ffc4001e10000004070000000000000000000000000001030406081521414362ffda0008"
                                      "010100003f002902839952d0b693c723ffd9";
constexpr std::string_view colourFile = "ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304"
                                        "050805050404050a070706080c0a0c0c0b0a0b0b0d"
                                        "0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffdb0043010304040504"
                                        "0509050509140d0b0d141414141414141414141414"
                                        "1414141414141414141414141414141414141414141414141414141414141414141414141414ff"
                                        "c00011080005000703012200021101031101ffc400"
                                        "1500010100000000000000000000000000000004ffc4001d100001020700000000000000000000"
                                        "0000000106020813224153d1ffc400150101010000"
                                        "0000000000000000000000000206ffc4001c110000070101000000000000000000000000020305"
                                        "0615912324ffda000c03010002110311003f00b18d"
                                        "2bed3a50d98d69d000e60f6e572b773689b84c8dde911f49b47fffd9";
constexpr std::string_view progressiveFile = "ffd8ffe000104a46494600010100000100010000ffdb00430006040506050406060506070"
                                             "706080a100a0a09090a140e0f0c1017141818171416161a"
                                             "1d251f1a1b231c1616202c20232627292a29191f2d302d283025282928ffdb00430107070"
                                             "70a080a130a0a13281a161a282828282828282828282828"
                                             "2828282828282828282828282828282828282828282828282828282828282828282828282"
                                             "828ffc20011080005000703012200021101031101ffc400"
                                             "1500010100000000000000000000000000000002ffc400150101010000000000000000000"
                                             "0000000000004ffda000c03010002100310000001b09fff"
                                             "c400161001010100000000000000000000000000030005ffda00080101000105020cf2bff"
                                             "fc400191100010500000000000000000000000000040001"
                                             "031322ffda0008010301013f0100a9686d2fffc4001911000105000000000000000000000"
                                             "00000040001031321ffda0008010201013f0138892e7d5f"
                                             "ffc40014100100000000000000000000000000000000ffda0008010100063f027fffc4001"
                                             "71000030100000000000000000000000000001131a1ffda"
                                             "0008010100013f214661ffda000c030100020003000000100bffc40015110101000000000"
                                             "00000000000000000000031ffda0008010301013f10b53f"
                                             "ffc4001511010100000000000000000000000000000031ffda0008010201013f10a5bfffc"
                                             "400161000030000000000000000000000000000001161ff"
                                             "da0008010100013f104103ffd9";
// The same as four inks.
constexpr std::string_view inksFile = "ffd8ffee000e41646f626500640000000000ffdb004300080606070605080707070909080a0c140d"
                                      "0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e"
                                      "2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc00014080005000704431100"
                                      "4d11005911004b1100ffc4001700000301000000"
                                      "0000000000000000000001040506ffc4002410000003050900000000000000000000000002720103"
                                      "05060714173334515261a2c1ffda000e0443004d"
                                      "0059004b00003f00b55533075fa14bdb98377768c148f84548355220fad075ebc8ffd9";
// numpy.array(Image.open(file)) of each.
const std::vector<uint8_t> greyPixels = {0,   31,  59,  92,  120, 151, 181, 8,   39,  67,  100, 128,
                                         159, 189, 18,  49,  77,  109, 138, 168, 199, 27,  58,  86,
                                         119, 147, 178, 208, 35,  66,  94,  126, 155, 185, 216};
const std::vector<uint8_t> colourPixels = {
    2,  4,   227, 18, 7,   221, 46, 10,  208, 75, 11,  186, 108, 9,   164, 135, 10,  146, 156, 10,  134,
    16, 44,  241, 32, 47,  234, 59, 50,  219, 88, 50,  198, 121, 49,  175, 148, 51,  158, 169, 51,  145,
    14, 97,  237, 31, 101, 231, 59, 102, 214, 88, 103, 194, 120, 103, 171, 148, 104, 155, 169, 105, 142,
    16, 143, 238, 33, 147, 233, 60, 149, 215, 89, 150, 195, 123, 149, 172, 150, 151, 155, 170, 151, 144,
    26, 188, 250, 43, 193, 244, 70, 195, 227, 99, 195, 207, 133, 195, 184, 160, 197, 166, 181, 196, 155};
const std::vector<uint8_t> progressivePixels = {
    0,  8,   224, 12, 13,  219, 41, 14,  203, 69, 13,  182, 101, 11,  158, 130, 13,  143, 152, 15,  131,
    12, 46,  239, 29, 51,  233, 55, 52,  217, 84, 50,  196, 116, 50,  173, 145, 52,  158, 167, 52,  145,
    16, 97,  241, 33, 101, 236, 60, 102, 220, 88, 100, 198, 121, 100, 175, 150, 102, 160, 171, 102, 147,
    20, 143, 246, 38, 149, 241, 66, 149, 225, 93, 148, 202, 127, 147, 180, 156, 150, 164, 176, 150, 153,
    22, 186, 249, 40, 190, 243, 69, 191, 228, 97, 190, 207, 129, 188, 182, 159, 191, 167, 180, 192, 156};

std::string fromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

Result<Picture> parse(const std::string &bytes) { return parsePicture(bytesOf(bytes), "p.jpg"); }

} // namespace

TEST_CASE("jpeg: grey, colours and progressive files are read as Pillow reads them", "[jpeg]") {
  for (auto [file, channels, pixels] : {std::tuple(greyFile, 1, &greyPixels),
                                        {colourFile, 3, &colourPixels},
                                        {progressiveFile, 3, &progressivePixels}}) {
    Picture picture = parse(fromHex(file)).take();
    REQUIRE(picture.width == 7);
    REQUIRE(picture.height == 5);
    REQUIRE(picture.channels == channels);
    REQUIRE(picture.pixels == *pixels);
  }
}

TEST_CASE("jpeg: files cut short are errors, others read no further than they are", "[jpeg]") {
  for (std::string_view file : {greyFile, colourFile, progressiveFile}) {
    std::string whole = fromHex(file);
    for (size_t length = 0; length < whole.size(); ++length) {
      INFO("cut to " << length);
      REQUIRE(!parse(whole.substr(0, length)).ok());
    }
    for (size_t place = 3; place < whole.size(); ++place) {
      std::string flipped = whole;
      flipped[place] ^= 0x10;
      Result<Picture> picture = parse(flipped);
      if (picture.ok())
        REQUIRE(picture->pixels.size() == picture->sampleCount());
    }
  }
  REQUIRE_ERROR(parse("\xff\xd8\xff"), "p.jpg: not a readable jpeg file");
}

TEST_CASE("jpeg: a header's promise costs nothing, and inks are refused", "[jpeg]") {
  std::string whole = fromHex(greyFile);
  size_t header = whole.find("\xff\xc0"); // then length, depth, height, width
  REQUIRE(header != std::string::npos);
  whole.replace(header + 5, 4, "\x7f\xdc\x7f\xdc");
  REQUIRE_ERROR(parse(whole), "a picture of 32732 x 32732 in a jpeg file of");
  REQUIRE_ERROR(parse(fromHex(inksFile)), "a jpeg file of 4 inks; `convert a.jpg -colorspace sRGB b.png`");
}
