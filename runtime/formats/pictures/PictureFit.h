// Making pictures fit an input: channels, crop, size.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_PICTUREFIT_H
#define VAE_RUNTIME_FORMATS_PICTURES_PICTUREFIT_H

#include "runtime/formats/pictures/Picture.h"

namespace vae::runtime {

/// What pictures are to become.
struct PictureFit {
  int64_t channels = 0;          ///< 1 to 4; 0: as they are
  int64_t elements = 0;          ///< where channels is 0: as many as give so many samples, if any number does
  int64_t width = 0, height = 0; ///< 0: as they are
  bool crop = false;             ///< cuts what would be squeezed, equally on both sides, before a change of size

  bool resizes() const { return width > 0; }
};

/// The picture resampled linearly, over all pixels that a new one covers where it gets smaller: across, then down. The
/// bytes of Pillow's `resize` (with a crop, `ImageOps.fit`) and BILINEAR for 8 bits; some versions of Pillow go down first
/// where a picture gets lower but not narrower, and round differently by one.
Picture resized(Picture picture, int64_t width, int64_t height, bool crop);

/// All that `fit` asks for; errors as withChannels.
Result<Picture> fitted(Picture picture, const PictureFit &fit);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_PICTUREFIT_H
