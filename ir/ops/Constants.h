// Tensors made of no others: numbers known at compile time, sizes, one value at every element.
#ifndef VAE_IR_OPS_CONSTANTS_H
#define VAE_IR_OPS_CONSTANTS_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Constants.h.inc"

#endif // VAE_IR_OPS_CONSTANTS_H
