// Telling formats apart, and items out of pictures.
#include "runtime/formats/TensorFile.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Npz.h"
#include "runtime/formats/pictures/PictureFolder.h"

namespace vae::runtime {
namespace {

Result<StoredTensor> openStored(const ByteRange &file, const std::string &array) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> start, file.head(6));
  std::string_view text(reinterpret_cast<const char *>(start.data()), start.size());
  if (text.starts_with("\x93NUMPY"))
    return openNpy(file);
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06"))
    return openNpz(file, array);
  if (text.starts_with("\x1f\x8b") || text.starts_with(std::string_view("\0\0", 2)))
    return openIdx(file);
  return invalidFile("neither npy, npz, idx, gzipped idx nor a picture (", pictureEndings(), ")");
}

Result<Picture> readFitted(const std::string &path, const PictureFit &fit) {
  VAE_ASSIGN_OR_RETURN(Picture picture, readPicture(path));
  Result<Picture> made = fitted(std::move(picture), fit);
  return made.ok() ? std::move(made) : made.status().withContext(path);
}

} // namespace

Result<TensorFile> TensorFile::open(const std::string &path, const PictureFit &fit) {
  if (isFolder(path)) {
    VAE_ASSIGN_OR_RETURN(PictureFolder folder, listPictures(path));
    return openPictures(std::move(folder.files), fit);
  }
  auto [file, array] = splitNpzPath(path).value_or(std::pair(path, std::string()));
  VAE_ASSIGN_OR_RETURN(ByteRange bytes, ByteRange::open(file));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> start, bytes.head(8));
  if (isPicture(start))
    return openPictures({file}, fit);
  Result<StoredTensor> tensor = openStored(bytes, array);
  return tensor.ok() ? Result(of(tensor.take())) : tensor.status().withContext(file);
}

TensorFile TensorFile::of(StoredTensor tensor) {
  TensorFile file;
  file.sizes = std::move(tensor.shape);
  file.stored = tensor.type;
  file.data = std::move(tensor.data);
  file.bytesPerItem = file.items() == 0 ? 0 : file.data.size() / file.items();
  return file;
}

Result<TensorFile> TensorFile::openPictures(std::vector<std::string> files, const PictureFit &fit) {
  VAE_ASSIGN_OR_RETURN(Picture first, readFitted(files[0], fit));
  TensorFile file;
  file.fit = fit;
  file.fit.channels = first.channels;
  file.stored = {NumberKind::unsignedInteger, static_cast<uint8_t>(first.wide ? 2 : 1)};
  file.sizes = {static_cast<int64_t>(files.size()), first.channels, first.height, first.width};
  file.bytesPerItem = first.pixels.size();
  file.pictures = std::move(files);
  return file;
}

std::optional<float> TensorFile::full() const {
  if (stored.kind == NumberKind::unsignedInteger && stored.width == 1)
    return 255.0f;
  return isPictures() ? std::optional(65535.0f) : std::nullopt;
}

Status TensorFile::readPictures(uint64_t first, std::span<std::byte> out) const {
  for (uint64_t i = first; !out.empty(); ++i, out = out.subspan(static_cast<size_t>(bytesPerItem))) {
    const std::string &path = pictures[static_cast<size_t>(i)];
    VAE_ASSIGN_OR_RETURN(Picture picture, readFitted(path, fit));
    const bool wide = stored.width == 2;
    if (picture.height != sizes[2] || picture.width != sizes[3])
      return invalidFile(path, ": ", picture.width, " x ", picture.height, ", but ", pictures[0], " is ", sizes[3],
                         " x ", sizes[2], "; --resize=WxH makes them alike, --crop without squeezing them");
    if (picture.wide != wide)
      return invalidFile(path, ": ", picture.text(), ", but ", pictures[0], " has samples of ", wide ? 16 : 8,
                         " bits; `convert a.png -depth 8 b.png` makes them alike");
    writePlanes(picture, out.first(static_cast<size_t>(bytesPerItem)));
  }
  return {};
}

Status TensorFile::read(uint64_t first, std::span<std::byte> out) const {
  return isPictures() && !kept ? readPictures(first, out) : data.read(first * bytesPerItem, out);
}

Status TensorFile::keep() {
  VAE_ASSIGN_OR_RETURN(HostBuffer all, HostBuffer::allocate(items() * bytesPerItem));
  VAE_RETURN_IF_ERROR(read(0, all.bytes()));
  data = ByteRange::own(std::move(all));
  kept = true;
  return {};
}

std::vector<std::string> filesOf(const std::string &path) {
  if (auto archive = splitNpzPath(path))
    return {archive->first};
  if (!isFolder(path))
    return {path};
  Result<PictureFolder> folder = listPictures(path);
  return folder.ok() ? std::move(folder->files) : std::vector<std::string>();
}

Result<HostTensor> readTensor(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(TensorFile file, TensorFile::open(path));
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, HostBuffer::allocate(file.items() * file.itemBytes()));
  VAE_RETURN_IF_ERROR(file.read(0, bytes.bytes()));
  Result<HostTensor> tensor = loadTensor({file.type(), file.shape(), ByteRange::own(std::move(bytes))});
  return tensor.ok() ? std::move(tensor) : tensor.status().withContext(path);
}

} // namespace vae::runtime
