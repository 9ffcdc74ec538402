// Layers that standardise: mean and variance in two passes, so that nothing cancels; the variance is the biased one.
#ifndef VAE_IR_OPS_NORMALIZATION_H
#define VAE_IR_OPS_NORMALIZATION_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Normalization.h.inc"

#endif // VAE_IR_OPS_NORMALIZATION_H
