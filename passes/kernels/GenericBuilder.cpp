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

GenericBuilder::Key GenericBuilder::getKey(const Element &element) {
  Key key(element.value.getAsOpaquePointer(), {});
  for (const Coordinate &coordinate : element.at)
    key.second.push_back(coordinate.key());
  return key;
}

/// Whether the element is in a tensor of the kernel: from outside the group, or a result made already.
bool GenericBuilder::isStored(Value value) const {
  Operation *op = value.getDefiningOp();
  return !op || op->getParentOp() != kernel.group || kernel.results.contains(value);
}

/// The elements that this one is computed from.
SmallVector<GenericBuilder::Element> GenericBuilder::getOperands(const Element &element) const {
  SmallVector<Element> operands;
  if (isStored(element.value))
    return operands;
  Operation *op = element.value.getDefiningOp();
  Shape shape = getShape(element.value);
  bool view = isView(op);
  for (OpOperand &operand : op->getOpOperands())
    if (!isIndexed(operand)) {
      Shape own = getShape(operand.get());
      operands.push_back(
          {operand.get(), view ? throughView(own, shape, element.at) : broadcastTo(own, shape, element.at)});
    }
  return operands;
}

/// Not by recursion: a group may be a long chain of ops.
Value GenericBuilder::evaluate(Value value, const Coordinates &coordinates) {
  SmallVector<Element> open = {{value, coordinates}};
  while (!open.empty()) {
    Element element = open.back();
    if (!scalars.contains(getKey(element))) {
      SmallVector<Element> missing = llvm::to_vector(llvm::make_filter_range(
          getOperands(element), [&](const Element &operand) { return !scalars.contains(getKey(operand)); }));
      llvm::append_range(open, llvm::reverse(missing));
      if (!missing.empty())
        continue;
      compute(element);
    }
    open.pop_back();
  }
  return scalars.at(getKey({value, coordinates}));
}

/// Computes one element whose operands are known.
void GenericBuilder::compute(const Element &element) {
  auto [value, coordinates] = element;
  if (Value tensor = kernel.results.lookup(value))
    scalars[getKey(element)] = read(tensor, getShape(value), coordinates);
  else if (isStored(value))
    scalars[getKey(element)] = read(kernel.getTensor({value, {}}), getShape(value), coordinates);
  else if (isView(value.getDefiningOp()))
    scalars[getKey(element)] = scalars.at(getKey(getOperands(element).front()));
  else
    computeScalarBody(element);
}

void GenericBuilder::computeScalarBody(const Element &element) {
  Operation *op = element.value.getDefiningOp();
  SmallVector<Element> known = getOperands(element);
  const Element *next = known.begin();
  SmallVector<Value> operands, results;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(isIndexed(operand) ? Value() : scalars.at(getKey(*next++)));
  ElementContext context(*this, op, getShape(element.value), element.at);
  cast<ScalarBodyOpInterface>(op).buildScalar(builder, context, operands, results);
  for (auto [result, scalar] : llvm::zip_equal(op->getResults(), results))
    scalars[getKey({result, element.at})] = scalar;
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
