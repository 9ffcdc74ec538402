// The interpreter: scalars by a switch over arith and math, tensors by loops over their elements.
#include "tests/ops/values/Interpreter.h"
#include "ir/ops/Shapes.h"
#include "ir/ops/Windows.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include <bit>
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::test;

//===-- Scalars ------------------------------------------------------------------===//

static bool compareFloats(arith::CmpFPredicate predicate, double a, double b) {
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::UNE:
    return unordered || a != b;
  case arith::CmpFPredicate::UNO:
    return unordered;
  default:
    llvm_unreachable("no scalar body compares so");
  }
}

static bool compareIntegers(arith::CmpIPredicate predicate, int64_t a, int64_t b) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::slt:
    return a < b;
  case arith::CmpIPredicate::ult:
    return static_cast<uint64_t>(a) < static_cast<uint64_t>(b);
  default:
    llvm_unreachable("no scalar body compares so");
  }
}

/// A 32-bit word, kept zero-extended.
static Number word(uint64_t value) { return {0, static_cast<int64_t>(value & 0xFFFFFFFFu)}; }

static Number evaluateConstant(TypedAttr attribute) {
  if (auto real = dyn_cast<FloatAttr>(attribute))
    return {real.getValueAsDouble(), 0};
  auto integer = cast<IntegerAttr>(attribute);
  return integer.getType().isIndex() ? Number{0, integer.getInt()} : word(integer.getValue().getZExtValue());
}

static Number evaluateInteger(Operation *op, ArrayRef<Number> x) {
  bool isIndex = op->getResult(0).getType().isIndex();
  auto wrap = [&](int64_t value) { return isIndex ? Number{0, value} : word(value); };
  auto signedOf = [&](Number number) { return isIndex ? number.integer : static_cast<int32_t>(number.integer); };
  return llvm::TypeSwitch<Operation *, Number>(op)
      .Case([&](arith::AddIOp) { return wrap(x[0].integer + x[1].integer); })
      .Case([&](arith::SubIOp) { return wrap(x[0].integer - x[1].integer); })
      .Case([&](arith::DivUIOp) { return wrap(x[0].integer / x[1].integer); })
      .Case([&](arith::MulIOp) { return wrap(x[0].integer * x[1].integer); })
      .Case([&](arith::DivSIOp) { return wrap(signedOf(x[0]) / signedOf(x[1])); })
      .Case([&](arith::RemSIOp) { return wrap(signedOf(x[0]) % signedOf(x[1])); })
      .Case([&](arith::MaxSIOp) { return wrap(std::max(signedOf(x[0]), signedOf(x[1]))); })
      .Case([&](arith::MinSIOp) { return wrap(std::min(signedOf(x[0]), signedOf(x[1]))); })
      .Case([&](arith::OrIOp) { return word(x[0].integer | x[1].integer); })
      .Case([&](arith::AndIOp) { return word(x[0].integer & x[1].integer); })
      .Case([&](arith::XOrIOp) { return word(x[0].integer ^ x[1].integer); })
      .Case([&](arith::ShRUIOp) { return word(x[0].integer >> x[1].integer); })
      .Case([&](arith::ShLIOp) { return word(x[0].integer << x[1].integer); })
      .Case([&](arith::ShRSIOp) { return wrap(signedOf(x[0]) >> x[1].integer); })
      .Case([&](arith::FPToSIOp) {
        assert(std::abs(x[0].real) < 0x1p31 && "undefined on a device");
        return wrap(static_cast<int32_t>(x[0].real));
      })
      .Case([&](arith::IndexCastOp) { return wrap(isIndex ? static_cast<int32_t>(x[0].integer) : x[0].integer); })
      .Case(
          [&](arith::CmpIOp cmp) { return Number{0, compareIntegers(cmp.getPredicate(), x[0].integer, x[1].integer)}; })
      .Case([&](arith::CmpFOp cmp) { return Number{0, compareFloats(cmp.getPredicate(), x[0].real, x[1].real)}; })
      .Case([&](arith::BitcastOp) { return word(std::bit_cast<uint32_t>(static_cast<float>(x[0].real))); });
}

