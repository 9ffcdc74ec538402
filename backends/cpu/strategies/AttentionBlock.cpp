// One block of an attention or of its gradients.
#include "backends/cpu/strategies/AttentionBlock.h"
#include "backends/common/ScalarFunctions.h"
#include "backends/cpu/Costs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

AttentionBlock::AttentionBlock(Emitter &emitter, Side lanesHold)
    : emitter(emitter), kernel(emitter.kernel), form(kernel.attention), width(emitter.target.tileColumns),
      lanesHold(lanesHold) {}

int64_t AttentionBlock::reserve(int64_t lines) { return std::exchange(stripLines, stripLines + lines); }
int64_t AttentionBlock::reserveShared(int64_t lines) { return std::exchange(sharedLines, sharedLines + lines); }

/// As many strips as the budget holds: a row that is read serves them all.
int64_t AttentionBlock::countStrips() const {
  int64_t bytes = stripLines * width * static_cast<int64_t>(sizeof(float));
  return std::clamp<int64_t>(costs::attentionBytes / bytes, 1, costs::attentionStrips);
}

//===-- Lines and matrices -------------------------------------------------------===//

AttentionBlock::Lines AttentionBlock::lines(const Strip &strip, int64_t line) const {
  return {emitter.add(strip.scratch, emitter.index(line * width))};
}

AttentionBlock::Lines AttentionBlock::shared(int64_t line) const { return {emitter.index(line * width)}; }

Value AttentionBlock::loadLine(Lines lines, Value line) const {
  return emitter.loadVector(emitter.scratch(), emitter.add(lines.start, emitter.mul(line, width)), width);
}

void AttentionBlock::storeLine(Value vector, Lines lines, Value line) const {
  emitter.storeVector(vector, emitter.scratch(), emitter.add(lines.start, emitter.mul(line, width)));
}

Value AttentionBlock::number(double value) const {
  return emitter.splat(emitter.b.getF32FloatAttr(static_cast<float>(value)), width);
}

void AttentionBlock::fill(Lines lines, int64_t count, float value) const {
  Value line = number(value);
  emitter.loop(emitter.index(0), emitter.index(count), 1, [&](Value i) { storeLine(line, lines, i); });
}

static int64_t channelsOf(const KernelBuffer &buffer) { return buffer.shape[2].fixed; }

/// Heads of queries, of what a query has one each of, and of the results' gradients.
AttentionBlock::Matrix AttentionBlock::queryMatrix(int64_t buffer) const {
  int64_t channels = channelsOf(kernel.buffers[buffer]), columns = channels / form.heads;
  Value start = emitter.mul(emitter.mul(batch, emitter.length(extentOf(buffer))), channels);
  return {emitter.buffer(buffer), emitter.add(start, emitter.mul(head, columns)), channels, columns};
}

AttentionBlock::Matrix AttentionBlock::keyMatrix(int64_t buffer) const {
  int64_t channels = channelsOf(kernel.buffers[buffer]), columns = channels / form.kvHeads;
  Value start = emitter.mul(emitter.mul(batch, emitter.length(extentOf(buffer))), channels);
  return {emitter.buffer(buffer), emitter.add(start, emitter.mul(kvHead, columns)), channels, columns};
}

/// A column of a strip's rows: lanes a row apart.
static std::pair<Address, Point> columnOf(Emitter &emitter, Value start, int64_t stride, Value first, Value mask,
                                          Value column, int64_t width) {
  Address address{emitter.add(emitter.add(start, emitter.mul(first, stride)), column),
                  stride == 1 ? LaneStep::Unit : LaneStep::Strided, emitter.index(stride)};
  Point at;
  at.lanes = width;
  at.mask = mask;
  return {address, at};
}

void AttentionBlock::pack(const Matrix &matrix, const Strip &strip, Lines to, double scale) const {
  emitter.loop(emitter.index(0), emitter.index(matrix.width), 1, [&](Value column) {
    auto [address, at] = columnOf(emitter, matrix.start, matrix.stride, strip.first, strip.mask, column, width);
    Value line = emitter.load(matrix.memory, address, at);
    if (scale != 1)
      line = arith::MulFOp::create(emitter.b, line, number(scale));
    storeLine(line, to, column);
  });
}

void AttentionBlock::unpack(Lines from, const Matrix &matrix, const Strip &strip, Value factor) const {
  emitter.loop(emitter.index(0), emitter.index(matrix.width), 1, [&](Value column) {
    auto [address, at] = columnOf(emitter, matrix.start, matrix.stride, strip.first, strip.mask, column, width);
    Value line = loadLine(from, column);
    if (factor)
      line = arith::MulFOp::create(emitter.b, line, factor);
    emitter.store(line, matrix.memory, address, at);
  });
}

