// The vae dialect: its ops, interfaces and helpers. The one header that users of the dialect include.
#ifndef VAE_IR_OPS_H
#define VAE_IR_OPS_H

#include "ir/Dialect.h"
#include "ir/Inference.h"
#include "ir/Interfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace vae {

/// The scalar body of a comparison: 1 or 0 of the operands' type.
mlir::Value buildComparison(mlir::OpBuilder &builder, mlir::Location loc, mlir::arith::CmpFPredicate predicate,
                            mlir::ValueRange scalars);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/Ops.h.inc"

#endif // VAE_IR_OPS_H
