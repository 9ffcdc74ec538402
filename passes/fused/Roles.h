// How ops take part in fusion, asked of their interfaces.
#ifndef VAE_PASSES_FUSED_ROLES_H
#define VAE_PASSES_FUSED_ROLES_H

#include "ir/Interfaces.h"
#include "ir/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace vae {

/// Whether the op runs in a kernel: elementwise, or what a kernel is built around.
bool runsInKernel(mlir::Operation *op);
/// Whether the op is a reshape that only adds or drops axes of size one: a kernel reads through it.
bool isView(mlir::Operation *op);
/// Whether the op is neither: it finds and leaves its tensors in memory.
inline bool isHost(mlir::Operation *op) { return !runsInKernel(op) && !isView(op); }
/// Whether the op is what a kernel is built around, and has its operands in memory.
bool readsStored(mlir::Operation *op);

using Shape = llvm::SmallVector<Size, 4>;
/// The exact shape of a tensor value.
Shape getShape(mlir::Value value);
/// The shape with axes of size one left out.
Shape dropUnits(const Shape &shape);
/// Number of elements where each symbol is 64: what costs are weighed by, where sizes are not known yet.
double getNominalElements(const Shape &shape);

/// Whether a contraction computes the value's elements as it reads them; the value is never stored for it.
bool isReadThrough(mlir::Value value);
/// Whether the program that runs the function, itself or as a loop's body, leaves parameters as they are and is run often
/// between their changes: an entry, or a loss alone.
bool keepsWeights(mlir::func::FuncOp function);
/// Whether the function is the body of a loop, which carries its first arguments from turn to turn.
bool isLoopBody(mlir::Operation *function);
/// Whether the op makes each element of its results of the operands' elements alone, wherever they lie.
bool ignoresShape(mlir::Operation *op);
/// Whether the op reads that operand at indices of its own choosing.
bool isIndexed(mlir::OpOperand &operand);

} // namespace vae

#endif // VAE_PASSES_FUSED_ROLES_H
