// One block of a matrix product: some rows of one panel of columns.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_GEMMBLOCK_H
#define VAE_BACKENDS_CPU_STRATEGIES_GEMMBLOCK_H

#include "backends/cpu/BodyWriter.h"
#include "backends/cpu/MicroKernel.h"
#include "backends/cpu/strategies/BlockSpace.h"

namespace vae::cpu {

class GemmBlock {
public:
  explicit GemmBlock(Emitter &emitter);

  /// Whether the right side's strips are copied to scratch: it is not stored as panels.
  bool packsRhs() const { return !rhsIsPanels; }
  /// The most rows that a block may have.
  void setRows(int64_t rows) { blockRows = rows; }
  /// Scratch for the packed strip, in f32, for each `vectorWidth` steps of k.
  int64_t getStripFloats() const;
  /// Scratch for the left side after its prologue, in f32, for each step of k.
  int64_t getCopyFloats() const { return kernel.prologues[0] ? blockRows : 0; }
  /// Writes the block: `ranges` are those of the batch loops, n, m.
  void emit(llvm::ArrayRef<LoopRange> ranges);

private:
  Point rootPoint() const;
  Point prologuePoint(unsigned side, mlir::Value row, mlir::Value column) const;
  void copyLhs();
  void packStrip(mlir::Value column);
  void packTransposed(mlir::Value column);
  void packRows(mlir::Value column);
  /// Element (n, k) of the right side and its neighbours, through the prologue where there is one.
  mlir::Value loadRhs(mlir::Value n, mlir::Value k, bool alongK, int64_t width, mlir::Value mask);
  void emitStrip(mlir::Value column);
  TileOperands tileOperands(mlir::Value firstRow, int64_t rows, mlir::Value column, bool clamps);
  void storeTile(mlir::Value firstRow, mlir::Value count, mlir::Value column);
  void storeTileByRegisters(mlir::Value firstRow, mlir::Value count, mlir::Value column);
  void storeRow(mlir::Value sum, mlir::Value row, mlir::Value column, mlir::Value mask);

  Emitter &emitter;
  const KernelView &kernel;
  const GemmForm &form;
  bool rhsIsPanels;
  int64_t blockRows = 0, columns;
  mlir::Value M, N, K; // lengths
  mlir::Value tile;    // on the stack: tileRows x columns
  llvm::SmallVector<mlir::Value, 2> batch;
  LoopRange rowRange;
};

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_GEMMBLOCK_H
