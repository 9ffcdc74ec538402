// Pictures and tensors by their first bytes, and folders of pictures.
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/TensorFile.h"
#include "runtime/formats/pictures/Picture.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;
using namespace vae::test;

namespace {

std::vector<uint8_t> valuesOf(const HostTensor &tensor) {
  return {tensor.as<uint8_t>().begin(), tensor.as<uint8_t>().end()};
}

} // namespace

TEST_CASE("a picture is told by its bytes, whatever its name", "[picture]") {
  ScratchFolder folder;
  Picture written{2, 1, 3, {1, 2, 3, 4, 5, 6}};
  REQUIRE(writePng(folder.path("picture.jpg"), written).ok());
  Picture read = readPicture(folder.path("picture.jpg")).take();
  REQUIRE(read.width == 2);
  REQUIRE(read.height == 1);
  REQUIRE(read.channels == 3);
  REQUIRE(read.pixels == written.pixels);
  spill(folder.path("text.png"), "GIF89a");
  REQUIRE_ERROR(readPicture(folder.path("text.png")), "text.png: not a picture; .png or .jpg or .jpeg wanted");
  REQUIRE_ERROR(parsePicture({}, "empty"), "empty: not a picture");
  REQUIRE_ERROR(readPicture(folder.path("none.png")), "none.png");
  REQUIRE(!isPicture(bytesOf("\x93NUMPY")));
}

TEST_CASE("a tensor file is told by its bytes, whatever its name", "[picture]") {
  ScratchFolder folder;
  HostTensor tensor = HostTensor::create(ElementType::u8, {2, 2}).take();
  for (size_t i = 0; i < 4; ++i)
    tensor.as<uint8_t>()[i] = static_cast<uint8_t>(10 * i);
  REQUIRE(writeNpy(folder.path("a"), tensor).ok());
  REQUIRE(writeIdx(folder.path("b"), tensor).ok());
  REQUIRE(writeIdx(folder.path("c.gz"), tensor).ok());
  for (const char *name : {"a", "b", "c.gz"}) {
    HostTensor read = readTensor(folder.path(name)).take();
    REQUIRE(read.shape() == std::vector<int64_t>{2, 2});
    REQUIRE(valuesOf(read) == std::vector<uint8_t>{0, 10, 20, 30});
  }
  REQUIRE(writePng(folder.path("d"), {1, 2, 3, {1, 2, 3, 4, 5, 6}}).ok());
  HostTensor planes = readTensor(folder.path("d")).take();
  REQUIRE(planes.shape() == std::vector<int64_t>{1, 3, 2, 1});
  REQUIRE(valuesOf(planes) == std::vector<uint8_t>{1, 4, 2, 5, 3, 6});
  spill(folder.path("e.npy"), "x");
  REQUIRE_ERROR(readTensor(folder.path("e.npy")), "e.npy: neither npy, npz, idx, gzipped idx nor a picture");
}

TEST_CASE("a folder's pictures come in the order of their names", "[picture]") {
  ScratchFolder folder;
  REQUIRE_ERROR(readTensor(folder.path("")), "a folder without .png or .jpg or .jpeg files");
  for (uint8_t i : {3, 1, 2})
    REQUIRE(writePng(folder.path(std::to_string(i) + ".png"), {1, 1, 1, {i}}).ok());
  spill(folder.path("notes.txt"), "not a picture");
  HostTensor batch = readTensor(folder.path("")).take();
  REQUIRE(batch.shape() == std::vector<int64_t>{3, 1, 1, 1});
  REQUIRE(valuesOf(batch) == std::vector<uint8_t>{1, 2, 3});
  REQUIRE(writePng(folder.path("4.png"), {1, 1, 3, {7, 8, 9}}).ok());
  REQUIRE_ERROR(readTensor(folder.path("")), "4.png: a picture that is RGB where grey is wanted");
}
