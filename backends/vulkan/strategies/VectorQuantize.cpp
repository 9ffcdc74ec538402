// Strategy for nearest codes: the product's tiles, compared as they come.
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/GemmTile.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class CodeEmitter {
public:
  explicit CodeEmitter(const KernelView &kernel);
  Shader emit();

private:
  /// The least score so far and its code.
  struct Best {
    Value score, code;
  };
  void emitRows(const TilePlace &place);
  SmallVector<Best> searchCodes(const TilePlace &place);
  void compareQuad(const TilePlace &place, int64_t quad, ValueRange sums, MutableArrayRef<Best> best);
  Value scoreQuad(const TilePlace &place, Value row, Value column, Value sums);
  void joinThreads(MutableArrayRef<Best> best);
  void keepLess(Best &best, Value score, Value code, Value condition);
  void emitEpilogue(const TilePlace &place, ArrayRef<Best> best);
  SmallVector<Value> sumColumns(const TilePlace &place, Value row, Value code);
  void storeRow(const TilePlace &place, Value row, Value code, Value slot);
  Point makePoint(const TilePlace &place, Value row, Value last, size_t numLoops) const;
  Value getSlot(int64_t row);

  const KernelView &kernel;
  const KernelGeneric &choice;
  const GemmForm &form;
  TileShape tile;
  Emitter shader;
  GemmTile product;
  Value rowCount, columnCount;
  Value scores, codes;      // shared: [rows of the group][threadsN]
  SmallVector<Value> parts; // shared, one for each sum of the epilogue: [rows of the group][threadsN]
};

} // namespace

static TileShape chooseCodeTile(const KernelView &kernel) {
  const Extent &n = kernel.root.loops[kernel.gemm.n];
  TileShape tile = costs::codeTile;
  if (n.isStatic() && n.fixed <= 4 * tile.threadsN)
    tile.quads = 1;
  if (n.isStatic() && n.fixed <= 2 * tile.threadsN)
    tile.threadsN = std::max<int64_t>(1, llvm::PowerOf2Ceil(llvm::divideCeil(n.fixed, 4)));
  tile.threadsM = costs::codeThreads / tile.threadsN;
  return tile;
}

CodeEmitter::CodeEmitter(const KernelView &kernel)
    : kernel(kernel), choice(kernel.nearestCode.choice), form(kernel.gemm), tile(chooseCodeTile(kernel)),
      shader(kernel, {static_cast<int32_t>(tile.threadsN), static_cast<int32_t>(tile.threadsM), 1}),
      product(shader, tile), rowCount(shader.length(kernel.root.loops[form.m])),
      columnCount(shader.length(kernel.root.loops[form.n])) {}

/// A point of a generic over batch, m and, as its last of `numLoops`, another loop.
Point CodeEmitter::makePoint(const TilePlace &place, Value row, Value last, size_t numLoops) const {
  Point point;
  llvm::append_range(point.loops, place.batch);
  point.loops.push_back(row);
  if (point.loops.size() < numLoops)
    point.loops.push_back(last);
  return point;
}

/// Where this thread's value of a row of its tile is in a shared array.
Value CodeEmitter::getSlot(int64_t row) {
  Value line = shader.add(shader.mul(shader.threadId(1), shader.index(tile.rows)), shader.index(row));
  return shader.add(shader.mul(line, shader.index(tile.threadsN)), shader.threadId(0));
}

//===-- Search ------------------------------------------------------------------===//

/// The scores of one row and a quad of columns. Columns beyond the last repeat it.
Value CodeEmitter::scoreQuad(const TilePlace &place, Value row, Value column, Value sums) {
  Value last = shader.sub(columnCount, shader.index(1));
  Value lastQuad = shader.mul(shader.div(last, 4), shader.index(4));
  const Extent &extent = kernel.root.loops[form.n];
  Point point = makePoint(place, row, shader.min(column, lastQuad), choice.loops.size());
  point.lanes = 4;
  point.laneLoop = static_cast<int>(choice.loops.size()) - 1;
  if (!extent.isStatic() || extent.fixed % 4 != 0)
    for (int lane = 0; lane < 4; ++lane)
      point.laneIndices.push_back(shader.min(shader.add(point.loops.back(), shader.index(lane)), last));
  BodyWriter body(shader, choice, point);
  body.bindProducer(cast<OpResult>(kernel.root.op->getResult(0)), sums);
  return shader.splat(body.get(kernel.nearestCode.score));
}

void CodeEmitter::keepLess(Best &best, Value score, Value code, Value condition) {
  best.score = arith::SelectOp::create(shader.b, condition, score, best.score);
  best.code = arith::SelectOp::create(shader.b, condition, code, best.code);
}

