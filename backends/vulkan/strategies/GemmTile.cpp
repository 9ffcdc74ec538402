// A thread's tile of a matrix product.
#include "backends/vulkan/strategies/GemmTile.h"
#include "backends/vulkan/BodyWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

GemmTile::GemmTile(Emitter &shader, const TileShape &tile)
    : kernel(shader.getKernel()), root(kernel.root), form(kernel.gemm), tile(tile), shader(shader),
      rowCount(shader.length(root.loops[form.m])), columnCount(shader.length(root.loops[form.n])) {}

//===-- Loads -----------------------------------------------------------------===//

Point GemmTile::makePoint(const TilePlace &place, Value row, Value column, Value k) {
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
Value GemmTile::loadSide(unsigned side, Point point) {
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
    value = BodyWriter(shader, *prologue, inner).get(prologue->results[0].yielded);
  } else {
    value = BodyWriter(shader, root, point).get(input.scalar);
  }
  return point.lanes > 1 ? shader.splat(value) : value;
}

/// Whether a side's buffers can be read four at a time along a loop of the root.
bool GemmTile::runsAlong(unsigned side, unsigned loop) const {
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

/// For each row of the tile, its elements at these many steps from k on. Rows beyond the last repeat it.
SmallVector<GemmTile::Steps> GemmTile::loadLeft(const TilePlace &place, Value k, int64_t steps) {
  SmallVector<Steps> result(tile.rows);
  Value last = shader.sub(rowCount, shader.index(1)), zero = shader.index(0);
  if (tile.rows == 4 && runsAlong(0, form.m)) {
    Point point = makePoint(place, shader.min(place.row, shader.sub(rowCount, shader.index(4))), zero, k);
    point.lanes = 4;
    point.laneLoop = static_cast<int>(form.m);
    for (int64_t step = 0; step < steps; ++step) {
      point.loops[form.k] = shader.add(k, shader.index(step));
      Value rows = loadSide(0, point);
      for (int64_t row = 0; row < tile.rows; ++row)
        result[row].push_back(shader.lane(rows, row));
    }
    return result;
  }
  for (int64_t row = 0; row < tile.rows; ++row) {
    Point point = makePoint(place, shader.min(shader.add(place.row, shader.index(row)), last), zero, k);
    if (steps == 4 && runsAlong(0, form.k)) {
      point.lanes = 4;
      point.laneLoop = static_cast<int>(form.k);
      Value lanes = loadSide(0, point);
      for (int64_t step = 0; step < steps; ++step)
        result[row].push_back(shader.lane(lanes, step));
      continue;
    }
    for (int64_t step = 0; step < steps; ++step) {
      point.loops[form.k] = shader.add(k, shader.index(step));
      result[row].push_back(loadSide(0, point));
    }
  }
  return result;
}

Value GemmTile::quadColumn(const TilePlace &place, int64_t quad) {
  return shader.add(place.column, shader.index(4 * quad * tile.threadsN));
}

/// Four columns at these many steps, each column read along k.
GemmTile::Steps GemmTile::loadColumns(const Point &first, int64_t steps) {
  Value columns[4];
  for (int lane = 0; lane < 4; ++lane) {
    Point point = first;
    point.loops[form.n] = first.laneIndices[lane];
    point.laneIndices.clear();
    point.laneLoop = static_cast<int>(form.k);
    columns[lane] = loadSide(1, point);
  }
  Steps result;
  for (int64_t step = 0; step < steps; ++step) {
    SmallVector<Value> lanes;
    for (Value column : columns)
      lanes.push_back(shader.lane(column, step));
    result.push_back(shader.fromLanes(lanes));
  }
  return result;
}

/// A quad of columns at these many steps from k on. Columns beyond the last repeat it.
GemmTile::Steps GemmTile::loadRight(const TilePlace &place, int64_t quad, Value k, int64_t steps) {
  Value last = shader.sub(columnCount, shader.index(1));
  Value lastQuad = shader.mul(shader.div(last, 4), shader.index(4));
  Point point = makePoint(place, shader.index(0), shader.min(quadColumn(place, quad), lastQuad), k);
  point.lanes = 4;
  point.laneLoop = static_cast<int>(form.n);
  bool quads = runsAlong(1, form.n);
  if (!quads)
    for (int lane = 0; lane < 4; ++lane)
      point.laneIndices.push_back(shader.min(shader.add(point.loops[form.n], shader.index(lane)), last));
  if (!quads && steps == 4 && runsAlong(1, form.k))
    return loadColumns(point, steps);
  Steps result;
  for (int64_t step = 0; step < steps; ++step) {
    point.loops[form.k] = shader.add(k, shader.index(step));
    result.push_back(loadSide(1, point));
  }
  return result;
}

//===-- The tile --------------------------------------------------------------===//

Value GemmTile::addTerm(Value factor, Value element, Value sum) {
  if (!form.chooses)
    return vector::FMAOp::create(shader.b, factor, element, sum);
  Value zero = shader.splat(arith::ConstantOp::create(shader.b, shader.b.getF32FloatAttr(0)));
  Value chosen = arith::CmpFOp::create(shader.b, arith::CmpFPredicate::UNE, factor, zero);
  Value term = arith::SelectOp::create(shader.b, chosen, element, zero);
  return arith::AddFOp::create(shader.b, sum, term);
}

/// The sums, row by row and quad by quad, after these many steps from k on.
SmallVector<Value> GemmTile::multiply(const TilePlace &place, Value k, ValueRange sums, int64_t steps) {
  SmallVector<Steps> left = loadLeft(place, k, steps);
  SmallVector<Steps> right;
  for (int64_t quad = 0; quad < tile.quads; ++quad)
    right.push_back(loadRight(place, quad, k, steps));
  SmallVector<Value> result(sums);
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t row = 0; row < tile.rows; ++row) {
      Value factor = shader.splat(left[row][step]);
      for (int64_t quad = 0; quad < tile.quads; ++quad) {
        Value &sum = result[row * tile.quads + quad];
        sum = addTerm(factor, right[quad][step], sum);
      }
    }
  return result;
}

/// Four steps of k a round where there are as many: rounds are bounded (see the backend's README), and cost.
SmallVector<Value> GemmTile::emitSums(const TilePlace &place) {
  Value zero = arith::ConstantOp::create(shader.b, shader.b.getF32FloatAttr(0));
  SmallVector<Value> sums(tile.rows * tile.quads, shader.splat(zero));
  const Extent &extent = root.loops[form.k];
  Value depth = shader.length(extent), whole = shader.mul(shader.div(depth, 4), shader.index(4));
  auto run = [&](Value begin, Value end, int64_t steps) {
    sums = shader.loop(begin, end, shader.index(steps), sums,
                       [&](Value k, ValueRange carried) { return multiply(place, k, carried, steps); });
  };
  if (!extent.isStatic() || extent.fixed >= 4)
    run(shader.index(0), whole, 4);
  if (!extent.isStatic() || extent.fixed % 4 != 0)
    run(whole, depth, 1);
  return sums;
}
