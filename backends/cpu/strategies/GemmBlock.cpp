// One block of a matrix product.
#include "backends/cpu/strategies/GemmBlock.h"
#include "backends/cpu/Costs.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

GemmBlock::GemmBlock(Emitter &emitter)
    : emitter(emitter), kernel(emitter.kernel), form(kernel.gemm), columns(emitter.target.tileColumns) {
  const KernelOperand &rhs = kernel.root.inputs[1];
  rhsIsPanels = rhs.buffer >= 0 && kernel.buffers[rhs.buffer].panels32;
  M = emitter.length(kernel.root.loops[form.m]);
  N = emitter.length(kernel.root.loops[form.n]);
  K = emitter.length(kernel.root.loops[form.k]);
  tile = emitter.stackArray(emitter.target.tileRows * columns);
}

int64_t GemmBlock::getStripFloats() const { return rhsIsPanels ? 0 : emitter.target.vectorWidth * columns; }

Point GemmBlock::rootPoint() const {
  Point at;
  at.loops.resize(kernel.root.loops.size());
  for (auto [loop, index] : llvm::zip_equal(form.batch, batch))
    at.loops[loop] = index;
  return at;
}

/// Where a side's prologue computes an element: its loops are the batch loops that the side has, then the last two.
Point GemmBlock::prologuePoint(unsigned side, Value row, Value column) const {
  Point at;
  for (auto [loop, index] : llvm::zip_equal(form.batch, batch))
    if (kernel.root.inputs[side].map.isFunctionOfDim(loop))
      at.loops.push_back(index);
  at.loops.append({row, column});
  return at;
}

void GemmBlock::emit(ArrayRef<LoopRange> ranges) {
  size_t batches = form.batch.size();
  batch.clear();
  for (const LoopRange &range : ranges.take_front(batches))
    batch.push_back(range.from);
  LoopRange columnRange = ranges[batches];
  rowRange = ranges[batches + 1];
  if (kernel.prologues[0])
    copyLhs();
  emitter.loop(columnRange.from, columnRange.to, columns, [&](Value column) {
    if (packsRhs())
      packStrip(column);
    emitStrip(column);
  });
}

//===-- Packing ----------------------------------------------------------------===//

Value GemmBlock::loadRhs(Value n, Value k, bool alongK, int64_t width, Value mask) {
  const std::optional<KernelGeneric> &prologue = kernel.prologues[1];
  Point at;
  if (!prologue) {
    at = rootPoint();
    at.loops[form.n] = n;
    at.loops[form.k] = k;
    at.laneLoop = alongK ? form.k : form.n;
  } else {
    at = prologuePoint(1, form.rhsTransposed ? n : k, form.rhsTransposed ? k : n);
    at.laneLoop = static_cast<int>(at.loops.size()) - (alongK == form.rhsTransposed ? 1 : 2);
  }
  at.lanes = width;
  at.mask = mask;
  if (prologue)
    return BodyWriter(emitter, *prologue, at).getVector(prologue->results[0].yielded);
  const KernelOperand &rhs = kernel.root.inputs[1];
  return emitter.load(emitter.buffer(rhs.buffer), emitter.address(kernel.buffers[rhs.buffer], rhs.map, at), at);
}

/// Copies columns [column, column + columns) to scratch as [K][columns]; what lies beyond the right side is never
/// stored, so may be anything.
void GemmBlock::packStrip(Value column) {
  // A function of its own, so that what packing keeps in registers leaves all of them to the tile.
  emitter.outlined("pack", [&] { form.rhsTransposed ? packTransposed(column) : packRows(column); });
}

void GemmBlock::packRows(Value column) {
  std::optional<int64_t> total = getConstantIntValue(N);
  Value mask = total && *total % columns == 0 ? Value() : emitter.firstLanes(emitter.sub(N, column), columns);
  emitter.loop(emitter.index(0), K, 1, [&](Value k) {
    Value row = loadRhs(column, k, /*alongK=*/false, columns, mask);
    emitter.storeVector(row, emitter.scratch(), emitter.mul(k, columns));
  });
}

