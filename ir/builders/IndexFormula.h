// Arithmetic on positions and sizes in few words, for scalar bodies that read elsewhere than at their own place.
#ifndef VAE_IR_BUILDERS_INDEXFORMULA_H
#define VAE_IR_BUILDERS_INDEXFORMULA_H

#include "ir/Interfaces.h"

namespace vae {

/// Writes arithmetic on integers of one type, at one element of a kernel.
class IndexFormula {
public:
  /// On `index`, or on i32: half as wide, so that vectors hold twice as many. Sizes and positions fit both.
  IndexFormula(mlir::OpBuilder &builder, ScalarContext &context)
      : IndexFormula(builder, context, builder.getIndexType()) {}
  IndexFormula(mlir::OpBuilder &builder, ScalarContext &context, mlir::Type type)
      : builder(builder), context(context), type(type) {}

  mlir::Value constant(int64_t value);
  mlir::Value size(const Size &size);
  /// The element's own coordinate along an axis, and all of them.
  mlir::Value coordinate(unsigned axis) { return cast(context.index(axis), type); }
  llvm::SmallVector<mlir::Value> coordinates(int64_t rank);

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return b == 0 ? a : add(a, constant(b)); }
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b) { return b == 1 ? a : mul(a, constant(b)); }
  /// Quotient and remainder of a number that is not negative.
  std::pair<mlir::Value, mlir::Value> split(mlir::Value number, mlir::Value by);
  std::pair<mlir::Value, mlir::Value> split(mlir::Value number, int64_t by);

  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  /// Whether a position lies in [0, size - 1].
  mlir::Value isInside(mlir::Value position, mlir::Value size);
  mlir::Value isInside(mlir::Value position, const Size &length) { return isInside(position, size(length)); }
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);

  mlir::Value atLeastZero(mlir::Value a);
  /// A position kept in [0, size - 1], so that even a lane whose result is thrown away reads inside the tensor.
  mlir::Value clamp(mlir::Value position, mlir::Value size);
  mlir::Value clamp(mlir::Value position, const Size &length) { return clamp(position, size(length)); }

  /// The same number to read at, or to compare with elements.
  mlir::Value toIndex(mlir::Value number) { return cast(number, builder.getIndexType()); }
  mlir::Value toI32(mlir::Value number) { return cast(number, builder.getI32Type()); }

  mlir::OpBuilder &builder;
  ScalarContext &context;

private:
  mlir::Value cast(mlir::Value number, mlir::Type to);

  mlir::Type type;
};

/// `index` kept inside `size`, and whether it was: scalars of a body.
std::pair<mlir::Value, mlir::Value> keepInside(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value index,
                                               mlir::Value size);

} // namespace vae

#endif // VAE_IR_BUILDERS_INDEXFORMULA_H
