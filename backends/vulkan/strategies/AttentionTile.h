// A workgroup's tile of an attention or of its gradients: some places of queries (or of keys) meet all keys (or queries) some at a
// time. A thread has some of their products and some columns of the sums; weights meet in shared memory.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_ATTENTIONTILE_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_ATTENTIONTILE_H

#include "backends/vulkan/Emitter.h"

namespace vae::vulkan {

class AttentionTile {
public:
  virtual ~AttentionTile() = default;
  Shader emit();

protected:
  /// What a workgroup's rows are; the other side comes in columns.
  enum class Side { Queries, Keys };
  /// `columns`: of the widest sums that the tile makes.
  AttentionTile(const KernelView &kernel, Side rowsAre, int64_t columns);

  /// The channels of one head of a buffer [batch, places, channels].
  struct Matrix {
    int64_t buffer;
    mlir::Value channel; // the first
    int64_t width;
    bool quads; // four neighbours can be read at once
  };
  /// The products of a thread: its row with four neighbouring columns.
  using Products = llvm::SmallVector<mlir::Value>;
  /// Columns of one step, from a multiple of their number on.
  struct Columns {
    mlir::Value first;
    llvm::SmallVector<mlir::Value, 4> own;  // this thread's four, each kept below their count
    llvm::SmallVector<mlir::Value, 4> seen; // whether each exists and is not hidden
  };
  /// Sums of the thread's row: some quads of columns.
  using Sums = llvm::SmallVector<mlir::Value>;

  /// Writes what one workgroup does for `rows` places.
  virtual void emitTile() = 0;

  Matrix queryMatrix(int64_t buffer);
  Matrix keyMatrix(int64_t buffer);
  mlir::Value loadNumber(const Matrix &matrix, mlir::Value place);
  /// Products of the row with each of its columns.
  Products multiply(const Matrix &rows, const Matrix &columns, const Columns &step);
  /// The products of queries and keys, scaled, with their mask: minus infinity for what is not seen.
  Products score(const Columns &step);
  /// Runs over all columns that a place of the tile may see.
  Sums forColumns(mlir::ValueRange initial,
                  llvm::function_ref<Sums(const Columns &step, mlir::ValueRange carried)> body);
  Sums zeroSums() { return Sums(quads, shader.zero(4)); }
  /// A number for each row and column, in shared memory.
  mlir::Value allocate();
  /// Stores the thread's numbers of the row; a barrier must follow.
  void share(mlir::Value array, mlir::ValueRange numbers);
  /// Runs over the row's numbers, some a round.
  Sums forShared(mlir::Value array, int64_t unroll, mlir::ValueRange initial,
                 llvm::function_ref<Sums(mlir::Value column, mlir::Value shared, mlir::ValueRange carried)> body);
  /// sums + the step's places of the matrix, weighted by what is shared. With `total` among the sums, last, that plus the
  /// weights.
  Sums accumulate(const Matrix &matrix, const Columns &step, mlir::Value weights, mlir::ValueRange sums,
                  bool total = false);
  void store(const Matrix &matrix, mlir::ValueRange sums);
  mlir::Value exponential(mlir::Value x);
  mlir::Value logarithm(mlir::Value x);
  mlir::Value number(double value);

  const KernelView &kernel;
  const AttentionForm &form;
  const int64_t quads; // of a thread's sums
  Emitter shader;
  mlir::Value batch, head, kvHead;
  mlir::Value row, place; // the thread's row among the tile's, and its place, kept below their count
  mlir::Value exists;     // whether the row is one
  mlir::Value slice;      // which columns of the sums

  static constexpr int64_t rows = 16, columns = 32, threadsPerRow = columns / 4;

private:
  bool areQueries() const { return rowsAre == Side::Queries; }
  const Extent &placesOf(int64_t buffer) const { return kernel.buffers[buffer].shape[1]; }
  int64_t countSlices() const;
  mlir::Value offset(const Matrix &matrix, mlir::Value at, mlir::Value column, int64_t lanes);
  mlir::Value loadQuad(const Matrix &matrix, mlir::Value at, mlir::Value column);
  mlir::Value sees(mlir::Value column);
  mlir::Value loadMask(mlir::Value column);
  mlir::Value sharedPlace(mlir::Value column);
  mlir::Value sumColumn(int64_t quad);
  Columns columnsFrom(mlir::Value first);

  const Side rowsAre;
  const int64_t widest;
  mlir::Value seat; // the thread among those of its row
  mlir::Value rowCount, columnCount;
  mlir::Value firstRow; // the tile's first place
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_ATTENTIONTILE_H
