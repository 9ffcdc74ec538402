// Builtins that need more than their operands: parameters, the random state, sizes worked out from the call.
#include "ir/Ops.h"
#include "ir/training/Schedules.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

/// `linear(x, out, bias)`: parameters as torch.nn.Linear makes them.
Built LinearOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  auto type = cast<RankedTensorType>(x.getType());
  int64_t out = call.integer("out");
  if (out <= 0)
    return mlir::emitError(call.loc) << "linear to " << out << " features; sizes are positive";
  std::optional<int64_t> in = type.getRank() == 0 ? std::nullopt : program::getSizes(type).back().getConstant();
  if (!in)
    return mlir::emitError(call.loc) << "linear of " << shapeText(type) << "; the last size is a number where it works";
  double bound = 1.0 / std::sqrt(static_cast<double>(*in));
  auto init = program::InitAttr::get(call.loc.getContext(), "uniform", -bound, bound);
  SmallVector<Value> operands = {x};
  auto addParameter = [&](StringRef name, ArrayRef<int64_t> shape) -> LogicalResult {
    FailureOr<Value> value =
        call.makeParameter(name, RankedTensorType::get(shape, type.getElementType()), init, /*frozen=*/false);
    if (succeeded(value))
      operands.push_back(*value);
    return value;
  };
  if (failed(addParameter("weight", {out, *in})) || (call.boolean("bias") && failed(addParameter("bias", {out}))))
    return failure();
  return call.build(getOperationName(), operands, {});
}

/// The call's tensors behind the random state, its other arguments as attributes.
static Built buildWithRng(BuiltinCall &call, StringRef opName) {
  SmallVector<Value> operands = {RngOp::create(call.builder, call.loc)};
  SmallVector<NamedAttribute> attributes;
  for (const auto &[name, argument] : call.arguments)
    if (argument.attribute)
      attributes.push_back(call.builder.getNamedAttr(name, argument.attribute));
    else
      operands.append(argument.tensors);
  return call.build(opName, operands, attributes);
}

Built NormalOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

Built UniformOp::buildBuiltin(BuiltinCall &call) {
  double lo = call.find("lo") ? call.number("lo") : 0, hi = call.find("hi") ? call.number("hi") : 1;
  if (!(lo < hi))
    return mlir::emitError(call.loc) << "uniform on [" << getFormulaNumber(lo) << ", " << getFormulaNumber(hi)
                                     << "), which is empty";
  return buildWithRng(call, getOperationName());
}

Built ReparameterizeOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

/// `embedding(index, rows, features, axis)`: the table as torch.nn.Embedding makes it.
Built EmbeddingOp::buildBuiltin(BuiltinCall &call) {
  int64_t rows = call.integer("rows"), features = call.integer("features");
  if (rows <= 0 || features <= 0)
    return mlir::emitError(call.loc) << "embedding of " << rows << " rows of " << features
                                     << " features; sizes are positive";
  auto type = RankedTensorType::get({rows, features}, call.builder.getF32Type());
  auto init = program::InitAttr::get(call.loc.getContext(), "normal", 0.0, 1.0);
  FailureOr<Value> weight = call.makeParameter("weight", type, init, /*frozen=*/false);
  if (failed(weight))
    return failure();
  NamedAttribute axis = call.builder.getNamedAttr("axis", call.find("axis")->attribute);
  return call.build(getOperationName(), {call.tensor("index"), *weight}, axis);
}

Built DropoutOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

Built CategoricalOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

Built RandomIntOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

Built GumbelOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

Built GumbelSoftmaxOp::buildBuiltin(BuiltinCall &call) {
  DenseElementsAttr tau;
  if (matchPattern(call.tensor("tau"), m_Constant(&tau)) && isa<FloatType>(tau.getElementType()))
    if (double value = (*tau.value_begin<APFloat>()).convertToDouble(); !(value > 0))
      return mlir::emitError(call.loc) << "gumbel_softmax at tau " << getFormulaNumber(value) << "; it is positive";
  return buildWithRng(call, getOperationName());
}