/// Compares a quad of columns with the best so far of each row, in order.
void CodeEmitter::compareQuad(const TilePlace &place, int64_t quad, ValueRange sums, MutableArrayRef<Best> best) {
  Value column = product.quadColumn(place, quad), last = shader.sub(rowCount, shader.index(1));
  SmallVector<Value> exists, numbers;
  for (int lane = 0; lane < 4; ++lane) {
    Value number = shader.add(column, shader.index(lane));
    exists.push_back(shader.lessThan(number, columnCount));
    numbers.push_back(arith::IndexCastOp::create(shader.b, shader.b.getI32Type(), number));
  }
  for (int64_t row = 0; row < tile.rows; ++row) {
    Value at = shader.min(shader.add(place.row, shader.index(row)), last);
    Value lanes = scoreQuad(place, at, column, sums[row * tile.quads + quad]);
    for (int lane = 0; lane < 4; ++lane) {
      Value score = shader.lane(lanes, lane);
      Value less = arith::CmpFOp::create(shader.b, arith::CmpFPredicate::OLT, score, best[row].score);
      keepLess(best[row], score, numbers[lane], arith::AndIOp::create(shader.b, less, exists[lane]));
    }
  }
}

/// The best of this thread's columns, for each row of its tile.
SmallVector<CodeEmitter::Best> CodeEmitter::searchCodes(const TilePlace &place) {
  SmallVector<Value> initial;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (const KernelResult &result : choice.results)
      initial.push_back(arith::ConstantOp::create(shader.b, result.neutral));
  auto unpack = [](ValueRange values) {
    SmallVector<Best> best;
    for (size_t i = 0; i < values.size(); i += 2)
      best.push_back({values[i], values[i + 1]});
    return best;
  };
  Value blocks = shader.ceilDiv(columnCount, tile.groupColumns());
  return unpack(shader.loop(shader.index(0), blocks, shader.index(1), initial, [&](Value block, ValueRange carried) {
    SmallVector<Best> best = unpack(carried);
    TilePlace at = place;
    at.column = shader.add(shader.mul(block, shader.index(tile.groupColumns())), place.column);
    SmallVector<Value> sums = product.emitSums(at), next;
    for (int64_t quad = 0; quad < tile.quads; ++quad)
      compareQuad(at, quad, sums, best);
    for (const Best &row : best)
      next.append({row.score, row.code});
    return next;
  }));
}

/// Every thread gets the best of all threads of its rows: the lower code where scores are equal.
void CodeEmitter::joinThreads(MutableArrayRef<Best> best) {
  for (auto [row, own] : llvm::enumerate(best)) {
    shader.storeShared(scores, own.score, getSlot(row));
    shader.storeShared(codes, own.code, getSlot(row));
  }
  shader.barrier();
  for (auto [row, own] : llvm::enumerate(best)) {
    Value first = shader.sub(getSlot(row), shader.threadId(0));
    SmallVector<Value> joined =
        shader.loop(shader.index(0), shader.index(tile.threadsN), shader.index(1), {own.score, own.code},
                    [&](Value thread, ValueRange carried) {
                      Best so{carried[0], carried[1]};
                      Value slot = shader.add(first, thread);
                      Value score = shader.loadShared(scores, slot), code = shader.loadShared(codes, slot);
                      Value less = arith::CmpFOp::create(shader.b, arith::CmpFPredicate::OLT, score, so.score);
                      Value equal = arith::CmpFOp::create(shader.b, arith::CmpFPredicate::OEQ, score, so.score);
                      Value lower = arith::CmpIOp::create(shader.b, arith::CmpIPredicate::slt, code, so.code);
                      Value wins = arith::OrIOp::create(shader.b, less, arith::AndIOp::create(shader.b, equal, lower));
                      keepLess(so, score, code, wins);
                      return SmallVector<Value>{so.score, so.code};
                    });
    own = {joined[0], joined[1]};
  }
}

//===-- What the codes make -----------------------------------------------------===//

/// This thread's part of a row's epilogue, every threadsN-th step of k: stores what is not summed, returns the sums.
SmallVector<Value> CodeEmitter::sumColumns(const TilePlace &place, Value row, Value code) {
  const KernelGeneric &epilogue = *kernel.epilogue;
  SmallVector<Value> initial;
  for (const KernelResult &result : epilogue.results)
    if (result.reduced)
      initial.push_back(arith::ConstantOp::create(shader.b, result.neutral));
  Value depth = shader.length(kernel.root.loops[form.k]);
  return shader.loop(shader.threadId(0), depth, shader.index(tile.threadsN), initial, [&](Value k, ValueRange carried) {
    BodyWriter body(shader, epilogue, makePoint(place, row, k, epilogue.loops.size()));
    body.bindProducer(cast<OpResult>(choice.op->getResult(1)), code);
    SmallVector<Value> next;
    for (const KernelResult &result : epilogue.results)
      if (result.reduced)
        next.push_back(body.combine(result, carried[next.size()], body.get(result.term)));
      else
        body.store(result);
    return next;
  });
}

