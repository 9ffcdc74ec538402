// Random numbers as scalar formulas: Philox4x32-10 in 32-bit integers, and the table that turns its bits into normal
// deviates.
#include "ir/ops/Latent.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/NormalTable.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/training/Schedules.h"

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

namespace {
/// Writes arithmetic on 32-bit words.
class Words {
public:
  Words(OpBuilder &builder, Location loc) : builder(builder), loc(loc), type(builder.getI32Type()) {}

  Value constant(uint32_t value) {
    return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value add(Value a, uint32_t b) { return arith::AddIOp::create(builder, loc, a, constant(b)); }
  Value exclusiveOr(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
  Value bits(Value a, uint32_t mask) { return arith::AndIOp::create(builder, loc, a, constant(mask)); }
  Value shiftRight(Value a, uint32_t by) { return arith::ShRUIOp::create(builder, loc, a, constant(by)); }
  Value equal(Value a, uint32_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, constant(b));
  }
  Value less(Value a, uint32_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a, constant(b));
  }
  Value select(Value condition, Value a, Value b) { return arith::SelectOp::create(builder, loc, condition, a, b); }
  Value index(Value a) { return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), a); }
  Value indexConstant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  /// The exact float of a word below 2^31 that has at most 24 significant bits.
  Value toFloat(Value a) { return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), a); }
  Value floatBits(Value a) { return arith::BitcastOp::create(builder, loc, type, a); }
  Value fromBits(Value a) { return arith::BitcastOp::create(builder, loc, builder.getF32Type(), a); }
  Value real(float value) { return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value)); }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }

  /// (high, low) words of a * factor.
  std::pair<Value, Value> multiply(Value a, uint32_t factor) {
    auto product = arith::MulUIExtendedOp::create(builder, loc, a, constant(factor));
    return {product.getHigh(), product.getLow()};
  }

private:
  OpBuilder &builder;
  Location loc;
  Type type;
};
} // namespace

/// Ten rounds of Philox4x32 on counter `c` under `key` (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as
/// 1, 2, 3).
static std::array<Value, 4> philox(Words &w, std::array<Value, 4> c, std::array<Value, 2> key) {
  for (int round = 0; round < 10; ++round) {
    if (round > 0)
      key = {w.add(key[0], 0x9E3779B9u), w.add(key[1], 0xBB67AE85u)};
    auto [high0, low0] = w.multiply(c[0], 0xD2511F53u);
    auto [high1, low1] = w.multiply(c[2], 0xCD9E8D57u);
    c = {w.exclusiveOr(w.exclusiveOr(high1, c[1]), key[0]), low1, w.exclusiveOr(w.exclusiveOr(high0, c[3]), key[1]),
         low0};
  }
  return c;
}

/// The 32 random bits of the element: lane i mod 4 of the block at counter (i / 4, turn, step, site).
static Value randomBits(Words &w, ScalarContext &context, int64_t site) {
  auto state = [&](int64_t word) { return context.extract(0, {w.indexConstant(word)}); };
  Value i = context.linearIndex();
  std::array<Value, 4> block = philox(
      w, {w.shiftRight(i, 2), state(3), state(2), w.constant(static_cast<uint32_t>(site))}, {state(0), state(1)});
  Value lane = w.bits(i, 3);
  Value low = w.select(w.equal(lane, 0), block[0], block[1]);
  Value high = w.select(w.equal(lane, 2), block[2], block[3]);
  return w.select(w.less(lane, 2), low, high);
}

FailureOr<SmallVector<Value>> vae::buildWithRng(BuiltinCall &call, StringRef opName) {
  SmallVector<Value> operands = {RngOp::create(call.builder, call.loc)};
  SmallVector<NamedAttribute> attributes;
  for (const auto &[name, argument] : call.arguments)
    if (argument.attribute)
      attributes.push_back(call.builder.getNamedAttr(name, argument.attribute));
    else
      operands.append(argument.tensors);
  return call.build(opName, operands, attributes);
}

bool RngTurnOp::isIndexedOperand(unsigned) { return true; }

void RngTurnOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Value word = context.index(0), last = arith::ConstantIndexOp::create(builder, context.loc, 3);
  Value isTurn = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::eq, word, last);
  results.push_back(
      arith::SelectOp::create(builder, context.loc, isTurn, context.extract(1, {}), context.extract(0, word)));
}

//===-- Uniform --------------------------------------------------------------------===//

LogicalResult UniformOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), Float32Type::get(context), types);
}

