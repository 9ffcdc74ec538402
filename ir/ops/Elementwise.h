// Elementwise ops: element i of the result is a scalar formula of the operands' elements at i. NaN in any operand that the formula uses gives NaN.
#ifndef VAE_IR_OPS_ELEMENTWISE_H
#define VAE_IR_OPS_ELEMENTWISE_H

#include "ir/OpBase.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace vae {

/// The scalar body of a comparison: 1 or 0 of the operands' type.
mlir::Value buildComparison(mlir::OpBuilder &builder, mlir::Location loc, mlir::arith::CmpFPredicate predicate,
                            mlir::ValueRange scalars);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/ops/Elementwise.h.inc"

#endif // VAE_IR_OPS_ELEMENTWISE_H
