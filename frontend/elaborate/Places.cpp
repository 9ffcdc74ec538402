// Places of tensors: `x[i, a..b, ..]`, `chunk(x, n)`, and `update(x, [i, a..b, ..], value)`, by positions known now or at run time.
#include "frontend/elaborate/Places.h"
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/calls/MessageGuard.h"
#include "ir/ops/Indexing.h"
#include "ir/ops/Shapes.h"
#include "ir/program/Limits.h"

using namespace mlir;

namespace vae::frontend {

namespace {

/// What an index says about its axis.
struct AxisPlace {
  const ast::Expr *index = nullptr;
  std::optional<Size> first, last; // of a stretch, open ends left out; of a number or a size as position, the first
  mlir::Value tensor;              // positions of run time
  bool isStretch = false;
  bool isDropped() const { return !isStretch && !tensor; }
};

struct Stretch {
  Size begin, end;
};

/// Where `update` writes: axes with an index each, and where the stretches of the others begin and how long they are; of
/// the lengths, those of axes that the value has, too.
struct PutPlaces {
  SmallVector<int64_t> axes;
  SmallVector<mlir::Value> indices;
  SmallVector<Size> begins, lengths, valueLengths;
};

struct UpdateParts {
  const ast::Expr *tensor, *value;
  const ast::ListExpr *places;
};

} // namespace

/// An end of a stretch: an integer, or a size with symbols.
static std::optional<Size> evaluateEnd(Elaborator &in, const ast::Expr *expr) {
  Value value = in.evaluate(expr);
  if (value.isPoison())
    return std::nullopt;
  if (std::optional<int64_t> integer = value.integer())
    return Size(*integer);
  if (const Size *size = value.get<Size>(); size && !size->isConstant())
    return *size;
  in.error(expr->range, DiagnosticKind::NotAnInteger, value.str());
  return std::nullopt;
}

/// What one index says about its axis: a stretch, or one position that is a number or a size, or integers of run time.
static std::optional<AxisPlace> evaluatePlace(Elaborator &in, const ast::Expr *index) {
  AxisPlace place{index, std::nullopt, std::nullopt, {}};
  if (auto *range = dyn_cast<ast::SliceExpr>(index)) {
    place.isStretch = true;
    if ((range->first && !(place.first = evaluateEnd(in, range->first))) ||
        (range->last && !(place.last = evaluateEnd(in, range->last))))
      return std::nullopt;
    return place;
  }
  Value value = in.evaluate(index);
  if (value.isPoison())
    return std::nullopt;
  if (std::optional<int64_t> integer = value.integer()) {
    place.first = Size(*integer);
    return place;
  }
  if (const Size *size = value.get<Size>(); size && !size->isConstant()) {
    place.first = *size;
    return place;
  }
  place.tensor = value.tensor();
  if (place.tensor && getElementTypeOrSelf(place.tensor).isInteger(32))
    return place;
  in.error(index->range, DiagnosticKind::NotAPosition, value.str());
  return std::nullopt;
}

static std::optional<SmallVector<AxisPlace>> evaluatePlaces(Elaborator &in, ArrayRef<ast::Expr *> indices,
                                                            const Value &tensor, SMRange range) {
  auto type = cast<RankedTensorType>(tensor.tensor().getType());
  if (indices.size() > static_cast<size_t>(type.getRank())) {
    in.error(range, DiagnosticKind::NotIndexed, tensor.str(), indices.size());
    return std::nullopt;
  }
  SmallVector<AxisPlace> places;
  for (const ast::Expr *index : indices) {
    std::optional<AxisPlace> place = evaluatePlace(in, index);
    if (!place)
      return std::nullopt;
    places.push_back(*place);
  }
  return places;
}

/// A position counted from the front, of an axis of that size; negative ones count from its end.
static Size countFromFront(const Size &position, const Size &size) {
  return position.getConstant().value_or(0) < 0 ? size + position : position;
}

/// A position of an axis of that size, counted from the front and inside as far as is known.
static std::optional<Size> resolvePosition(Elaborator &in, const Size &position, const Size &size, bool isEnd,
                                           SMRange range) {
  Size resolved = countFromFront(position, size), room = size - resolved - Size(isEnd ? 0 : 1);
  if (!resolved.isNegative() && !room.isNegative())
    return resolved;
  in.error(range, DiagnosticKind::PositionOutOfRange, position.str(), size.str());
  return std::nullopt;
}

/// The stretch that a place of numbers and sizes names: one long where it is a single position.
static std::optional<Stretch> resolveStretch(Elaborator &in, const AxisPlace &place, const Size &size, SMRange range) {
  range = place.index ? place.index->range : range;
  std::optional<Size> begin = resolvePosition(in, place.first.value_or(0), size, /*isEnd=*/place.isStretch, range);
  if (!begin)
    return std::nullopt;
  if (!place.isStretch)
    return Stretch{*begin, *begin + Size(1)};
  std::optional<Size> end = place.last ? resolvePosition(in, *place.last, size, /*isEnd=*/true, range) : size;
  return end ? std::optional(Stretch{*begin, *end}) : std::nullopt;
}

/// Of calls that make no parameters.
static FailureOr<mlir::Value> refuseParameters(StringRef, RankedTensorType, program::InitAttr, bool) {
  return failure();
}

/// An op over places, as the builtin `name` would build it; reports and gives poison where its operands do not fit.
static Value buildOverPlaces(Elaborator &in, StringRef name, StringRef op, ArrayRef<mlir::Value> operands,
                             ArrayRef<NamedAttribute> attributes, SMRange range) {
  BuiltinCall builtin(in.builder, in.location(range), refuseParameters);
  MessageGuard guard(in.context);
  FailureOr<SmallVector<mlir::Value>> results = builtin.build(op, operands, attributes);
  if (succeeded(results))
    return in.wrapResults(*results, range);
  in.reportRejected(range, guard.message(), Signature{name.str(), {}}, BoundCall());
  return {};
}

/// The stretch of one axis that a place names, or the single position.
static Value buildSlice(Elaborator &in, const Value &tensor, size_t axis, const AxisPlace &place, SMRange range) {
  Size size = program::getSizes(cast<RankedTensorType>(tensor.tensor().getType()))[axis];
  std::optional<Stretch> stretch = resolveStretch(in, place, size, range);
  if (!stretch)
    return {};
  return buildOverPlaces(
      in, "slice", SliceOp::getOperationName(), tensor.tensor(),
      {in.builder.getNamedAttr("axis", in.builder.getI64IntegerAttr(static_cast<int64_t>(axis))),
       in.builder.getNamedAttr("bounds", program::ShapeAttr::get(in.context, {stretch->begin, stretch->end}))},
      range);
}

static Value listSizes(ArrayRef<Size> sizes) {
  std::vector<Value> list;
  for (const Size &size : sizes)
    list.push_back(Value{size, {}});
  return Value{List(std::move(list)), {}};
}

static Value reshapeTo(Elaborator &in, const Value &tensor, ArrayRef<Size> sizes, SMRange range) {
  BoundCall bound;
  bound.values = {tensor, listSizes(sizes)};
  return in.buildBuiltin("reshape", range, *findBuiltin("reshape", in.context), bound, /*call=*/nullptr);
}

/// The tensor without the axes of which one position is left.
static Value dropPositions(Elaborator &in, const Value &tensor, ArrayRef<AxisPlace> places, SMRange range) {
  if (llvm::none_of(places, [](const AxisPlace &place) { return place.isDropped(); }))
    return tensor;
  SmallVector<Size> kept;
  for (auto [axis, size] : llvm::enumerate(program::getSizes(cast<RankedTensorType>(tensor.tensor().getType()))))
    if (axis >= places.size() || !places[axis].isDropped())
      kept.push_back(size);
  return reshapeTo(in, tensor, kept, range);
}

Value evaluateTensorIndex(Elaborator &in, const ast::IndexExpr &expr, Value tensor) {
  std::optional<SmallVector<AxisPlace>> places = evaluatePlaces(in, expr.indices, tensor, expr.range);
  if (!places)
    return {};
  for (auto [axis, place] : llvm::enumerate(*places)) {
    if (place.tensor || (place.isStretch && !place.first && !place.last))
      continue;
    tensor = buildSlice(in, tensor, axis, place, expr.range);
    if (tensor.isPoison())
      return {};
  }
  tensor = dropPositions(in, tensor, *places, expr.range);
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
    tensor = in.buildBuiltin("gather", expr.range, *findBuiltin("gather", in.context), bound, /*call=*/nullptr);
  }
  return tensor;
}

