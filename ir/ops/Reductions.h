// Folds over axes.
#ifndef VAE_IR_OPS_REDUCTIONS_H
#define VAE_IR_OPS_REDUCTIONS_H

#include "ir/OpBase.h"

namespace vae {

/// The type of a fold over axes.
llvm::LogicalResult inferReduction(std::optional<mlir::Location> loc, mlir::ValueRange operands,
                                   std::optional<llvm::ArrayRef<int64_t>> axes, bool keep,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/ops/Reductions.h.inc"

#endif // VAE_IR_OPS_REDUCTIONS_H
