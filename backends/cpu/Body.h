// The scalar body of a generic, written for many lanes at once.
#ifndef VAE_BACKENDS_CPU_BODY_H
#define VAE_BACKENDS_CPU_BODY_H

#include "backends/cpu/Emitter.h"

namespace vae::cpu {

/// Inlines values of one generic's body at one position. What all lanes share is computed once as a scalar; operands
/// are loaded when first used, and nothing is computed that no wanted value needs.
class Body {
public:
  Body(Emitter &emitter, const KernelGeneric &generic, const Position &at)
      : emitter(emitter), generic(generic), at(at) {}

  /// Gives an input whose value is at hand, such as an accumulator tile.
  void provide(const KernelOperand &input, mlir::Value value) { values[input.scalar] = value; }
  /// A scalar or a vector of the position's width.
  mlir::Value get(mlir::Value value);
  /// As `get`, but always of the position's width.
  mlir::Value getVector(mlir::Value value) { return emitter.broadcast(get(value), at.width); }

private:
  mlir::Value compute(mlir::Value value);
  mlir::Value loadInput(mlir::BlockArgument argument);
  mlir::Value index(int64_t loop);
  mlir::Value castIndex(mlir::Operation *cast);
  mlir::Value extract(mlir::Operation *op);
  mlir::Value narrowIndex(mlir::Value index);
  void inlineOp(mlir::Operation *op);

  Emitter &emitter;
  const KernelGeneric &generic;
  const Position &at;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

/// Whether a body is so long that its copies cost more (in compile time and code) than a mask on every iteration.
bool isHeavy(const KernelGeneric &generic);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_BODY_H