/// The first thread of a row writes its code and the sums of all threads, added in the threads' order.
void CodeEmitter::storeRow(const TilePlace &place, Value row, Value code, Value slot) {
  Point point = makePoint(place, row, shader.index(0), choice.loops.size());
  BodyWriter body(shader, choice, point);
  body.bind(choice.results[1].yielded, code);
  body.store(choice.results[1]);
  if (!kernel.epilogue)
    return;
  BodyWriter epilogue(shader, *kernel.epilogue, point);
  unsigned next = 0;
  for (const KernelResult &result : kernel.epilogue->results) {
    if (!result.reduced)
      continue;
    Value part = parts[next++];
    Value sum = shader.loop(shader.index(1), shader.index(tile.threadsN), shader.index(1),
                            shader.loadShared(part, slot), [&](Value thread, ValueRange carried) {
                              Value other = shader.loadShared(part, shader.add(slot, thread));
                              return SmallVector<Value>{
                                  BodyWriter(shader, *kernel.epilogue, point).combine(result, carried[0], other)};
                            })[0];
    epilogue.bind(result.yielded, sum);
    epilogue.store(result);
  }
}

void CodeEmitter::emitEpilogue(const TilePlace &place, ArrayRef<Best> best) {
  auto forRows = [&](llvm::function_ref<void(Value row, Value code, Value slot)> body) {
    for (auto [number, own] : llvm::enumerate(best)) {
      Value row = shader.add(place.row, shader.index(number));
      shader.when(shader.lessThan(row, rowCount), [&] { body(row, own.code, getSlot(number)); });
    }
  };
  if (kernel.epilogue)
    forRows([&](Value row, Value code, Value slot) {
      for (auto [part, sum] : llvm::zip_equal(parts, sumColumns(place, row, code)))
        shader.storeShared(part, sum, slot);
    });
  shader.barrier();
  Value first = arith::CmpIOp::create(shader.b, arith::CmpIPredicate::eq, shader.threadId(0), shader.index(0));
  shader.when(first, [&] { forRows([&](Value row, Value code, Value slot) { storeRow(place, row, code, slot); }); });
  // The next rows write what these threads still read.
  shader.barrier();
}

void CodeEmitter::emitRows(const TilePlace &place) {
  SmallVector<Best> best = searchCodes(place);
  joinThreads(best);
  emitEpilogue(place, best);
}

Shader CodeEmitter::emit() {
  SmallVector<Extent> batch;
  for (unsigned loop : form.batch)
    batch.push_back(kernel.root.loops[loop]);
  int64_t slots = tile.groupRows() * tile.threadsN;
  scores = shader.allocateShared(slots, choice.results[0].element);
  codes = shader.allocateShared(slots, choice.results[1].element);
  if (kernel.epilogue)
    for (const KernelResult &result : kernel.epilogue->results)
      if (result.reduced)
        parts.push_back(shader.allocateShared(slots, result.element));
  shader.blocks(1, shader.volume(batch), [&](Value matrix) {
    shader.blocks(0, shader.ceilDiv(rowCount, tile.groupRows()), [&](Value block) {
      TilePlace place;
      place.batch = shader.split(matrix, batch);
      Value group = shader.add(shader.mul(block, shader.index(tile.threadsM)), shader.threadId(1));
      place.row = shader.mul(group, shader.index(tile.rows));
      place.column = shader.mul(shader.threadId(0), shader.index(4));
      emitRows(place);
    });
  });
  GridAxis matrices;
  for (const Extent &extent : batch)
    matrices.factors.push_back(getGridFactor(extent));
  return shader.finish({{getGridFactor(kernel.root.loops[form.m], tile.groupRows())}, matrices, {}});
}

/// A workgroup takes some rows and walks all codes; each thread keeps the best of its columns for its rows, and the
/// threads of a row compare theirs at the end, the lowest code of equal ones first. Then they share the row's epilogue;
/// its sums run over k in an order that depends on shapes only.
static Shader emitVectorQuantize(const KernelView &kernel) { return CodeEmitter(kernel).emit(); }

const Strategy vulkan::vectorQuantize{{"VectorQuantize", KernelForm::NearestCode, estimateOperations},
                                      emitVectorQuantize};
