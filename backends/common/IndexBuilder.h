// Arithmetic over `index` values, as both backends write it: which element, which turn of a loop.
#ifndef VAE_BACKENDS_COMMON_INDEXBUILDER_H
#define VAE_BACKENDS_COMMON_INDEXBUILDER_H

#include "backends/common/KernelView.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace vae {

/// Writes at the builder's insertion point, and folds what is constant. Numbers are not negative unless said.
class IndexBuilder {
public:
  /// `overflow`: what sums and products are known not to do.
  IndexBuilder(mlir::Location loc, mlir::arith::IntegerOverflowFlags overflow)
      : b(loc, loc.getContext()), overflow(overflow) {}
  IndexBuilder(const IndexBuilder &) = delete;

  mlir::ImplicitLocOpBuilder b;

  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, int64_t y) { return mul(x, index(y)); }
  mlir::Value div(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, int64_t y) { return div(x, index(y)); }
  mlir::Value rem(mlir::Value x, mlir::Value y);
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y) { return div(sub(add(x, y), index(1)), y); }
  mlir::Value ceilDiv(mlir::Value x, int64_t y) { return y == 1 ? x : div(add(x, index(y - 1)), y); }
  mlir::Value min(mlir::Value x, mlir::Value y);
  mlir::Value max(mlir::Value x, mlir::Value y);
  /// x * factor + y, where values may be below zero: they wrap around, so that `lessThan` finds negative ones too large.
  mlir::Value signedMulAdd(mlir::Value x, mlir::Value factor, mlir::Value y);
  mlir::Value signedMulAdd(mlir::Value x, int64_t factor, mlir::Value y) { return signedMulAdd(x, index(factor), y); }
  /// The number as another integer or index type, with its sign.
  mlir::Value cast(mlir::Value number, mlir::Type type);

  mlir::Value lessThan(mlir::Value x, mlir::Value y);
  mlir::Value equal(mlir::Value x, mlir::Value y);
  mlir::Value both(mlir::Value x, mlir::Value y);
  /// One condition for all lanes of a vector.
  mlir::Value select(mlir::Value condition, mlir::Value then, mlir::Value otherwise);
  /// The entry of a table of constants.
  mlir::Value lookUp(llvm::ArrayRef<int64_t> table, mlir::Value position);

  mlir::Value length(const Extent &extent) { return extent.isStatic() ? index(extent.fixed) : sizes[extent.size]; }
  /// Product of the lengths; 1 for none.
  mlir::Value volume(llvm::ArrayRef<Extent> extents);
  /// The indices of the flat position within extents, outermost first.
  llvm::SmallVector<mlir::Value> split(mlir::Value flat, llvm::ArrayRef<Extent> extents);
  /// The same within lengths, of which the outermost does not matter.
  llvm::SmallVector<mlir::Value> split(mlir::Value flat, mlir::ValueRange lengths);
  /// The indices of a flat position that lies further by another one, given as its indices; without a division. The
  /// outermost index may pass its length.
  llvm::SmallVector<mlir::Value> advance(mlir::ValueRange indices, mlir::ValueRange by, mlir::ValueRange lengths);

protected:
  llvm::SmallVector<mlir::Value> sizes; // the kernel's size arguments

private:
  mlir::arith::IntegerOverflowFlags overflow;
};

} // namespace vae

#endif // VAE_BACKENDS_COMMON_INDEXBUILDER_H
