// Transforms of minimal filtering, as few operations each.
#include "backends/cpu/strategies/WinogradTransforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {
/// Sums of vectors as expressions.
class Vectors {
public:
  explicit Vectors(Emitter &emitter) : b(emitter.b), emitter(emitter) {}
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value scale(double factor, Value x) { return arith::MulFOp::create(b, constant(factor, x), x); }
  /// factor * x + y
  Value add(double factor, Value x, Value y) { return vector::FMAOp::create(b, constant(factor, x), x, y); }

private:
  Value constant(double value, Value like) {
    return emitter.splat(b.getF32FloatAttr(static_cast<float>(value)), cast<VectorType>(like.getType()).getDimSize(0));
  }
  ImplicitLocOpBuilder &b;
  Emitter &emitter;
};
} // namespace

// The finite points of F(4, 3) beside 0, with both signs: near * far = 1.
static const double near = std::sqrt(0.5), far = std::sqrt(2.0);

/// Coefficients of the polynomials that vanish at all points but one, and for infinity at all.
static SmallVector<Value> transformPlainInputs(Emitter &emitter, ValueRange d) {
  Vectors v(emitter);
  Value even = v.add(-2, d[2], d[4]), odd = v.add(-2, d[1], d[3]);
  Value even2 = v.add(-0.5, d[2], d[4]), odd2 = v.add(-0.5, d[1], d[3]);
  return {v.add(-2.5, d[2], v.add(d[0], d[4])),
          v.add(near, odd, even),
          v.add(-near, odd, even),
          v.add(far, odd2, even2),
          v.add(-far, odd2, even2),
          v.add(-2.5, d[3], v.add(d[1], d[5]))};
}

/// The powers of the points, 0 to 3.
static SmallVector<Value> transformPlainProducts(Emitter &emitter, ValueRange m) {
  Vectors v(emitter);
  Value sum = v.add(m[1], m[2]), difference = v.sub(m[1], m[2]);
  Value sum2 = v.add(m[3], m[4]), difference2 = v.sub(m[3], m[4]);
  return {v.add(v.add(m[0], sum), sum2), v.add(far, difference2, v.scale(near, difference)),
          v.add(2, sum2, v.scale(0.5, sum)), v.add(2 * far, difference2, v.add(near / 2, difference, m[5]))};
}

const MinimalFilter &cpu::getPlainFilter() {
  static const MinimalFilter filter = {
      /*patch=*/6,
      /*step=*/4,
      /*forms=*/6,
      /*sources=*/{0, 1, 2, 3, 4, 5},
      /*filters=*/
      {{1, 0, 0},
       {-1 / 1.5, -near / 1.5, -0.5 / 1.5},
       {-1 / 1.5, near / 1.5, -0.5 / 1.5},
       {1.0 / 6, far / 6, 2.0 / 6},
       {1.0 / 6, -far / 6, 2.0 / 6},
       {0, 0, 1}},
      transformPlainInputs,
      transformPlainProducts,
  };
  return filter;
}

// Of inputs p, q, r, s, of which q and r stand twice among the six that four outputs read, the outputs are, with taps w:
//   w0 p + (w1 + w2) q,  (w0 + w1) q + w2 r,  w0 q + (w1 + w2) r,  (w0 + w1) r + w2 s
static SmallVector<Value> transformDoubledInputs(Emitter &emitter, ValueRange d) {
  Vectors v(emitter);
  return {v.sub(d[0], d[2]), v.scale(0.5, v.add(d[1], d[2])), v.scale(0.5, v.sub(d[2], d[1])), v.sub(d[3], d[1])};
}

static SmallVector<Value> transformDoubledProducts(Emitter &emitter, ValueRange m) {
  Vectors v(emitter);
  Value sum = v.add(m[2], m[3]), difference = v.sub(m[2], m[3]);
  return {v.sub(v.add(m[0], m[1]), sum), v.sub(m[1], difference), v.add(m[1], sum),
          v.add(v.add(m[1], m[4]), difference)};
}

const MinimalFilter &cpu::getDoublingFilter() {
  static const MinimalFilter filter = {
      /*patch=*/4,
      /*step=*/2,
      /*forms=*/4,
      /*sources=*/{0, 1, 2, 2, 3},
      /*filters=*/{{1, 0, 0}, {1, 1, 1}, {0, 1, 0}, {-1, 0, 1}, {0, 0, 1}},
      transformDoubledInputs,
      transformDoubledProducts,
  };
  return filter;
}
