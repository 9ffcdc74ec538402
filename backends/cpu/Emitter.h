// Builds the function of one kernel: folding index arithmetic, addresses of elements, vector loads and stores, loops
// with a masked tail.
#ifndef VAE_BACKENDS_CPU_EMITTER_H
#define VAE_BACKENDS_CPU_EMITTER_H

#include "backends/common/IndexBuilder.h"
#include "backends/cpu/CpuTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace vae::cpu {

/// A place in a generic's iteration space. Lanes run along one loop; every other loop stands at one index.
struct Point {
  llvm::SmallVector<mlir::Value, 6> loops; // each loop's index (of lane 0); null counts as zero
  int laneLoop = -1;                       // the loop that lanes run along; -1: one element
  int64_t lanes = 1;
  int64_t step = 1; // of the lane loop's index, from lane to lane
  mlir::Value mask; // lanes that exist; null: all
};

/// How an operand's address moves with the lanes.
enum class LaneStep { Uniform, Unit, Strided };

/// An address in elements from the start of a buffer.
struct Address {
  mlir::Value element;
  LaneStep step = LaneStep::Uniform;
  mlir::Value stride; // Strided: elements from lane to lane
};

class Emitter : public IndexBuilder {
public:
  /// Starts the function `<symbol>.body(buffers..., sizes..., begin, end, scratch)` in `module`; the insertion point is
  /// its body.
  Emitter(const KernelView &kernel, const CpuTarget &target, mlir::ModuleOp module, llvm::StringRef symbol);

  const KernelView &kernel;
  const CpuTarget &target;
  mlir::func::FuncOp function;
  mlir::Value begin, end; // blocks

  mlir::Value size(int64_t index) { return sizes[index]; }

  //===-- memory ---===//
  mlir::Value buffer(int64_t index) { return buffers[index]; }
  /// f32 scratch of the calling thread, as a flat buffer.
  mlir::Value scratch() { return scratchBuffer; }
  /// A 64-byte aligned array of f32 on the stack, allocated once at the start of the function.
  mlir::Value stackArray(int64_t elements);
  /// Distance in elements between neighbours along a dimension.
  mlir::Value stride(const KernelBuffer &buffer, unsigned dim);
  Address address(const KernelBuffer &buffer, mlir::AffineMap map, const Point &at);
  /// A scalar where the lanes share one element, else a vector; masked lanes are zero (one for integers, which divide).
  mlir::Value load(mlir::Value memory, const Address &address, const Point &at);
  void store(mlir::Value value, mlir::Value memory, const Address &address, const Point &at);
  /// Stores a result's value in all buffers that hold the result.
  void storeResult(mlir::Value value, const KernelResult &result, const Point &at);
  mlir::Value loadVector(mlir::Value memory, mlir::Value element, int64_t width, mlir::Value mask = {});
  void storeVector(mlir::Value vector, mlir::Value memory, mlir::Value element, mlir::Value mask = {});
  /// Asks for an element's line to come into the first cache; it may lie beyond the buffer's end.
  void prefetch(mlir::Value memory, mlir::Value element);
  /// Every second element from `element` on.
  mlir::Value loadAlternate(mlir::Value memory, mlir::Value element, int64_t width, mlir::Value mask = {});
  /// Elements base + offsets[lane].
  mlir::Value gather(mlir::Value memory, mlir::Value base, mlir::Value offsets, mlir::Value mask);

  //===-- vectors ---===//
  mlir::Value broadcast(mlir::Value value, int64_t width);
  mlir::Value splat(mlir::TypedAttr scalar, int64_t width);
  mlir::Value lanes(int64_t width); // 0, 1, 2... as index
  /// The lanes of two vectors in turn.
  mlir::Value interleave(mlir::Value even, mlir::Value odd);
  /// Every second lane from `first` on.
  mlir::Value alternate(mlir::Value vector, int64_t first);
  /// The first `count` of `width` lanes; `count` may exceed it.
  mlir::Value firstLanes(mlir::Value count, int64_t width);

  //===-- loops ---===//
  using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value index, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, int64_t step, mlir::ValueRange carried,
                                      LoopBody body);
  void loop(mlir::Value from, mlir::Value to, int64_t step, llvm::function_ref<void(mlir::Value index)> body);
  /// What one of two branches gives; both give the same types.
  using BranchBody = llvm::function_ref<llvm::SmallVector<mlir::Value>()>;
  llvm::SmallVector<mlir::Value> branch(mlir::Value condition, BranchBody then, BranchBody otherwise);
  /// Calls `body` for whole vectors with a null mask, then at most once with a mask; or for all vectors with a mask,
  /// which writes the body once.
  using LaneBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value index, mlir::Value mask, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> laneLoop(mlir::Value from, mlir::Value to, int64_t width, mlir::ValueRange carried,
                                          LaneBody body, bool maskAll = false);

  /// Writes what `body` emits into a function of its own and calls it: constants that one loop keeps in registers don't
  /// push another's accumulators out of them.
  void outlined(llvm::StringRef name, llvm::function_ref<void()> body);

private:
  llvm::SmallVector<mlir::Value> buffers;
  mlir::Value scratchBuffer;
};

/// The type under which kernels see a buffer: one dimension of unknown length, so that addresses are sums we fold
/// ourselves.
mlir::MemRefType getFlatType(mlir::Type element);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_EMITTER_H
