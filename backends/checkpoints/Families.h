// The models of the library that checkpoints can be, as diffusers calls them.
#ifndef VAE_BACKENDS_CHECKPOINTS_FAMILIES_H
#define VAE_BACKENDS_CHECKPOINTS_FAMILIES_H

#include "backends/checkpoints/Config.h"
#include "backends/checkpoints/Names.h"

namespace vae::checkpoints {

struct Family {
  llvm::StringRef name;   ///< diffusers' class
  llvm::StringRef source; ///< its file in the model library
  Fields fields;
  llvm::StringRef mark; ///< begins the name of a weight that only this family has
  /// What the weights' names and shapes say of the model's parameters; the rest keeps its defaults.
  Bindings (*infer)(const Tensors &tensors);
  /// Named where no config says it: a number that no shape shows, and whose value is the default.
  llvm::StringRef unseen{};
  /// Of a denoiser: fields of its scheduler's config, which stands beside the network's. Others are of samplers that
  /// the model does not have.
  Fields scheduler{};
  /// Whether nothing beside the model is expected under its prefix, as the discriminator beside an autoencoder is: a
  /// part more is a part that the model lacks.
  bool alone = false;
};

llvm::ArrayRef<Family> autoencoders();
llvm::ArrayRef<Family> denoisers();

/// The one that a config names. unsupported for others, naming those there are.
runtime::Result<const Family *> familyOfClass(llvm::StringRef className, const std::string &path);

/// The one that weights are of. unsupported where they are of none: says which family's weights come closest, or that a
/// denoiser's are not an autoencoder's.
runtime::Result<const Family *> familyOfWeights(const Tensors &tensors, const std::string &path);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_FAMILIES_H
