// Attention: lanes hold queries; keys and values come in rows, with a running maximum and sum of weights (Milakov & Gimelshein
// 2018, Dao et al. 2022). Scores of one step are all that is stored of them.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/AttentionBlock.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

static constexpr float infinity = std::numeric_limits<float>::infinity();

namespace {

class ForwardBlock : public AttentionBlock {
public:
  explicit ForwardBlock(Emitter &emitter)
      : AttentionBlock(emitter, Side::Queries), query(reserve(form.width)), result(reserve(roundUp(form.valueWidth))),
        greatest(reserve(1)), sum(reserve(1)), base(reserve(1)), weights(reserveShared(roundUp(costs::attentionRows))) {
  }

private:
  void begin(const Strip &strip) override;
  void step(const Strip &strip, const Rows &rows) override;
  void finish(const Strip &strip) override;
  void addScores(const Strip &strip, const Rows &rows);
  Value rebase(const Strip &strip);
  void addWeights(const Strip &strip, const Rows &rows);
  Value select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no) const;

  const int64_t query, result, greatest, sum, base, weights; // lines
};

} // namespace

Value ForwardBlock::select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no) const {
  return arith::SelectOp::create(emitter.b, arith::CmpFOp::create(emitter.b, predicate, a, b), yes, no);
}

void ForwardBlock::begin(const Strip &strip) {
  pack(queryMatrix(form.query), strip, lines(strip, query), form.scale);
  fill(lines(strip, result), roundUp(form.valueWidth), 0);
  fill(lines(strip, greatest), 1, -infinity);
  fill(lines(strip, sum), 1, 0);
}

/// Scores of the step, and the greatest so far. A NaN is not greater; its weight will be NaN.
void ForwardBlock::addScores(const Strip &strip, const Rows &rows) {
  Lines most = lines(strip, greatest);
  storeLine(loadLine(most), lines(strip, base));
  multiply(keyMatrix(form.key), rows, lines(strip, query), [&](Value row, Value product) {
    Value scored = score(strip, rows, row, product), before = loadLine(most);
    storeLine(scored, shared(weights), lineOf(rows, row));
    storeLine(select(arith::CmpFPredicate::OGT, scored, before, scored, before), most);
  });
}

/// What weights so far shrink by: the exponential of the old maximum less the new. The line `base` becomes the new one, or 0
/// where all is hidden yet.
Value ForwardBlock::rebase(const Strip &strip) {
  Value before = loadLine(lines(strip, base)), most = loadLine(lines(strip, greatest));
  Value from = select(arith::CmpFPredicate::OEQ, most, number(-infinity), number(0), most);
  storeLine(from, lines(strip, base));
  return exponential(arith::SubFOp::create(emitter.b, before, from));
}

void ForwardBlock::addWeights(const Strip &strip, const Rows &rows) {
  Value from = loadLine(lines(strip, base)), start = number(0);
  Value added = emitter.loop(rows.from, rows.to, 1, start, [&](Value row, ValueRange carried) {
    Value line = lineOf(rows, row);
    Value weight = exponential(arith::SubFOp::create(emitter.b, loadLine(shared(weights), line), from));
    storeLine(weight, shared(weights), line);
    return SmallVector<Value>{arith::AddFOp::create(emitter.b, carried[0], weight)};
  })[0];
  storeLine(arith::AddFOp::create(emitter.b, loadLine(lines(strip, sum)), added), lines(strip, sum));
}

void ForwardBlock::step(const Strip &strip, const Rows &rows) {
  addScores(strip, rows);
  Value factor = rebase(strip);
  storeLine(arith::MulFOp::create(emitter.b, loadLine(lines(strip, sum)), factor), lines(strip, sum));
  addWeights(strip, rows);
  accumulate(keyMatrix(form.value), strip, rows, shared(weights), lines(strip, result), factor);
}

/// Where every key was hidden the sum is 0; nothing is divided then, and later weights from this sum are 0.
void ForwardBlock::finish(const Strip &strip) {
  ImplicitLocOpBuilder &b = emitter.b;
  Value total = loadLine(lines(strip, sum)), zero = number(0);
  auto unlessEmpty = [&](Value value, double other) {
    return select(arith::CmpFPredicate::OEQ, total, zero, number(other), value);
  };
  const KernelResult &values = kernel.root.results[0], &sums = kernel.root.results[1];
  Value share = unlessEmpty(arith::DivFOp::create(b, number(1), total), 1);
  for (int64_t buffer : values.buffers)
    unpack(lines(strip, result), queryMatrix(buffer), strip, share);
  if (sums.buffers.empty())
    return;
  Value logarithms = arith::AddFOp::create(b, loadLine(lines(strip, base)), logarithm(total));
  storeLine(unlessEmpty(logarithms, infinity), lines(strip, sum));
  for (int64_t buffer : sums.buffers)
    unpack(lines(strip, sum), queryMatrix(buffer), strip, {});
}

static LogicalResult emitAttention(Emitter &emitter, CompiledKernel &compiled) {
  ForwardBlock(emitter).emit(compiled);
  return success();
}

const Strategy cpu::attention{{"Attention", KernelForm::Attention, estimateOperations}, emitAttention};