static double evaluateReal(Operation *op, ArrayRef<Number> x) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case([&](arith::AddFOp) { return x[0].real + x[1].real; })
      .Case([&](arith::SubFOp) { return x[0].real - x[1].real; })
      .Case([&](arith::MulFOp) { return x[0].real * x[1].real; })
      .Case([&](arith::DivFOp) { return x[0].real / x[1].real; })
      .Case([&](arith::NegFOp) { return -x[0].real; })
      .Case([&](arith::MaximumFOp) { return std::isnan(x[0].real) || x[0].real > x[1].real ? x[0].real : x[1].real; })
      .Case([&](arith::MinimumFOp) { return std::isnan(x[0].real) || x[0].real < x[1].real ? x[0].real : x[1].real; })
      .Case([&](arith::SIToFPOp) { return static_cast<double>(static_cast<int32_t>(x[0].integer)); })
      .Case([&](arith::BitcastOp) {
        return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(x[0].integer)));
      })
      .Case([&](math::ExpOp) { return std::exp(x[0].real); })
      .Case([&](math::LogOp) { return std::log(x[0].real); })
      .Case([&](math::Log1pOp) { return std::log1p(x[0].real); })
      .Case([&](math::TanhOp) { return std::tanh(x[0].real); })
      .Case([&](math::ErfOp) { return std::erf(x[0].real); })
      .Case([&](math::SinOp) { return std::sin(x[0].real); })
      .Case([&](math::CosOp) { return std::cos(x[0].real); })
      .Case([&](math::PowFOp) { return std::pow(x[0].real, x[1].real); })
      .Case([&](math::SqrtOp) { return std::sqrt(x[0].real); })
      .Case([&](math::FloorOp) { return std::floor(x[0].real); })
      .Case([&](math::CeilOp) { return std::ceil(x[0].real); })
      .Case([&](math::RoundEvenOp) { return std::nearbyint(x[0].real); })
      .Case([&](math::AbsFOp) { return std::abs(x[0].real); });
}

Number vae::test::evaluateScalar(Value value, llvm::DenseMap<Value, Number> &known) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  SmallVector<Number> operands;
  for (Value operand : op->getOperands())
    operands.push_back(evaluateScalar(operand, known));
  Number result;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    result = evaluateConstant(constant.getValue());
  } else if (isa<arith::SelectOp>(op)) {
    result = operands[0].integer ? operands[1] : operands[2];
  } else if (auto product = dyn_cast<arith::MulUIExtendedOp>(op)) {
    uint64_t full = static_cast<uint64_t>(operands[0].integer) * static_cast<uint64_t>(operands[1].integer);
    result = word(value == product.getHigh() ? full >> 32 : full);
  } else if (isa<FloatType>(value.getType())) {
    double real = evaluateReal(op, operands);
    result.real = value.getType().isF32() ? static_cast<float>(real) : real;
  } else {
    result = evaluateInteger(op, operands);
  }
  return known[value] = result;
}

/// An element of a tensor as a scalar, and back.
static Number numberOf(Type element, double value) {
  return isa<FloatType>(element) ? Number{value, 0} : word(static_cast<int64_t>(value));
}

static double realOf(Type element, Number number) {
  return isa<FloatType>(element) ? number.real : static_cast<int32_t>(number.integer);
}

//===-- Indices ------------------------------------------------------------------===//

static int64_t elementCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

static std::vector<int64_t> unflatten(int64_t index, ArrayRef<int64_t> shape) {
  std::vector<int64_t> result(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; index /= shape[axis])
    result[axis] = index % shape[axis];
  return result;
}

static int64_t flatten(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t result = 0;
  for (auto [position, size] : llvm::zip_equal(index, shape)) {
    assert(position >= 0 && position < size && "an access outside a tensor");
    result = result * size + position;
  }
  return result;
}

/// The element of `array` that falls on `index` of a shape it is broadcast to.
static double broadcastElement(const Array &array, ArrayRef<int64_t> index) {
  size_t missing = index.size() - array.shape.size();
  std::vector<int64_t> own;
  for (auto [axis, size] : llvm::enumerate(array.shape))
    own.push_back(size == 1 ? 0 : index[axis + missing]);
  return array.data[flatten(own, array.shape)];
}

//===-- Tensors ---------------------------------------------------------------------===//

namespace vae::test {
/// Gives an op's scalar body one concrete element.
class ElementContext : public ScalarContext {
public:
  ElementContext(Interpreter &interpreter, Operation *op, OpBuilder &builder, std::vector<int64_t> index,
                 int64_t linear)
      : ScalarContext(op->getLoc()), interpreter(interpreter), op(op), builder(builder), position(std::move(index)),
        linear(linear) {}

  Value index(unsigned dim) override { return indexConstant(position[dim]); }
  Value linearIndex() override { return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(linear)); }
  Value extract(unsigned operand, ValueRange indices) override {
    const Array &array = interpreter.values[op->getOperand(operand)];
    return element(getElementTypeOrSelf(op->getOperand(operand)), array.data[flatten(evaluated(indices), array.shape)]);
  }
  Value extract(DenseElementsAttr table, ValueRange indices) override {
    int64_t position = flatten(evaluated(indices), table.getType().getShape());
    if (!isa<FloatType>(table.getElementType()))
      return element(table.getElementType(), table.getValues<APInt>()[position].getSExtValue());
    return element(table.getElementType(), table.getValues<APFloat>()[position].convertToDouble());
  }
  Value size(const Size &size) override { return indexConstant(*size.evaluate(interpreter.sizes)); }

