// A file as an input takes it: its numbers, its channels, its axes.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_INPUTFILE_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_INPUTFILE_H

#include "runtime/formats/TensorFile.h"
#include "runtime/vae-run/Model.h"

namespace vae::runtime::tool {

/// invalidArgument where an element lies outside the declared range of `field`; names the item, counted from `first`.
/// `elements` are of the field's type, `itemElements` to an item; 0 where they are one number without items. NaN is left
/// for the check of NaN.
Status checkRange(std::span<const std::byte> elements, const Field &field, uint64_t first, size_t itemElements);

/// Whole numbers as sizes; nothing for formulas and symbols.
std::optional<int64_t> sizeOf(const std::string &text);

/// Whether `path` gives `field` the classes of its pictures: a folder, for one whole number an item.
bool takesLabels(const Field &field, const std::string &path);

/// The items of a file become the input's element type when they are read. Where the input declares a range, bytes and
/// the samples of pictures are scaled to it and other numbers must lie in it; without one they are the numbers that they
/// are. What the input's type cannot hold is invalidArgument with the NumPy call that converts it. Pictures are flattened, given
/// an axis of channels or rid of it, as the input's rank says.
class InputFile {
public:
  /// Opens `path` for `field`; a folder is read for whole numbers by the item as the classes of its pictures. `pictures`
  /// says what sizes they get. Channels behind the pixels, and pictures of another size than the input's, are
  /// invalidArgument; other shapes that do not fit are left to the caller.
  static Result<InputFile> open(const Field &field, const std::string &path, const PictureFit &pictures);

  const Field &field() const { return input; }
  const std::string &path() const { return filePath; }
  /// As the input's rank asks for it.
  const std::vector<int64_t> &shape() const { return sizes; }
  /// As the file has it.
  const std::vector<int64_t> &fileShape() const { return file.shape(); }
  /// Whether the rank and all sizes behind the first that are numbers are the input's.
  bool fits() const;
  uint64_t items() const { return file.items(); }
  /// Elements of an item.
  size_t itemElements() const { return static_cast<size_t>(file.itemBytes() / file.type().width); }

  /// Reads items from `first` on into `out`, as many as it has room for.
  Status read(uint64_t first, std::span<std::byte> out) const;
  Result<HostTensor> readAll() const;
  /// Makes ready for reading in any order: a file that is small stays in memory from now on; numbers of a large one are
  /// checked now.
  Status prepare();

private:
  Status checkShape() const;
  Status checkPictureSize() const;
  Status convert(std::span<const std::byte> stored, uint64_t first, std::span<std::byte> out) const;
  bool isScaled() const;
  /// Whether nothing that may stand in the file is refused.
  bool takesAnyNumber() const;

  Field input;
  std::string filePath;
  TensorFile file;
  std::vector<int64_t> sizes;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_INPUTFILE_H
