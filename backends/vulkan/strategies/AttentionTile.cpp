// A workgroup's tile of an attention or of its gradients.
#include "backends/vulkan/strategies/AttentionTile.h"
#include "backends/common/ScalarFunctions.h"
#include "backends/vulkan/Costs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

/// Columns of the sums that all threads of a row take at once.
static constexpr int64_t quadColumns = 4;

AttentionTile::AttentionTile(const KernelView &kernel, Side rowsAre, int64_t widest)
    : kernel(kernel), form(kernel.attention),
      quads(std::min<int64_t>(rowsAre == Side::Keys ? costs::attentionKeyQuads : costs::attentionQuads,
                              llvm::divideCeil(widest, quadColumns * threadsPerRow))),
      shader(kernel, {static_cast<int32_t>(rows * threadsPerRow), 1, 1}), rowsAre(rowsAre), widest(widest) {}

Value AttentionTile::number(double value) {
  return arith::ConstantOp::create(shader.b, shader.b.getF32FloatAttr(static_cast<float>(value)));
}

int64_t AttentionTile::countSlices() const {
  return static_cast<int64_t>(llvm::divideCeil(widest, quads * quadColumns * threadsPerRow));
}

//===-- Matrices -----------------------------------------------------------------===//

AttentionTile::Matrix AttentionTile::queryMatrix(int64_t buffer) {
  int64_t width = kernel.buffers[buffer].shape[2].fixed / form.heads;
  return {buffer, shader.mul(head, width), width, shader.hasQuads(buffer, 2) && width % 4 == 0};
}

AttentionTile::Matrix AttentionTile::keyMatrix(int64_t buffer) {
  int64_t width = kernel.buffers[buffer].shape[2].fixed / form.kvHeads;
  return {buffer, shader.mul(kvHead, width), width, shader.hasQuads(buffer, 2) && width % 4 == 0};
}

Value AttentionTile::offset(const Matrix &matrix, Value at, Value column, int64_t lanes) {
  return shader.offset(matrix.buffer, {batch, at, shader.add(matrix.channel, column)}, lanes);
}

Value AttentionTile::loadNumber(const Matrix &matrix, Value at) {
  return shader.load(matrix.buffer, offset(matrix, at, shader.index(0), 1));
}

/// Four columns from `column` on, which may lie beyond the last.
Value AttentionTile::loadQuad(const Matrix &matrix, Value at, Value column) {
  if (matrix.quads) {
    Value known = shader.min(column, shader.index(matrix.width - 4));
    return shader.load(matrix.buffer, offset(matrix, at, known, 4), 4);
  }
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < 4; ++lane) {
    Value known = shader.min(shader.add(column, shader.index(lane)), shader.index(matrix.width - 1));
    lanes.push_back(shader.load(matrix.buffer, offset(matrix, at, known, 1)));
  }
  return shader.fromLanes(lanes);
}

//===-- Products -----------------------------------------------------------------===//

/// Steps of the products' loop that are written out: rounds of wide heads must not be many (see the README), and drivers
/// take long to compile what is long.
static int64_t getUnroll(int64_t width, int64_t lanes) { return width >= 128 && width % (4 * lanes) == 0 ? 4 : 1; }

AttentionTile::Products AttentionTile::multiply(const Matrix &own, const Matrix &other, const Columns &step) {
  int64_t lanes = own.quads && other.quads ? 4 : 1, unroll = getUnroll(own.width, lanes);
  auto element = [&](const Matrix &matrix, Value at, Value channel) {
    return shader.load(matrix.buffer, offset(matrix, at, channel, lanes), lanes);
  };
  SmallVector<Value> sums(4, shader.zero(lanes));
  sums = shader.loop(shader.index(0), shader.index(own.width), shader.index(unroll * lanes), sums,
                     [&](Value first, ValueRange carried) {
                       SmallVector<Value> next(carried);
                       for (int64_t i = 0; i < unroll; ++i) {
                         Value channel = shader.add(first, shader.index(i * lanes));
                         Value left = element(own, place, channel);
                         for (auto [sum, column] : llvm::zip_equal(next, step.own))
                           sum = math::FmaOp::create(shader.b, left, element(other, column, channel), sum);
                       }
                       return next;
                     });
  auto add = [&](Value a, Value b) -> Value { return arith::AddFOp::create(shader.b, a, b); };
  if (lanes == 4)
    for (Value &sum : sums)
      sum = add(add(shader.lane(sum, 0), shader.lane(sum, 1)), add(shader.lane(sum, 2), shader.lane(sum, 3)));
  return sums;
}

