// Writes one compute shader for one kernel as a gpu.func: buffers, sizes, invocation ids, loops.
#ifndef VAE_BACKENDS_VULKAN_EMITTER_H
#define VAE_BACKENDS_VULKAN_EMITTER_H

#include "backends/Backend.h"
#include "backends/common/IndexBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <array>

namespace vae::vulkan {

/// A compute shader on its way to SPIR-V, and how to launch it.
struct Shader {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  llvm::SmallVector<GridAxis> grid; // three
};

/// The dialects that shaders are written in and lowered through.
void loadShaderDialects(mlir::MLIRContext *context);

/// Neighbours along the innermost loop that one thread computes at once: 4 where the loop's length is a multiple of
/// four, else 1.
int getLanes(const KernelGeneric &generic);

/// As many groups of `capacity` points as all points of the loops take; see Emitter::blocks.
GridAxis getFlatGrid(llvm::ArrayRef<Extent> loops, int64_t capacity);

/// Holds the shader while a strategy writes it. All index arithmetic is on `index`, 32 bits wide in SPIR-V; elements of
/// a buffer are counted below 2^31. Helpers emit at the builder's insertion point.
class Emitter : public IndexBuilder {
public:
  Emitter(const KernelView &kernel, std::array<int32_t, 3> localSize);

  /// Asks drivers to leave loops as they are written: unrolled, they would read far ahead and run out of registers.
  void keepLoops() { (*module)->setAttr(keepLoopsName, b.getUnitAttr()); }
  static constexpr llvm::StringLiteral keepLoopsName = "vae.keep_loops";

  /// Ends the function and hands the module over; the builder is spent.
  Shader finish(llvm::ArrayRef<GridAxis> grid);

  const KernelView &getKernel() const { return kernel; }

  //===-- Values -----------------------------------------------------------===//

  mlir::Value threadId(unsigned axis);
  mlir::Value groupId(unsigned axis);
  mlir::Value groupCount(unsigned axis);
  /// A zero of f32, or of four lanes.
  mlir::Value zero(int64_t lanes);
  /// The value in four lanes, where it is not a vector already.
  mlir::Value splat(mlir::Value value);
  mlir::Value lane(mlir::Value vector, int64_t position);
  mlir::Value fromLanes(llvm::ArrayRef<mlir::Value> lanes);

  //===-- Buffers -------------------------------------------------------------===//

  /// Position of an element in its buffer; with `width` 4 in units of four elements, the fastest index being a multiple
  /// of four.
  mlir::Value offset(int64_t buffer, mlir::ValueRange indices, int64_t width = 1);
  mlir::Value load(int64_t buffer, mlir::Value offset, int64_t width = 1);
  /// Stores a scalar or a vector of four; the offset counts in units of the value.
  void store(int64_t buffer, mlir::Value value, mlir::Value offset);
  /// Whether four neighbours along the buffer's dimension, from a multiple of four on, can be read and written as one
  /// vector.
  bool hasQuads(int64_t buffer, int64_t dimension) const;

  /// An array shared by the workgroup.
  mlir::Value allocateShared(int64_t count, mlir::Type element);
  mlir::Value loadShared(mlir::Value array, mlir::Value position);
  void storeShared(mlir::Value array, mlir::Value value, mlir::Value position);
  void barrier();

  //===-- Control ---------------------------------------------------------------===//

  using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value iv, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value begin, mlir::Value end, mlir::Value step, mlir::ValueRange initial,
                                      LoopBody body);
  void loop(mlir::Value begin, mlir::Value end, mlir::Value step, llvm::function_ref<void(mlir::Value)> body);
  void when(mlir::Value condition, llvm::function_ref<void()> then);
  /// Runs `body` for this workgroup's share of `count` blocks along an axis: any number of groups covers them, so a
  /// launch may cut its grid to the device's limit. Uniform in the group.
  void blocks(unsigned axis, mlir::Value count, llvm::function_ref<void(mlir::Value)> body);

private:
  void addArguments();
  void addSizes();
  mlir::Value getView(int64_t buffer, int64_t width) const;

  const KernelView &kernel;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::gpu::GPUModuleOp shader;
  mlir::gpu::GPUFuncOp function;
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_EMITTER_H
