// Gradients of attention, each result in a kernel of its own, so that no sums of different workgroups meet: for queries a
// workgroup has queries and walks keys, for keys and values it is the other way round. Weights are computed again from the sums.
#include "backends/common/Strategy.h"
#include "backends/vulkan/strategies/AttentionTile.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

/// What both gradients do with a thread's numbers.
class GradientTile : public AttentionTile {
protected:
  using AttentionTile::AttentionTile;
  Products weigh(ValueRange scores, ValueRange totals);
  Products differentiate(ValueRange weights, ValueRange products, ValueRange deltas, const Columns &columns);
};

class QueryGradientTile : public GradientTile {
public:
  explicit QueryGradientTile(const KernelView &kernel)
      : GradientTile(kernel, Side::Queries, kernel.attention.width), gradients(allocate()) {}

private:
  void emitTile() override;
  Sums step(const Columns &columns, ValueRange sums, Value total, Value delta);

  Value gradients; // shared: of scores
};

class KeyGradientTile : public GradientTile {
public:
  explicit KeyGradientTile(const KernelView &kernel)
      : GradientTile(kernel, Side::Keys, std::max(kernel.attention.width, kernel.attention.valueWidth)),
        weights(allocate()), gradients(allocate()) {}

private:
  void emitTile() override;
  Sums step(const Columns &columns, ValueRange sums);
  Sums forHeads(ValueRange initial, llvm::function_ref<Sums(ValueRange)> body);

  Value weights, gradients; // shared
};

} // namespace

static SmallVector<Value> scale(Emitter &shader, ValueRange sums, Value factor) {
  return llvm::map_to_vector(
      sums, [&](Value sum) -> Value { return arith::MulFOp::create(shader.b, sum, shader.splat(factor)); });
}

/// Four numbers at once.
static Value subtract(Emitter &shader, ValueRange a, ValueRange b) {
  return arith::SubFOp::create(shader.b, shader.fromLanes(SmallVector<Value>(a)),
                               shader.fromLanes(SmallVector<Value>(b)));
}

static SmallVector<Value> lanesOf(Emitter &shader, Value quad) {
  return llvm::map_to_vector(llvm::seq<int64_t>(0, 4), [&](int64_t lane) { return shader.lane(quad, lane); });
}

/// exp(score - sum): from a sum of plus infinity, which a query without keys has, 0.
AttentionTile::Products GradientTile::weigh(ValueRange scores, ValueRange totals) {
  return lanesOf(shader, exponential(subtract(shader, scores, totals)));
}

/// weight * (product - delta), 0 where row and column don't meet.
AttentionTile::Products GradientTile::differentiate(ValueRange weights, ValueRange products, ValueRange deltas,
                                                    const Columns &columns) {
  Products rest = lanesOf(shader, subtract(shader, products, deltas));
  for (auto [value, weight, seen] : llvm::zip_equal(rest, weights, columns.seen)) {
    Value gradient = arith::MulFOp::create(shader.b, weight, value);
    value = shader.select(seen, gradient, shader.zero(1));
  }
  return rest;
}

//===-- Queries --------------------------------------------------------------------===//

AttentionTile::Sums QueryGradientTile::step(const Columns &columns, ValueRange sums, Value total, Value delta) {
  Products scores = score(columns);
  Products products = multiply(queryMatrix(form.gradient), keyMatrix(form.value), columns);
  Products weights = weigh(scores, Products(4, total));
  share(gradients, differentiate(weights, products, Products(4, delta), columns));
  shader.barrier();
  Sums next = accumulate(keyMatrix(form.key), columns, gradients, sums);
  shader.barrier(); // before the next step's are shared
  return next;
}

void QueryGradientTile::emitTile() {
  shader.keepLoops();
  Value total = loadNumber(queryMatrix(form.sums), place), delta = loadNumber(queryMatrix(form.deltas), place);
  Sums sums = forColumns(
      zeroSums(), [&](const Columns &columns, ValueRange carried) { return step(columns, carried, total, delta); });
  for (int64_t buffer : kernel.root.results[0].buffers)
    store(queryMatrix(buffer), scale(shader, sums, number(form.scale)));
}

//===-- Keys and values --------------------------------------------------------------===//

/// Carried: the sums of keys' gradients, then those of values'.
AttentionTile::Sums KeyGradientTile::step(const Columns &columns, ValueRange sums) {
  auto numbersOf = [&](int64_t buffer) {
    return llvm::map_to_vector(columns.own, [&](Value query) { return loadNumber(queryMatrix(buffer), query); });
  };
  Products scores = score(columns);
  Products products = multiply(keyMatrix(form.value), queryMatrix(form.gradient), columns);
  Products own = weigh(scores, numbersOf(form.sums));
  share(weights, own);
  share(gradients, differentiate(own, products, numbersOf(form.deltas), columns));
  shader.barrier();
  Sums next = accumulate(queryMatrix(form.query), columns, gradients, sums.take_front(quads));
  llvm::append_range(next, accumulate(queryMatrix(form.gradient), columns, weights, sums.drop_front(quads)));
  shader.barrier(); // before the next step's are shared
  return next;
}

/// The heads of queries that read this head of keys.
AttentionTile::Sums KeyGradientTile::forHeads(ValueRange initial, function_ref<Sums(ValueRange)> body) {
  int64_t group = form.heads / form.kvHeads;
  return shader.loop(shader.index(0), shader.index(group), shader.index(1), initial,
                     [&](Value member, ValueRange carried) {
                       head = shader.add(shader.mul(kvHead, group), member);
                       return body(carried);
                     });
}

void KeyGradientTile::emitTile() {
  shader.keepLoops();
  Sums initial = zeroSums();
  llvm::append_range(initial, zeroSums());
  Sums sums = forHeads(initial, [&](ValueRange carried) {
    return forColumns(carried, [&](const Columns &columns, ValueRange inner) { return step(columns, inner); });
  });
  ValueRange keys = ValueRange(sums).take_front(quads), values = ValueRange(sums).drop_front(quads);
  for (int64_t buffer : kernel.root.results[0].buffers)
    store(keyMatrix(buffer), scale(shader, keys, number(form.scale)));
  for (int64_t buffer : kernel.root.results[1].buffers)
    store(keyMatrix(buffer), values);
}

//===-- Strategies -------------------------------------------------------------------===//

template <typename Tile> static Shader emitTiles(const KernelView &kernel) { return Tile(kernel).emit(); }

const Strategy vulkan::attentionQueryGradient{
    {"AttentionQueryGradient", KernelForm::AttentionQueryGradient, estimateOperations}, emitTiles<QueryGradientTile>};
const Strategy vulkan::attentionKeyGradient{
    {"AttentionKeyGradient", KernelForm::AttentionKeyGradient, estimateOperations}, emitTiles<KeyGradientTile>};
