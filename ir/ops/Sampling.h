// Draws of integers, and what prepares them.
#ifndef VAE_IR_OPS_SAMPLING_H
#define VAE_IR_OPS_SAMPLING_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Sampling.h.inc"

#endif // VAE_IR_OPS_SAMPLING_H
