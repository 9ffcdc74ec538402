// What scalar bodies need more than a line for: integers, remainders.
#include "ir/builders/ElementFormula.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace vae;
using arith::CmpFPredicate;

arith::CmpIPredicate ElementFormula::integerPredicate(CmpFPredicate predicate) {
  using arith::CmpIPredicate;
  switch (predicate) {
  case CmpFPredicate::OGT:
    return CmpIPredicate::sgt;
  case CmpFPredicate::OGE:
    return CmpIPredicate::sge;
  case CmpFPredicate::OLT:
    return CmpIPredicate::slt;
  case CmpFPredicate::OLE:
    return CmpIPredicate::sle;
  case CmpFPredicate::OEQ:
    return CmpIPredicate::eq;
  case CmpFPredicate::UNE:
    return CmpIPredicate::ne;
  default:
    llvm_unreachable("integers are always ordered");
  }
}

/// The quotient of integers, rounded down, and what it leaves. By 0 and by -1, where the machine's division may trap,
/// they are (0, a) and (-a, 0).
std::pair<Value, Value> ElementFormula::divideDown(Value a, Value b) {
  Value zero = constant(0), one = constant(1);
  Value byZero = compare(CmpFPredicate::OEQ, b, zero), byMinusOne = compare(CmpFPredicate::OEQ, b, constant(-1));
  Value divisor = select(byZero, one, select(byMinusOne, one, b));
  Value quotient = make<arith::DivSIOp>(a, divisor), rest = make<arith::RemSIOp>(a, divisor);
  // The machine rounds towards zero: one too much where the rest has the other sign.
  Value otherSign =
      make<arith::XOrIOp>(compare(CmpFPredicate::OLT, rest, zero), compare(CmpFPredicate::OLT, divisor, zero));
  Value corrects = make<arith::AndIOp>(compare(CmpFPredicate::UNE, rest, zero), otherSign);
  quotient = select(corrects, sub(quotient, one), quotient);
  rest = select(corrects, add(rest, divisor), rest);
  quotient = select(byZero, zero, select(byMinusOne, neg(a), quotient));
  return {quotient, select(byZero, a, rest)};
}

/// a * 2^exponent, in steps that are floats themselves.
Value ElementFormula::scale(Value a, int exponent) {
  int step = llvm::APFloat::semanticsMaxExponent(cast<FloatType>(type).getFloatSemantics());
  for (; exponent > 0; exponent -= step)
    a = mul(a, constant(std::ldexp(1.0, std::min(exponent, step))));
  return a;
}

/// a > 0 as a sum of two numbers of half its digits; taken of a smaller multiple where a is large, so that nothing overflows.
std::pair<Value, Value> ElementFormula::halve(Value a) {
  int digits = cast<FloatType>(type).getFPMantissaWidth();
  Value large = compare(CmpFPredicate::OGT, a, constant(1));
  Value small = mul(a, select(large, constant(0x1p-40), constant(1)));
  Value spread = mul(small, constant(std::ldexp(1.0, digits / 2) + 1));
  Value high = mul(sub(spread, sub(spread, small)), select(large, constant(0x1p40), constant(1)));
  return {high, sub(a, high)};
}

/// What a division of floats, rounded down, leaves: exact, as C's fmod is, then of the sign of b. A |b| of the upper half
/// of the largest exponent goes into a once at most. Otherwise, from the largest multiple of |b| below that down, each
/// step takes off as many as fit digits / 2 - 2 bits, the first two more: so their products with the halves of |b| and
/// what they leave are floats.
Value ElementFormula::remainder(Value a, Value b) {
  const llvm::fltSemantics &semantics = cast<FloatType>(type).getFloatSemantics();
  int step = static_cast<int>(cast<FloatType>(type).getFPMantissaWidth()) / 2 - 2;
  int largest = llvm::APFloat::semanticsMaxExponent(semantics);
  int widest = largest - llvm::APFloat::semanticsMinExponent(semantics) + 1;
  Value infinity = constant(std::numeric_limits<double>::infinity()), zero = constant(0);
  Value size = math<math::AbsFOp>(b), huge = constant(std::ldexp(1.0, largest));
  Value once = make<arith::AndIOp>(compare(CmpFPredicate::OGE, size, huge),
                                   compare(CmpFPredicate::OGE, math<math::AbsFOp>(a), size));
  Value signedSize = select(compare(CmpFPredicate::OLT, a, zero), neg(size), size);
  Value rest = select(once, sub(a, signedSize), a);
  auto [high, low] = halve(size);
  for (int exponent = widest / step * step; exponent >= 0; exponent -= step) {
    Value multiple = scale(size, exponent);
    Value count = math<math::FloorOp>(add(div(rest, multiple), constant(0.5)));
    // Of large multiples a quarter, for one more than fit may be beyond what floats hold.
    Value isLarge = compare(CmpFPredicate::OGE, multiple, constant(0x1p64)), one = constant(1);
    Value down = select(isLarge, constant(0.25), one), up = select(isLarge, constant(4), one);
    auto partOf = [&](Value half) { return mul(count, mul(scale(half, exponent), down)); };
    Value left = mul(sub(sub(mul(rest, down), partOf(high)), partOf(low)), up);
    Value stays =
        make<arith::OrIOp>(compare(CmpFPredicate::OGE, multiple, huge), compare(CmpFPredicate::OEQ, count, zero));
    rest = select(stays, rest, left);
  }
  Value otherSign = select(compare(CmpFPredicate::OLT, b, zero), compare(CmpFPredicate::OGT, rest, zero),
                           compare(CmpFPredicate::OLT, rest, zero));
  rest = select(otherSign, add(rest, b), rest);
  Value none = constant(std::numeric_limits<double>::quiet_NaN());
  rest = select(compare(CmpFPredicate::OLT, math<math::AbsFOp>(a), infinity), rest, none);
  return select(compare(CmpFPredicate::UNE, b, zero), rest, none);
}
