// One name for a weight, whatever the tool that wrote it called it.
#ifndef VAE_BACKENDS_CHECKPOINTS_NAMES_H
#define VAE_BACKENDS_CHECKPOINTS_NAMES_H

#include "runtime/formats/Safetensors.h"
#include "llvm/ADT/StringRef.h"
#include <map>

namespace vae::checkpoints {

/// A tensor of a file, with the shape that the model's parameter has: 1x1 convolutions of attention are matrices there.
struct StoredTensor {
  const runtime::SafetensorsEntry *entry = nullptr;
  std::vector<int64_t> shape;
};

/// Tensors by the names that diffusers gives them today, which are those of the model library.
using Tensors = std::map<std::string, StoredTensor, std::less<>>;

struct NamedTensors {
  Tensors tensors;
  std::string prefix; ///< what all of them are called before: "first_stage_model."
  size_t passedOver =
      0; ///< tensors of the file outside of it, as the denoiser and the text encoder of a full checkpoint
};

/// Finds the autoencoder of a file, alone or within a full checkpoint, and names its tensors as diffusers does today:
/// original latent diffusion names (`decoder.up.3.block.0.nin_shortcut`, which counts levels from the other end) and
/// diffusers' old names of attention (`query`, `proj_attn`) are turned into them. Without an autoencoder in it, all
/// tensors under their own names. invalidFile where two tensors get one name.
runtime::Result<NamedTensors> nameTensors(const runtime::SafetensorsFile &file);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_NAMES_H