/// `fill(shape, value)`: a number that is known now is part of the op, another is broadcast.
Built FillOp::buildBuiltin(BuiltinCall &call) {
  Value value = call.tensor("value");
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() != 0)
    return mlir::emitError(call.loc) << "fill with " << shapeText(type) << "; it takes one number";
  NamedAttribute shape = call.builder.getNamedAttr("shape", call.find("shape")->attribute);
  const BuiltinArgument *given = call.find("element");
  TypeAttr element = given ? cast<TypeAttr>(given->attribute) : TypeAttr::get(type.getElementType());
  auto constant = value.getDefiningOp<ConstantOp>();
  auto values = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  if (!values) {
    if (element.getValue() != type.getElementType())
      value = CastOp::create(call.builder, call.loc, value, element);
    return call.build(BroadcastOp::getOperationName(), value, shape);
  }
  bool isFloat = isa<FloatType>(type.getElementType());
  double number = isFloat ? (*values.value_begin<APFloat>()).convertToDouble()
                          : static_cast<double>((*values.value_begin<APInt>()).getSExtValue());
  if (constant->use_empty())
    constant.erase();
  return call.build(getOperationName(), {},
                    {shape, call.builder.getNamedAttr("value", call.builder.getF64FloatAttr(number)),
                     call.builder.getNamedAttr("element", element)});
}

/// Replaces the one size that is -1 by what the others leave of `count`.
static LogicalResult solveShape(Location loc, const Size &count, SmallVectorImpl<Size> &shape) {
  Size rest = count;
  Size *open = nullptr;
  for (Size &size : shape) {
    if (size == Size(-1) && open)
      return mlir::emitError(loc) << "reshape to " << shapeText(shape) << " leaves two sizes open";
    if (size == Size(-1)) {
      open = &size;
      continue;
    }
    std::optional<Size> quotient = size == Size(0) ? std::nullopt : rest.divide(size);
    if (!quotient)
      return mlir::emitError(loc) << "reshape to " << shapeText(shape) << " does not divide " << count.str()
                                  << " elements by " << size.str();
    rest = *quotient;
  }
  if (open && rest.isConstant() && !rest.getConstant())
    return mlir::emitError(loc) << "reshape to " << shapeText(shape) << " leaves " << rest.str()
                                << " for the open size";
  if (open)
    *open = rest;
  return success();
}

/// `reshape(x, shape)`: one size may be -1.
Built ReshapeOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  SmallVector<Size> shape = call.shape("shape");
  if (llvm::is_contained(shape, Size(-1))) {
    Size count(1);
    for (const Size &size : program::getSizes(cast<RankedTensorType>(x.getType())))
      count = count * size;
    if (failed(solveShape(call.loc, count, shape)))
      return failure();
  }
  auto attribute = program::ShapeAttr::get(call.loc.getContext(), shape);
  return call.build(getOperationName(), x, call.builder.getNamedAttr("shape", attribute));
}

/// `slice(x, axis, begin, end)`: positions from the end are negative.
Built SliceOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  auto type = cast<RankedTensorType>(x.getType());
  int64_t axis = call.integer("axis");
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(call.loc, ArrayRef(axis), type);
  if (failed(axes))
    return failure();
  Size size = program::getSizes(type)[axes->front()];
  auto position = [&](int64_t value) { return value < 0 ? size + Size(value) : Size(value); };
  Size begin = position(call.integer("begin")), end = call.find("end") ? position(call.integer("end")) : size;
  Builder &builder = call.builder;
  return call.build(getOperationName(), x,
                    {builder.getNamedAttr("axis", builder.getI64IntegerAttr(axes->front())),
                     builder.getNamedAttr("bounds", program::ShapeAttr::get(builder.getContext(), {begin, end}))});
}