  llvm::DenseMap<Value, Number> known;

private:
  Value indexConstant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value element(Type type, double value) {
    if (isa<FloatType>(type))
      return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, static_cast<int32_t>(static_cast<int64_t>(value))));
  }
  std::vector<int64_t> evaluated(ValueRange indices) {
    std::vector<int64_t> result;
    for (Value index : indices)
      result.push_back(evaluateScalar(index, known).integer);
    return result;
  }

  Interpreter &interpreter;
  Operation *op;
  OpBuilder &builder;
  std::vector<int64_t> position;
  int64_t linear;
};
} // namespace vae::test

std::vector<int64_t> Interpreter::shapeOf(Type type) const {
  std::vector<int64_t> shape;
  for (const Size &size : program::getSizes(cast<RankedTensorType>(type)))
    shape.push_back(*size.evaluate(sizes));
  return shape;
}

void Interpreter::evaluateElements(ScalarBodyOpInterface op) {
  std::vector<int64_t> shape = shapeOf(op->getResult(0).getType());
  std::vector<Array> results(op->getNumResults(), Array{shape, {}});
  for (int64_t linear = 0; linear < elementCount(shape); ++linear) {
    Block scratch;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointToEnd(&scratch);
    std::vector<int64_t> index = unflatten(linear, shape);
    ElementContext context(*this, op, builder, index, linear);
    SmallVector<Value> scalars, built;
    for (OpOperand &operand : op->getOpOperands()) {
      scalars.push_back({});
      if (op.isIndexedOperand(operand.getOperandNumber()))
        continue;
      scalars.back() = scratch.addArgument(getElementTypeOrSelf(operand.get()), op->getLoc());
      context.known[scalars.back()] =
          numberOf(getElementTypeOrSelf(operand.get()), broadcastElement(values[operand.get()], index));
    }
    op.buildScalar(builder, context, scalars, built);
    for (auto [value, result] : llvm::zip_equal(built, results))
      result.data.push_back(realOf(value.getType(), evaluateScalar(value, context.known)));
  }
  for (auto [value, result] : llvm::zip_equal(op->getResults(), results))
    values[value] = result;
}

void Interpreter::evaluateReduction(ReductionOpInterface op) {
  const Array &input = values[op->getOperand(0)];
  SmallVector<int64_t> axes = op.getReducedAxes();
  Array result{shapeOf(op->getResult(0).getType()), {}};
  OpBuilder builder(op->getContext());
  Type element = getElementTypeOrSelf(op->getOperand(0));
  result.data.assign(elementCount(result.shape), realOf(element, evaluateConstant(op.getNeutral(builder))));
  for (int64_t linear = 0; linear < elementCount(input.shape); ++linear) {
    std::vector<int64_t> index = unflatten(linear, input.shape), kept;
    bool keeps = result.shape.size() == index.size();
    for (auto [axis, position] : llvm::enumerate(index))
      if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
        kept.push_back(position);
      else if (keeps)
        kept.push_back(0);
    double &slot = result.data[flatten(kept, result.shape)];
    Block scratch;
    builder.setInsertionPointToEnd(&scratch);
    Value accumulator = scratch.addArgument(element, op->getLoc()), value = scratch.addArgument(element, op->getLoc());
    llvm::DenseMap<Value, Number> known = {{accumulator, numberOf(element, slot)},
                                           {value, numberOf(element, input.data[linear])}};
    slot = realOf(element, evaluateScalar(op.combine(builder, op->getLoc(), accumulator, value), known));
  }
  values[op->getResult(0)] = result;
}

void Interpreter::evaluateContraction(ContractionOpInterface op) {
  SmallVector<AffineMap> maps = op.getContractionMaps();
  const Array &left = values[op->getOperand(0)], &right = values[op->getOperand(1)];
  Array result{shapeOf(op->getResult(0).getType()), {}};
  result.data.assign(elementCount(result.shape), 0);
  std::vector<int64_t> extents(maps[0].getNumDims(), 1);
  for (auto [map, shape] :
       {std::pair(maps[0], left.shape), std::pair(maps[1], right.shape), std::pair(maps[2], result.shape)})
    for (auto [position, size] : llvm::enumerate(shape))
      extents[map.getDimPosition(position)] = size;
  auto at = [](AffineMap map, ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
    return flatten(map.compose(index), shape);
  };
  for (int64_t linear = 0; linear < elementCount(extents); ++linear) {
    std::vector<int64_t> index = unflatten(linear, extents);
    result.data[at(maps[2], index, result.shape)] +=
        left.data[at(maps[0], index, left.shape)] * right.data[at(maps[1], index, right.shape)];
  }
  values[op->getResult(0)] = result;
}

