// A thread's tile of a matrix product, in registers: loads of both sides and the loop over k.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_GEMMTILE_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_GEMMTILE_H

#include "backends/vulkan/BodyWriter.h"
#include "backends/vulkan/strategies/TileShapes.h"

namespace vae::vulkan {

/// Where a thread's tile lies in the product.
struct TilePlace {
  llvm::SmallVector<mlir::Value> batch;
  mlir::Value row, column; // of the tile's corner; quad q starts 4 q threadsN columns further
};

/// The root of a kernel of form Gemm or NearestCode, tile by tile.
class GemmTile {
public:
  GemmTile(Emitter &shader, const TileShape &tile);

  /// The sums over k of a tile, row by row and quad by quad. Rows and columns beyond the last repeat it.
  llvm::SmallVector<mlir::Value> emitSums(const TilePlace &place);
  /// A point of the root's loops.
  Point makePoint(const TilePlace &place, mlir::Value row, mlir::Value column, mlir::Value k);
  /// The column where a quad of the tile starts.
  mlir::Value quadColumn(const TilePlace &place, int64_t quad);

private:
  using Steps = llvm::SmallVector<mlir::Value, 4>; // a value for each step of k that a round takes

  /// The sum after one step: a product more, or what the left side chooses.
  mlir::Value addTerm(mlir::Value factor, mlir::Value element, mlir::Value sum);
  llvm::SmallVector<mlir::Value> multiply(const TilePlace &place, mlir::Value k, mlir::ValueRange sums, int64_t steps);
  llvm::SmallVector<Steps> loadLeft(const TilePlace &place, mlir::Value k, int64_t steps);
  Steps loadRight(const TilePlace &place, int64_t quad, mlir::Value k, int64_t steps);
  Steps loadColumns(const Point &first, int64_t steps);
  bool runsAlong(unsigned side, unsigned loop) const;
  mlir::Value loadSide(unsigned side, Point point);

  const KernelView &kernel;
  const KernelGeneric &root;
  const GemmForm &form;
  TileShape tile;
  Emitter &shader;
  mlir::Value rowCount, columnCount;
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_GEMMTILE_H
