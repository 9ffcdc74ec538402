// Training functions: a loss with its gradients, and all that a line of `train` does with them.
#ifndef VAE_PASSES_GRAD_TRAINING_H
#define VAE_PASSES_GRAD_TRAINING_H

#include "ir/training/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace vae {

/// A trainable parameter of the model.
struct TrainableParameter {
  mlir::StringAttr path;
  mlir::RankedTensorType type;
  mlir::Location loc;
};

/// A copy of the loss named `<loss>.<suffix>`, and of that kind.
mlir::func::FuncOp cloneLoss(mlir::func::FuncOp loss, llvm::StringRef suffix, mlir::OpBuilder &builder);

/// Makes `<loss>.train`, behind its loss and the function of the line before: the loss and its reports; parameters,
/// buffers and states change. A parameter that no gradient reaches stays as it is. Reports and fails where the line of
/// `train` fits nothing.
mlir::FailureOr<mlir::func::FuncOp> buildTraining(MinimizeOp op, mlir::func::FuncOp previous,
                                                  llvm::ArrayRef<TrainableParameter> parameters);

} // namespace vae

#endif // VAE_PASSES_GRAD_TRAINING_H