//===-- Products -----------------------------------------------------------------===//

void AttentionBlock::multiply(const Matrix &matrix, const Rows &rows, Lines strip,
                              function_ref<void(Value row, Value products)> use) const {
  int64_t tile = emitter.target.tileRows;
  Value last = emitter.sub(rows.to, emitter.index(1));
  emitter.loop(rows.from, rows.to, tile, [&](Value first) {
    TileOperands operands;
    operands.columns = width;
    operands.depth = emitter.index(matrix.width);
    operands.lhs = matrix.memory;
    operands.rowStep = emitter.index(1);
    operands.rhs = emitter.scratch();
    operands.strip = strip.start;
    operands.stripStep = emitter.index(width);
    SmallVector<Value> numbers;
    for (int64_t i = 0; i < tile; ++i) {
      numbers.push_back(emitter.add(first, emitter.index(i)));
      Value row = emitter.min(numbers.back(), last);
      operands.rows.push_back(emitter.add(matrix.start, emitter.mul(row, matrix.stride)));
    }
    for (auto [row, products] : llvm::zip_equal(numbers, emitMicroKernel(emitter, operands)))
      use(row, products);
  });
}

/// The lanes that causality lets meet a row: keys up to the query.
Value AttentionBlock::visible(const Strip &strip, Value row) const {
  ImplicitLocOpBuilder &b = emitter.b;
  auto type = VectorType::get({width}, b.getI32Type());
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, static_cast<int32_t>(width)));
  Value lanes = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
  Value place = emitter.broadcast(emitter.cast(emitter.sub(row, strip.first), b.getI32Type()), width);
  return arith::CmpIOp::create(b, holdsQueries() ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle, lanes, place);
}

Value AttentionBlock::score(const Strip &strip, const Rows &rows, Value row, Value product) const {
  ImplicitLocOpBuilder &b = emitter.b;
  if (form.mask >= 0) {
    const KernelBuffer &mask = kernel.buffers[form.mask];
    Value known = emitter.min(row, emitter.sub(rows.to, emitter.index(1)));
    Point at;
    at.loops = {batch, head, holdsQueries() ? strip.first : known, holdsQueries() ? known : strip.first};
    at.laneLoop = holdsQueries() ? 2 : 3;
    at.lanes = width;
    at.mask = strip.mask;
    SmallVector<AffineExpr> places;
    for (auto [axis, extent] : llvm::enumerate(mask.shape))
      places.push_back(extent.fixed == 1 ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(axis));
    Address address = emitter.address(mask, AffineMap::get(4, 0, places, b.getContext()), at);
    Value added = emitter.broadcast(emitter.load(emitter.buffer(form.mask), address, at), width);
    product = arith::AddFOp::create(b, product, added);
  }
  Value none = number(-std::numeric_limits<double>::infinity());
  if (rows.hides)
    product = arith::SelectOp::create(b, visible(strip, row), product, none);
  return arith::SelectOp::create(b, emitter.lessThan(row, rows.to), product, none);
}

void AttentionBlock::accumulate(const Matrix &matrix, const Strip &strip, const Rows &rows, Lines weights, Lines to,
                                Value factor) const {
  // A choice takes a register more for each sum.
  int64_t tile = emitter.target.tileRows / (rows.hides ? 2 : 1);
  Value start = emitter.add(matrix.start, emitter.mul(rows.from, matrix.stride));
  emitter.loop(emitter.index(0), emitter.index(matrix.width), tile, [&](Value first) {
    TileOperands operands;
    operands.columns = width;
    operands.depth = emitter.sub(rows.to, rows.from);
    operands.lhs = matrix.memory;
    operands.rowStep = emitter.index(matrix.stride);
    operands.rhs = emitter.scratch();
    operands.strip = weights.start;
    operands.stripStep = emitter.index(width);
    if (rows.hides)
      operands.takesPart = [&](Value row) { return visible(strip, emitter.add(rows.from, row)); };
    SmallVector<Value> columns;
    for (int64_t i = 0; i < tile; ++i) {
      columns.push_back(emitter.add(first, emitter.index(i)));
      Value column =
          matrix.width % tile == 0 ? columns.back() : emitter.min(columns.back(), emitter.index(matrix.width - 1));
      operands.rows.push_back(emitter.add(start, column));
    }
    SmallVector<Value> sums = emitMicroKernel(emitter, operands);
    // There are lines for the columns past the last, which repeat it.
    for (auto [column, sum] : llvm::zip_equal(columns, sums)) {
      Value before = loadLine(to, column);
      if (factor)
        before = arith::MulFOp::create(emitter.b, before, factor);
      storeLine(arith::AddFOp::create(emitter.b, before, sum), to, column);
    }
  });
}

