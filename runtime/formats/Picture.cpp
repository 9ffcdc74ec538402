// The formats of pictures, and batches of what they hold.
#include "runtime/formats/Picture.h"
#include "runtime/base/File.h"
#include "runtime/formats/Png.h"

#include <algorithm>

namespace vae::runtime {
namespace {

struct PictureFormat {
  std::string_view start;  ///< of its files, by which a picture is told
  std::string_view ending; ///< of their names, by which a folder's pictures are
  Result<Picture> (*parse)(std::span<const std::byte> bytes, const std::string &path);
};

constexpr PictureFormat pictureFormats[] = {{"\x89PNG", ".png", parsePng}};

/// Null where no format starts so.
const PictureFormat *findFormat(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  auto found = std::find_if(std::begin(pictureFormats), std::end(pictureFormats),
                            [&](const PictureFormat &format) { return text.starts_with(format.start); });
  return found == std::end(pictureFormats) ? nullptr : found;
}

/// ".png"
std::string knownEndings() {
  std::string text;
  for (const PictureFormat &format : pictureFormats)
    text += concat(text.empty() ? "" : " or ", format.ending);
  return text;
}

Result<std::vector<std::string>> listPictures(const std::string &folder) {
  std::vector<std::string> all;
  for (const PictureFormat &format : pictureFormats) {
    VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, listFolder(folder, format.ending));
    all.insert(all.end(), files.begin(), files.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

bool isPicture(std::span<const std::byte> bytes) { return findFormat(bytes) != nullptr; }

Result<Picture> parsePicture(std::span<const std::byte> bytes, const std::string &path) {
  if (const PictureFormat *format = findFormat(bytes))
    return format->parse(bytes, path);
  return fail(StatusCode::invalidFile, path, ": not a picture; ", knownEndings(), " wanted");
}

Result<Picture> readPicture(const std::string &path) {
  return readMapped(path, [&](std::span<const std::byte> bytes) { return parsePicture(bytes, path); });
}

Result<HostTensor> batchOfPicture(const Picture &picture) {
  VAE_ASSIGN_OR_RETURN(HostTensor batch,
                       HostTensor::create(ElementType::u8, {1, picture.channels, picture.height, picture.width}));
  std::span<uint8_t> planes = batch.as<uint8_t>();
  size_t area = static_cast<size_t>(picture.height * picture.width);
  size_t channels = static_cast<size_t>(picture.channels);
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < area; ++i)
      planes[c * area + i] = picture.pixels[i * channels + c];
  return batch;
}

/// "28 x 28, grey"
static std::string sizeText(const Picture &picture) {
  return concat(picture.width, " x ", picture.height, picture.channels == 3 ? ", RGB" : ", grey");
}

Result<HostTensor> readPictureFolder(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, listPictures(path));
  if (files.empty())
    return fail(StatusCode::invalidFile, path, ": a folder without ", knownEndings(), " files");
  HostTensor batch;
  Picture first;
  for (size_t i = 0; i < files.size(); ++i) {
    VAE_ASSIGN_OR_RETURN(Picture picture, readPicture(files[i]));
    VAE_ASSIGN_OR_RETURN(HostTensor item, batchOfPicture(picture));
    if (i == 0) {
      first = picture;
      std::vector<int64_t> shape = item.shape();
      shape[0] = static_cast<int64_t>(files.size());
      VAE_ASSIGN_OR_RETURN(batch, HostTensor::create(ElementType::u8, shape));
    }
    if (picture.width != first.width || picture.height != first.height || picture.channels != first.channels)
      return fail(StatusCode::invalidFile, files[i], ": ", sizeText(picture), ", but ", files[0], " is ",
                  sizeText(first));
    std::copy(item.bytes().begin(), item.bytes().end(),
              batch.bytes().begin() + static_cast<std::ptrdiff_t>(i * item.bytes().size()));
  }
  return batch;
}

} // namespace vae::runtime
