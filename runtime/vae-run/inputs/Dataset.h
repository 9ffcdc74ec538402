// Training data: one input of a loss over all items of a file.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H

#include "runtime/vae-run/inputs/Arguments.h"

#include <array>

namespace vae::runtime::tool {

/// The items stay as they lie in the file (bytes stay bytes) and become the input's element type when they are
/// gathered.
class Dataset {
public:
  /// Reads `path` as `field`. The first axis counts items; there must be one at least. Numbers that are not scaled must
  /// lie in the declared range.
  static Result<Dataset> open(const Field &field, const std::string &path);

  const std::string &input() const { return name; }
  const std::string &path() const { return filePath; }
  uint64_t items() const { return count; }

  /// A tensor for `items` items.
  Result<TensorHandle> makeBatch(uint64_t items) const;
  /// Copies the items of these indices, one after the other, into `batch`, made for as many. With `finite`, nonFinite
  /// names an item that holds NaN or infinity.
  Status gather(std::span<const uint64_t> indices, vae_tensor *batch, bool finite = true) const;

private:
  std::string name, filePath;
  HostTensor data;
  ElementType element = ElementType::f32;
  std::vector<int64_t> itemShape;
  uint64_t count = 0, itemElements = 0;
  std::array<float, 256> scale{}; ///< of bytes that become f32
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_DATASET_H
