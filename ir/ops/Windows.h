// Sums of products over windows of pictures whose channels lie last: what convolutions are made of.
#ifndef VAE_IR_OPS_WINDOWS_H
#define VAE_IR_OPS_WINDOWS_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Windows.h.inc"

#endif // VAE_IR_OPS_WINDOWS_H
