// Writes the body of a linalg.generic into a shader, for one iteration or for four neighbouring ones.
#ifndef VAE_BACKENDS_VULKAN_BODYWRITER_H
#define VAE_BACKENDS_VULKAN_BODYWRITER_H

#include "backends/vulkan/Emitter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

namespace vae::vulkan {

/// Reports the first thing in a kernel that shaders don't do: types other than 32-bit floats and integers, and
/// operations without a SPIR-V form.
mlir::LogicalResult checkBodies(const KernelView &kernel);

/// Iterations of a generic: one, or four neighbours along `laneLoop`.
struct Point {
  llvm::SmallVector<mlir::Value> loops; // `index` values, of the first lane
  int lanes = 1;                        // 1 or 4
  int laneLoop = -1;                    // lanes 4: which loop; its index is a multiple of 4
  mlir::Value flat;                     // position in the loops' row-major order where it is at hand, else null
  /// Lanes 4: the lanes' indices where they are not neighbours because they were kept below the loop's length; else
  /// empty. Whole quads are still read from the first lane's index.
  llvm::SmallVector<mlir::Value, 4> laneIndices;
};

/// One generic's body at one point. Operations are emitted when asked for and once each, at the builder's insertion
/// point, so a BodyWriter must not outlive the block in which it was first asked. A value that is the same in all lanes
/// stays a scalar; `index` becomes i32.
class BodyWriter {
public:
  BodyWriter(Emitter &shader, const KernelGeneric &generic, Point point);

  /// What a value of the body is, in place of computing or loading it.
  void bind(mlir::Value value, mlir::Value known) { values[value] = known; }
  /// What a result of another generic is where this generic reads it.
  void bindProducer(mlir::OpResult producer, mlir::Value value);
  /// The value in the shader: a scalar or four lanes.
  mlir::Value get(mlir::Value value);
  /// Joins two partial results of a reduction.
  mlir::Value combine(const KernelResult &result, mlir::Value left, mlir::Value right);
  /// Writes a result to its buffers at this point.
  void store(const KernelResult &result);
  /// Writes all results. All are read for before the first is written: a result may lie over an input that another reads.
  void storeResults();
  /// Writes this value in its place: of a root that has no body.
  void store(const KernelResult &result, mlir::Value value);

private:
  std::optional<Extent> getSize(mlir::Value value) const;
  mlir::Value loadInput(const KernelOperand &input);
  mlir::Value emit(mlir::Operation *op, unsigned result);
  mlir::Value emitIndex(unsigned loop);
  mlir::Value emitLookup(mlir::Operation *op);
  mlir::Value clone(mlir::Operation *op, llvm::ArrayRef<mlir::Value> operands, unsigned result);
  mlir::Value laneIndex(int lane);
  llvm::SmallVector<mlir::Value> elementIndices(mlir::AffineMap map, int lane = 0);
  mlir::Value elementOffset(int64_t buffer, mlir::AffineMap map, int64_t width, int lane = 0);
  int64_t laneDimension(mlir::AffineMap map) const;

  Emitter &shader;
  const KernelGeneric &generic;
  Point point;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_BODYWRITER_H