void GemmBlock::packTransposed(Value column) {
  int64_t width = emitter.target.vectorWidth;
  std::optional<int64_t> depth = getConstantIntValue(K);
  bool masked = !depth || *depth % width != 0;
  Value lastColumn = emitter.sub(N, emitter.index(1));
  emitter.loop(emitter.index(0), emitter.index(columns), width, [&](Value part) {
    Value first = emitter.add(column, part);
    emitter.loop(emitter.index(0), K, width, [&](Value k) {
      Value mask = masked ? emitter.firstLanes(emitter.sub(K, k), width) : Value();
      SmallVector<Value> rows;
      for (int64_t i = 0; i < width; ++i) {
        Value n = emitter.min(emitter.add(first, emitter.index(i)), lastColumn);
        rows.push_back(loadRhs(n, k, /*alongK=*/true, width, mask));
      }
      rows = emitTranspose(emitter, rows);
      // The strip has room for K rounded up to whole vectors.
      for (int64_t i = 0; i < width; ++i)
        emitter.storeVector(rows[i], emitter.scratch(),
                            emitter.add(emitter.mul(emitter.add(k, emitter.index(i)), columns), part));
    });
  });
}

/// Where the copy of the left side starts in scratch: behind the strip.
static Value copyStart(Emitter &emitter, const GemmBlock &block, Value K) {
  if (block.getStripFloats() == 0)
    return emitter.index(0);
  return emitter.mul(emitter.ceilDiv(K, emitter.target.vectorWidth), block.getStripFloats());
}

/// Copies the block's rows through the prologue to scratch, in the left side's own order: [rows][K], or [K][rows] where
/// it is (k, m).
void GemmBlock::copyLhs() {
  const KernelGeneric &prologue = *kernel.prologues[0];
  Value start = copyStart(emitter, *this, K);
  bool transposed = form.lhsTransposed;
  LoopRange rows = rowRange, depth{emitter.index(0), K};
  LoopRange outer = transposed ? depth : rows, inner = transposed ? rows : depth;
  emitter.loop(outer.from, outer.to, 1, [&](Value i) {
    emitter.laneLoop(inner.from, inner.to, emitter.target.vectorWidth, {}, [&](Value j, Value mask, ValueRange) {
      Point at = prologuePoint(0, i, j);
      at.laneLoop = at.loops.size() - 1;
      at.lanes = emitter.target.vectorWidth;
      at.mask = mask;
      Value value = BodyWriter(emitter, prologue, at).getVector(prologue.results[0].yielded);
      Value line = emitter.mul(emitter.sub(i, outer.from), transposed ? emitter.index(blockRows) : K);
      Value element = emitter.add(emitter.add(start, line), emitter.sub(j, inner.from));
      emitter.storeVector(value, emitter.scratch(), element, mask);
      return SmallVector<Value>();
    });
  });
}

//===-- Tiles ------------------------------------------------------------------===//

