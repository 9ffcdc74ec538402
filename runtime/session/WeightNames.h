// Which tensor of a file is which of the model's: other people's files call the same weights by longer or shorter names.
#ifndef VAE_RUNTIME_SESSION_WEIGHTNAMES_H
#define VAE_RUNTIME_SESSION_WEIGHTNAMES_H

#include "runtime/formats/Safetensors.h"

#include <map>

namespace vae::runtime {

/// Before the names of states in checkpoints of ours.
inline constexpr std::string_view statePrefix = "state/";

/// A tensor that is wanted of a file.
struct WantedTensor {
  std::string name;
  ElementType element = ElementType::f32;
  std::span<const int64_t> shape;
  bool needed = true;     ///< else the file may lack it
  bool elsewhere = false; ///< another file has it, so that nothing is said where this one lacks it
};

/// The tensors of a file by the names under which they are looked for.
using FileNames = std::map<std::string, const SafetensorsEntry *, std::less<>>;

/// The names as they are.
FileNames namesOf(const SafetensorsFile &file);
/// The names without the segments that PyTorch's wrappers of inner modules put into them ("encoder._orig_mod.0.weight");
/// empty where none has one, or two become the same.
FileNames unwrappedNames(const SafetensorsFile &file);

/// Whether the values of `entry` can be those of `wanted`.
bool fits(const SafetensorsEntry &entry, const WantedTensor &wanted);

/// `file` + rest in the file is `model` + rest in the model. Each is empty or ends with a dot.
struct NamePrefixes {
  std::string file, model;

  /// The tensor that the model calls so; null where the file has none.
  const SafetensorsEntry *find(const FileNames &names, std::string_view modelName) const;

  auto operator<=>(const NamePrefixes &) const = default;
};

/// None where the names are the same; else those with which most of the needed tensors are found, the shortest of them.
/// invalidFile where all of them stand at two places, in the right shapes.
Result<NamePrefixes> findPrefixes(const FileNames &names, std::span<const WantedTensor> wanted);

/// Whether that is a number that training or a profiler of PyTorch keeps among the weights ("norm.num_batches_tracked").
bool isBookkeeping(std::string_view name);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_WEIGHTNAMES_H
