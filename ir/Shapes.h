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

} // namespace vae

#endif // VAE_IR_SHAPES_H