Value AttentionTile::loadMask(Value column) {
  Value indices[] = {batch, head, areQueries() ? place : column, areQueries() ? column : place};
  for (auto [index, extent] : llvm::zip_equal(indices, kernel.buffers[form.mask].shape))
    if (extent.fixed == 1)
      index = shader.index(0);
  return shader.load(form.mask, shader.offset(form.mask, indices));
}

AttentionTile::Products AttentionTile::score(const Columns &step) {
  OpBuilder &b = shader.b;
  Location loc = shader.b.getLoc();
  Matrix queries = queryMatrix(form.query), keys = keyMatrix(form.key);
  Products scores = areQueries() ? multiply(queries, keys, step) : multiply(keys, queries, step);
  for (auto [score, column, seen] : llvm::zip_equal(scores, step.own, step.seen)) {
    score = arith::MulFOp::create(b, loc, score, number(form.scale));
    if (form.mask >= 0)
      score = arith::AddFOp::create(b, loc, score, loadMask(column));
    score = shader.select(seen, score, number(-std::numeric_limits<double>::infinity()));
  }
  return scores;
}

//===-- Columns ------------------------------------------------------------------===//

/// Whether the row and a column meet.
Value AttentionTile::sees(Value column) {
  Value inside = shader.lessThan(column, columnCount);
  if (!form.causal)
    return inside;
  Value query = areQueries() ? place : column, key = areQueries() ? column : place;
  return shader.both(inside, shader.lessThan(key, shader.add(query, shader.index(1))));
}

AttentionTile::Columns AttentionTile::columnsFrom(Value first) {
  Columns step;
  step.first = first;
  Value last = shader.sub(columnCount, shader.index(1));
  for (int64_t i = 0; i < 4; ++i) {
    Value column = shader.add(shader.add(first, shader.mul(seat, 4)), shader.index(i));
    step.seen.push_back(sees(column));
    step.own.push_back(shader.min(column, last));
  }
  return step;
}

AttentionTile::Sums AttentionTile::forColumns(ValueRange initial,
                                              function_ref<Sums(const Columns &, ValueRange)> body) {
  Value begin = shader.index(0), end = columnCount;
  if (form.causal && areQueries())
    end = shader.min(end, shader.add(firstRow, shader.index(rows)));
  else if (form.causal)
    begin = shader.mul(shader.div(firstRow, columns), columns);
  return shader.loop(begin, end, shader.index(columns), initial,
                     [&](Value first, ValueRange carried) { return body(columnsFrom(first), carried); });
}

//===-- Shared memory --------------------------------------------------------------===//

Value AttentionTile::allocate() { return shader.allocateShared(rows * columns, shader.b.getF32Type()); }

Value AttentionTile::sharedPlace(Value column) { return shader.add(shader.mul(row, columns), column); }

void AttentionTile::share(Value array, ValueRange numbers) {
  for (auto [lane, value] : llvm::enumerate(numbers)) {
    Value column = shader.add(shader.mul(seat, 4), shader.index(static_cast<int64_t>(lane)));
    shader.storeShared(array, value, sharedPlace(column));
  }
}

AttentionTile::Sums AttentionTile::forShared(Value array, int64_t unroll, ValueRange initial,
                                             function_ref<Sums(Value column, Value shared, ValueRange carried)> body) {
  return shader.loop(shader.index(0), shader.index(columns), shader.index(unroll), initial,
                     [&](Value first, ValueRange carried) {
                       Sums next(carried);
                       for (int64_t i = 0; i < unroll; ++i) {
                         Value column = shader.add(first, shader.index(i));
                         next = body(column, shader.loadShared(array, sharedPlace(column)), next);
                       }
                       return next;
                     });
}

