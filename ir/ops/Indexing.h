// Places known at run time.
#ifndef VAE_IR_OPS_INDEXING_H
#define VAE_IR_OPS_INDEXING_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Indexing.h.inc"

#endif // VAE_IR_OPS_INDEXING_H
