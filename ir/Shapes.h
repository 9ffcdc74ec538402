// What the sources of this folder ask about tensors and shapes.
#ifndef VAE_IR_SHAPES_H
#define VAE_IR_SHAPES_H

#include "ir/program/Program.h"
#include <optional>

namespace vae {

/// Where inference reports; nowhere without one.
using OptionalLocation = std::optional<mlir::Location>;
/// The gradients of an op's operands, as DifferentiableOpInterface appends them.
using Gradients = llvm::SmallVectorImpl<mlir::Value>;

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}
inline llvm::SmallVector<Size> sizesOf(mlir::Value value) { return program::getSizes(tensorType(value)); }

/// An axis counted from the end where it is negative, from the start.
inline int64_t axisOf(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

/// The number of elements of a shape.
inline Size product(llvm::ArrayRef<Size> sizes) {
  Size result(1);
  for (const Size &size : sizes)
    result = result * size;
  return result;
}

/// The type of positions along an axis of x: an i32 for each place of the other axes. Reports an axis that is none.
llvm::LogicalResult inferPositions(OptionalLocation loc, mlir::Value x, int64_t axis,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

/// `index` kept inside `size`, and whether it was: scalars of a body.
std::pair<mlir::Value, mlir::Value> keepInside(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value index,
                                               mlir::Value size);

} // namespace vae

#endif // VAE_IR_SHAPES_H
