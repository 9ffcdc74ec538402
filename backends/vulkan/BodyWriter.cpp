// Writes the body of a linalg.generic into a shader, for one iteration or for four neighbouring ones.
#include "backends/vulkan/BodyWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

//===-- What shaders do -----------------------------------------------------===//

static bool isShaderType(Type type) {
  return type.isF32() || type.isInteger(32) || type.isInteger(1) || type.isIndex();
}

/// Upstream has no SPIR-V form of these; everything else in a kernel's body has one.
static bool hasNoForm(Operation *op) {
  return isa<arith::FloorDivSIOp, arith::CeilDivSIOp, arith::CeilDivUIOp, arith::AddUIExtendedOp, arith::ScalingExtFOp,
             arith::ScalingTruncFOp>(op);
}

static LogicalResult checkBody(const KernelGeneric &generic) {
  for (Operation &op : generic.body()) {
    if (hasNoForm(&op))
      return op.emitError() << "`" << op.getName() << "` has no form in Vulkan shaders";
    for (Type type : op.getResultTypes())
      if (!isShaderType(type))
        return op.emitError() << "a value of type " << type << " has no form in Vulkan shaders";
  }
  return success();
}

LogicalResult vulkan::checkBodies(const KernelView &kernel) {
  for (auto [position, buffer] : llvm::enumerate(kernel.buffers))
    if (Type element = buffer.type.getElementType(); !element.isF32() && !element.isInteger(32))
      return const_cast<program::KernelOp &>(kernel.op).emitError()
             << "buffer " << position << " of " << element << " has no form in Vulkan shaders";
  for (const KernelGeneric *generic : kernel.generics())
    if (failed(checkBody(*generic)))
      return failure();
  return success();
}

//===-- Addresses -----------------------------------------------------------===//

BodyWriter::BodyWriter(Emitter &shader, const KernelGeneric &generic, Point point)
    : shader(shader), generic(generic), point(std::move(point)) {}

void BodyWriter::bindProducer(OpResult producer, Value value) {
  for (const KernelOperand &input : generic.inputs)
    if (input.producer == producer)
      values[input.scalar] = value;
}

Value BodyWriter::laneIndex(int lane) {
  if (!point.laneIndices.empty())
    return point.laneIndices[lane];
  Value first = point.loops[point.laneLoop];
  return lane > 0 ? shader.add(first, shader.index(lane)) : first;
}

/// Indices of the element that a map names, for one lane.
SmallVector<Value> BodyWriter::elementIndices(AffineMap map, int lane) {
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults()) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
      indices.push_back(shader.index(constant.getValue()));
      continue;
    }
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    indices.push_back(static_cast<int>(loop) == point.laneLoop ? laneIndex(lane) : point.loops[loop]);
  }
  return indices;
}

Value BodyWriter::elementOffset(int64_t buffer, AffineMap map, int64_t width, int lane) {
  bool flat =
      point.flat && point.laneIndices.empty() && map.isIdentity() && !shader.getKernel().buffers[buffer].panels32;
  if (!flat)
    return shader.offset(buffer, elementIndices(map, lane), width);
  return width > 1 ? shader.div(point.flat, width) : shader.add(point.flat, shader.index(lane));
}

/// The dimension of a buffer along which the lanes run; -1 where all lanes meet one element.
int64_t BodyWriter::laneDimension(AffineMap map) const {
  for (auto [dimension, expr] : llvm::enumerate(map.getResults()))
    if (auto loop = dyn_cast<AffineDimExpr>(expr); loop && static_cast<int>(loop.getPosition()) == point.laneLoop)
      return dimension;
  return -1;
}

Value BodyWriter::loadInput(const KernelOperand &input) {
  int64_t along = point.lanes == 1 ? -1 : laneDimension(input.map);
  if (along < 0)
    return shader.load(input.buffer, elementOffset(input.buffer, input.map, 1));
  if (shader.hasQuads(input.buffer, along))
    return shader.load(input.buffer, elementOffset(input.buffer, input.map, 4), 4);
  SmallVector<Value> lanes;
  for (int lane = 0; lane < point.lanes; ++lane)
    lanes.push_back(shader.load(input.buffer, elementOffset(input.buffer, input.map, 1, lane)));
  return shader.fromLanes(lanes);
}

void BodyWriter::storeResults() {
  for (const KernelResult &result : generic.results)
    get(result.yielded);
  for (const KernelResult &result : generic.results)
    store(result);
}

void BodyWriter::store(const KernelResult &result) { store(result, get(result.yielded)); }

void BodyWriter::store(const KernelResult &result, Value value) {
  int64_t along = point.lanes == 1 ? -1 : laneDimension(result.map);
  if (point.lanes > 1)
    value = shader.splat(value);
  for (int64_t buffer : result.buffers) {
    if (point.lanes == 1 || shader.hasQuads(buffer, along)) {
      shader.store(buffer, value, elementOffset(buffer, result.map, point.lanes));
      continue;
    }
    for (int lane = 0; lane < point.lanes; ++lane)
      shader.store(buffer, shader.lane(value, lane), elementOffset(buffer, result.map, 1, lane));
  }
}

