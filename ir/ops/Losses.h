// Losses: terms between tensors of one shape, reduced.
#ifndef VAE_IR_OPS_LOSSES_H
#define VAE_IR_OPS_LOSSES_H

#include "ir/OpBase.h"

namespace vae {

class TensorBuilder;

/// The type of a loss term; `names` are the operands' names in messages.
llvm::LogicalResult inferLoss(std::optional<mlir::Location> loc, mlir::ValueRange operands, llvm::StringRef reduction,
                              std::array<llvm::StringRef, 2> names, llvm::SmallVectorImpl<mlir::Type> &types);

/// The type of a loss whose terms have these sizes; see Vae_LossOp.
llvm::LogicalResult inferReducedTerms(std::optional<mlir::Location> loc, llvm::ArrayRef<Size> terms, mlir::Type element,
                                      llvm::StringRef reduction, llvm::SmallVectorImpl<mlir::Type> &types);

/// A loss from its terms, reduced as the language defines: see Vae_LossOp.
llvm::SmallVector<mlir::Value> reduceTerms(TensorBuilder &t, mlir::Value terms, llvm::StringRef reduction);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/ops/Losses.h.inc"

#endif // VAE_IR_OPS_LOSSES_H
