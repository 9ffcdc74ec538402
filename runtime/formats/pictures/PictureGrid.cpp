// Tensors to pixels, channels first to channels last, with a two-pixel gap between neighbours.
#include "runtime/formats/pictures/PictureGrid.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/pictures/Png.h"

#include <algorithm>
#include <cmath>

namespace vae::runtime {
namespace {

constexpr int64_t gap = 2;
// What a picture may have at most in either direction.
constexpr int64_t maxSide = 1 << 15;

/// Element `index` as a pixel value, or nothing where it is not finite.
std::optional<uint8_t> pixel(const HostTensor &batch, size_t index, float low, float high) {
  if (batch.element() == ElementType::u8)
    return batch.as<uint8_t>()[index];
  float value = (batch.as<float>()[index] - low) / (high - low);
  if (!std::isfinite(value))
    return std::nullopt;
  return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0f, 1.0f) * 255.0f));
}

/// Draws picture `n` of the batch with its upper left corner at (top, left).
Status drawCell(Picture &grid, const HostTensor &batch, const PictureShape &shape, int64_t n, int64_t top, int64_t left,
                float low, float high) {
  for (int64_t c = 0; c < shape.channels; ++c)
    for (int64_t y = 0; y < shape.height; ++y)
      for (int64_t x = 0; x < shape.width; ++x) {
        int64_t index = ((n * shape.channels + c) * shape.height + y) * shape.width + x;
        std::optional<uint8_t> value = pixel(batch, static_cast<size_t>(index), low, high);
        if (!value)
          return fail(StatusCode::nonFinite, "picture ", n, " holds NaN or infinity at element ", index);
        grid.pixels[static_cast<size_t>(((top + y) * grid.width + left + x) * grid.channels + c)] = *value;
      }
  return {};
}

} // namespace

Result<PictureShape> pictureShape(const HostTensor &batch) {
  const std::vector<int64_t> &shape = batch.shape();
  PictureShape result;
  result.count = shape.empty() ? 0 : shape[0];
  if (shape.size() == 2) {
    result.height = result.width = std::llround(std::sqrt(static_cast<double>(shape[1])));
  } else if (shape.size() == 3 || shape.size() == 4) {
    result.channels = shape.size() == 4 ? shape[1] : 1;
    result.height = shape[shape.size() - 2];
    result.width = shape[shape.size() - 1];
  }
  bool sides = result.height > 0 && result.height <= maxSide && result.width > 0 && result.width <= maxSide;
  bool square = shape.size() != 2 || result.width * result.height == shape[1];
  bool element = batch.element() == ElementType::f32 || batch.element() == ElementType::u8;
  if (!sides || !square || !element || (result.channels != 1 && result.channels != 3))
    return fail(
        StatusCode::invalidArgument, elementName(batch.element()), shapeText(shape),
        " is not a batch of pictures; [N, P] with P a square, [N, H, W] or [N, 1 or 3, H, W] of f32 or u8 wanted");
  return result;
}

Result<Picture> pictureGrid(const HostTensor &batch, int64_t rows, int64_t columns, float low, float high) {
  VAE_ASSIGN_OR_RETURN(PictureShape shape, pictureShape(batch));
  bool sides = rows > 0 && columns > 0 && rows <= maxSide && columns <= maxSide;
  if (!sides || rows * (shape.height + gap) > 2 * maxSide || columns * (shape.width + gap) > 2 * maxSide)
    return fail(StatusCode::invalidArgument, "a grid of ", rows, " x ", columns, " pictures of ", shape.height, " x ",
                shape.width, " is out of range");
  Picture grid;
  grid.height = rows * (shape.height + gap) - gap;
  grid.width = columns * (shape.width + gap) - gap;
  grid.channels = shape.channels;
  grid.pixels.resize(static_cast<size_t>(grid.height * grid.width * grid.channels));
  for (int64_t n = 0; n < std::min(shape.count, rows * columns); ++n)
    VAE_RETURN_IF_ERROR(drawCell(grid, batch, shape, n, n / columns * (shape.height + gap),
                                 n % columns * (shape.width + gap), low, high));
  return grid;
}

std::pair<int64_t, int64_t> gridFor(int64_t count) {
  int64_t columns = std::max<int64_t>(1, std::llround(std::ceil(std::sqrt(static_cast<double>(count)))));
  return {std::max<int64_t>(1, (count + columns - 1) / columns), columns};
}

Result<std::vector<std::byte>> encodePictures(const HostTensor &batch, float low, float high) {
  VAE_ASSIGN_OR_RETURN(PictureShape shape, pictureShape(batch));
  auto [rows, columns] = gridFor(shape.count);
  VAE_ASSIGN_OR_RETURN(Picture picture, pictureGrid(batch, rows, columns, low, high));
  return encodePng(picture);
}

Result<Picture> stackPictures(std::span<const Picture> pictures) {
  Picture stack;
  for (const Picture &picture : pictures) {
    if (stack.height > 0 && (picture.width != stack.width || picture.channels != stack.channels))
      return fail(StatusCode::invalidArgument, "cannot stack pictures of ", stack.width, " and ", picture.width,
                  " pixels with ", stack.channels, " and ", picture.channels, " channels");
    stack.width = picture.width;
    stack.channels = picture.channels;
    if (stack.height > 0)
      stack.pixels.resize(stack.pixels.size() + static_cast<size_t>(gap * stack.width * stack.channels));
    stack.height += picture.height + (stack.height > 0 ? gap : 0);
    stack.pixels.insert(stack.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  }
  return stack;
}

} // namespace vae::runtime
