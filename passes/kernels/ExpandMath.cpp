// ExpandMath: transcendental functions as polynomials in separate multiplies and adds, for f32.
//
// Every formula is exact arithmetic that IEEE 754 defines, so all devices agree to the bit. Numbers below 2^-126 count
// as zero, for some devices flush them. Coefficients are minimax fits (weighted least squares, rounded to f32 one after
// another), with the bound of the fit beside each.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/CSE.h"
#include "passes/Passes.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_EXPANDMATH
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2, relative error of e^r 3.3e-9.
constexpr float expTerms[] = {0x1p-1f, 0x1.55549p-3f, 0x1.5554c4p-5f, 0x1.123ae2p-7f, 0x1.6d75ep-10f};
/// (ln(1 + m) - m + m^2 / 2) / m^3 on sqrt(1/2) - 1 <= m <= sqrt(2) - 1, relative error of the logarithm 7.8e-10.
constexpr float logTerms[] = {0x1.555548p-2f,  -0x1.000006p-2f, 0x1.99a478p-3f, -0x1.555c4ap-3f, 0x1.233b68p-3f,
                              -0x1.fc2744p-4f, 0x1.e6c2ap-4f,   -0x1.de0e2p-4f, 0x1.147c5ep-4f};
/// (tanh(x) - x) / x^3 in x^2 on |x| <= 0.625, relative error 4.9e-9.
constexpr float tanhTerms[] = {-0x1.55553p-2f, 0x1.110688p-3f, -0x1.b826fep-5f, 0x1.519718p-6f, -0x1.734ee8p-8f};
/// erf(x) / x - 1 in x^2 on |x| <= 1, relative error 1.5e-9.
constexpr float erfNearTerms[] = {0x1.06eba8p-3f, -0x1.81273ep-2f,  0x1.ce2ce6p-4f, -0x1.b7f71ap-6f,
                                  0x1.53f226p-8f, -0x1.a35188p-11f, 0x1.4772d2p-14f};
/// -ln(1 - erf(x)) on 1 <= x <= 3.95, error of erf 1.1e-9. Beyond, erf is 1.
constexpr float erfFarTerms[] = {0x1.70a5d8p-12f, 0x1.20864p+0f,  0x1.46c3bcp-1f,  0x1.a6167ap-4f,
                                 -0x1.65583cp-6f, 0x1.817764p-9f, -0x1.856fdep-13f};

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float smallestNormal = 0x1p-126f;
/// ln(2) in two parts; multiples of the first are exact.
constexpr float ln2High = 0x1.63p-1f, ln2Low = -0x1.bd0106p-13f;

