// Sums of products: linear layers and the matrix products that they become.
#ifndef VAE_IR_OPS_CONTRACTIONS_H
#define VAE_IR_OPS_CONTRACTIONS_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Contractions.h.inc"

#endif // VAE_IR_OPS_CONTRACTIONS_H
