// Values of a group at the coordinates of one element.
#include "passes/kernels/GenericBuilder.h"

using namespace mlir;
using namespace vae;

namespace {

/// Where one element of one op is computed: what the op's scalar body may ask.
class ElementContext : public ScalarContext {
public:
  ElementContext(GenericBuilder &generic, Operation *op, Shape shape, const Coordinates &coordinates)
      : ScalarContext(op->getLoc()), generic(generic), op(op), shape(std::move(shape)), coordinates(coordinates) {}

  Value index(unsigned dim) override { return generic.toIndex(coordinates[dim]); }
  Value linearIndex() override { return generic.getLinearIndex(shape, coordinates); }
  Value extract(unsigned operand, ValueRange indices) override {
    Coordinates at;
    for (Value index : indices)
      at.push_back(generic.toCoordinate(index));
    return generic.evaluate(op->getOperand(operand), at);
  }
  Value extract(DenseElementsAttr table, ValueRange indices) override { return generic.readTable(table, indices); }
  Value size(const Size &size) override { return generic.getSize(size); }

private:
  GenericBuilder &generic;
  Operation *op;
  Shape shape;
  Coordinates coordinates;
};

/// Coordinates of an operand's element that broadcasts to the result's: axes align at the last, an axis of one repeats.
Coordinates broadcastTo(const Shape &operand, const Shape &result, const Coordinates &coordinates) {
  Coordinates at;
  size_t skipped = result.size() - operand.size();
  for (auto [axis, size] : llvm::enumerate(operand)) {
    bool repeats = size == Size(1) && result[skipped + axis] != Size(1);
    at.push_back(repeats ? Coordinate{Coordinate::Zero, 0, {}} : coordinates[skipped + axis]);
  }
  return at;
}

/// Coordinates before a reshape that only adds or drops axes of one.
Coordinates throughView(const Shape &operand, const Shape &result, const Coordinates &coordinates) {
  Coordinates kept, at;
  for (auto [size, coordinate] : llvm::zip_equal(result, coordinates))
    if (size != Size(1))
      kept.push_back(coordinate);
  unsigned next = 0;
  for (const Size &size : operand)
    at.push_back(size == Size(1) ? Coordinate{Coordinate::Zero, 0, {}} : kept[next++]);
  return at;
}

} // namespace

GenericBuilder::GenericBuilder(KernelBuilder &kernel, Shape space)
    : kernel(kernel), space(std::move(space)), block(std::make_unique<Block>()), builder(kernel.builder.getContext()),
      reduced(this->space.size(), false) {
  builder.setInsertionPointToEnd(block.get());
}

Coordinates GenericBuilder::here() const {
  Coordinates at;
  for (unsigned loop = 0; loop < space.size(); ++loop)
    at.push_back({Coordinate::Loop, loop, {}});
  return at;
}

//===-- Indices --------------------------------------------------------------===//

Value GenericBuilder::toIndex(const Coordinate &coordinate) {
  if (coordinate.kind == Coordinate::Dynamic)
    return coordinate.value;
  if (coordinate.kind == Coordinate::Zero)
    return arith::ConstantIndexOp::create(builder, kernel.loc, 0);
  Value &index = loopIndices[coordinate.loop];
  if (!index)
    index = linalg::IndexOp::create(builder, kernel.loc, coordinate.loop);
  return index;
}

Coordinate GenericBuilder::toCoordinate(Value index) {
  for (const auto &[loop, value] : loopIndices)
    if (value == index)
      return {Coordinate::Loop, loop, {}};
  if (auto constant = index.getDefiningOp<arith::ConstantIndexOp>(); constant && constant.value() == 0)
    return {Coordinate::Zero, 0, {}};
  return {Coordinate::Dynamic, 0, index};
}

Value GenericBuilder::getSize(const Size &size) {
  if (std::optional<int64_t> constant = size.getConstant())
    return arith::ConstantIndexOp::create(builder, kernel.loc, *constant);
  return kernel.getSize(size);
}

Value GenericBuilder::getLinearIndex(const Shape &shape, const Coordinates &coordinates) {
  Type i32 = builder.getI32Type();
  Value linear;
  for (auto [size, coordinate] : llvm::zip_equal(shape, coordinates)) {
    if (linear) {
      Value length = arith::IndexCastOp::create(builder, kernel.loc, i32, getSize(size));
      linear = arith::MulIOp::create(builder, kernel.loc, linear, length);
    }
    if (coordinate.kind == Coordinate::Zero)
      continue;
    Value index = arith::IndexCastOp::create(builder, kernel.loc, i32, toIndex(coordinate));
    linear = linear ? arith::AddIOp::create(builder, kernel.loc, linear, index).getResult() : index;
  }
  return linear ? linear : arith::ConstantIntOp::create(builder, kernel.loc, 0, 32).getResult();
}

//===-- Elements ---------------------------------------------------------------===//

