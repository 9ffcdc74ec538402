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

/// (sin(r) - r) / r^3 in r^2 on |r| <= pi / 4, relative error of the sine 1.7e-10.
constexpr float sinTerms[] = {-0x1.555556p-3f, 0x1.111174p-7f, -0x1.a05968p-13f, 0x1.7c3672p-19f};
/// (cos(r) - 1 + r^2 / 2) / r^4 in r^2 on |r| <= pi / 4, relative error of the cosine 1.2e-10.
constexpr float cosTerms[] = {0x1.55554ap-5f, -0x1.6c0c28p-10f, 0x1.99e80cp-16f};
/// (atanh(s) - s) / s^3 in s^2 on |s| <= 3 - sqrt(8), relative error of the inverse 2.5e-11.
constexpr float atanhTerms[] = {0x1.555554p-2f, 0x1.999c26p-3f, 0x1.23d3cep-3f, 0x1.f14138p-4f};

/// 2 / pi behind 32 zeros, as many bits as a float's exponent may ask for.
constexpr uint32_t twoOverPi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                  0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
/// pi / 2 in two parts.
constexpr float quarterHigh = 0x1.921fb6p+0f, quarterLow = -0x1.777a5cp-25f;

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
  Value flipBits(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
  Value shiftLeft(Value a, Value by) { return arith::ShLIOp::create(builder, loc, a, by); }
  Value shiftRight(Value a, Value by) { return arith::ShRUIOp::create(builder, loc, a, by); }
  Value toFloat(Value a) { return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), a); }
  Value floor(Value x) { return math::FloorOp::create(builder, loc, x); }
  Value isEqual(Value a, int64_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, integer(b));
  }
  Value choose(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  }

  /// Terms from the constant one up, by Horner's rule.
  Value polynomial(Value x, ArrayRef<float> terms) {
    Value sum = number(terms.back());
    for (float term : llvm::reverse(terms.drop_back()))
      sum = add(mul(sum, x), number(term));
    return sum;
  }

  Value exp(Value x) { return exp(x, /*tail=*/Value()); }
  Value expm1(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value erf(Value x);
  Value sin(Value x) { return wave(x, /*ahead=*/0); }
  Value cos(Value x) { return wave(x, /*ahead=*/1); }
  Value pow(Value x, Value y);
  Value ceil(Value x);
  Value roundEven(Value x);
  Value timesZero(Value x);
  Value quotientOfZero(Value x, float size);

private:
  /// A number as a float and what that leaves of it.
  struct Pair {
    Value high, low;
  };
  /// x = n ln(2) + r, and e^r - 1; for x in [-88, 89].
  struct Reduced {
    Value n, power; // n as i32
  };
  Reduced reduceExp(Value x, Value tail = {});
  Value exp(Value x, Value tail);
  Pair multiply(Value a, Value b);
  Pair logPair(Value x);
  Value powMagnitude(Value size, Value y);

  /// x = (n + t) pi / 2: n as i32, modulo 4, and the rest t as a fraction of -1/2 to 1/2.
  struct Quarters {
    Value n;
    Pair rest;
  };
  Quarters countQuarters(Value size);
  Value scaledTwoOverPi(Value word, Value offset, unsigned number);
  Pair fraction(Value top, Value next);
  Value wave(Value x, int64_t ahead);
  Value sinOf(Pair angle);
  Value cosOf(Pair angle);

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

/// `tail` is what x leaves of the exponent, at most a few of its last places.
Formula::Reduced Formula::reduceExp(Value x, Value tail) {
  Value n = floor(add(mul(x, number(0x1.715476p+0f)), number(0.5f)));
  Value r = sub(sub(x, mul(n, number(ln2High))), mul(n, number(ln2Low)));
  r = tail ? add(r, tail) : r;
  Value power = add(mul(mul(r, r), polynomial(r, expTerms)), r);
  return {arith::FPToSIOp::create(builder, loc, builder.getI32Type(), n), power};
}

/// 2^n e^r, the power of two added to the exponent's bits. Results below 2^-126 are zero.
Value Formula::exp(Value x, Value tail) {
  auto [n, power] = reduceExp(clamp(x, -88.0f, 89.0f), tail);
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

//===-- Sine and cosine -----------------------------------------------------------===//

/// 32 bits of 2 / pi, `offset` behind the start of a word of the table and `number` words further.
Value Formula::scaledTwoOverPi(Value word, Value offset, unsigned number) {
  auto read = [&](unsigned shift) {
    Value chosen = integer(twoOverPi[shift]);
    for (int64_t first = 1; first <= 4; ++first)
      chosen = choose(isEqual(word, first), integer(twoOverPi[first + shift]), chosen);
    return chosen;
  };
  // In two steps: a shift by 32 is undefined.
  Value behind = shiftRight(shiftRight(read(number + 1), integer(1)), flipBits(offset, integer(31)));
  return orBits(shiftLeft(read(number), offset), behind);
}

/// 30 bits before and 32 behind, as a fraction of -1/2 to 1/2: three numbers that floats hold, added exactly but for
/// the last.
Formula::Pair Formula::fraction(Value top, Value next) {
  Value first = toFloat(arith::ShRSIOp::create(builder, loc, top, integer(12)));
  Value second = toFloat(orBits(shiftLeft(andBits(top, 0xfff), integer(12)), shiftRight(next, integer(20))));
  Value third = toFloat(andBits(next, 0xfffff));
  Value a = mul(first, number(0x1p-18f)), b = mul(second, number(0x1p-42f)), high = add(a, b);
  return {high, add(sub(b, sub(high, a)), mul(third, number(0x1p-62f)))};
}

/// The mantissa times the 96 bits of 2 / pi that are of weights 2^1 to 2^-94 in the result: all before are whole turns.
Formula::Quarters Formula::countQuarters(Value size) {
  Value raw = bits(size), first = addBits(shiftRight(raw, integer(23)), integer(-120));
  Value word = shiftRight(first, integer(5)), offset = andBits(first, 31);
  Value mantissa = orBits(andBits(raw, 0x007fffff), integer(0x00800000));
  auto multiply = [&](unsigned number) {
    return arith::MulUIExtendedOp::create(builder, loc, mantissa, scaledTwoOverPi(word, offset, number));
  };
  auto first32 = multiply(0), next32 = multiply(1), last32 = multiply(2);
  Value next = addBits(next32.getLow(), last32.getHigh());
  Value carries = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, next, next32.getLow());
  Value top = addBits(addBits(first32.getLow(), next32.getHigh()), choose(carries, integer(1), integer(0)));
  Value n = shiftRight(addBits(top, integer(0x20000000)), integer(30));
  Value rest = arith::SubIOp::create(builder, loc, top, shiftLeft(n, integer(30)));
  return {n, fraction(rest, next)};
}

Value Formula::sinOf(Pair angle) {
  Value r = angle.high, z = mul(r, r);
  return add(r, add(angle.low, mul(mul(z, r), polynomial(z, sinTerms))));
}

/// 1 - r^2 / 2 and what its rounding lost, then the rest.
Value Formula::cosOf(Pair angle) {
  Value r = angle.high, z = mul(r, r), half = mul(z, number(0.5f)), near = sub(number(1.0f), half);
  Value tail = sub(mul(mul(z, z), polynomial(z, cosTerms)), mul(r, angle.low));
  return add(near, add(sub(sub(number(1.0f), near), half), tail));
}

/// The sine of x and so many quarters of a turn.
Value Formula::wave(Value x, int64_t ahead) {
  Value size = abs(x);
  auto [n, rest] = countQuarters(size);
  Value high = mul(rest.high, number(quarterHigh));
  Value low = add(mul(rest.high, number(quarterLow)), mul(rest.low, number(quarterHigh)));
  // Below pi / 4 the angle is at hand.
  constexpr float eighth = quarterHigh / 2;
  Pair angle{when(Predicate::OLT, size, eighth, size, high), when(Predicate::OLT, size, eighth, number(0.0f), low)};
  n = when(Predicate::OLT, size, eighth, integer(0), n);
  Value turned = addBits(n, integer(ahead));
  Value isOdd = isEqual(andBits(turned, 1), 1);
  Value sign = shiftLeft(andBits(turned, 2), integer(30));
  if (ahead == 0)
    sign = flipBits(sign, andBits(bits(x), 0x80000000));
  Value y = fromBits(flipBits(bits(choose(isOdd, cosOf(angle), sinOf(angle))), sign));
  if (ahead == 0)
    y = when(Predicate::OLT, size, 0x1p-13f, x, y); // also keeps the sign of zero
  y = when(Predicate::OEQ, size, infinity, number(notANumber), y);
  return when(Predicate::UNO, x, 0.0f, x, y);
}

//===-- Powers --------------------------------------------------------------------===//

/// A product and what its rounding lost, by halves of 12 bits.
Formula::Pair Formula::multiply(Value a, Value b) {
  Value aHigh = fromBits(andBits(bits(a), 0xfffff000)), bHigh = fromBits(andBits(bits(b), 0xfffff000));
  Value aLow = sub(a, aHigh), bLow = sub(b, bHigh), product = mul(a, b);
  Value lost = add(add(sub(mul(aHigh, bHigh), product), mul(aHigh, bLow)), mul(aLow, bHigh));
  return {product, add(lost, mul(aLow, bLow))};
}

/// The logarithm of a finite x >= 2^-126, relative error 2^-30: x = 2^e u, ln(u) = 2 atanh(s), s = (u - 1) / (u + 1).
Formula::Pair Formula::logPair(Value x) {
  Value offset = addBits(bits(x), integer(-0x3f3504f3));
  Value e = toFloat(arith::ShRSIOp::create(builder, loc, offset, integer(23)));
  Value u = fromBits(addBits(andBits(offset, 0x007fffff), integer(0x3f3504f3)));
  Value over = sub(u, number(1.0f)), under = add(u, number(1.0f)), underLow = sub(u, sub(under, number(1.0f)));
  Value s = div(over, under), z = mul(s, s);
  auto [product, lost] = multiply(s, under);
  Value sLow = div(sub(sub(sub(over, product), lost), mul(s, underLow)), under);
  Value near = add(s, s), ofE = mul(e, number(ln2High)), sum = add(ofE, near);
  Value low = add(add(add(sLow, sLow), mul(near, mul(z, polynomial(z, atanhTerms)))), mul(e, number(ln2Low)));
  low = add(sub(near, sub(sum, ofE)), low);
  Value high = add(sum, low);
  return {high, sub(low, sub(high, sum))};
}

/// e^(y ln(size)) for size >= 0 and y other than 0.
Value Formula::powMagnitude(Value size, Value y) {
  auto [high, low] = logPair(size);
  high = when(Predicate::OLT, size, smallestNormal, number(-infinity), high);
  high = when(Predicate::OEQ, size, infinity, size, high);
  auto [exponent, lost] = multiply(y, high);
  Value tail = add(lost, mul(y, low));
  tail = when(Predicate::OLT, abs(exponent), 128.0f, tail, number(0.0f));
  return when(Predicate::OEQ, size, 1.0f, size, exp(exponent, tail));
}

Value Formula::pow(Value x, Value y) {
  Value half = mul(y, number(0.5f)), size = abs(x);
  Value isWhole = arith::CmpFOp::create(builder, loc, Predicate::OEQ, floor(y), y);
  Value isEven = arith::CmpFOp::create(builder, loc, Predicate::OEQ, floor(half), half);
  Value sign = choose(isWhole, choose(isEven, integer(0), andBits(bits(x), 0x80000000)), integer(0));
  Value result = fromBits(orBits(bits(powMagnitude(size, y)), sign));
  Value root = when(Predicate::OLT, size, infinity, number(notANumber), result);
  result = when(Predicate::OLE, x, -smallestNormal, choose(isWhole, result, root), result);
  result = when(Predicate::UNO, x, 0.0f, x, when(Predicate::UNO, y, 0.0f, y, result));
  result = when(Predicate::OEQ, y, 0.0f, number(1.0f), result);
  return when(Predicate::OEQ, x, 1.0f, x, result);
}

/// A power whose exponent is one of the usual numbers; null for others.
Value expandPower(math::PowFOp pow, Formula &formula) {
  llvm::APFloat exponent(0.0f);
  if (!matchPattern(pow.getRhs(), m_ConstantFloat(&exponent)))
    return {};
  Value x = pow.getLhs();
  if (exponent.isExactlyValue(-1))
    return formula.div(formula.number(1.0f), x);
  if (exponent.isExactlyValue(1))
    return x;
  if (exponent.isExactlyValue(2))
    return formula.mul(x, x);
  return exponent.isExactlyValue(3) ? formula.mul(formula.mul(x, x), x) : Value();
}

//===-- Rounding ------------------------------------------------------------------===//

// Down alone is what kernels hold.

Value Formula::ceil(Value x) {
  Value down = floor(arith::NegFOp::create(builder, loc, x));
  return arith::NegFOp::create(builder, loc, down);
}

Value Formula::roundEven(Value x) {
  Value down = floor(x), rest = sub(x, down), half = mul(down, number(0.5f));
  Value isOdd = arith::CmpFOp::create(builder, loc, Predicate::OLT, floor(half), half);
  Value up = add(down, number(1.0f)), even = choose(isOdd, up, down);
  Value nearest = when(Predicate::OGT, rest, 0.5f, up, down);
  return withSignOf(when(Predicate::OEQ, rest, 0.5f, even, nearest), x);
}

//===-- Zeros ---------------------------------------------------------------------===//

/// A product with 0: 0 of the sign of x, or NaN.
Value Formula::timesZero(Value x) {
  return when(Predicate::OLT, abs(x), infinity, withSignOf(number(0.0f), x), number(notANumber));
}

/// A quotient by 0 or of 0: `size` of the sign of x, or NaN.
Value Formula::quotientOfZero(Value x, float size) {
  return when(Predicate::OGT, abs(x), 0.0f, withSignOf(number(size), x), number(notANumber));
}

bool isZero(Value value) { return matchPattern(value, m_PosZeroFloat()); }

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
      .Case([&](math::SinOp sin) { return formula.sin(sin.getOperand()); })
      .Case([&](math::CosOp cos) { return formula.cos(cos.getOperand()); })
      .Case([&](math::CeilOp ceil) { return formula.ceil(ceil.getOperand()); })
      .Case([&](math::RoundEvenOp round) { return formula.roundEven(round.getOperand()); })
      .Case([&](math::PowFOp pow) {
        Value usual = expandPower(pow, formula);
        return usual ? usual : formula.pow(pow.getLhs(), pow.getRhs());
      })
      .Default([](Operation *) { return Value(); });
}

