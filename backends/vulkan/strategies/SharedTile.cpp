// A workgroup's tile of a matrix product: both sides pass through memory that the workgroup shares.
#include "backends/vulkan/strategies/SharedTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

/// A quad more than a step needs, so that neighbouring steps start in different banks.
static int64_t pad(int64_t elements) { return elements / 4 + 1; }

SharedTile::SharedTile(Emitter &shader, const SharedTileShape &shape)
    : shape(shape), shader(shader), rowStride(pad(shape.rows())), columnStride(pad(shape.columns())) {
  Type quad = VectorType::get(4, shader.b.getF32Type());
  memory = shader.allocateShared(shape.depth * (rowStride + columnStride), quad);
  thread = shader.threadId(0);
  threadN = shader.rem(thread, shader.index(shape.threadsN));
  threadM = shader.rem(shader.div(thread, shape.threadsN), shader.index(shape.threadsM));
  part = shape.parts > 1 ? shader.div(thread, shape.threadsN * shape.threadsM) : shader.index(0);
  firstRows = shader.add(shader.mul(part, shader.index(rowStride)), threadM);
  firstColumns = shader.add(shader.mul(part, shader.index(columnStride)),
                            shader.add(threadN, shader.index(shape.depth * rowStride)));
}

//===-- Sides -------------------------------------------------------------------===//

void SharedTile::storeRows(Value k, Value quad, Value values) {
  shader.storeShared(memory, values, shader.add(shader.mul(k, shader.index(rowStride)), quad));
}

void SharedTile::storeColumns(Value k, Value quad, Value values) {
  Value first = shader.index(shape.depth * rowStride);
  Value position = shader.add(shader.mul(k, shader.index(columnStride)), quad);
  shader.storeShared(memory, values, shader.add(first, position));
}

Value SharedTile::quadColumn(int64_t quad) {
  return shader.mul(shader.add(threadN, shader.index(quad * shape.threadsN)), shader.index(4));
}

//===-- Products ----------------------------------------------------------------===//

/// Adds the products of one step of k, given as a step of the first part.
void SharedTile::multiplyStep(Value step, MutableArrayRef<Value> sums) {
  Value rows = shader.add(shader.mul(step, shader.index(rowStride)), firstRows);
  Value columns = shader.add(shader.mul(step, shader.index(columnStride)), firstColumns);
  SmallVector<Value> right;
  for (int64_t quad = 0; quad < shape.columnQuads; ++quad)
    right.push_back(shader.loadShared(memory, shader.add(columns, shader.index(quad * shape.threadsN))));
  for (int64_t rowQuad = 0; rowQuad < shape.rowQuads; ++rowQuad) {
    Value left = shader.loadShared(memory, shader.add(rows, shader.index(rowQuad * shape.threadsM)));
    for (int64_t row = 0; row < 4; ++row) {
      Value factor = shader.splat(shader.lane(left, row));
      for (auto [quad, column] : llvm::enumerate(right)) {
        Value &sum = sums[(4 * rowQuad + row) * shape.columnQuads + quad];
        sum = vector::FMAOp::create(shader.b, factor, column, sum);
      }
    }
  }
}

SmallVector<Value> SharedTile::multiply(ValueRange sums) {
  auto multiplySteps = [&](Value first, ValueRange carried) {
    SmallVector<Value> next(carried);
    for (int64_t step = 0; step < shape.unrolled; ++step)
      multiplyStep(shader.add(first, shader.index(step * shape.parts)), next);
    return next;
  };
  int64_t round = shape.unrolled * shape.parts;
  if (round == shape.depth)
    return multiplySteps(shader.index(0), sums);
  return shader.loop(shader.index(0), shader.index(shape.depth), shader.index(round), sums, multiplySteps);
}

