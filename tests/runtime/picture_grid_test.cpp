// Grids and stacks of pictures.
#include "runtime/formats/pictures/PictureGrid.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cmath>

using namespace vae::runtime;

namespace {

HostTensor floats(std::vector<int64_t> shape, std::vector<float> values) {
  HostTensor tensor = HostTensor::create(ElementType::f32, std::move(shape)).take();
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  return tensor;
}

} // namespace

TEST_CASE("pictures lie in rows with a gap, missing ones are black", "[grid]") {
  HostTensor batch = floats({3, 1}, {0.0f, 0.5f, 1.0f});
  Picture grid = pictureGrid(batch, 2, 2).take();
  REQUIRE(grid.width == 4);
  REQUIRE(grid.height == 4);
  REQUIRE(grid.pixels == std::vector<uint8_t>{0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0});
}

TEST_CASE("values are scaled from the range and cut at its ends", "[grid]") {
  Picture grid = pictureGrid(floats({1, 2, 2}, {-1.0f, 1.0f, -3.0f, 9.0f}), 1, 1, -1, 1).take();
  REQUIRE(grid.pixels == std::vector<uint8_t>{0, 255, 0, 255});
}

TEST_CASE("channels come first in tensors and last in pictures, and back", "[grid]") {
  HostTensor batch = floats({1, 3, 1, 2}, {0, 1, 0.2f, 0.4f, 0.6f, 0.8f});
  Picture picture = pictureGrid(batch, 1, 1).take();
  REQUIRE(picture.pixels == std::vector<uint8_t>{0, 51, 153, 255, 102, 204});
  std::vector<uint8_t> planes(6);
  writePlanes(picture, std::as_writable_bytes(std::span(planes)));
  REQUIRE(planes == std::vector<uint8_t>{0, 255, 51, 102, 153, 204});
}

TEST_CASE("what is not a picture is refused", "[grid]") {
  REQUIRE_ERROR(pictureShape(floats({2, 5}, {})), "f32[2, 5] is not a batch of pictures");
  REQUIRE_ERROR(pictureShape(floats({4}, {})), "not a batch of pictures");
  REQUIRE_ERROR(pictureShape(floats({1, 2, 3, 3}, {})), "not a batch of pictures");
  REQUIRE_ERROR(pictureShape(*HostTensor::create(ElementType::i32, {1, 4})), "not a batch of pictures");
  REQUIRE_ERROR(pictureGrid(floats({2, 1}, {1, NAN}), 1, 2), "picture 1 holds NaN or infinity");
  REQUIRE_ERROR(pictureGrid(floats({1, 1}, {1}), 0, 2), "a grid of 0 x 2");
  REQUIRE_ERROR(pictureGrid(floats({1, 1}, {1}), 1 << 20, 1 << 20), "out of range");
}

TEST_CASE("stacks need one width", "[grid]") {
  Picture thin{1, 1, 1, {7}}, wide{2, 1, 1, {8, 9}};
  REQUIRE_ERROR(stackPictures(std::vector<Picture>{thin, wide}), "cannot stack pictures of 1 and 2");
  Picture stack = stackPictures(std::vector<Picture>{thin, thin}).take();
  REQUIRE(stack.height == 4);
  REQUIRE(stack.pixels == std::vector<uint8_t>{7, 0, 0, 7});
}

TEST_CASE("grids are as square as may be", "[grid]") {
  REQUIRE(gridFor(1) == std::pair<int64_t, int64_t>(1, 1));
  REQUIRE(gridFor(5) == std::pair<int64_t, int64_t>(2, 3));
  REQUIRE(gridFor(256) == std::pair<int64_t, int64_t>(16, 16));
}