/// Writes scalar formulas.
class Formula {
public:
  using Predicate = arith::CmpFPredicate;
  Formula(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value number(float value) { return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value)); }
  Value integer(int64_t value) { return arith::ConstantIntOp::create(builder, loc, value, 32); }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value abs(Value x) { return math::AbsFOp::create(builder, loc, x); }
  Value when(Predicate predicate, Value a, float b, Value yes, Value no) {
    Value condition = arith::CmpFOp::create(builder, loc, predicate, a, number(b));
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  }
  Value bits(Value x) { return arith::BitcastOp::create(builder, loc, builder.getI32Type(), x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(builder, loc, builder.getF32Type(), x); }
  Value addBits(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value andBits(Value a, int64_t b) { return arith::AndIOp::create(builder, loc, a, integer(b)); }
  Value orBits(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }

  /// Terms from the constant one up, by Horner's rule.
  Value polynomial(Value x, ArrayRef<float> terms) {
    Value sum = number(terms.back());
    for (float term : llvm::reverse(terms.drop_back()))
      sum = add(mul(sum, x), number(term));
    return sum;
  }

  Value exp(Value x);
  Value expm1(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value erf(Value x);
  Value timesZero(Value x);
  Value quotientOfZero(Value x, float size);

private:
  /// x = n ln(2) + r, and e^r - 1; for x in [-88, 89].
  struct Reduced {
    Value n, power; // n as i32
  };
  Reduced reduceExp(Value x);
  Value clamp(Value x, float low, float high);
  Value withSignOf(Value magnitude, Value x);

  OpBuilder &builder;
  Location loc;
};

/// NaN becomes `low`, so that what follows may convert to an integer.
Value Formula::clamp(Value x, float low, float high) {
  Value above = when(Predicate::OGE, x, low, x, number(low));
  return when(Predicate::OLE, above, high, above, number(high));
}

Value Formula::withSignOf(Value magnitude, Value x) {
  return fromBits(orBits(andBits(bits(magnitude), 0x7fffffff), andBits(bits(x), 0x80000000)));
}

Formula::Reduced Formula::reduceExp(Value x) {
  Value n = math::FloorOp::create(builder, loc, add(mul(x, number(0x1.715476p+0f)), number(0.5f)));
  Value r = sub(sub(x, mul(n, number(ln2High))), mul(n, number(ln2Low)));
  Value power = add(mul(mul(r, r), polynomial(r, expTerms)), r);
  return {arith::FPToSIOp::create(builder, loc, builder.getI32Type(), n), power};
}

/// 2^n e^r, the power of two added to the exponent's bits. Results below 2^-126 are zero.
Value Formula::exp(Value x) {
  auto [n, power] = reduceExp(clamp(x, -88.0f, 89.0f));
  Value shifted = arith::ShLIOp::create(builder, loc, n, integer(23));
  Value y = fromBits(addBits(bits(add(power, number(1.0f))), shifted));
  y = when(Predicate::OLT, x, -0x1.5d589ep+6f, number(0.0f), y);
  y = when(Predicate::OGT, x, 0x1.62e42ep+6f, number(infinity), y);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

/// 2^n (e^r - 1) + (2^n - 1), by halves, so that 2^n stays in range. Below -20 the result is -1.
Value Formula::expm1(Value x) {
  auto [n, power] = reduceExp(clamp(x, -20.0f, 89.0f));
  Value half = fromBits(arith::ShLIOp::create(builder, loc, addBits(n, integer(126)), integer(23)));
  Value sum = add(mul(half, power), sub(half, number(0.5f)));
  Value y = add(sum, sum);
  y = when(Predicate::OGT, x, 0x1.62e42ep+6f, number(infinity), y);
  // Also keeps the sign of zero.
  y = when(Predicate::OLT, abs(x), 0x1p-25f, x, y);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

/// x = 2^e (1 + m) with 1 + m between sqrt(1/2) and sqrt(2).
Value Formula::log(Value x) {
  Value raw = bits(x);
  // Subtracting the bits of sqrt(1/2) carries into the exponent exactly where the mantissa is larger.
  Value offset = addBits(raw, integer(-0x3f3504f3));
  Value e = arith::SIToFPOp::create(builder, loc, builder.getF32Type(),
                                    arith::ShRSIOp::create(builder, loc, offset, integer(23)));
  Value m = sub(fromBits(addBits(andBits(offset, 0x007fffff), integer(0x3f3504f3))), number(1.0f));
  Value z = mul(m, m);
  Value tail = add(mul(mul(z, m), polynomial(m, logTerms)), mul(e, number(ln2Low)));
  tail = sub(tail, mul(number(0.5f), z));
  Value y = add(add(m, tail), mul(e, number(ln2High)));
  y = when(Predicate::OLT, x, smallestNormal, number(-infinity), y);
  y = when(Predicate::OLE, x, -smallestNormal, number(std::numeric_limits<float>::quiet_NaN()), y);
  y = when(Predicate::OEQ, x, infinity, x, y);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

/// ln(u) with u = 1 + x rounded, corrected by what the rounding lost.
Value Formula::log1p(Value x) {
  Value u = add(x, number(1.0f));
  Value lost = sub(x, sub(u, number(1.0f)));
  Value y = add(log(u), div(lost, u));
  y = when(Predicate::OEQ, x, infinity, x, y);
  y = when(Predicate::OEQ, x, -1.0f, number(-infinity), y);
  return when(Predicate::OLT, abs(x), 0x1p-25f, x, y);
}

Value Formula::tanh(Value x) {
  Value size = abs(x), z = mul(x, x);
  Value near = add(mul(mul(polynomial(z, tanhTerms), z), size), size);
  auto [n, power] = reduceExp(clamp(add(size, size), 0.0f, 40.0f));
  Value shifted = arith::ShLIOp::create(builder, loc, n, integer(23));
  Value square = fromBits(addBits(bits(add(power, number(1.0f))), shifted));
  Value far = sub(number(1.0f), div(number(2.0f), add(square, number(1.0f))));
  Value y = withSignOf(when(Predicate::OLT, size, 0.625f, near, far), x);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

Value Formula::erf(Value x) {
  Value size = abs(x), z = mul(x, x);
  Value near = add(mul(polynomial(z, erfNearTerms), size), size);
  Value exponent = polynomial(clamp(size, 0.0f, 3.95f), erfFarTerms);
  Value far = sub(number(1.0f), exp(sub(number(0.0f), exponent)));
  Value y = withSignOf(when(Predicate::OLT, size, 1.0f, near, far), x);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

/// A product with 0: 0 of the sign of x, or NaN.
Value Formula::timesZero(Value x) {
  return when(Predicate::OLT, abs(x), infinity, withSignOf(number(0.0f), x), number(notANumber));
}

/// A quotient by 0 or of 0: `size` of the sign of x, or NaN.
Value Formula::quotientOfZero(Value x, float size) {
  return when(Predicate::OGT, abs(x), 0.0f, withSignOf(number(size), x), number(notANumber));
}

bool isZero(Value value) { return matchPattern(value, m_PosZeroFloat()); }

/// Drivers fold products and quotients with a zero that they know, whatever the other operand is.
Value expandZero(arith::MulFOp mul, Formula &formula) {
  if (isZero(mul.getLhs()))
    return formula.timesZero(mul.getRhs());
  return isZero(mul.getRhs()) ? formula.timesZero(mul.getLhs()) : Value();
}

Value expandZero(arith::DivFOp div, Formula &formula) {
  if (isZero(div.getRhs()))
    return formula.quotientOfZero(div.getLhs(), infinity);
  return isZero(div.getLhs()) ? formula.quotientOfZero(div.getRhs(), 0.0f) : Value();
}

/// The op's value by a formula; null where the op stays.
Value expand(Operation *op, OpBuilder &builder) {
  Formula formula(builder, op->getLoc());
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp exp) { return formula.exp(exp.getOperand()); })
      .Case([&](math::ExpM1Op exp) { return formula.expm1(exp.getOperand()); })
      .Case([&](math::LogOp log) { return formula.log(log.getOperand()); })
      .Case([&](math::Log1pOp log) { return formula.log1p(log.getOperand()); })
      .Case([&](math::TanhOp tanh) { return formula.tanh(tanh.getOperand()); })
      .Case([&](math::ErfOp erf) { return formula.erf(erf.getOperand()); })
      .Case([&](arith::MulFOp mul) { return expandZero(mul, formula); })
      .Case([&](arith::DivFOp div) { return expandZero(div, formula); })
      .Default([](Operation *) { return Value(); });
}

struct ExpandMathPass : vae::impl::ExpandMathBase<ExpandMathPass> {
  using vae::impl::ExpandMathBase<ExpandMathPass>::ExpandMathBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      bool mayExpand = isa<math::MathDialect>(op->getDialect()) || isa<arith::MulFOp, arith::DivFOp>(op);
      if (mayExpand && op->getResult(0).getType().isF32())
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      if (Value value = expand(op, builder)) {
        op->replaceAllUsesWith(ValueRange(value));
        op->erase();
      }
    }
    shareRepeated();
  }

  /// Within each generic or root alone, so that bodies refer to nothing outside.
  void shareRepeated() {
    DominanceInfo dominance(getOperation());
    IRRewriter rewriter(&getContext());
    for (Operation &op : getOperation().getBody().getOps())
      if (isa<linalg::GenericOp, program::RootOpInterface>(op))
        eliminateCommonSubExpressions(rewriter, dominance, &op);
  }
};

} // namespace
