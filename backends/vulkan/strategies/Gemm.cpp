// Strategy for matrix products: every thread holds a small tile of the result in registers.
#include "backends/vulkan/strategies/Gemm.h"
#include "backends/vulkan/ScalarBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

/// A thread's tile is `rows` x 4 `quads`; a workgroup is `threadsM` x `threadsN` threads. `unroll` steps of k are taken
/// at once.
struct Tile {
  int64_t rows, quads, threadsM, threadsN, unroll;

  int64_t groupRows() const { return rows * threadsM; }
  int64_t groupColumns() const { return 4 * quads * threadsN; }
};

/// Where a thread's tile lies in the result.
struct TilePlace {
  SmallVector<Value> batch;
  Value row, column; // of the tile's corner; quad q starts 4 q threadsN columns further
};

class GemmEmitter {
public:
  explicit GemmEmitter(const Kernel &kernel);
  Shader emit();

private:
  using Steps = SmallVector<Value, 4>; // a value for each unrolled step of k

  void emitTile(const TilePlace &place);
  SmallVector<Value> multiply(const TilePlace &place, Value k, ValueRange sums);
  SmallVector<Steps> loadLeft(const TilePlace &place, Value k);
  Steps loadRight(const TilePlace &place, int64_t quad, Value k);
  Steps loadColumns(const Point &first);
  bool runsAlong(unsigned side, unsigned loop) const;
  Value loadSide(unsigned side, Point point);
  void finishRow(const TilePlace &place, Value row, int64_t quad, Value sums);
  void finishPoint(const Point &point, Value sum);
  Value quadColumn(const TilePlace &place, int64_t quad);
  Point makePoint(const TilePlace &place, Value row, Value column, Value k);

  const Kernel &kernel;
  const KernelGeneric &root;
  const GemmForm &form;
  Tile tile;
  ShaderBuilder shader;
  Value rowCount, columnCount;
};

} // namespace

/// A tile as large as registers and quick compilation allow, fewer threads along an axis that is known to be short.
static Tile chooseTile(const Kernel &kernel) {
  const Extent &m = kernel.root.loops[kernel.gemm.m], &n = kernel.root.loops[kernel.gemm.n],
               &k = kernel.root.loops[kernel.gemm.k];
  Tile tile{4, 1, 8, 8, k.isStatic() && k.fixed % 4 == 0 ? 4 : 1};
  if (!n.isStatic() || n.fixed >= 64)
    tile.quads = 2;
  else if (n.fixed <= 16)
    tile.threadsN = std::max<int64_t>(1, llvm::PowerOf2Ceil(llvm::divideCeil(n.fixed, 4)));
  if (m.isStatic() && m.fixed <= 16)
    tile.threadsM = std::max<int64_t>(1, llvm::PowerOf2Ceil(llvm::divideCeil(m.fixed, 4)));
  return tile;
}

GemmEmitter::GemmEmitter(const Kernel &kernel)
    : kernel(kernel), root(kernel.root), form(kernel.gemm), tile(chooseTile(kernel)),
      shader(kernel, {static_cast<int32_t>(tile.threadsN), static_cast<int32_t>(tile.threadsM), 1}),
      rowCount(shader.length(root.loops[form.m])), columnCount(shader.length(root.loops[form.n])) {}

//===-- Loads -----------------------------------------------------------------===//

Point GemmEmitter::makePoint(const TilePlace &place, Value row, Value column, Value k) {
  Point point;
  point.loops.resize(root.loops.size());
  for (auto [loop, index] : llvm::zip_equal(form.batch, place.batch))
    point.loops[loop] = index;
  point.loops[form.m] = row;
  point.loops[form.n] = column;
  point.loops[form.k] = k;
  return point;
}

/// One side's element, or four along the point's lanes, through its prologue if it has one.
Value GemmEmitter::loadSide(unsigned side, Point point) {
  const KernelOperand &input = root.inputs[side];
  Value value;
  if (const std::optional<KernelGeneric> &prologue = kernel.prologues[side]) {
    Point inner = point;
    inner.loops.clear();
    inner.laneLoop = -1;
    for (auto [loop, expr] : llvm::enumerate(input.map.getResults())) {
      unsigned position = cast<AffineDimExpr>(expr).getPosition();
      inner.loops.push_back(point.loops[position]);
      if (static_cast<int>(position) == point.laneLoop)
        inner.laneLoop = static_cast<int>(loop);
    }
    value = ScalarBody(shader, *prologue, inner).get(prologue->results[0].yielded);
  } else {
    value = ScalarBody(shader, root, point).get(input.scalar);
  }
  return point.lanes > 1 ? shader.splat(value) : value;
}

