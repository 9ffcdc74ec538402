// The models that vaec brings along.
#ifndef VAE_BACKENDS_VAEC_MODELLIBRARY_H
#define VAE_BACKENDS_VAEC_MODELLIBRARY_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace vae {

/// The path of a model of the library, "autoencoder_kl/autoencoder_kl.vae": in the folder that the environment's
/// VAE_MODELS names, else beside the installed program, else in the source tree that it was built from. Nothing where
/// none of them has it.
std::optional<std::string> findModel(llvm::StringRef name);

} // namespace vae

#endif // VAE_BACKENDS_VAEC_MODELLIBRARY_H
