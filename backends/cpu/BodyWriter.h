// The scalar body of a generic, written for many lanes at once.
#ifndef VAE_BACKENDS_CPU_BODYWRITER_H
#define VAE_BACKENDS_CPU_BODYWRITER_H

#include "backends/cpu/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SetVector.h"
#include <map>

namespace vae::cpu {

/// Inlines values of one generic's body at one position. What all lanes share is computed once as a scalar; operands
/// are loaded when first used, and nothing is computed that no wanted value needs.
class BodyWriter {
public:
  BodyWriter(Emitter &emitter, const KernelGeneric &generic, const Point &at)
      : emitter(emitter), generic(generic), at(at) {}

  /// What a result of the root is where this generic reads it, such as an accumulator tile.
  void bindProducer(mlir::OpResult producer, mlir::Value value);
  /// A scalar or a vector of the position's width.
  mlir::Value get(mlir::Value value);
  /// As `get`, but always of the position's width.
  mlir::Value getVector(mlir::Value value) { return emitter.broadcast(get(value), at.lanes); }
  /// Stores all results. All are computed before the first is stored: a result may lie over an input that another reads.
  void storeResults();

private:
  /// What an integer of the body is, lane by lane: start + lane * step. On lanes where one of `guards` (conditions of
  /// the body) does not hold it is something else.
  struct Line {
    mlir::Value start;
    int64_t step = 0;
    llvm::SmallSetVector<mlir::Value, 2> guards;
  };
  mlir::Value compute(mlir::Value value);
  mlir::Value loadInput(mlir::BlockArgument argument);
  mlir::Value along(int64_t loop, mlir::Value first);
  mlir::Value index(int64_t loop);
  mlir::Value castIndex(mlir::Operation *cast);
  mlir::Value extract(mlir::Operation *op);
  mlir::Value narrowIndex(mlir::Value index);
  mlir::Value gather(mlir::Operation *extract);
  const std::optional<Line> &line(mlir::Value value);
  std::optional<Line> findLine(mlir::Value value);
  std::optional<Line> findLineOfSelect(mlir::arith::SelectOp select);
  std::optional<Line> findLineOfArithmetic(mlir::Operation *op);
  std::optional<Line> combineLines(mlir::Operation *op, const Line &a, const Line &b);
  mlir::Value extractRun(mlir::Operation *extract);
  mlir::Value extractByPhases(mlir::Operation *extract);
  void inlineOp(mlir::Operation *op);

  Emitter &emitter;
  const KernelGeneric &generic;
  Point at;
  bool readsProducer = false;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
  std::map<const void *, std::optional<Line>> lines;        // by value; entries stay where they are
  llvm::SmallVector<std::unique_ptr<BodyWriter>, 2> phases; // at even and odd lanes
};

/// Whether a body is so long that its copies cost more (in compile time and code) than a mask on every iteration.
bool isHeavy(const KernelGeneric &generic);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_BODYWRITER_H
