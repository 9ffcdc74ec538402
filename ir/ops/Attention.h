// Attention: values weighted by how well their keys fit each query.
#ifndef VAE_IR_OPS_ATTENTION_H
#define VAE_IR_OPS_ATTENTION_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Attention.h.inc"

#endif // VAE_IR_OPS_ATTENTION_H
