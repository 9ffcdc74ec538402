// One block of an attention or of its gradients: strips of queries (or of keys), one a lane, that meet all keys (or queries)
// some rows at a time. Scores are in no memory but those of one step.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_ATTENTIONBLOCK_H
#define VAE_BACKENDS_CPU_STRATEGIES_ATTENTIONBLOCK_H

#include "backends/cpu/MicroKernel.h"
#include "backends/cpu/strategies/BlockSpace.h"

namespace vae::cpu {

class AttentionBlock {
public:
  virtual ~AttentionBlock() = default;
  /// States the grid and scratch, and writes the loop over blocks.
  void emit(CompiledKernel &compiled);

protected:
  /// What lies in the lanes; the other side comes in rows.
  enum class Side { Queries, Keys };
  AttentionBlock(Emitter &emitter, Side lanesHold);

  /// The matrix of one batch and head: rows of `width` elements, `stride` apart.
  struct Matrix {
    mlir::Value memory, start;
    int64_t stride, width;
  };
  /// Rows in scratch of one vector of lanes each.
  struct Lines {
    mlir::Value start;
  };
  /// Lanes of neighbouring places, and which of them exist.
  struct Strip {
    mlir::Value first, mask, scratch;
  };
  /// Some rows of the other side; with `hides`, causality hides some lanes of some of them.
  struct Rows {
    mlir::Value from, to;
    bool hides;
  };

  virtual void begin(const Strip &strip) = 0;
  virtual void step(const Strip &strip, const Rows &rows) = 0;
  virtual void finish(const Strip &strip) = 0;

  /// Reserves lines of every strip, or of the block; to be called before `emit`. Gives where they begin.
  int64_t reserve(int64_t lines);
  Lines lines(const Strip &strip, int64_t line) const;
  int64_t reserveShared(int64_t lines);
  Lines shared(int64_t line) const;
  /// The lines that `accumulate` needs for so many sums.
  int64_t roundUp(int64_t width) const { return llvm::alignTo(width, emitter.target.tileRows); }
  mlir::Value loadLine(Lines lines, mlir::Value line) const;
  mlir::Value loadLine(Lines lines) const { return loadLine(lines, emitter.index(0)); }
  void storeLine(mlir::Value vector, Lines lines, mlir::Value line) const;
  void storeLine(mlir::Value vector, Lines lines) const { storeLine(vector, lines, emitter.index(0)); }
  void fill(Lines lines, int64_t count, float value) const;

  Matrix queryMatrix(int64_t buffer) const;
  Matrix keyMatrix(int64_t buffer) const;
  /// Copies a strip's rows to lines, one element of each row in a line, times a number.
  void pack(const Matrix &matrix, const Strip &strip, Lines to, double scale = 1) const;
  /// The way back, times a number or a vector.
  void unpack(Lines from, const Matrix &matrix, const Strip &strip, mlir::Value factor) const;
  mlir::Value number(double value) const;

  /// Runs over tiles of rows with the products of each row and a packed strip; rows past the last repeat it.
  void multiply(const Matrix &matrix, const Rows &rows, Lines strip,
                llvm::function_ref<void(mlir::Value row, mlir::Value products)> use) const;
  /// The score of the lanes with a row: with its mask, minus infinity where hidden or past the last row.
  mlir::Value score(const Strip &strip, const Rows &rows, mlir::Value row, mlir::Value product) const;
  /// Adds up rows weighted by lines: to[c] = to[c] * factor + sum over rows of weights[row] * matrix[row, c]. A null factor
  /// is 1.
  void accumulate(const Matrix &matrix, const Strip &strip, const Rows &rows, Lines weights, Lines to,
                  mlir::Value factor = {}) const;
  /// The line of a row within a step's weights.
  mlir::Value lineOf(const Rows &rows, mlir::Value row) const { return emitter.sub(row, rows.from); }
  mlir::Value exponential(mlir::Value x) const;
  mlir::Value logarithm(mlir::Value x) const;

  Emitter &emitter;
  const KernelView &kernel;
  const AttentionForm &form;
  const int64_t width; // lanes of a strip
  mlir::Value batch, head, kvHead;

private:
  bool holdsQueries() const { return lanesHold == Side::Queries; }
  const Extent &extentOf(int64_t buffer) const { return kernel.buffers[buffer].shape[1]; }
  int64_t countStrips() const;
  void emitBlock(LoopRange places);
  void emitHead(LoopRange places);
  void emitRows(LoopRange places, mlir::Value row);
  void forStrips(LoopRange places, mlir::Value from, mlir::Value to, llvm::function_ref<void(const Strip &)> body);
  mlir::Value visible(const Strip &strip, mlir::Value row) const;

  const Side lanesHold;
  int64_t stripLines = 0, sharedLines = 0;
  mlir::Value places, rowCount; // of the lanes' side and of the rows'
};

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_ATTENTIONBLOCK_H
