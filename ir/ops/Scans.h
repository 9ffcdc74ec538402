// Running sums and products.
#ifndef VAE_IR_OPS_SCANS_H
#define VAE_IR_OPS_SCANS_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Scans.h.inc"

#endif // VAE_IR_OPS_SCANS_H