//===-- Cutting ----------------------------------------------------------------===//

/// The ends of the pieces of an axis cut into so many, each of one length but the last: a number of places is rounded up,
/// so that there may be fewer pieces, a size of run time divides.
static SmallVector<Size> cutAxis(const Size &size, int64_t chunks) {
  SmallVector<Size> ends;
  if (std::optional<int64_t> places = size.getConstant()) {
    int64_t length = llvm::divideCeil(*places, chunks);
    for (int64_t end = length; end - length < *places; end += length)
      ends.emplace_back(std::min(end, *places));
    return ends;
  }
  Size length = *size.divide(Size(chunks));
  for (int64_t piece = 1; piece <= chunks; ++piece)
    ends.push_back(length * Size(piece));
  return ends;
}

Value callChunk(Elaborator &in, const ast::CallExpr &call) {
  static const Signature signature = *Signature::parse("chunk(x: tensor, chunks: int, axis: int = 0)");
  std::optional<BoundCall> bound = in.binder.bindCall(call, signature);
  BuiltinCall builtin(in.builder, in.location(call.range), refuseParameters);
  if (!bound || !in.binder.bindArguments(signature, *bound, call.range, builtin))
    return {};
  int64_t chunks = builtin.integer("chunks");
  if (chunks < 1 || chunks > static_cast<int64_t>(limits::listItems)) {
    in.error(call.range, DiagnosticKind::ArgumentKind, "chunks", "chunk", std::to_string(chunks), "a number of pieces");
    return {};
  }
  Value x{builtin.tensor("x"), call.range};
  auto type = cast<RankedTensorType>(x.tensor().getType());
  MessageGuard guard(in.context);
  FailureOr<int64_t> axis = normalizeAxis(builtin.loc, builtin.integer("axis"), type);
  if (failed(axis)) {
    in.reportRejected(call.range, guard.message(), signature, *bound);
    return {};
  }
  std::vector<Value> pieces;
  Size begin(0);
  for (const Size &end : cutAxis(program::getSizes(type)[*axis], chunks)) {
    AxisPlace place{nullptr, begin, end, {}, /*isStretch=*/true};
    pieces.push_back(buildSlice(in, x, *axis, place, call.range));
    begin = end;
  }
  return Value{List(std::move(pieces)), call.range};
}