/// A product or a quotient with a zero that is known, by a formula; null for others. Drivers fold these, whatever the
/// other operand is.
Value expandWithZero(Operation *op, OpBuilder &builder) {
  Formula formula(builder, op->getLoc());
  if (!isa<arith::MulFOp, arith::DivFOp>(op))
    return {};
  Value left = op->getOperand(0), right = op->getOperand(1);
  if (isa<arith::MulFOp>(op))
    return isZero(left) ? formula.timesZero(right) : isZero(right) ? formula.timesZero(left) : Value();
  return isZero(right)  ? formula.quotientOfZero(left, infinity)
         : isZero(left) ? formula.quotientOfZero(right, 0.0f)
                        : Value();
}

/// What the op gives where its operands are constants that say so; null for others.
Value foldConstants(Operation *op, OpBuilder &builder) {
  SmallVector<Attribute> operands(op->getNumOperands());
  for (auto [operand, value] : llvm::zip_equal(operands, op->getOperands()))
    matchPattern(value, m_Constant(&operand));
  SmallVector<OpFoldResult, 1> results;
  if (isa<arith::ConstantOp>(op) || op->getNumResults() != 1 || failed(op->fold(operands, results)) || results.empty())
    return {};
  if (auto value = dyn_cast<Value>(results[0]))
    return value;
  auto number = dyn_cast<TypedAttr>(cast<Attribute>(results[0]));
  return number ? arith::ConstantOp::create(builder, op->getLoc(), number) : Value();
}

struct ExpandMathPass : vae::impl::ExpandMathBase<ExpandMathPass> {
  using vae::impl::ExpandMathBase<ExpandMathPass>::ExpandMathBase;

  /// Zeros last: a driver folds what is made of constants, and then products with what comes out as zero. What it could
  /// fold is folded here before.
  void runOnOperation() override {
    replaceEach<math::MathDialect>(expand);
    replaceEach<arith::ArithDialect, math::MathDialect>(foldConstants);
    replaceEach<arith::ArithDialect>(expandWithZero);
    shareRepeated();
  }

  /// Replaces the scalar ops of a dialect by what `replacement` makes of them, operands before their users.
  template <typename... Dialects> void replaceEach(llvm::function_ref<Value(Operation *, OpBuilder &)> replacement) {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<Dialects...>(op->getDialect()) && op->getNumResults() > 0 &&
          op->getResult(0).getType().isIntOrIndexOrFloat())
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      if (Value value = replacement(op, builder)) {
        op->replaceAllUsesWith(ValueRange(value));
        op->erase();
      }
    }
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
