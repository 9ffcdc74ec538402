// Gradients of attention, each result in a kernel of its own, so that no sums of different threads meet: for queries lanes hold
// queries and keys come in rows, for keys and values it is the other way round. Weights are computed again from the sums.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/AttentionBlock.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

/// What both gradients do with a step's lines.
class GradientBlock : public AttentionBlock {
protected:
  GradientBlock(Emitter &emitter, Side side) : AttentionBlock(emitter, side) {}
  /// The numbers of the lanes with a row that each query has one of.
  using OfQueries = llvm::function_ref<Value(Value row)>;
  void addWeights(const Strip &strip, const Rows &rows, const Matrix &matrix, Lines packed, Lines weights,
                  OfQueries sums) const;
  void addScoreGradients(const Rows &rows, const Matrix &matrix, Lines packed, Lines weights, Lines to,
                         OfQueries deltas) const;
};

class QueryGradientBlock : public GradientBlock {
public:
  explicit QueryGradientBlock(Emitter &emitter)
      : GradientBlock(emitter, Side::Queries), query(reserve(form.width)), gradient(reserve(form.valueWidth)),
        sums(reserve(1)), deltas(reserve(1)), result(reserve(roundUp(form.width))),
        weights(reserveShared(roundUp(costs::attentionRows))) {}

private:
  void begin(const Strip &strip) override;
  void step(const Strip &strip, const Rows &rows) override;
  void finish(const Strip &strip) override;

  const int64_t query, gradient, sums, deltas, result, weights; // lines
};

class KeyGradientBlock : public GradientBlock {
public:
  explicit KeyGradientBlock(Emitter &emitter)
      : GradientBlock(emitter, Side::Keys), key(reserve(form.width)), value(reserve(form.valueWidth)),
        keys(reserve(roundUp(form.width))), values(reserve(roundUp(form.valueWidth))),
        weights(reserveShared(roundUp(costs::attentionRows))),
        scoreGradients(reserveShared(roundUp(costs::attentionRows))) {}

private:
  void begin(const Strip &strip) override;
  void step(const Strip &strip, const Rows &rows) override;
  void finish(const Strip &strip) override;

  const int64_t key, value, keys, values, weights, scoreGradients; // lines
};

} // namespace

/// exp(score - sum): from a sum of plus infinity, which a query without keys has, 0.
void GradientBlock::addWeights(const Strip &strip, const Rows &rows, const Matrix &matrix, Lines packed, Lines weights,
                               OfQueries sums) const {
  multiply(matrix, rows, packed,
           [&](Value row, Value product) { storeLine(score(strip, rows, row, product), weights, lineOf(rows, row)); });
  emitter.loop(rows.from, rows.to, 1, [&](Value row) {
    Value line = lineOf(rows, row), known = loadLine(weights, line);
    storeLine(exponential(arith::SubFOp::create(emitter.b, known, sums(row))), weights, line);
  });
}

/// weight * (product - delta)
void GradientBlock::addScoreGradients(const Rows &rows, const Matrix &matrix, Lines packed, Lines weights, Lines to,
                                      OfQueries deltas) const {
  multiply(matrix, rows, packed, [&](Value row, Value product) {
    Value known = emitter.min(row, emitter.sub(rows.to, emitter.index(1)));
    Value rest = arith::SubFOp::create(emitter.b, product, deltas(known)), line = lineOf(rows, row);
    storeLine(arith::MulFOp::create(emitter.b, loadLine(weights, line), rest), to, line);
  });
}

//===-- Queries --------------------------------------------------------------------===//

void QueryGradientBlock::begin(const Strip &strip) {
  pack(queryMatrix(form.query), strip, lines(strip, query), form.scale);
  pack(queryMatrix(form.gradient), strip, lines(strip, gradient));
  pack(queryMatrix(form.sums), strip, lines(strip, sums));
  pack(queryMatrix(form.deltas), strip, lines(strip, deltas));
  fill(lines(strip, result), roundUp(form.width), 0);
}

void QueryGradientBlock::step(const Strip &strip, const Rows &rows) {
  Value sumLine = loadLine(lines(strip, sums)), deltaLine = loadLine(lines(strip, deltas));
  addWeights(strip, rows, keyMatrix(form.key), lines(strip, query), shared(weights), [&](Value) { return sumLine; });
  addScoreGradients(rows, keyMatrix(form.value), lines(strip, gradient), shared(weights), shared(weights),
                    [&](Value) { return deltaLine; });
  accumulate(keyMatrix(form.key), strip, rows, shared(weights), lines(strip, result));
}

void QueryGradientBlock::finish(const Strip &strip) {
  for (int64_t buffer : kernel.root.results[0].buffers)
    unpack(lines(strip, result), queryMatrix(buffer), strip, number(form.scale));
}

//===-- Keys and values --------------------------------------------------------------===//

void KeyGradientBlock::begin(const Strip &strip) {
  pack(keyMatrix(form.key), strip, lines(strip, key), form.scale);
  pack(keyMatrix(form.value), strip, lines(strip, value));
  fill(lines(strip, keys), roundUp(form.width), 0);
  fill(lines(strip, values), roundUp(form.valueWidth), 0);
}

void KeyGradientBlock::step(const Strip &strip, const Rows &rows) {
  auto numberOf = [&](int64_t buffer) {
    return [this, matrix = queryMatrix(buffer)](Value row) {
      Value element = emitter.add(matrix.start, emitter.mul(row, matrix.stride));
      return emitter.broadcast(memref::LoadOp::create(emitter.b, matrix.memory, element), width);
    };
  };
  addWeights(strip, rows, queryMatrix(form.query), lines(strip, key), shared(weights), numberOf(form.sums));
  addScoreGradients(rows, queryMatrix(form.gradient), lines(strip, value), shared(weights), shared(scoreGradients),
                    numberOf(form.deltas));
  accumulate(queryMatrix(form.gradient), strip, rows, shared(weights), lines(strip, values));
  accumulate(queryMatrix(form.query), strip, rows, shared(scoreGradients), lines(strip, keys));
}

void KeyGradientBlock::finish(const Strip &strip) {
  for (int64_t buffer : kernel.root.results[0].buffers)
    unpack(lines(strip, keys), keyMatrix(buffer), strip, number(form.scale));
  for (int64_t buffer : kernel.root.results[1].buffers)
    unpack(lines(strip, values), keyMatrix(buffer), strip, {});
}

//===-- Strategies -------------------------------------------------------------------===//

template <typename Block> static LogicalResult emitGradient(Emitter &emitter, CompiledKernel &compiled) {
  Block(emitter).emit(compiled);
  return success();
}

const Strategy cpu::attentionQueryGradient{
    {"AttentionQueryGradient", KernelForm::AttentionQueryGradient, estimateOperations},
    emitGradient<QueryGradientBlock>};
const Strategy cpu::attentionKeyGradient{{"AttentionKeyGradient", KernelForm::AttentionKeyGradient, estimateOperations},
                                         emitGradient<KeyGradientBlock>};
