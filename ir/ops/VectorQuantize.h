// Vector quantisation: vectors become the nearest rows of a codebook.
#ifndef VAE_IR_OPS_VECTORQUANTIZE_H
#define VAE_IR_OPS_VECTORQUANTIZE_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/VectorQuantize.h.inc"

#endif // VAE_IR_OPS_VECTORQUANTIZE_H