Value AttentionBlock::exponential(Value x) const { return applyFunction(emitter.b, *form.functions, 0, x); }
Value AttentionBlock::logarithm(Value x) const { return applyFunction(emitter.b, *form.functions, 1, x); }

//===-- The block ----------------------------------------------------------------===//

/// Strips of a block, from one to another by number.
void AttentionBlock::forStrips(LoopRange range, Value from, Value to, function_ref<void(const Strip &)> body) {
  emitter.loop(from, to, 1, [&](Value number) {
    Strip strip;
    strip.first = emitter.add(range.from, emitter.mul(number, width));
    strip.mask = emitter.firstLanes(emitter.sub(places, strip.first), width);
    strip.scratch = emitter.mul(emitter.add(emitter.mul(number, stripLines), emitter.index(sharedLines)), width);
    body(strip);
  });
}

/// One step of all strips that see some of the rows from `row` on.
void AttentionBlock::emitRows(LoopRange range, Value row) {
  Value end = emitter.add(row, emitter.index(costs::attentionRows)), to = emitter.min(end, rowCount);
  Value strips = emitter.ceilDiv(emitter.sub(range.to, range.from), width), first = emitter.index(0), last = strips;
  if (!form.causal)
    return forStrips(range, first, last, [&](const Strip &strip) { step(strip, {row, to, /*hides=*/false}); });
  if (holdsQueries())
    first = emitter.div(emitter.sub(emitter.max(row, range.from), range.from), width);
  else
    last = emitter.min(strips, emitter.ceilDiv(emitter.sub(to, range.from), width));
  forStrips(range, first, last, [&](const Strip &strip) {
    // Whether the last of the keys is none of the first query's future.
    Value all = holdsQueries() ? emitter.lessThan(to, emitter.add(strip.first, emitter.index(2)))
                               : emitter.lessThan(emitter.add(strip.first, emitter.index(width - 1)),
                                                  emitter.add(row, emitter.index(1)));
    auto run = [&](bool hides) {
      return [this, &strip, row, to, hides] {
        step(strip, {row, to, hides});
        return SmallVector<Value>();
      };
    };
    emitter.branch(all, run(false), run(true));
  });
}

void AttentionBlock::emitHead(LoopRange range) {
  Value from = emitter.index(0), to = rowCount;
  if (form.causal && holdsQueries())
    to = emitter.min(rowCount, range.to);
  else if (form.causal)
    from = emitter.min(range.from, rowCount);
  emitter.loop(from, to, costs::attentionRows, [&](Value row) { emitRows(range, row); });
}

void AttentionBlock::emitBlock(LoopRange range) {
  Value strips = emitter.ceilDiv(emitter.sub(range.to, range.from), width), none = emitter.index(0);
  int64_t group = form.heads / form.kvHeads;
  if (holdsQueries())
    kvHead = emitter.div(head, group);
  forStrips(range, none, strips, [&](const Strip &strip) { begin(strip); });
  if (holdsQueries())
    emitHead(range);
  else
    emitter.loop(none, emitter.index(group), 1, [&](Value member) {
      head = emitter.add(emitter.mul(kvHead, group), member);
      emitHead(range);
    });
  forStrips(range, none, strips, [&](const Strip &strip) { finish(strip); });
}

void AttentionBlock::emit(CompiledKernel &compiled) {
  const Extent &lanes = extentOf(holdsQueries() ? form.query : form.key);
  places = emitter.length(lanes);
  rowCount = emitter.length(extentOf(holdsQueries() ? form.key : form.query));
  BlockSpace blocks;
  blocks.addLoop(kernel.buffers[form.query].shape[0], 1);
  blocks.addLoop({holdsQueries() ? form.heads : form.kvHeads, -1}, 1);
  blocks.addLoop(lanes, countStrips() * width);
  compiled.grid = {blocks.getGrid()};
  compiled.scratchBytes = (countStrips() * stripLines + sharedLines) * width * sizeof(float);
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) {
    batch = ranges[0].from;
    (holdsQueries() ? head : kvHead) = ranges[1].from;
    emitBlock(ranges[2]);
  });
}
