// Pictures, and reading them from files of any format that is known.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_PICTURE_H
#define VAE_RUNTIME_FORMATS_PICTURES_PICTURE_H

#include "runtime/base/Tensor.h"

#include <optional>

namespace vae::runtime {

/// Rows from the top, pixels from the left, channels last.
struct Picture {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 1; ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
  std::vector<uint8_t> pixels;
  bool wide = false; ///< samples of 16 bits, two bytes each in the order of this machine, instead of 8

  /// A sample: its index counts through channels, pixels and rows.
  uint16_t sample(size_t index) const {
    return wide ? static_cast<uint16_t>(pixels[2 * index] | pixels[2 * index + 1] << 8) : pixels[index];
  }
  void setSample(size_t index, uint16_t value);
  size_t sampleCount() const { return static_cast<size_t>(width * height * channels); }
  /// A black picture of another size or other channels, with as many bits.
  Picture like(int64_t width, int64_t height, int64_t channels) const;
  /// "28 x 28, grey"
  std::string text() const;
};

/// Larger pictures are taken for damaged or hostile files.
constexpr uint64_t maxPictureBytes = uint64_t{1} << 31;

/// Whether these are the first bytes of a picture of a known format (PNG, JPEG).
bool isPicture(std::span<const std::byte> bytes);
/// Whether a file's name ends as those of pictures do, in either case.
bool hasPictureEnding(std::string_view name);
/// ".png or .jpg"
std::string pictureEndings();

/// Reads a picture whose format its first bytes tell; `path` is for messages. invalidFile where no format has them.
Result<Picture> parsePicture(std::span<const std::byte> bytes, const std::string &path);
/// The same from a file.
Result<Picture> readPicture(const std::string &path);

/// One picture as planes: channels, then rows, then pixels, of u8 or u16, into `out` of as many bytes.
void writePlanes(const Picture &picture, std::span<std::byte> out);

/// The picture with another number of channels, without a change of what is seen: grey becomes RGB, alpha that hides
/// nothing is added or taken off, RGB that is grey throughout becomes grey. invalidFile where a picture would change;
/// the message says how to make one that fits.
Result<Picture> withChannels(Picture picture, int64_t channels);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_PICTURE_H
