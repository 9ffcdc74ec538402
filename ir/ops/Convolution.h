// Convolutions over pictures [B, C, H, W].
#ifndef VAE_IR_OPS_CONVOLUTION_H
#define VAE_IR_OPS_CONVOLUTION_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Convolution.h.inc"

#endif // VAE_IR_OPS_CONVOLUTION_H
