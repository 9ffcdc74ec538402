// Batches of pictures as one picture: grids of samples, strips of inputs above outputs.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_PICTUREGRID_H
#define VAE_RUNTIME_FORMATS_PICTURES_PICTUREGRID_H

#include "runtime/formats/pictures/Picture.h"

namespace vae::runtime {

/// How the elements of a batch are pixels.
struct PictureShape {
  int64_t count = 0;
  int64_t channels = 1;
  int64_t height = 0;
  int64_t width = 0;
};

/// [N, P] with P a square: grey squares; [N, H, W]: grey; [N, 1 or 3, H, W]: grey or RGB. Anything else is
/// invalidArgument.
Result<PictureShape> pictureShape(const HostTensor &batch);

/// Lays the first rows * columns pictures of `batch` (f32 with `low` as black and `high` as white, or u8 as it is) out
/// in rows; cells without a picture stay black. invalidArgument where a value is NaN or infinite: that is no picture.
Result<Picture> pictureGrid(const HostTensor &batch, int64_t rows, int64_t columns, float low = 0, float high = 1);

/// The rows and columns that show `count` pictures: as square as may be.
std::pair<int64_t, int64_t> gridFor(int64_t count);

/// A batch as such a grid, as square as may be: the bytes of a PNG file.
Result<std::vector<std::byte>> encodePictures(const HostTensor &batch, float low = 0, float high = 1);

/// Stacks pictures of equal width and channels, the first on top.
Result<Picture> stackPictures(std::span<const Picture> pictures);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_PICTUREGRID_H
