// Data by the batch: one input of a program over all items of a file.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H

#include "runtime/vae-run/inputs/InputFile.h"

namespace vae::runtime::tool {

/// Items are read when they are gathered; a small file lies in memory.
class Dataset {
public:
  /// Opens `path` as `field`. The first axis counts items; there must be one at least. Numbers that are not scaled must
  /// lie in the declared range.
  static Result<Dataset> open(const Field &field, const std::string &path, const PictureFit &pictures);

  const std::string &input() const { return file.field().name; }
  const std::string &path() const { return file.path(); }
  uint64_t items() const { return file.items(); }

  /// A tensor for `items` items.
  Result<TensorHandle> makeBatch(uint64_t items) const;
  /// Copies the items of these indices, one after the other, into `batch`, made for as many. With `finite`, nonFinite
  /// names an item that holds NaN or infinity.
  Status gather(std::span<const uint64_t> indices, vae_tensor *batch, bool finite = true) const;

private:
  explicit Dataset(InputFile file) : file(std::move(file)) {}

  InputFile file;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H