void GemmBlock::emitStrip(Value column) {
  const Extent &extent = kernel.root.loops[form.m];
  // Tiles of one block share its rows evenly. What whole tiles of several blocks leave goes to the small body if one of
  // its tiles holds it, else to a clamped tile of the full one.
  bool even = extent.isStatic() && extent.fixed <= blockRows;
  int64_t full = emitter.target.tileRows;
  if (even)
    full = llvm::divideCeil(extent.fixed, llvm::divideCeil(extent.fixed, full));
  int64_t rest = extent.isStatic() ? extent.fixed % full : -1;
  bool usesSmall = !even && rest != 0 && rest <= costs::smallTileRows,
       usesFull = rest < 0 || rest > costs::smallTileRows || extent.fixed > rest;
  emitter.loop(rowRange.from, rowRange.to, full, [&](Value firstRow) {
    Value count = emitter.min(emitter.sub(rowRange.to, firstRow), emitter.index(full));
    auto emitTile = [&](int64_t rows, bool clamps) {
      SmallVector<Value> sums = emitMicroKernel(emitter, tileOperands(firstRow, rows, column, clamps));
      for (auto [i, sum] : llvm::enumerate(sums))
        emitter.storeVector(sum, tile, emitter.index(i * columns));
    };
    if (usesSmall && usesFull) {
      Value isSmall = emitter.lessThan(count, emitter.index(costs::smallTileRows + 1));
      auto choice = scf::IfOp::create(emitter.b, isSmall, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(emitter.b);
      emitter.b.setInsertionPoint(choice.thenBlock()->getTerminator());
      emitTile(costs::smallTileRows, /*clamps=*/rest != costs::smallTileRows);
      emitter.b.setInsertionPoint(choice.elseBlock()->getTerminator());
      emitTile(full, /*clamps=*/rest < 0);
    } else {
      emitTile(usesSmall ? costs::smallTileRows : full,
               /*clamps=*/rest != 0 && !(usesSmall && rest == costs::smallTileRows));
    }
    storeTile(firstRow, count, column);
  });
}

/// The addresses of a tile's operands. Rows past the block's end repeat its last row: they are computed, and not
/// stored.
TileOperands GemmBlock::tileOperands(Value firstRow, int64_t rows, Value column, bool clamps) {
  TileOperands operands;
  operands.columns = columns;
  operands.depth = K;
  operands.chooses = form.chooses;
  Value lastRow = emitter.sub(rowRange.to, emitter.index(1));
  Point at = rootPoint();
  const KernelOperand &lhs = kernel.root.inputs[0];
  Value start = kernel.prologues[0] ? copyStart(emitter, *this, K) : Value();
  for (int64_t i = 0; i < rows; ++i) {
    Value row = emitter.add(firstRow, emitter.index(i));
    if (clamps && i > 0)
      row = emitter.min(row, lastRow);
    at.loops[form.m] = row;
    if (kernel.prologues[0]) {
      Value line = emitter.sub(row, rowRange.from);
      operands.rows.push_back(emitter.add(start, form.lhsTransposed ? line : emitter.mul(line, K)));
    } else {
      operands.rows.push_back(emitter.address(kernel.buffers[lhs.buffer], lhs.map, at).element);
    }
  }
  operands.lhs = kernel.prologues[0] ? emitter.scratch() : emitter.buffer(lhs.buffer);
  operands.rowStep = !form.lhsTransposed ? emitter.index(1) : kernel.prologues[0] ? emitter.index(blockRows) : M;
  if (packsRhs()) {
    operands.rhs = emitter.scratch();
    operands.strip = emitter.index(0);
    operands.stripStep = emitter.index(columns);
    return operands;
  }
  constexpr int64_t panel = program::matrixPanel;
  Value index = emitter.div(column, emitter.index(panel)), within = emitter.rem(column, emitter.index(panel));
  operands.rhs = emitter.buffer(kernel.root.inputs[1].buffer);
  operands.strip = emitter.add(emitter.mul(index, emitter.mul(K, panel)), within);
  operands.stripStep = emitter.index(panel);
  return operands;
}

/// Stores the first `count` rows of the finished tile.
void GemmBlock::storeTile(Value firstRow, Value count, Value column) {
  if (kernel.epilogue && isHeavy(*kernel.epilogue))
    return emitter.outlined("epilogue", [&] { storeTileByRegisters(firstRow, count, column); });
  std::optional<int64_t> total = getConstantIntValue(N);
  Value mask = total && *total % columns == 0 ? Value() : emitter.firstLanes(emitter.sub(N, column), columns);
  emitter.loop(emitter.index(0), count, 1, [&](Value row) {
    Value sum = emitter.loadVector(tile, emitter.mul(row, columns), columns);
    storeRow(sum, emitter.add(firstRow, row), column, mask);
  });
}

/// A long epilogue goes register by register: half the code, and no work on columns that don't exist.
void GemmBlock::storeTileByRegisters(Value firstRow, Value count, Value column) {
  int64_t width = emitter.target.vectorWidth;
  std::optional<int64_t> total = getConstantIntValue(N);
  Value left = emitter.sub(N, column), end = emitter.min(left, emitter.index(columns));
  emitter.loop(emitter.index(0), count, 1, [&](Value row) {
    emitter.loop(emitter.index(0), end, width, [&](Value part) {
      Value mask = total && *total % width == 0 ? Value() : emitter.firstLanes(emitter.sub(left, part), width);
      Value sum = emitter.loadVector(tile, emitter.add(emitter.mul(row, columns), part), width);
      storeRow(sum, emitter.add(firstRow, row), emitter.add(column, part), mask);
    });
  });
}

/// Stores one row of a finished tile, or what the epilogue makes of it.
void GemmBlock::storeRow(Value sum, Value row, Value column, Value mask) {
  Point at = rootPoint();
  at.loops[form.m] = row;
  at.loops[form.n] = column;
  at.laneLoop = form.n;
  at.lanes = cast<VectorType>(sum.getType()).getDimSize(0);
  at.mask = mask;
  if (kernel.epilogue) {
    Point over = at; // the epilogue's loops: batch, m, n
    over.loops.assign(batch.begin(), batch.end());
    over.loops.append({row, column});
    over.laneLoop = batch.size() + 1;
    BodyWriter body(emitter, *kernel.epilogue, over);
    body.bindProducer(cast<OpResult>(kernel.rootOp->getResult(0)), sum);
    body.storeResults();
  }
  emitter.storeResult(sum, kernel.root.results[0], at);
}
