// What makes functions a model: the tensors that they share, the numbers that they show.
#ifndef VAE_IR_OPS_MODEL_H
#define VAE_IR_OPS_MODEL_H

#include "ir/OpBase.h"
#include "mlir/IR/SymbolTable.h"

#define GET_OP_CLASSES
#include "ir/ops/Model.h.inc"

namespace vae {

inline constexpr llvm::StringLiteral kindAttrName = "vae.kind";

/// What a function is for: "entry" and "loss" are the model's, others of passes that made it. Empty for one that is there
/// for others to call.
llvm::StringRef getKind(mlir::Operation *function);

} // namespace vae

#endif // VAE_IR_OPS_MODEL_H
