// What makes functions a model: the tensors that they share, the numbers that they show.
#ifndef VAE_IR_OPS_MODEL_H
#define VAE_IR_OPS_MODEL_H

#include "ir/OpBase.h"
#include "mlir/IR/SymbolTable.h"

#define GET_OP_CLASSES
#include "ir/ops/Model.h.inc"

#endif // VAE_IR_OPS_MODEL_H
