// The formats of pictures, and their channels.
#include "runtime/formats/pictures/Picture.h"
#include "runtime/base/File.h"
#include "runtime/formats/pictures/Jpeg.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/formats/stored/ByteRange.h"

#include <algorithm>
#include <cstring>

namespace vae::runtime {
namespace {

struct PictureFormat {
  std::string_view start;  ///< of its files, by which a picture is told
  std::string_view ending; ///< of their names, by which a folder's pictures are
  Result<Picture> (*parse)(std::span<const std::byte> bytes, const std::string &path);
};

constexpr PictureFormat pictureFormats[] = {
    {"\x89PNG", ".png", parsePng}, {"\xff\xd8\xff", ".jpg", parseJpeg}, {"\xff\xd8\xff", ".jpeg", parseJpeg}};

/// Null where no format starts so.
const PictureFormat *findFormat(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  auto found = std::find_if(std::begin(pictureFormats), std::end(pictureFormats),
                            [&](const PictureFormat &format) { return text.starts_with(format.start); });
  return found == std::end(pictureFormats) ? nullptr : found;
}

bool hasAlpha(int64_t channels) { return channels == 2 || channels == 4; }
constexpr const char *channelNames[] = {"", "grey", "grey with alpha", "RGB", "RGB with alpha"};

/// Whether all samples of the last channel are as large as can be.
bool isOpaque(const Picture &picture) {
  const uint16_t full = picture.wide ? 0xffff : 0xff;
  const size_t channels = static_cast<size_t>(picture.channels);
  for (size_t i = channels - 1; i < picture.sampleCount(); i += channels)
    if (picture.sample(i) != full)
      return false;
  return true;
}

bool isGrey(const Picture &picture) {
  for (size_t i = 0; i < picture.sampleCount(); i += static_cast<size_t>(picture.channels))
    if (picture.sample(i) != picture.sample(i + 1) || picture.sample(i) != picture.sample(i + 2))
      return false;
  return true;
}

} // namespace

void Picture::setSample(size_t index, uint16_t value) {
  if (!wide) {
    pixels[index] = static_cast<uint8_t>(value);
    return;
  }
  pixels[2 * index] = static_cast<uint8_t>(value);
  pixels[2 * index + 1] = static_cast<uint8_t>(value >> 8);
}

Picture Picture::like(int64_t newWidth, int64_t newHeight, int64_t newChannels) const {
  Picture made{newWidth, newHeight, newChannels, {}, wide};
  made.pixels.resize(made.sampleCount() * (wide ? 2 : 1));
  return made;
}

std::string Picture::text() const {
  return concat(width, " x ", height, ", ", channelNames[channels], wide ? " of 16 bits" : "");
}

bool isPicture(std::span<const std::byte> bytes) { return findFormat(bytes) != nullptr; }

bool hasPictureEnding(std::string_view name) {
  return std::any_of(std::begin(pictureFormats), std::end(pictureFormats), [&](const PictureFormat &format) {
    return name.size() > format.ending.size() &&
           std::equal(format.ending.rbegin(), format.ending.rend(), name.rbegin(), [](char small, char letter) {
             return small == (letter >= 'A' && letter <= 'Z' ? letter | 32 : letter);
           });
  });
}

std::string pictureEndings() {
  std::string text;
  for (const PictureFormat &format : pictureFormats)
    text += concat(text.empty() ? "" : " or ", format.ending);
  return text;
}

Result<Picture> parsePicture(std::span<const std::byte> bytes, const std::string &path) {
  if (const PictureFormat *format = findFormat(bytes))
    return format->parse(bytes, path);
  return invalidFile(path, ": not a picture; ", pictureEndings(), " wanted");
}

Result<Picture> readPicture(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(ByteRange file, ByteRange::open(path));
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, file.load());
  return parsePicture(bytes.bytes(), path);
}

void writePlanes(const Picture &picture, std::span<std::byte> out) {
  const size_t width = picture.wide ? 2 : 1;
  const size_t channels = static_cast<size_t>(picture.channels), area = picture.sampleCount() / channels;
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < area; ++i)
      std::memcpy(out.data() + (c * area + i) * width, picture.pixels.data() + (i * channels + c) * width, width);
}

Result<Picture> withChannels(Picture picture, int64_t channels) {
  if (picture.channels == channels)
    return picture;
  const std::string has =
      concat("a picture that is ", channelNames[picture.channels], " where ", channelNames[channels], " is wanted; ");
  if (hasAlpha(picture.channels) && !hasAlpha(channels) && !isOpaque(picture))
    return invalidFile(has, "parts of it are transparent; `convert a.png -background white -alpha remove b.png` lays "
                            "it on white");
  if (picture.channels > 2 && channels < 3 && !isGrey(picture))
    return invalidFile(has, "it has colours; `convert a.png -colorspace gray b.png` takes them off");
  Picture made = picture.like(picture.width, picture.height, channels);
  const uint16_t full = picture.wide ? 0xffff : 0xff;
  const size_t from = static_cast<size_t>(picture.channels), to = static_cast<size_t>(channels);
  const size_t area = picture.sampleCount() / from;
  for (size_t i = 0; i < area; ++i)
    for (size_t c = 0; c < to; ++c) {
      bool alpha = hasAlpha(channels) && c == to - 1;
      uint16_t opacity = hasAlpha(picture.channels) ? picture.sample(i * from + from - 1) : full;
      made.setSample(i * to + c, alpha ? opacity : picture.sample(i * from + (from > 2 ? c : 0)));
    }
  return made;
}

} // namespace vae::runtime
