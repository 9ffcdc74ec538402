// The inner loop of matrix products, and the transposition that packs for it.
#include "backends/cpu/MicroKernel.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

/// Adds one step of k to the sums of all rows.
static SmallVector<Value> emitStep(Emitter &emitter, const TileOperands &operands, Value k, ValueRange sums) {
  ImplicitLocOpBuilder &b = emitter.b;
  Value zero = emitter.splat(b.getF32FloatAttr(0), operands.columns);
  Value at = emitter.add(operands.strip, emitter.mul(k, operands.stripStep));
  Value row = emitter.loadVector(operands.rhs, at, operands.columns);
  Value offset = emitter.mul(k, operands.rowStep), lanes = operands.takesPart ? operands.takesPart(k) : Value();
  SmallVector<Value> next;
  for (auto [start, accumulator] : llvm::zip_equal(operands.rows, sums)) {
    Value element = memref::LoadOp::create(b, operands.lhs, emitter.add(start, offset));
    Value left = emitter.broadcast(element, operands.columns);
    if (operands.chooses) {
      Value chosen = arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, left, zero);
      Value term = arith::SelectOp::create(b, chosen, row, zero);
      next.push_back(arith::AddFOp::create(b, accumulator, term));
    } else {
      next.push_back(vector::FMAOp::create(b, left, row, accumulator));
    }
    if (lanes)
      next.back() = arith::SelectOp::create(b, lanes, next.back(), accumulator);
  }
  return next;
}

SmallVector<Value> cpu::emitMicroKernel(Emitter &emitter, const TileOperands &operands) {
  Value zero = emitter.splat(emitter.b.getF32FloatAttr(0), operands.columns);
  SmallVector<Value> zeros(operands.rows.size(), zero);
  return emitter.loop(emitter.index(0), operands.depth, operands.turn, zeros, [&](Value first, ValueRange carried) {
    SmallVector<Value> sums(carried);
    for (int64_t step = 0; step < operands.turn; ++step)
      sums = emitStep(emitter, operands, emitter.add(first, emitter.index(step)), sums);
    return sums;
  });
}

SmallVector<Value> cpu::emitTranspose(Emitter &emitter, SmallVector<Value> rows) {
  int64_t width = rows.size();
  // Stage h swaps, in each pair of rows h apart, the blocks of h lanes off the diagonal.
  for (int64_t h = 1; h < width; h *= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < width; ++lane) {
      upper.push_back(lane & h ? width + lane - h : lane);
      lower.push_back(lane & h ? width + lane : lane + h);
    }
    for (int64_t i = 0; i < width; ++i) {
      if (i & h)
        continue;
      Value first = rows[i], second = rows[i + h];
      rows[i] = vector::ShuffleOp::create(emitter.b, first, second, upper);
      rows[i + h] = vector::ShuffleOp::create(emitter.b, first, second, lower);
    }
  }
  return rows;
}
