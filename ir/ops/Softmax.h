// The softmax family: distributions over an axis of logits, and the losses on them.
#ifndef VAE_IR_OPS_SOFTMAX_H
#define VAE_IR_OPS_SOFTMAX_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Softmax.h.inc"

#endif // VAE_IR_OPS_SOFTMAX_H