//===-- Sums ---------------------------------------------------------------------===//

/// The first column of a thread's quad of sums; neighbouring threads have neighbouring quads.
Value AttentionTile::sumColumn(int64_t quad) {
  Value number = shader.add(shader.mul(slice, quads), shader.index(quad));
  return shader.mul(shader.add(shader.mul(number, threadsPerRow), seat), quadColumns);
}

/// Columns past the last have no weight, and repeat it.
AttentionTile::Sums AttentionTile::accumulate(const Matrix &matrix, const Columns &step, Value weights, ValueRange sums,
                                              bool total) {
  ImplicitLocOpBuilder &b = shader.b;
  Value last = shader.sub(columnCount, shader.index(1));
  return forShared(weights, /*unroll=*/1, sums, [&](Value within, Value weight, ValueRange carried) {
    Sums next(carried);
    Value column = shader.add(step.first, within), known = shader.min(column, last);
    if (total)
      next.back() = arith::AddFOp::create(b, next.back(), weight);
    for (int64_t quad = 0; quad < quads; ++quad) {
      Value values = loadQuad(matrix, known, sumColumn(quad));
      Value sum = math::FmaOp::create(b, shader.splat(weight), values, next[quad]);
      next[quad] = form.causal ? shader.select(sees(column), sum, next[quad]) : sum;
    }
    return next;
  });
}

void AttentionTile::store(const Matrix &matrix, ValueRange sums) {
  int64_t lanes = matrix.quads ? 4 : 1;
  for (auto [number, sum] : llvm::enumerate(sums))
    for (int64_t lane = 0; lane < 4; lane += lanes) {
      Value column = shader.add(sumColumn(static_cast<int64_t>(number)), shader.index(lane));
      Value inside = shader.both(exists, shader.lessThan(column, shader.index(matrix.width)));
      Value values = lanes == 4 ? sum : shader.lane(sum, lane);
      shader.when(inside, [&] { shader.store(matrix.buffer, values, offset(matrix, place, column, lanes)); });
    }
}

Value AttentionTile::exponential(Value x) { return applyFunction(shader.b, *form.functions, 0, x); }
Value AttentionTile::logarithm(Value x) { return applyFunction(shader.b, *form.functions, 1, x); }

//===-- Workgroups ---------------------------------------------------------------===//

Shader AttentionTile::emit() {
  const Extent &batches = kernel.buffers[form.query].shape[0], &places = placesOf(areQueries() ? form.query : form.key);
  rowCount = shader.length(places);
  columnCount = shader.length(placesOf(areQueries() ? form.key : form.query));
  row = shader.div(shader.threadId(0), threadsPerRow);
  seat = shader.rem(shader.threadId(0), shader.index(threadsPerRow));
  Extent heads{areQueries() ? form.heads : form.kvHeads, -1}, slices{countSlices(), -1};
  shader.blocks(2, shader.volume({batches, heads}), [&](Value both) {
    batch = shader.div(both, shader.length(heads));
    (areQueries() ? head : kvHead) = shader.rem(both, shader.length(heads));
    if (areQueries())
      kvHead = shader.div(head, form.heads / form.kvHeads);
    shader.blocks(1, shader.length(slices), [&](Value number) {
      slice = number;
      shader.blocks(0, shader.ceilDiv(rowCount, rows), [&](Value tile) {
        firstRow = shader.mul(tile, rows);
        Value at = shader.add(firstRow, row);
        exists = shader.lessThan(at, rowCount);
        place = shader.min(at, shader.sub(rowCount, shader.index(1)));
        emitTile();
      });
    });
  });
  GridAxis tiles{getGridFactor(places, rows)}, cuts{getGridFactor(slices)},
      matrices{getGridFactor(batches), getGridFactor(heads)};
  return shader.finish({tiles, cuts, matrices});
}