/// Whether a side's buffers can be read four at a time along a loop of the root.
bool GemmEmitter::runsAlong(unsigned side, unsigned loop) const {
  const KernelOperand &input = root.inputs[side];
  auto dimensionOf = [&](AffineMap map, unsigned dim) {
    for (auto [dimension, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(dim, expr.getContext()))
        return static_cast<int64_t>(dimension);
    return static_cast<int64_t>(-1);
  };
  int64_t dimension = dimensionOf(input.map, loop);
  if (!kernel.prologues[side])
    return shader.hasQuads(input.buffer, dimension);
  if (!root.loops[loop].isStatic() || root.loops[loop].fixed % 4 != 0)
    return false;
  return llvm::any_of(kernel.prologues[side]->inputs, [&](const KernelOperand &inner) {
    int64_t along = dimensionOf(inner.map, dimension);
    return along >= 0 && shader.hasQuads(inner.buffer, along);
  });
}

/// For each row of the tile, its elements at the unrolled steps from k on. Rows beyond the last repeat it.
SmallVector<GemmEmitter::Steps> GemmEmitter::loadLeft(const TilePlace &place, Value k) {
  SmallVector<Steps> result(tile.rows);
  Value last = shader.sub(rowCount, shader.index(1)), zero = shader.index(0);
  if (tile.rows == 4 && runsAlong(0, form.m)) {
    Point point = makePoint(place, shader.min(place.row, shader.sub(rowCount, shader.index(4))), zero, k);
    point.lanes = 4;
    point.laneLoop = static_cast<int>(form.m);
    for (int64_t step = 0; step < tile.unroll; ++step) {
      point.loops[form.k] = shader.add(k, shader.index(step));
      Value rows = loadSide(0, point);
      for (int64_t row = 0; row < tile.rows; ++row)
        result[row].push_back(shader.lane(rows, row));
    }
    return result;
  }
  for (int64_t row = 0; row < tile.rows; ++row) {
    Point point = makePoint(place, shader.min(shader.add(place.row, shader.index(row)), last), zero, k);
    if (tile.unroll == 4 && runsAlong(0, form.k)) {
      point.lanes = 4;
      point.laneLoop = static_cast<int>(form.k);
      Value steps = loadSide(0, point);
      for (int64_t step = 0; step < tile.unroll; ++step)
        result[row].push_back(shader.lane(steps, step));
      continue;
    }
    for (int64_t step = 0; step < tile.unroll; ++step) {
      point.loops[form.k] = shader.add(k, shader.index(step));
      result[row].push_back(loadSide(0, point));
    }
  }
  return result;
}

Value GemmEmitter::quadColumn(const TilePlace &place, int64_t quad) {
  return shader.add(place.column, shader.index(4 * quad * tile.threadsN));
}

/// Four columns at the unrolled steps, each column read along k.
GemmEmitter::Steps GemmEmitter::loadColumns(const Point &first) {
  Value columns[4];
  for (int lane = 0; lane < 4; ++lane) {
    Point point = first;
    point.loops[form.n] = first.laneIndices[lane];
    point.laneIndices.clear();
    point.laneLoop = static_cast<int>(form.k);
    columns[lane] = loadSide(1, point);
  }
  Steps result;
  for (int64_t step = 0; step < tile.unroll; ++step) {
    SmallVector<Value> lanes;
    for (Value column : columns)
      lanes.push_back(shader.lane(column, step));
    result.push_back(shader.fromLanes(lanes));
  }
  return result;
}

/// A quad of columns at the unrolled steps from k on. Columns beyond the last repeat it.
GemmEmitter::Steps GemmEmitter::loadRight(const TilePlace &place, int64_t quad, Value k) {
  Value last = shader.sub(columnCount, shader.index(1));
  Value lastQuad = shader.mul(shader.div(last, 4), shader.index(4));
  Point point = makePoint(place, shader.index(0), shader.min(quadColumn(place, quad), lastQuad), k);
  point.lanes = 4;
  point.laneLoop = static_cast<int>(form.n);
  bool quads = runsAlong(1, form.n);
  if (!quads)
    for (int lane = 0; lane < 4; ++lane)
      point.laneIndices.push_back(shader.min(shader.add(point.loops[form.n], shader.index(lane)), last));
  if (!quads && tile.unroll == 4 && runsAlong(1, form.k))
    return loadColumns(point);
  Steps result;
  for (int64_t step = 0; step < tile.unroll; ++step) {
    point.loops[form.k] = shader.add(k, shader.index(step));
    result.push_back(loadSide(1, point));
  }
  return result;
}

//===-- The tile --------------------------------------------------------------===//

/// The sums, row by row and quad by quad, after the unrolled steps from k on.
SmallVector<Value> GemmEmitter::multiply(const TilePlace &place, Value k, ValueRange sums) {
  SmallVector<Steps> left = loadLeft(place, k);
  SmallVector<Steps> right;
  for (int64_t quad = 0; quad < tile.quads; ++quad)
    right.push_back(loadRight(place, quad, k));
  SmallVector<Value> result(sums);
  for (int64_t step = 0; step < tile.unroll; ++step)
    for (int64_t row = 0; row < tile.rows; ++row) {
      Value factor = shader.splat(left[row][step]);
      for (int64_t quad = 0; quad < tile.quads; ++quad) {
        Value &sum = result[row * tile.quads + quad];
        sum = vector::FMAOp::create(shader.b, factor, right[quad][step], sum);
      }
    }
  return result;
}

/// Writes the product, or what the epilogue makes of it, at one point of the result or four along n.
void GemmEmitter::finishPoint(const Point &point, Value sum) {
  ScalarBody product(shader, root, point);
  product.bind(root.results[0].yielded, sum);
  if (kernel.epilogue) {
    Point outer = point;
    outer.loops.clear();
    for (auto [loop, index] : llvm::enumerate(point.loops)) {
      if (loop == form.k)
        continue;
      if (static_cast<int>(loop) == point.laneLoop)
        outer.laneLoop = static_cast<int>(outer.loops.size());
      outer.loops.push_back(index);
    }
    ScalarBody body(shader, *kernel.epilogue, outer);
    body.bindProducer(cast<OpResult>(root.op->getResult(0)), sum);
    for (const KernelResult &result : kernel.epilogue->results)
      body.get(result.yielded);
    for (const KernelResult &result : kernel.epilogue->results)
      body.store(result);
  }
  product.store(root.results[0]);
}

/// One row's quad, as a whole where columns come in fours, else column by column.
void GemmEmitter::finishRow(const TilePlace &place, Value row, int64_t quad, Value sums) {
  const Extent &columns = root.loops[form.n];
  Value column = quadColumn(place, quad);
  Point point = makePoint(place, row, column, shader.index(0));
  if (columns.isStatic() && columns.fixed % 4 == 0) {
    point.lanes = 4;
    point.laneLoop = static_cast<int>(form.n);
    shader.when(shader.lessThan(column, columnCount), [&] { finishPoint(point, sums); });
    return;
  }
  for (int lane = 0; lane < 4; ++lane) {
    point.loops[form.n] = shader.add(column, shader.index(lane));
    shader.when(shader.lessThan(point.loops[form.n], columnCount),
                [&] { finishPoint(point, shader.lane(sums, lane)); });
  }
}

void GemmEmitter::emitTile(const TilePlace &place) {
  Value zero = arith::ConstantOp::create(shader.b, shader.b.getF32FloatAttr(0));
  SmallVector<Value> initial(tile.rows * tile.quads, shader.splat(zero));
  Value depth = shader.length(root.loops[form.k]);
  SmallVector<Value> sums = shader.loop(shader.index(0), depth, shader.index(tile.unroll), initial,
                                        [&](Value k, ValueRange carried) { return multiply(place, k, carried); });
  for (int64_t row = 0; row < tile.rows; ++row) {
    Value index = shader.add(place.row, shader.index(row));
    shader.when(shader.lessThan(index, rowCount), [&] {
      for (int64_t quad = 0; quad < tile.quads; ++quad)
        finishRow(place, index, quad, sums[row * tile.quads + quad]);
    });
  }
}

Shader GemmEmitter::emit() {
  SmallVector<Extent> batch;
  for (unsigned loop : form.batch)
    batch.push_back(root.loops[loop]);
  shader.blocks(2, shader.volume(batch), [&](Value matrix) {
    shader.blocks(1, shader.ceilDiv(rowCount, tile.groupRows()), [&](Value rowBlock) {
      shader.blocks(0, shader.ceilDiv(columnCount, tile.groupColumns()), [&](Value columnBlock) {
        TilePlace place;
        place.batch = shader.split(matrix, batch);
        Value rowGroup = shader.add(shader.mul(rowBlock, shader.index(tile.threadsM)), shader.threadId(1));
        place.row = shader.mul(rowGroup, shader.index(tile.rows));
        place.column = shader.add(shader.mul(columnBlock, shader.index(tile.groupColumns())),
                                  shader.mul(shader.threadId(0), shader.index(4)));
        emitTile(place);
      });
    });
  });
  GridAxis matrices;
  for (const Extent &extent : batch)
    matrices.push_back(getGridFactor(extent));
  return shader.finish("Gemm", {{getGridFactor(root.loops[form.n], tile.groupColumns())},
                                {getGridFactor(root.loops[form.m], tile.groupRows())},
                                matrices});
}

Shader vulkan::emitGemm(const Kernel &kernel) { return GemmEmitter(kernel).emit(); }
