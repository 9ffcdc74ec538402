// What scalar bodies need more than a line for: integers.
#include "ir/builders/ElementFormula.h"

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
