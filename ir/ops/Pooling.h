// Windows of pictures folded into one pixel each. All work on the last two axes, height and width.
#ifndef VAE_IR_OPS_POOLING_H
#define VAE_IR_OPS_POOLING_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Pooling.h.inc"

#endif // VAE_IR_OPS_POOLING_H
