// Places of tensors: `x[i, a..b, ..]`, and `update(x, [i, a..b, ..], value)`, by positions known now or at run time.
#include "frontend/elaborate/IRGen.h"

using namespace mlir;

namespace vae::frontend {

/// What one index says about its axis: a stretch, or one position known now, or integers of run time.
std::optional<IRGen::AxisPlace> IRGen::evaluatePlace(const ast::Expr *index) {
  AxisPlace place{index, std::nullopt, std::nullopt, {}};
  if (auto *range = dyn_cast<ast::SliceExpr>(index)) {
    place.isStretch = true;
    if ((range->first && !(place.first = evaluateInteger(range->first))) ||
        (range->last && !(place.last = evaluateInteger(range->last))))
      return std::nullopt;
    return place;
  }
  Value value = evaluate(index);
  if (value.isPoison())
    return std::nullopt;
  if ((place.first = value.integer()))
    return place;
  const Size *size = value.get<Size>();
  if (size && !size->isConstant())
    place.tensor = makeInteger(*size, index->range);
  else
    place.tensor = value.tensor();
  if (place.tensor && getElementTypeOrSelf(place.tensor).isInteger(32))
    return place;
  error(index->range, DiagnosticKind::NotAPosition, value.str());
  return std::nullopt;
}

std::optional<SmallVector<IRGen::AxisPlace>> IRGen::evaluatePlaces(ArrayRef<ast::Expr *> indices, const Value &tensor,
                                                                   SMRange range) {
  auto type = cast<RankedTensorType>(tensor.tensor().getType());
  if (indices.size() > static_cast<size_t>(type.getRank())) {
    error(range, DiagnosticKind::NotIndexed, tensor.str(), indices.size());
    return std::nullopt;
  }
  SmallVector<AxisPlace> places;
  for (const ast::Expr *index : indices) {
    std::optional<AxisPlace> place = evaluatePlace(index);
    if (!place)
      return std::nullopt;
    places.push_back(*place);
  }
  return places;
}

/// The stretch of one axis from `first` up to `last`; an open end is the axis's.
Value IRGen::buildSlice(const Value &tensor, size_t axis, std::optional<int64_t> first, std::optional<int64_t> last,
                        SMRange range) {
  BoundCall bound;
  bound.values = {tensor, Value{Size(static_cast<int64_t>(axis)), {}}, Value{Size(first.value_or(0)), {}},
                  std::nullopt};
  if (last)
    bound.values.back() = Value{Size(*last), {}};
  return buildBuiltin("slice", range, *findBuiltin("slice"), bound, /*call=*/nullptr);
}

/// `x[i, a..b, ..]`: a slice for each axis that is not taken whole, then the axes of single positions are dropped, then
/// the places of run time are gathered, from the last.
Value IRGen::evaluateTensorIndex(const ast::IndexExpr &expr, Value tensor) {
  std::optional<SmallVector<AxisPlace>> places = evaluatePlaces(expr.indices, tensor, expr.range);
  if (!places)
    return {};
  for (auto [axis, place] : llvm::enumerate(*places)) {
    if (place.tensor || (place.isStretch && !place.first && !place.last))
      continue;
    std::optional<int64_t> last = place.last;
    if (!place.isStretch && *place.first != -1)
      last = *place.first + 1;
    tensor = buildSlice(tensor, axis, place.first, last, expr.range);
    if (tensor.isPoison())
      return {};
  }
  tensor = dropPositions(tensor, *places, expr.range);
  SmallVector<std::pair<int64_t, mlir::Value>> gathered;
  int64_t axis = 0;
  for (const AxisPlace &place : *places) {
    if (place.tensor)
      gathered.emplace_back(axis, place.tensor);
    axis += place.isDropped() ? 0 : 1;
  }
  for (auto [axis, index] : llvm::reverse(gathered)) {
    if (tensor.isPoison())
      return {};
    BoundCall bound;
    bound.values = {tensor, Value{index, expr.range}, Value{Size(axis), {}}};
    tensor = buildBuiltin("gather", expr.range, *findBuiltin("gather"), bound, /*call=*/nullptr);
  }
  return tensor;
}

/// The tensor without the axes of which one position known now is left.
Value IRGen::dropPositions(const Value &tensor, ArrayRef<AxisPlace> places, SMRange range) {
  if (llvm::none_of(places, [](const AxisPlace &place) { return place.isDropped(); }))
    return tensor;
  std::vector<Value> shape;
  for (auto [axis, size] : llvm::enumerate(program::getSizes(cast<RankedTensorType>(tensor.tensor().getType()))))
    if (axis >= places.size() || !places[axis].isDropped())
      shape.push_back(Value{size, {}});
  BoundCall bound;
  bound.values = {tensor, Value{List(std::move(shape)), {}}};
  return buildBuiltin("reshape", range, *findBuiltin("reshape"), bound, /*call=*/nullptr);
}

//===-- Writing ----------------------------------------------------------------===//

/// A position counted from the front, of an axis of that size; negative ones count from its end.
std::optional<Size> IRGen::resolvePosition(int64_t position, const Size &size, bool isEnd, SMRange range) {
  Size resolved = position < 0 ? size + Size(position) : Size(position);
  Size room = size - resolved - Size(isEnd ? 0 : 1);
  if (resolved.getConstant().value_or(0) >= 0 && room.getConstant().value_or(0) >= 0)
    return resolved;
  error(range, DiagnosticKind::PositionOutOfRange, position, size.str());
  return std::nullopt;
}

/// Sorts the places into axes with an index and stretches of the others.
std::optional<IRGen::PutPlaces> IRGen::resolvePlaces(ArrayRef<AxisPlace> places, RankedTensorType type) {
  PutPlaces put;
  for (auto [axis, size] : llvm::enumerate(program::getSizes(type))) {
    AxisPlace place{};
    place.isStretch = true;
    if (axis < places.size())
      place = places[axis];
    SMRange range = place.index ? place.index->range : SMRange();
    if (place.tensor && cast<RankedTensorType>(place.tensor.getType()).getRank() != 0) {
      error(range, DiagnosticKind::NotAPosition, Value{place.tensor, {}}.str());
      return std::nullopt;
    }
    if (place.isStretch) {
      std::optional<Size> begin = resolvePosition(place.first.value_or(0), size, /*isEnd=*/true, range);
      std::optional<Size> end = place.last ? resolvePosition(*place.last, size, /*isEnd=*/true, range) : size;
      if (!begin || !end)
        return std::nullopt;
      put.begins.push_back(*begin);
      put.lengths.push_back(*end - *begin);
      continue;
    }
    std::optional<Size> position = place.tensor ? Size() : resolvePosition(*place.first, size, /*isEnd=*/false, range);
    if (!position)
      return std::nullopt;
    put.axes.push_back(axis);
    put.indices.push_back(place.tensor ? place.tensor : makeInteger(*position, range));
  }
  return put;
}

/// The three parts of `update(x, [places], value)`; none, after an error, where they are not there.
std::optional<IRGen::UpdateParts> IRGen::bindUpdate(const ast::CallExpr &call) {
  const ast::Expr *parts[3] = {};
  static constexpr StringLiteral names[] = {"x", "at", "value"};
  size_t next = 0;
  bool valid = true;
  for (const ast::Argument &argument : call.arguments) {
    size_t index = argument.name ? llvm::find(names, argument.name.text) - std::begin(names) : next++;
    valid &= index < std::size(names) && !parts[index];
    if (index < std::size(names))
      parts[index] = argument.value;
  }
  auto *places = dyn_cast_or_null<ast::ListExpr>(parts[1]);
  if (valid && parts[0] && places && parts[2])
    return UpdateParts{parts[0], parts[2], places};
  error(call.range, DiagnosticKind::UpdateForm);
  return std::nullopt;
}

/// `update(x, [.., row, 1..3], value)`: x with the value there.
Value IRGen::callUpdate(const ast::CallExpr &call) {
  std::optional<UpdateParts> parts = bindUpdate(call);
  if (!parts)
    return {};
  Value tensor = evaluate(parts->tensor), value = evaluate(parts->value);
  if (tensor.isPoison() || value.isPoison())
    return {};
  if (!tensor.tensor()) {
    error(parts->tensor->range, DiagnosticKind::NotATensor, tensor.str());
    return {};
  }
  auto type = cast<RankedTensorType>(tensor.tensor().getType());
  std::optional<SmallVector<AxisPlace>> places = evaluatePlaces(parts->places->elements, tensor, parts->places->range);
  std::optional<PutPlaces> put = places ? resolvePlaces(*places, type) : std::nullopt;
  std::optional<mlir::Value> given =
      put ? convertTensor(value, parts->value->range, type.getElementType()) : std::nullopt;
  if (!given)
    return {};
  value = broadcastTo(Value{*given, value.origin}, put->lengths, call.range);
  return value.isPoison() ? Value{} : buildPut(tensor, value, *put, call.range);
}

/// The value repeated to these sizes.
Value IRGen::broadcastTo(const Value &value, ArrayRef<Size> sizes, SMRange range) {
  if (program::getSizes(cast<RankedTensorType>(value.tensor().getType())) == SmallVector<Size>(sizes))
    return value;
  std::vector<Value> shape;
  for (const Size &size : sizes)
    shape.push_back(Value{size, {}});
  BoundCall bound;
  bound.values = {value, Value{List(std::move(shape)), {}}};
  std::optional<Signature> signature = findBuiltin("broadcast");
  signature->name = "update";
  return buildBuiltin("broadcast", range, *signature, bound, /*call=*/nullptr);
}

Value IRGen::buildPut(const Value &tensor, const Value &value, const PutPlaces &put, SMRange range) {
  Signature signature{"update", {}};
  BoundCall bound;
  auto refuse = [](StringRef, RankedTensorType, program::InitAttr, bool) -> FailureOr<mlir::Value> {
    return failure();
  };
  BuiltinCall builtin(builder, location(range), refuse);
  SmallVector<mlir::Value> operands{tensor.tensor(), value.tensor()};
  llvm::append_range(operands, put.indices);
  MessageGuard guard(context);
  FailureOr<SmallVector<mlir::Value>> results =
      builtin.build(PutOp::getOperationName(), operands,
                    {builder.getNamedAttr("axes", builder.getDenseI64ArrayAttr(put.axes)),
                     builder.getNamedAttr("begin", program::ShapeAttr::get(context, put.begins))});
  if (succeeded(results))
    return wrapResults(*results, range);
  reportRejected(range, guard.message("put"), signature, bound);
  return {};
}

} // namespace vae::frontend
