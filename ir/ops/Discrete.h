// Integers as values: positions, classes, codes, and draws among them.
#ifndef VAE_IR_OPS_DISCRETE_H
#define VAE_IR_OPS_DISCRETE_H

#include "ir/OpBase.h"

namespace vae {

class TensorBuilder;

/// Gumbel noise of uniform draws, -log(-log u); the least u drawn but zero stands for zero, too.
mlir::Value makeGumbel(TensorBuilder &t, mlir::Value uniform);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/ops/Discrete.h.inc"

#endif // VAE_IR_OPS_DISCRETE_H
