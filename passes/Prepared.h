// How passes tell each other what a function prepares.
#ifndef VAE_PASSES_PREPARED_H
#define VAE_PASSES_PREPARED_H

#include "llvm/ADT/StringRef.h"

namespace vae {

/// The prepared tensor that a function's result becomes: an attribute of the result, set where functions are made and read where they are planned.
inline constexpr llvm::StringLiteral preparedAttrName = "vae.prepared";

} // namespace vae

#endif // VAE_PASSES_PREPARED_H
