// Arithmetic over `index` values.
#include "backends/common/IndexBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using arith::CmpIPredicate;

Value IndexBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
Value IndexBuilder::add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(x, y, overflow); }
Value IndexBuilder::sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(x, y, overflow); }
Value IndexBuilder::mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(x, y, overflow); }
Value IndexBuilder::div(Value x, Value y) { return b.createOrFold<arith::DivUIOp>(x, y); }
Value IndexBuilder::rem(Value x, Value y) { return b.createOrFold<arith::RemUIOp>(x, y); }
Value IndexBuilder::min(Value x, Value y) { return x == y ? x : b.createOrFold<arith::MinUIOp>(x, y); }
Value IndexBuilder::max(Value x, Value y) { return x == y ? x : b.createOrFold<arith::MaxUIOp>(x, y); }

Value IndexBuilder::signedMulAdd(Value x, Value factor, Value y) {
  return b.createOrFold<arith::AddIOp>(b.createOrFold<arith::MulIOp>(x, factor), y);
}

Value IndexBuilder::cast(Value number, Type type) {
  return number.getType() == type ? number : b.createOrFold<arith::IndexCastOp>(type, number);
}

Value IndexBuilder::lessThan(Value x, Value y) { return b.createOrFold<arith::CmpIOp>(CmpIPredicate::ult, x, y); }
Value IndexBuilder::equal(Value x, Value y) { return b.createOrFold<arith::CmpIOp>(CmpIPredicate::eq, x, y); }
Value IndexBuilder::both(Value x, Value y) { return b.createOrFold<arith::AndIOp>(x, y); }

Value IndexBuilder::select(Value condition, Value then, Value otherwise) {
  if (auto vector = dyn_cast<VectorType>(then.getType()))
    condition = vector::BroadcastOp::create(b, VectorType::get(vector.getShape(), b.getI1Type()), condition);
  return b.createOrFold<arith::SelectOp>(condition, then, otherwise);
}

Value IndexBuilder::lookUp(ArrayRef<int64_t> table, Value position) {
  Value entry = index(table[0]);
  for (size_t i = 1; i < table.size(); ++i)
    if (table[i] != table[0])
      entry = select(equal(position, index(static_cast<int64_t>(i))), index(table[i]), entry);
  return entry;
}

Value IndexBuilder::volume(ArrayRef<Extent> extents) {
  Value result = index(1);
  for (const Extent &extent : extents)
    result = mul(result, length(extent));
  return result;
}

SmallVector<Value> IndexBuilder::split(Value flat, ArrayRef<Extent> extents) {
  SmallVector<Value> lengths;
  for (const Extent &extent : extents)
    lengths.push_back(length(extent));
  return split(flat, lengths);
}

SmallVector<Value> IndexBuilder::split(Value flat, ValueRange lengths) {
  SmallVector<Value> indices(lengths.size());
  for (size_t i = lengths.size(); i-- > 1;) {
    indices[i] = rem(flat, lengths[i]);
    flat = div(flat, lengths[i]);
  }
  if (!lengths.empty())
    indices[0] = flat;
  return indices;
}

SmallVector<Value> IndexBuilder::advance(ValueRange indices, ValueRange by, ValueRange lengths) {
  SmallVector<Value> result(indices.size());
  Value carry = index(0);
  for (size_t i = indices.size(); i-- > 1;) {
    Value sum = add(indices[i], add(by[i], carry));
    Value within = lessThan(sum, lengths[i]);
    result[i] = select(within, sum, sub(sum, lengths[i]));
    carry = select(within, index(0), index(1));
  }
  result[0] = add(indices[0], add(by[0], carry));
  return result;
}