Built UniformOp::buildBuiltin(BuiltinCall &call) {
  double lo = call.find("lo") ? call.number("lo") : 0, hi = call.find("hi") ? call.number("hi") : 1;
  if (!(lo < hi))
    return mlir::emitError(call.loc) << messages::UniformEmpty(getFormulaNumber(lo), getFormulaNumber(hi));
  return buildWithRng(call, getOperationName());
}

bool UniformOp::isIndexedOperand(unsigned) { return true; }

void UniformOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Words w(builder, context.loc);
  Value unit = w.mul(w.toFloat(w.shiftRight(randomBits(w, context, getSite()), 8)), w.real(0x1p-24f));
  float lo = getLo().convertToDouble(), width = getHi().convertToDouble() - getLo().convertToDouble();
  if (width != 1)
    unit = w.mul(unit, w.real(width));
  results.push_back(lo == 0 ? unit : w.add(w.real(lo), unit));
}

SmallVector<Value> UniformOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  if (lo == 0 && hi == 1)
    return {noise};
  return {t.add(t.scalar(lo, noise), t.mul(noise, t.scalar(hi - lo, noise)))};
}

void UniformOp::buildVjp(OpBuilder &, ValueRange, Gradients &gradients) { gradients.push_back({}); }

Value vae::drawUniform(OpBuilder &builder, Location loc, Value rng, ArrayRef<Size> sizes, IntegerAttr site) {
  return UniformOp::create(builder, loc, rng, program::ShapeAttr::get(builder.getContext(), sizes),
                           builder.getF64FloatAttr(0), builder.getF64FloatAttr(1), site);
}

//===-- Normal ---------------------------------------------------------------------===//

static DenseElementsAttr normalTableAttribute(Builder &builder) {
  static const NormalTable table = makeNormalTable();
  auto type = RankedTensorType::get({normalTableSegments, normalTableTerms}, builder.getF32Type());
  return DenseElementsAttr::get(type, ArrayRef(table.front().data(), normalTableSegments * normalTableTerms));
}

/// The deviate of 32 random bits: bit 31 is the sign, the others a point of the upper tail.
static Value normalDeviate(Words &w, ScalarContext &context, DenseElementsAttr table, Value random) {
  Value magnitude = w.bits(random, 0x7FFFFFFFu);
  // Above 2^24 a float has no room for the low bits; without them the conversion is exact, so alike on every device.
  magnitude = w.select(w.less(magnitude, 1u << 24), magnitude, w.bits(magnitude, 0x7FFFFF80u));
  Value bits = w.floatBits(w.add(w.toFloat(magnitude), w.real(0.5f)));
  Value segment = w.index(w.add(w.shiftRight(bits, 20), 0u - (0x3F000000u >> 20)));
  Value t = w.mul(w.toFloat(w.bits(bits, 0xFFFFFu)), w.real(0x1p-20f));
  auto coefficient = [&](int64_t power) { return context.extract(table, {segment, w.indexConstant(power)}); };
  Value value = coefficient(normalTableTerms - 1);
  for (int64_t power = normalTableTerms - 1; power-- > 0;)
    value = w.add(w.mul(value, t), coefficient(power));
  return w.fromBits(w.exclusiveOr(w.floatBits(value), w.bits(random, 0x80000000u)));
}

LogicalResult NormalOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), Float32Type::get(context), types);
}

Built NormalOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

bool NormalOp::isIndexedOperand(unsigned) { return true; }

void NormalOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Words w(builder, context.loc);
  results.push_back(normalDeviate(w, context, normalTableAttribute(builder), randomBits(w, context, getSite())));
}

SmallVector<Value> NormalOp::buildFromNoise(OpBuilder &, Value noise) { return {noise}; }

void NormalOp::buildVjp(OpBuilder &, ValueRange, Gradients &gradients) { gradients.push_back({}); }

//===-- Reparameterisation ----------------------------------------------------------===//

LogicalResult ReparameterizeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getMu().getType());
  return checkSameType(loc, adaptor.getMu(), adaptor.getLogvar(), "mu", "logvar");
}

Built ReparameterizeOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

SmallVector<Value> ReparameterizeOp::decompose(OpBuilder &builder) {
  auto shape = program::ShapeAttr::get(getContext(), sizesOf(getMu()));
  return buildFromNoise(builder, NormalOp::create(builder, getLoc(), getRng(), shape, getSiteAttr()));
}

/// z = mu + exp(logvar / 2) * noise.
SmallVector<Value> ReparameterizeOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  Value deviation = t.make<ExpOp>(t.mul(t.scalar(0.5, noise), getLogvar()));
  return {t.add(getMu(), t.mul(deviation, noise))};
}
