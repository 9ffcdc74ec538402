// Which tensor of a file is which of the model's: other people's files call the same weights by longer or shorter names.
#ifndef VAE_RUNTIME_SESSION_WEIGHTNAMES_H
#define VAE_RUNTIME_SESSION_WEIGHTNAMES_H

#include "runtime/formats/Safetensors.h"

namespace vae::runtime {

/// Before the names of states in checkpoints of ours.
inline constexpr std::string_view statePrefix = "state/";

/// A tensor that is wanted of a file.
struct WantedTensor {
  std::string name;
  ElementType element = ElementType::f32;
  std::span<const int64_t> shape;
  bool needed = true; ///< else the file may lack it
};

/// Whether the values of `entry` can be those of `wanted`.
bool fits(const SafetensorsEntry &entry, const WantedTensor &wanted);

/// `file` + rest in the file is `model` + rest in the model. Each is empty or ends with a dot.
struct NamePrefixes {
  std::string file, model;

  /// The file's name for one of the model's; nothing where it has none.
  std::optional<std::string> nameInFile(std::string_view modelName) const;

  auto operator<=>(const NamePrefixes &) const = default;
};

/// None where the names are the same; else those with which most of the needed tensors are found, the shortest of them.
/// invalidFile where all of them stand at two places of the file, in the right shapes.
Result<NamePrefixes> findPrefixes(const SafetensorsFile &file, std::span<const WantedTensor> wanted);

/// Whether that is a number that training or a profiler of PyTorch keeps among the weights ("norm.num_batches_tracked").
bool isBookkeeping(std::string_view name);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_WEIGHTNAMES_H
