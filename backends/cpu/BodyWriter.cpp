// The scalar body of a generic, written for many lanes at once.
#include "backends/cpu/BodyWriter.h"
#include "backends/cpu/Costs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

void BodyWriter::bindProducer(OpResult producer, Value value) {
  for (const KernelOperand &input : generic.inputs)
    if (input.producer == producer) {
      values[input.scalar] = value;
      readsProducer = true;
    }
}

Value BodyWriter::get(Value value) {
  if (Value known = values.lookup(value))
    return known;
  Value result = compute(value);
  values[value] = result;
  return result;
}

void BodyWriter::storeResults() {
  for (const KernelResult &result : generic.results)
    if (!result.buffers.empty())
      get(result.yielded);
  for (const KernelResult &result : generic.results)
    if (!result.buffers.empty())
      emitter.storeResult(get(result.yielded), result, at);
}

Value BodyWriter::compute(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() == &generic.body())
      return loadInput(argument);
    return emitter.size(argument.getArgNumber() - emitter.kernel.op->getRegion(0).getNumArguments() +
                        emitter.kernel.getNumSizes());
  }
  Operation *op = value.getDefiningOp();
  if (auto loop = dyn_cast<linalg::IndexOp>(op))
    return index(loop.getDim());
  if (isa<tensor::ExtractOp>(op))
    return extract(op);
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
    if (Value narrow = castIndex(op))
      return narrow;
  inlineOp(op);
  return values[value];
}

Value BodyWriter::loadInput(BlockArgument argument) {
  const KernelOperand &input =
      *llvm::find_if(generic.inputs, [&](const KernelOperand &input) { return input.scalar == argument; });
  assert(input.buffer >= 0 && "a producer's value must be bound");
  const KernelBuffer &buffer = emitter.kernel.buffers[input.buffer];
  return emitter.load(emitter.buffer(input.buffer), emitter.address(buffer, input.map, at), at);
}

/// A number that advances with the index of a loop, from its value at lane 0: a scalar unless lanes run along the loop.
Value BodyWriter::along(int64_t loop, Value first) {
  if (loop != at.laneLoop || at.lanes == 1)
    return first;
  Type type = first.getType();
  SmallVector<APInt> lanes;
  for (int64_t lane = 0; lane < at.lanes; ++lane)
    lanes.emplace_back(isa<IndexType>(type) ? IndexType::kInternalStorageBitWidth : type.getIntOrFloatBitWidth(),
                       lane * at.step);
  ImplicitLocOpBuilder &b = emitter.b;
  Value steps = arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get({at.lanes}, type), lanes));
  return b.createOrFold<arith::AddIOp>(emitter.broadcast(first, at.lanes), steps);
}

Value BodyWriter::index(int64_t loop) { return along(loop, at.loops[loop] ? at.loops[loop] : emitter.index(0)); }

/// The lane loop's index in a narrower type: narrowed before lanes are added, so that vectors stay narrow. Null where
/// it is something else.
Value BodyWriter::castIndex(Operation *cast) {
  auto loop = cast->getOperand(0).getDefiningOp<linalg::IndexOp>();
  if (!loop || static_cast<int64_t>(loop.getDim()) != at.laneLoop || at.lanes == 1)
    return {};
  Value first = at.loops[at.laneLoop] ? at.loops[at.laneLoop] : emitter.index(0);
  return along(at.laneLoop, emitter.cast(first, cast->getResult(0).getType()));
}

/// An index that was widened from 32 bits, before it was; null where it was not. Vectors of 32-bit offsets take half
/// the registers.
Value BodyWriter::narrowIndex(Value index) {
  Operation *op = index.getDefiningOp();
  if (!op || !isa<arith::IndexCastOp, arith::IndexCastUIOp>(op) || !op->getOperand(0).getType().isInteger(32))
    return {};
  return get(op->getOperand(0));
}

/// Whether offsets within this dimension and those inside it fit 32 bits.
static bool isSmall(const KernelBuffer &buffer, int64_t dim) {
  double elements = 1;
  for (const Extent &extent : ArrayRef(buffer.shape).drop_front(dim))
    elements *= extent.isStatic() ? static_cast<double>(extent.fixed) : INFINITY;
  return elements < INT32_MAX;
}

Value BodyWriter::extract(Operation *op) {
  if (at.laneLoop >= 0 && at.lanes > 1) {
    if (Value run = extractRun(op))
      return run;
    if (Value run = extractByPhases(op))
      return run;
  }
  return gather(op);
}

Value BodyWriter::gather(Operation *op) {
  auto extract = cast<tensor::ExtractOp>(op);
  int64_t slot = emitter.kernel.getBuffer(extract.getTensor());
  const KernelBuffer &buffer = emitter.kernel.buffers[slot];
  ImplicitLocOpBuilder &b = emitter.b;
  Value uniform = emitter.index(0), wide, narrow;
  auto accumulate = [&](Value &sum, Value index, Value stride) {
    Value scaled = b.createOrFold<arith::MulIOp>(index, emitter.broadcast(stride, at.lanes));
    sum = sum ? b.createOrFold<arith::AddIOp>(sum, scaled) : scaled;
  };
  for (auto [dim, operand] : llvm::enumerate(extract.getIndices())) {
    Value stride = emitter.stride(buffer, dim), index = isSmall(buffer, dim) ? narrowIndex(operand) : Value();
    if (index && isa<VectorType>(index.getType())) {
      accumulate(narrow, index, arith::ConstantIntOp::create(b, *getConstantIntValue(stride), 32));
      continue;
    }
    index = get(operand);
    if (isa<VectorType>(index.getType()))
      accumulate(wide, index, stride);
    else
      uniform = emitter.add(uniform, emitter.mul(index, stride));
  }
  if (!wide && !narrow)
    return memref::LoadOp::create(b, emitter.buffer(slot), uniform);
  if (wide && narrow)
    wide = b.createOrFold<arith::AddIOp>(wide, arith::IndexCastOp::create(b, wide.getType(), narrow).getResult());
  return emitter.gather(emitter.buffer(slot), uniform, wide ? wide : narrow, at.mask);
}

bool cpu::isHeavy(const KernelGeneric &generic) {
  return llvm::count_if(generic.body(), [](Operation &op) { return !isa<arith::ConstantOp>(op); }) > costs::manyOps;
}

void BodyWriter::inlineOp(Operation *op) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand));
  bool vector = llvm::any_of(operands, [](Value operand) { return isa<VectorType>(operand.getType()); });
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(vector ? VectorType::get({at.lanes}, type) : type);
  if (vector)
    for (Value &operand : operands)
      operand = emitter.broadcast(operand, at.lanes);
  OperationState state(emitter.b.getLoc(), op->getName(), operands, types);
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *inlined = emitter.b.create(state);
  for (auto [from, to] : llvm::zip_equal(op->getResults(), inlined->getResults()))
    values[from] = to;
}