/// The map by which the generic reads the tensor itself; none where a coordinate is computed or an axis is longer than
/// its loop.
std::optional<AffineMap> GenericBuilder::getMap(const Shape &shape, const Coordinates &coordinates) const {
  SmallVector<AffineExpr> exprs;
  SmallVector<bool> used(space.size(), false);
  for (auto [size, coordinate] : llvm::zip_equal(shape, coordinates)) {
    if (coordinate.kind == Coordinate::Zero && size == Size(1)) {
      exprs.push_back(getAffineConstantExpr(0, builder.getContext()));
      continue;
    }
    if (coordinate.kind != Coordinate::Loop || used[coordinate.loop] || space[coordinate.loop] != size)
      return std::nullopt;
    used[coordinate.loop] = true;
    exprs.push_back(getAffineDimExpr(coordinate.loop, builder.getContext()));
  }
  return AffineMap::get(space.size(), 0, exprs, builder.getContext());
}

Value GenericBuilder::addInput(Value tensor, AffineMap map) {
  for (auto [index, input] : llvm::enumerate(inputs))
    if (input == tensor && inputMaps[index] == map)
      return block->getArgument(index);
  inputs.push_back(tensor);
  inputMaps.push_back(map);
  return block->insertArgument(inputs.size() - 1, cast<RankedTensorType>(tensor.getType()).getElementType(),
                               kernel.loc);
}

Value GenericBuilder::read(Value tensor, const Shape &shape, const Coordinates &coordinates) {
  if (std::optional<AffineMap> map = getMap(shape, coordinates))
    return addInput(tensor, *map);
  SmallVector<Value> indices = llvm::map_to_vector(coordinates, [&](const Coordinate &at) { return toIndex(at); });
  return tensor::ExtractOp::create(builder, kernel.loc, tensor, indices);
}

Value GenericBuilder::readTable(DenseElementsAttr table, ValueRange indices) {
  Coordinates at;
  for (Value index : indices)
    at.push_back(toCoordinate(index));
  Shape shape(llvm::map_range(table.getType().getShape(), [](int64_t dim) { return Size(dim); }));
  return read(kernel.getTensor({{}, table}), shape, at);
}

Value GenericBuilder::evaluate(Value value, const Coordinates &coordinates) {
  Key key(value.getAsOpaquePointer(), {});
  for (const Coordinate &coordinate : coordinates)
    key.second.push_back(coordinate.key());
  if (auto found = scalars.find(key); found != scalars.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  Value scalar;
  if (Value tensor = kernel.results.lookup(value))
    scalar = read(tensor, getShape(value), coordinates);
  else if (!op || op->getParentOp() != kernel.group)
    scalar = read(kernel.getTensor({value, {}}), getShape(value), coordinates);
  else if (getRole(op) == OpRole::View)
    scalar = evaluate(op->getOperand(0), throughView(getShape(op->getOperand(0)), getShape(value), coordinates));
  else
    scalar = evaluateScalarBody(cast<OpResult>(value), coordinates);
  return scalars[key] = scalar;
}

Value GenericBuilder::evaluateScalarBody(OpResult value, const Coordinates &coordinates) {
  Operation *op = value.getOwner();
  Shape shape = getShape(value);
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(isIndexed(operand)
                           ? Value()
                           : evaluate(operand.get(), broadcastTo(getShape(operand.get()), shape, coordinates)));
  ElementContext context(*this, op, shape, coordinates);
  SmallVector<Value> results;
  cast<ScalarBodyOpInterface>(op).buildScalar(builder, context, operands, results);
  Key key(nullptr, {});
  for (const Coordinate &coordinate : coordinates)
    key.second.push_back(coordinate.key());
  for (auto [result, scalar] : llvm::zip_equal(op->getResults(), results)) {
    key.first = result.getAsOpaquePointer();
    scalars[key] = scalar;
  }
  return results[value.getResultNumber()];
}

//===-- The generic --------------------------------------------------------------===//

void GenericBuilder::addResult(Value scalar) {
  outputs.push_back(kernel.makeEmpty(space, scalar.getType()));
  outputMaps.push_back(builder.getMultiDimIdentityMap(space.size()));
  block->addArgument(scalar.getType(), kernel.loc);
  yields.push_back(scalar);
}

void GenericBuilder::addReduction(ReductionOpInterface op, Value term) {
  SmallVector<AffineExpr> kept;
  SmallVector<int64_t> axes = op.getReducedAxes();
  for (unsigned loop = 0; loop < space.size(); ++loop)
    if (!(reduced[loop] = llvm::is_contained(axes, loop)))
      kept.push_back(builder.getAffineDimExpr(loop));
  outputs.push_back(kernel.makeFilled(getShape(op->getResult(0)), op.getNeutral(builder)));
  outputMaps.push_back(AffineMap::get(space.size(), 0, kept, builder.getContext()));
  Value accumulator = block->addArgument(term.getType(), kernel.loc);
  yields.push_back(op.combine(builder, op.getLoc(), accumulator, term));
}

ResultRange GenericBuilder::finish(StringRef role) {
  linalg::YieldOp::create(builder, kernel.loc, yields);
  SmallVector<AffineMap> maps(inputMaps);
  maps.append(outputMaps);
  SmallVector<utils::IteratorType> iterators;
  for (bool folds : reduced)
    iterators.push_back(folds ? utils::IteratorType::reduction : utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(kernel.builder, kernel.loc, TypeRange(ValueRange(outputs)), inputs, outputs,
                                           maps, iterators);
  generic->setAttr(program::roleAttrName, builder.getStringAttr(role));
  generic.getRegion().getBlocks().clear();
  generic.getRegion().push_back(block.release());
  return generic->getResults();
}
