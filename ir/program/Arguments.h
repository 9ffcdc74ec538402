// What a model was compiled with.
#ifndef VAE_IR_PROGRAM_ARGUMENTS_H
#define VAE_IR_PROGRAM_ARGUMENTS_H

#include "llvm/ADT/StringRef.h"

namespace vae::program {

/// On the module: for each of the model's parameters its name and its value, as the language writes it.
inline constexpr llvm::StringLiteral argumentsAttrName = "program.arguments";

} // namespace vae::program

#endif // VAE_IR_PROGRAM_ARGUMENTS_H
