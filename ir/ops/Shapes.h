// Ops that move elements and compute nothing.
#ifndef VAE_IR_OPS_SHAPES_H
#define VAE_IR_OPS_SHAPES_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Shapes.h.inc"

#endif // VAE_IR_OPS_SHAPES_H
