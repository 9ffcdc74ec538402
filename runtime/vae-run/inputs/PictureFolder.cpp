// One picture after the other into its place.
#include "runtime/vae-run/inputs/PictureFolder.h"
#include "runtime/base/File.h"
#include "runtime/formats/PictureGrid.h"

#include <algorithm>

namespace vae::runtime::tool {

/// "28 x 28, grey"
static std::string sizeText(const Picture &picture) {
  return concat(picture.width, " x ", picture.height, picture.channels == 3 ? ", RGB" : ", grey");
}

Result<HostTensor> readPictureFolder(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, listFolder(path, ".png"));
  if (files.empty())
    return fail(StatusCode::invalidFile, path, ": a folder without .png files");
  HostTensor batch;
  Picture first;
  for (size_t i = 0; i < files.size(); ++i) {
    VAE_ASSIGN_OR_RETURN(Picture picture, readPng(files[i]));
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

} // namespace vae::runtime::tool
