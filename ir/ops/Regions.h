// Ops that hold others: loops, and groups, which only passes create.
#ifndef VAE_IR_OPS_REGIONS_H
#define VAE_IR_OPS_REGIONS_H

#include "ir/OpBase.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

#define GET_OP_CLASSES
#include "ir/ops/Regions.h.inc"

#endif // VAE_IR_OPS_REGIONS_H