//===-- Writing ----------------------------------------------------------------===//

/// Sorts the places into axes with an index and stretches of the others.
static std::optional<PutPlaces> resolvePlaces(Elaborator &in, ArrayRef<AxisPlace> places, RankedTensorType type) {
  PutPlaces put;
  for (auto [axis, size] : llvm::enumerate(program::getSizes(type))) {
    AxisPlace place{};
    place.isStretch = true;
    if (axis < places.size())
      place = places[axis];
    SMRange range = place.index ? place.index->range : SMRange();
    if (place.tensor && cast<RankedTensorType>(place.tensor.getType()).getRank() != 0) {
      in.error(range, DiagnosticKind::SeveralPositions, Value{place.tensor, {}}.str());
      return std::nullopt;
    }
    if (place.tensor) {
      put.axes.push_back(axis);
      put.indices.push_back(place.tensor);
      continue;
    }
    std::optional<Stretch> stretch = resolveStretch(in, place, size, range);
    if (!stretch)
      return std::nullopt;
    put.begins.push_back(stretch->begin);
    put.lengths.push_back(stretch->end - stretch->begin);
    if (place.isStretch)
      put.valueLengths.push_back(put.lengths.back());
  }
  return put;
}

/// The three parts of `update(x, [places], value)`; none, after an error, where they are not there.
static std::optional<UpdateParts> bindUpdate(Elaborator &in, const ast::CallExpr &call) {
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
  in.error(call.range, DiagnosticKind::UpdateForm);
  return std::nullopt;
}

/// The value repeated to these sizes.
static Value broadcastTo(Elaborator &in, const Value &value, ArrayRef<Size> sizes, SMRange range) {
  if (program::getSizes(cast<RankedTensorType>(value.tensor().getType())) == SmallVector<Size>(sizes))
    return value;
  BoundCall bound;
  bound.values = {value, listSizes(sizes)};
  std::optional<Signature> signature = findBuiltin("broadcast", in.context);
  signature->name = "update";
  return in.buildBuiltin("broadcast", range, *signature, bound, /*call=*/nullptr);
}

static Value buildPut(Elaborator &in, const Value &tensor, const Value &value, const PutPlaces &put, SMRange range) {
  SmallVector<mlir::Value> operands{tensor.tensor(), value.tensor()};
  llvm::append_range(operands, put.indices);
  return buildOverPlaces(in, "update", PutOp::getOperationName(), operands,
                         {in.builder.getNamedAttr("axes", in.builder.getDenseI64ArrayAttr(put.axes)),
                          in.builder.getNamedAttr("begin", program::ShapeAttr::get(in.context, put.begins))},
                         range);
}

Value callUpdate(Elaborator &in, const ast::CallExpr &call) {
  std::optional<UpdateParts> parts = bindUpdate(in, call);
  if (!parts)
    return {};
  Value tensor = in.evaluate(parts->tensor), value = in.evaluate(parts->value);
  if (tensor.isPoison() || value.isPoison())
    return {};
  if (!tensor.tensor()) {
    in.error(parts->tensor->range, DiagnosticKind::NotATensor, tensor.str());
    return {};
  }
  auto type = cast<RankedTensorType>(tensor.tensor().getType());
  std::optional<SmallVector<AxisPlace>> places =
      evaluatePlaces(in, parts->places->elements, tensor, parts->places->range);
  std::optional<PutPlaces> put = places ? resolvePlaces(in, *places, type) : std::nullopt;
  std::optional<mlir::Value> given =
      put ? in.binder.convertTensor(value, parts->value->range, type.getElementType()) : std::nullopt;
  if (!given)
    return {};
  value = broadcastTo(in, Value{*given, value.origin}, put->valueLengths, call.range);
  if (!value.isPoison() && put->lengths != put->valueLengths)
    value = reshapeTo(in, value, put->lengths, call.range);
  return value.isPoison() ? Value{} : buildPut(in, tensor, value, *put, call.range);
}

} // namespace vae::frontend