SmallVector<Value> SharedTile::accumulate(TileFeed &feed, Value rounds) {
  size_t numSums = 4 * shape.rowQuads * shape.columnQuads;
  SmallVector<Value> carried(numSums, shader.zero(4)), place = feed.start();
  SmallVector<Value> loaded = feed.load(place);
  llvm::append_range(carried, loaded);
  llvm::append_range(carried, place);
  SmallVector<Value> sums =
      shader.loop(shader.index(0), rounds, shader.index(1), carried, [&](Value, ValueRange values) {
        shader.barrier(); // the round before has been read
        feed.store(values.slice(numSums, loaded.size()));
        shader.barrier();
        SmallVector<Value> next = feed.advance(values.drop_front(numSums + loaded.size()));
        SmallVector<Value> ahead = feed.load(next);
        SmallVector<Value> results = multiply(values.take_front(numSums));
        llvm::append_range(results, ahead);
        llvm::append_range(results, next);
        return results;
      });
  sums.truncate(numSums);
  if (shape.parts > 1)
    join(sums);
  return sums;
}

//===-- Parts -------------------------------------------------------------------===//

/// Adds all parts' values to those of the first, in a fixed tree: halves meet until one is left.
void SharedTile::joinSome(MutableArrayRef<Value> sums) {
  auto slot = [&](Value owner, size_t number) {
    return shader.add(owner, shader.index(static_cast<int64_t>(number) * shape.threads()));
  };
  shader.barrier();
  for (auto [number, sum] : llvm::enumerate(sums))
    shader.storeShared(memory, sum, slot(thread, number));
  shader.barrier();
  for (int64_t half = shape.parts / 2; half > 0; half /= 2) {
    shader.when(shader.lessThan(part, shader.index(half)), [&] {
      Value other = shader.add(thread, shader.index(half * shape.threadsM * shape.threadsN));
      for (size_t number = 0; number < sums.size(); ++number) {
        Value own = shader.loadShared(memory, slot(thread, number));
        Value theirs = shader.loadShared(memory, slot(other, number));
        shader.storeShared(memory, arith::AddFOp::create(shader.b, own, theirs), slot(thread, number));
      }
    });
    shader.barrier();
  }
  for (auto [number, sum] : llvm::enumerate(sums))
    sum = shader.loadShared(memory, slot(thread, number));
}

/// Joins as many values at a time as the sides' memory holds.
void SharedTile::join(MutableArrayRef<Value> sums) {
  size_t atOnce = std::max<int64_t>(1, shape.depth * (rowStride + columnStride) / shape.threads());
  for (size_t first = 0; first < sums.size(); first += atOnce)
    joinSome(sums.slice(first, std::min(atOnce, sums.size() - first)));
}

//===-- Results -----------------------------------------------------------------===//

/// This thread's row of a number, and its sums.
void SharedTile::visitRow(Value number, ValueRange sums, function_ref<void(Value row, ValueRange quads)> body) {
  SmallVector<Value> quads(sums.take_front(shape.columnQuads));
  for (int64_t row = 1; row < 4 * shape.rowQuads; ++row)
    for (auto [quad, value] : llvm::enumerate(quads))
      value = shader.select(shader.equal(number, shader.index(row)), sums[row * shape.columnQuads + quad], value);
  Value quad = shader.add(threadM, shader.mul(shader.div(number, 4), shader.index(shape.threadsM)));
  body(shader.add(shader.mul(quad, shader.index(4)), shader.rem(number, shader.index(4))), quads);
}

/// A loop, for an epilogue written out for each row would be long; where it is short, drivers unroll.
void SharedTile::forRows(ValueRange sums, function_ref<void(Value row, ValueRange quads)> body) {
  auto visitRows = [&] {
    shader.loop(shader.index(0), shader.index(4 * shape.rowQuads), shader.index(1),
                [&](Value number) { visitRow(number, sums, body); });
  };
  if (shape.parts > 1)
    shader.when(shader.equal(part, shader.index(0)), visitRows);
  else
    visitRows();
}
