// A workgroup's tile of a matrix product: both sides pass through memory that the workgroup shares.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_SHAREDTILE_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_SHAREDTILE_H

#include "backends/vulkan/Emitter.h"
#include "backends/vulkan/strategies/TileShapes.h"

namespace vae::vulkan {

/// Brings a tile's sides from buffers to shared memory, `depth` steps of k at a time. Registers hold the next steps
/// while those before are multiplied, hence loading and placing are two things.
class TileFeed {
public:
  virtual ~TileFeed() = default;
  /// Where k starts, as indices that the thread needs.
  virtual llvm::SmallVector<mlir::Value> start() = 0;
  virtual llvm::SmallVector<mlir::Value> advance(mlir::ValueRange place) = 0;
  /// Also called for steps beyond the last, whose values are not used.
  virtual llvm::SmallVector<mlir::Value> load(mlir::ValueRange place) = 0;
  virtual void store(mlir::ValueRange loaded) = 0;
};

class SharedTile {
public:
  SharedTile(Emitter &shader, const SharedTileShape &shape);

  /// Puts four neighbouring rows, or columns, of one step of k in their place.
  void storeRows(mlir::Value k, mlir::Value quad, mlir::Value values);
  void storeColumns(mlir::Value k, mlir::Value quad, mlir::Value values);
  /// The sums of this thread's tile after so many rounds of `depth` steps, row by row and quad by quad. With several
  /// parts the first has them all. The whole workgroup must meet here.
  llvm::SmallVector<mlir::Value> accumulate(TileFeed &feed, mlir::Value rounds);
  /// Runs `body` for each row of the thread's tile, with the row's number in the workgroup's tile and its sums, one a
  /// quad of columns; with several parts in the first alone.
  void forRows(mlir::ValueRange sums, llvm::function_ref<void(mlir::Value row, mlir::ValueRange quads)> body);
  /// The column in the workgroup's tile where a quad of the thread's tile starts.
  mlir::Value quadColumn(int64_t quad);

  const SharedTileShape shape;
  mlir::Value thread; // this thread's number

private:
  llvm::SmallVector<mlir::Value> multiply(mlir::ValueRange sums);
  void multiplyStep(mlir::Value step, llvm::MutableArrayRef<mlir::Value> sums);
  void join(llvm::MutableArrayRef<mlir::Value> sums);
  void joinSome(llvm::MutableArrayRef<mlir::Value> sums);
  void visitRow(mlir::Value number, mlir::ValueRange sums,
                llvm::function_ref<void(mlir::Value row, mlir::ValueRange quads)> body);

  Emitter &shader;
  int64_t rowStride, columnStride;     // in quads, from one step of k to the next
  mlir::Value memory;                  // the rows' quads, then the columns'
  mlir::Value threadM, threadN, part;  // this thread's rows and columns, and its share of k
  mlir::Value firstRows, firstColumns; // their first quads at its first step
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_SHAREDTILE_H