/// The element of an axis of `length` that a tap reads; -1 outside.
static int64_t readAt(program::WindowAttr window, int64_t output, int64_t tap, int64_t length) {
  int64_t at = output * window.getStride() + tap * window.getDilation() + window.getOffset();
  bool hits = at >= 0 && at / window.getDivisor() < length && !(window.getExact() && at % window.getDivisor() != 0);
  return hits ? at / window.getDivisor() : -1;
}

/// Calls `visit` with where in the picture, the other picture [B, H', W', out] and the filter [groups, height, width, in, out]
/// the factors and the sum of each product are.
static void forWindows(program::WindowAttr rows, program::WindowAttr columns, int64_t groups, ArrayRef<int64_t> picture,
                       ArrayRef<int64_t> outputs,
                       llvm::function_ref<void(ArrayRef<int64_t>, ArrayRef<int64_t>, ArrayRef<int64_t>)> visit) {
  int64_t in = picture[3] / groups, out = outputs[3] / groups;
  std::vector<int64_t> space(outputs);
  space.insert(space.end(), {rows.getKernel(), columns.getKernel(), in});
  for (int64_t linear = 0; linear < elementCount(space); ++linear) {
    std::vector<int64_t> at = unflatten(linear, space); // b, i, j, o, u, v, c
    int64_t row = readAt(rows, at[1], at[4], picture[1]), column = readAt(columns, at[2], at[5], picture[2]);
    int64_t group = at[3] / out;
    if (row >= 0 && column >= 0)
      visit({at[0], row, column, group * in + at[6]}, {at[0], at[1], at[2], at[3]},
            {group, at[4], at[5], at[6], at[3] % out});
  }
}

void Interpreter::evaluateWindows(Operation *op) {
  Array result{shapeOf(op->getResult(0).getType()), {}};
  result.data.assign(elementCount(result.shape), 0);
  const Array &first = values[op->getOperand(0)], &second = values[op->getOperand(1)];
  if (auto convolve = dyn_cast<ConvolveOp>(op)) {
    auto visit = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> to, ArrayRef<int64_t> tap) {
      constexpr int64_t panel = program::filterPanel;
      int64_t packed[] = {tap[0], tap[4] / panel, tap[1], tap[2], tap[3], tap[4] % panel};
      result.data[flatten(to, result.shape)] +=
          first.data[flatten(from, first.shape)] * second.data[flatten(packed, second.shape)];
    };
    forWindows(convolve.getRows(), convolve.getColumns(), second.shape[0], first.shape, result.shape, visit);
  } else {
    auto gradient = cast<FilterGradientOp>(op);
    auto visit = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> to, ArrayRef<int64_t> tap) {
      result.data[flatten(tap, result.shape)] +=
          first.data[flatten(to, first.shape)] * second.data[flatten(from, second.shape)];
    };
    forWindows(gradient.getRows(), gradient.getColumns(), gradient.getGroups(), second.shape, first.shape, visit);
  }
  values[op->getResult(0)] = result;
}

void Interpreter::evaluate(Operation &op) {
  if (isa<ConvolveOp, FilterGradientOp>(op))
    return evaluateWindows(&op);
  if (auto body = dyn_cast<ScalarBodyOpInterface>(op))
    return evaluateElements(body);
  if (auto reduction = dyn_cast<ReductionOpInterface>(op))
    return evaluateReduction(reduction);
  if (auto contraction = dyn_cast<ContractionOpInterface>(op))
    return evaluateContraction(contraction);
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    Array result{shapeOf(reshape.getType()), values[reshape.getX()].data};
    assert(elementCount(result.shape) == static_cast<int64_t>(result.data.size()));
    values[reshape.getResult()] = result;
    return;
  }
  llvm::report_fatal_error(llvm::Twine("the interpreter has no meaning for ") + op.getName().getStringRef());
}

std::vector<Array> Interpreter::run(func::FuncOp function, ArrayRef<Array> arguments) {
  values.clear();
  Block &block = function.getBody().front();
  for (auto [argument, array] : llvm::zip_equal(block.getArguments(), arguments))
    values[argument] = array;
  for (Operation &op : block.without_terminator())
    evaluate(op);
  std::vector<Array> results;
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(values[value]);
  return results;
}
