// Writes vae ops at one place in few words; for gradients, decompositions and passes.
#ifndef VAE_IR_BUILDERS_TENSORBUILDER_H
#define VAE_IR_BUILDERS_TENSORBUILDER_H

#include "ir/program/Program.h"
#include "mlir/IR/Builders.h"

namespace vae {

class TensorBuilder {
public:
  TensorBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  /// One op with one result, its type inferred from operands that are known to fit.
  template <typename OpT, typename... Args> mlir::Value make(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value where(mlir::Value condition, mlir::Value a, mlir::Value b);

  /// A rank-0 constant of the element type of `like`.
  mlir::Value scalar(double value, mlir::Value like);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<Size> sizes);
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<Size> sizes);
  /// Zeros of that shape, of the element type of `like`.
  mlir::Value zeros(llvm::ArrayRef<Size> sizes, mlir::Value like);
  mlir::Value slice(mlir::Value x, int64_t axis, const Size &begin, const Size &end);
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = false);
  mlir::Value amax(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = false);
  /// Which element of an index is which of `count` choices, as ones and zeros [elements, count] of the element type of
  /// `like`; products read it without storing it.
  mlir::Value chosen(mlir::Value index, int64_t count, mlir::Value like);
  /// The rows [elements, width] added up by the choice that each was given: [count, width], in a fixed order. A product
  /// where the count is a number.
  mlir::Value sumByIndex(mlir::Value rows, mlir::Value index, const Size &count);
  /// The axis, of a constant size, cut into panels of `width`: an axis of panels, then one of places within a panel. The
  /// last is filled with zeros.
  mlir::Value cutAxis(mlir::Value x, int64_t axis, int64_t width);
  /// The row-major tensor that holds x in a layout.
  mlir::Value pack(mlir::Value x, program::Layout layout);
  /// A number of elements, of the element type of `like`.
  mlir::Value sizeOf(const Size &size, mlir::Value like);
  /// x divided by a number of elements.
  mlir::Value divideBySize(mlir::Value x, const Size &size) { return div(x, sizeOf(size, x)); }

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// A gradient of a broadcast result, summed to the operand's type.
mlir::Value sumToShape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value gradient, mlir::RankedTensorType type);

} // namespace vae

#endif // VAE_IR_BUILDERS_TENSORBUILDER_H
