// Telling formats apart.
#include "runtime/formats/TensorFile.h"
#include "runtime/base/File.h"
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Picture.h"

namespace vae::runtime {

static Result<HostTensor> parseTensor(std::span<const std::byte> bytes, const std::string &path) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (text.starts_with("\x93NUMPY"))
    return parseNpy(bytes, path);
  if (isPicture(bytes)) {
    VAE_ASSIGN_OR_RETURN(Picture picture, parsePicture(bytes, path));
    return batchOfPicture(picture);
  }
  if (text.starts_with("\x1f\x8b") || text.starts_with(std::string_view("\0\0", 2)))
    return parseIdx(bytes, path);
  return fail(StatusCode::invalidFile, path, ": neither npy, png, idx nor gzipped idx");
}

Result<HostTensor> readTensor(const std::string &path) {
  if (isFolder(path))
    return readPictureFolder(path);
  return readMapped(path, [&](std::span<const std::byte> bytes) { return parseTensor(bytes, path); });
}

} // namespace vae::runtime
