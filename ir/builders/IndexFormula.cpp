// Arithmetic on positions and sizes.
#include "ir/builders/IndexFormula.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace vae;
using arith::CmpIPredicate;

Value IndexFormula::constant(int64_t value) {
  return arith::ConstantOp::create(builder, context.loc, builder.getIntegerAttr(type, value));
}

Value IndexFormula::cast(Value number, Type to) {
  return number.getType() == to ? number : arith::IndexCastOp::create(builder, context.loc, to, number).getResult();
}

Value IndexFormula::size(const Size &size) {
  std::optional<int64_t> fixed = size.getConstant();
  return fixed ? constant(*fixed) : cast(context.size(size), type);
}

SmallVector<Value> IndexFormula::coordinates(int64_t rank) {
  SmallVector<Value> result;
  for (int64_t axis = 0; axis < rank; ++axis)
    result.push_back(coordinate(axis));
  return result;
}

Value IndexFormula::add(Value a, Value b) { return arith::AddIOp::create(builder, context.loc, a, b); }
Value IndexFormula::sub(Value a, Value b) { return arith::SubIOp::create(builder, context.loc, a, b); }
Value IndexFormula::mul(Value a, Value b) { return arith::MulIOp::create(builder, context.loc, a, b); }

std::pair<Value, Value> IndexFormula::split(Value number, Value by) {
  Value quotient = arith::DivUIOp::create(builder, context.loc, number, by);
  return {quotient, sub(number, mul(quotient, by))};
}

std::pair<Value, Value> IndexFormula::split(Value number, int64_t by) {
  return by == 1 ? std::pair(number, constant(0)) : split(number, constant(by));
}

Value IndexFormula::equal(Value a, Value b) {
  return arith::CmpIOp::create(builder, context.loc, CmpIPredicate::eq, a, b);
}

Value IndexFormula::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, context.loc, CmpIPredicate::slt, a, b);
}

/// As unsigned numbers, negative positions are large ones.
Value IndexFormula::isInside(Value position, Value size) {
  return arith::CmpIOp::create(builder, context.loc, CmpIPredicate::ult, position, size);
}

Value IndexFormula::both(Value a, Value b) { return arith::AndIOp::create(builder, context.loc, a, b); }

Value IndexFormula::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, context.loc, condition, a, b);
}

Value IndexFormula::atLeastZero(Value a) { return arith::MaxSIOp::create(builder, context.loc, a, constant(0)); }

Value IndexFormula::clamp(Value position, Value size) {
  return atLeastZero(arith::MinSIOp::create(builder, context.loc, position, sub(size, constant(1))));
}

std::pair<Value, Value> vae::keepInside(OpBuilder &builder, Location loc, Value index, Value size) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value last = arith::SubIOp::create(builder, loc, size, one);
  Value near = arith::MaxSIOp::create(builder, loc, arith::MinSIOp::create(builder, loc, index, last), zero);
  return {near, arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, index, near)};
}