//===-- Operations ----------------------------------------------------------===//

/// What a body reads from the kernel around it: a size argument, or a dimension of an input.
std::optional<Extent> BodyWriter::getSize(Value value) const {
  const KernelView &kernel = shader.getKernel();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    bool size = argument.getOwner()->getParentOp() == kernel.op.getOperation() && argument.getType().isIndex();
    int64_t first = const_cast<program::KernelOp &>(kernel.op).getNumTensorInputs();
    return size ? std::optional(Extent{ShapedType::kDynamic, argument.getArgNumber() - first}) : std::nullopt;
  }
  auto dimension = value.getDefiningOp<tensor::DimOp>();
  int64_t buffer = dimension ? kernel.getBuffer(dimension.getSource()) : -1;
  return buffer < 0 ? std::nullopt : std::optional(kernel.buffers[buffer].shape[*dimension.getConstantIndex()]);
}

Value BodyWriter::get(Value value) {
  if (auto found = values.find(value); found != values.end())
    return found->second;
  Value result;
  if (std::optional<Extent> size = getSize(value)) {
    result = arith::IndexCastOp::create(shader.b, shader.b.getI32Type(), shader.length(*size));
  } else if (auto argument = dyn_cast<BlockArgument>(value)) {
    for (const KernelOperand &input : generic.inputs)
      if (input.scalar == argument)
        result = loadInput(input);
  } else {
    result = emit(value.getDefiningOp(), cast<OpResult>(value).getResultNumber());
  }
  assert(result && "an accumulator or a producer's result must be bound first");
  return values[value] = result;
}

Value BodyWriter::emit(Operation *op, unsigned result) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return emitIndex(index.getDim());
  if (isa<tensor::ExtractOp>(op))
    return emitLookup(op);
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op) && !op->getOperand(0).getType().isInteger(1))
    return get(op->getOperand(0));
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand));
  return clone(op, operands, result);
}

Value BodyWriter::emitIndex(unsigned loop) {
  Value index = arith::IndexCastOp::create(shader.b, shader.b.getI32Type(), point.loops[loop]);
  if (point.lanes == 1 || static_cast<int>(loop) != point.laneLoop)
    return index;
  if (!point.laneIndices.empty()) {
    SmallVector<Value> lanes;
    for (Value lane : point.laneIndices)
      lanes.push_back(arith::IndexCastOp::create(shader.b, shader.b.getI32Type(), lane));
    return shader.fromLanes(lanes);
  }
  Value steps = arith::ConstantOp::create(shader.b, shader.b.getI32VectorAttr({0, 1, 2, 3}));
  return arith::AddIOp::create(shader.b, shader.splat(index), steps);
}

/// A table lookup: one load where all lanes meet one element, else one a lane.
Value BodyWriter::emitLookup(Operation *op) {
  auto extract = cast<tensor::ExtractOp>(op);
  int64_t buffer = shader.getKernel().getBuffer(extract.getTensor());
  SmallVector<Value> indices;
  for (Value index : extract.getIndices())
    indices.push_back(get(index));
  bool uniform = llvm::none_of(indices, [](Value index) { return isa<VectorType>(index.getType()); });
  SmallVector<Value> lanes;
  for (int lane = 0; lane < (uniform ? 1 : point.lanes); ++lane) {
    SmallVector<Value> position;
    for (Value index : indices) {
      Value scalar = isa<VectorType>(index.getType()) ? shader.lane(index, lane) : index;
      position.push_back(arith::IndexCastOp::create(shader.b, shader.b.getIndexType(), scalar));
    }
    lanes.push_back(shader.load(buffer, shader.offset(buffer, position)));
  }
  return uniform ? lanes[0] : shader.fromLanes(lanes);
}

/// The same operation on the shader's values, in four lanes where any operand is. All its results are remembered.
Value BodyWriter::clone(Operation *op, ArrayRef<Value> operands, unsigned result) {
  OpBuilder &b = shader.b;
  bool vectors = llvm::any_of(operands, [](Value operand) { return isa<VectorType>(operand.getType()); });
  auto convert = [&](Type type) -> Type {
    Type element = type.isIndex() ? b.getI32Type() : type;
    return vectors ? VectorType::get(4, element) : element;
  };
  OperationState state(op->getLoc(), op->getName().getStringRef());
  for (Value operand : operands)
    state.operands.push_back(vectors ? shader.splat(operand) : operand);
  for (Type type : op->getResultTypes())
    state.types.push_back(convert(type));
  state.addAttributes(op->getAttrs());
  if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && constant.getType().isIndex())
    state.attributes.set("value", b.getI32IntegerAttr(cast<IntegerAttr>(constant.getValue()).getInt()));
  Operation *copy = b.create(state);
  for (auto [original, value] : llvm::zip_equal(op->getResults(), copy->getResults()))
    values[original] = value;
  return copy->getResult(result);
}

Value BodyWriter::combine(const KernelResult &result, Value left, Value right) {
  Operation *op = result.combiner;
  bool accumulatorFirst = op->getOperand(0) == result.accumulator;
  Value operands[] = {accumulatorFirst ? left : right, accumulatorFirst ? right : left};
  return clone(op, operands, 0);
}
