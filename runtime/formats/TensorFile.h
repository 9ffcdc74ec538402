// Tensors from files of any format that is known, read by the item.
#ifndef VAE_RUNTIME_FORMATS_TENSORFILE_H
#define VAE_RUNTIME_FORMATS_TENSORFILE_H

#include "runtime/formats/pictures/PictureFit.h"
#include "runtime/formats/stored/StoredTensor.h"

namespace vae::runtime {

/// A tensor in a file, or a folder's pictures. An item is what one index of the first axis names; a tensor without axes
/// is one item.
class TensorFile {
public:
  /// Opens a file whose format its first bytes tell: .npy, .npz ("a.npz:x" names an array), IDX, gzipped IDX, or a
  /// picture, which is a batch of one: [1, channels, height, width]. A folder is the batch of its pictures, which must
  /// be alike after `fit`; invalidFile names the one that differs. invalidFile where no format has these bytes.
  static Result<TensorFile> open(const std::string &path, const PictureFit &fit = {});

  /// A tensor that is in memory.
  static TensorFile of(StoredTensor tensor);

  const std::vector<int64_t> &shape() const { return sizes; }
  StoredType type() const { return stored; }
  bool isPictures() const { return !pictures.empty(); }
  /// What stands for the upper end of a range where numbers are scaled: 255 for bytes, 65535 for samples of 16 bits.
  /// Nothing for all other numbers.
  std::optional<float> full() const;
  uint64_t items() const { return sizes.empty() ? 1 : static_cast<uint64_t>(sizes[0]); }
  /// Bytes of an item as it is stored.
  uint64_t itemBytes() const { return bytesPerItem; }

  /// Reads items from `first` on, as they are stored, as many as `out` holds bytes for.
  Status read(uint64_t first, std::span<std::byte> out) const;
  /// Reads all items now, so that later reads come from memory.
  Status keep();
  bool isKept() const { return kept; }

private:
  static Result<TensorFile> openPictures(std::vector<std::string> files, const PictureFit &fit);
  Status readPictures(uint64_t first, std::span<std::byte> out) const;

  std::vector<int64_t> sizes;
  StoredType stored;
  uint64_t bytesPerItem = 0;
  ByteRange data;                    ///< of all items, where they are not pictures still to be read
  std::vector<std::string> pictures; ///< files, an item each
  bool kept = false;                 ///< `data` is in memory
  PictureFit fit;
};

/// The files that `path` stands for: an archive's for an array in it, those of the pictures in a folder, else itself.
std::vector<std::string> filesOf(const std::string &path);

/// All of a file, as elementOf its type.
Result<HostTensor> readTensor(const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_TENSORFILE_H
