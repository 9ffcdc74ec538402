// Ops move before what only moves elements: they work on the tensor as it was, and the move follows them.
#ifndef VAE_PASSES_FUSED_SINKER_H
#define VAE_PASSES_FUSED_SINKER_H

#include "ir/builders/TensorBuilder.h"
#include "passes/fused/Roles.h"

namespace vae {

/// Moves one op before a reshape or transposition that it reads.
class Sinker {
public:
  virtual ~Sinker() = default;

protected:
  /// `from`: the tensor before the move.
  Sinker(mlir::Operation *op, mlir::Value from) : op(op), from(from), builder(op), tensors(builder, op->getLoc()) {}
  /// An operand of the op as it lies before the move.
  virtual mlir::Value convert(mlir::Value operand) = 0;
  /// A value of the shape before the move, moved.
  virtual mlir::Value restore(mlir::Value made) = 0;

  /// Makes the op anew where it makes each element of the operands' elements alone.
  void moveElementwise();
  /// Puts in the fold's place what it leaves, whose axes are in order but for some of one.
  void replaceFold(mlir::Value made);

  mlir::Operation *op;
  mlir::Value from;
  mlir::OpBuilder builder;
  TensorBuilder tensors;
};

} // namespace vae

#endif // VAE_PASSES_FUSED_SINKER_H
