// Attention: a workgroup's queries meet all keys some at a time, with a running maximum and sum of weights (Milakov & Gimelshein
// 2018, Dao et al. 2022).
#include "backends/common/Strategy.h"
#include "backends/vulkan/strategies/AttentionTile.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {

class ForwardTile : public AttentionTile {
public:
  explicit ForwardTile(const KernelView &kernel)
      : AttentionTile(kernel, Side::Queries, kernel.attention.valueWidth), scores(allocate()), weights(allocate()) {}

private:
  void emitTile() override;
  Sums step(const Columns &columns, ValueRange carried);
  Value findGreatest(Value before);
  void finish(Value greatest, Value sum, ValueRange sums);
  Value select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no);
  Value baseOf(Value greatest) {
    return select(arith::CmpFPredicate::OEQ, greatest, number(-infinity), number(0), greatest);
  }

  Value scores, weights; // shared
};

} // namespace

Value ForwardTile::select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no) {
  return shader.select(arith::CmpFOp::create(shader.b, predicate, a, b), yes, no);
}

/// Of the row's scores and of those before; a NaN is not greater, and its weight will be NaN.
Value ForwardTile::findGreatest(Value before) {
  return forShared(scores, /*unroll=*/4, before, [&](Value, Value score, ValueRange most) {
    return Sums{select(arith::CmpFPredicate::OGT, score, most[0], score, most[0])};
  })[0];
}

/// Carried: the sums of values, the greatest score and the sum of weights so far. All threads of a row compute the last two
/// alike.
AttentionTile::Sums ForwardTile::step(const Columns &columns, ValueRange carried) {
  ImplicitLocOpBuilder &b = shader.b;
  Value before = carried[quads], total = carried[quads + 1];
  Products scored = score(columns);
  share(scores, scored);
  shader.barrier();
  Value greatest = findGreatest(before), base = baseOf(greatest);
  Value factor = exponential(arith::SubFOp::create(b, before, base));
  Value own = exponential(arith::SubFOp::create(b, shader.fromLanes(scored), shader.splat(base)));
  share(weights, {shader.lane(own, 0), shader.lane(own, 1), shader.lane(own, 2), shader.lane(own, 3)});
  shader.barrier();
  Sums sums;
  for (Value sum : carried.take_front(quads))
    sums.push_back(arith::MulFOp::create(b, sum, shader.splat(factor)));
  sums.push_back(arith::MulFOp::create(b, total, factor));
  Sums next = accumulate(keyMatrix(form.value), columns, weights, sums, /*total=*/true);
  next.insert(next.end() - 1, greatest);
  return next;
}

/// Where every key was hidden the sum is 0; nothing is divided then, and later weights from this sum are 0.
void ForwardTile::finish(Value greatest, Value sum, ValueRange carried) {
  ImplicitLocOpBuilder &b = shader.b;
  auto unlessEmpty = [&](Value value, double other) {
    return select(arith::CmpFPredicate::OEQ, sum, number(0), number(other), value);
  };
  Value share = shader.splat(unlessEmpty(arith::DivFOp::create(b, number(1), sum), 1));
  Sums shares;
  for (Value value : carried)
    shares.push_back(arith::MulFOp::create(b, value, share));
  for (int64_t buffer : kernel.root.results[0].buffers)
    store(queryMatrix(buffer), shares);
  Value logarithms = unlessEmpty(arith::AddFOp::create(b, baseOf(greatest), logarithm(sum)), infinity);
  Value first =
      shader.equal(shader.add(shader.rem(shader.threadId(0), shader.index(threadsPerRow)), slice), shader.index(0));
  for (int64_t buffer : kernel.root.results[1].buffers)
    shader.when(shader.both(exists, first),
                [&] { shader.store(buffer, logarithms, shader.offset(buffer, {batch, place, head})); });
}

void ForwardTile::emitTile() {
  Sums initial = zeroSums();
  initial.append({number(-infinity), number(0)});
  Sums all = forColumns(initial, [&](const Columns &columns, ValueRange carried) { return step(columns, carried); });
  finish(all[quads], all[quads + 1], ValueRange(all).take_front(quads));
}

static Shader emitAttention(const KernelView &kernel) { return ForwardTile(kernel).emit(); }

const Strategy vulkan::attention{{"Attention", KernelForm::Attention, estimateOperations}, emitAttention};
