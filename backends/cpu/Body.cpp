// The scalar body of a generic, written for many lanes at once.
#include "backends/cpu/Body.h"
#include "backends/cpu/Costs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

Value Body::get(Value value) {
  if (Value known = values.lookup(value))
    return known;
  Value result = compute(value);
  values[value] = result;
  return result;
}

Value Body::compute(Value value) {
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
  if (const LoopSplit *split = findSplit(op))
    return emitter.cast(split->quotient, op->getResult(0).getType());
  if (const LoopSplit *split = findSplitOfRemainder(op))
    return along(split->loop, emitter.cast(split->remainder, op->getResult(0).getType()));
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
    if (Value narrow = castIndex(op))
      return narrow;
  inlineOp(op);
  return values[value];
}

Value Body::loadInput(BlockArgument argument) {
  const KernelOperand &input =
      *llvm::find_if(generic.inputs, [&](const KernelOperand &input) { return input.scalar == argument; });
  assert(input.buffer >= 0 && "a producer's value must be provided");
  const KernelBuffer &buffer = emitter.kernel.buffers[input.buffer];
  return emitter.load(emitter.buffer(input.buffer), emitter.address(buffer, input.map, at), at);
}

/// A number that advances with the index of a loop, from its value at lane 0: a scalar unless lanes run along the loop.
Value Body::along(int64_t loop, Value first) {
  if (loop != at.lane || at.width == 1)
    return first;
  Type type = first.getType();
  SmallVector<APInt> lanes;
  for (int64_t lane = 0; lane < at.width; ++lane)
    lanes.emplace_back(isa<IndexType>(type) ? IndexType::kInternalStorageBitWidth : type.getIntOrFloatBitWidth(),
                       lane * at.step);
  OpBuilder &b = emitter.b;
  Value steps =
      arith::ConstantOp::create(b, emitter.loc, DenseElementsAttr::get(VectorType::get({at.width}, type), lanes));
  return b.createOrFold<arith::AddIOp>(emitter.loc, emitter.broadcast(first, at.width), steps);
}

Value Body::index(int64_t loop) { return along(loop, at.index[loop] ? at.index[loop] : emitter.constant(0)); }

/// The lane loop's index in a narrower type: narrowed before lanes are added, so that vectors stay narrow. Null where
/// it is something else.
Value Body::castIndex(Operation *cast) {
  auto loop = cast->getOperand(0).getDefiningOp<linalg::IndexOp>();
  if (!loop || static_cast<int64_t>(loop.getDim()) != at.lane || at.width == 1)
    return {};
  Value first = at.index[at.lane] ? at.index[at.lane] : emitter.constant(0);
  return along(at.lane, emitter.cast(first, cast->getResult(0).getType()));
}

/// An index that was widened from 32 bits, before it was; null where it was not. Vectors of 32-bit offsets take half
/// the registers.
Value Body::narrowIndex(Value index) {
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

Value Body::extract(Operation *op) {
  if (at.lane >= 0 && at.width > 1) {
    if (Value run = extractRun(op))
      return run;
    if (Value run = extractByPhases(op))
      return run;
  }
  return gather(op);
}

Value Body::gather(Operation *op) {
  auto extract = cast<tensor::ExtractOp>(op);
  int64_t slot = emitter.kernel.getBuffer(extract.getTensor());
  const KernelBuffer &buffer = emitter.kernel.buffers[slot];
  OpBuilder &b = emitter.b;
  Value uniform = emitter.constant(0), wide, narrow;
  auto accumulate = [&](Value &sum, Value index, Value stride) {
    Value scaled = b.createOrFold<arith::MulIOp>(emitter.loc, index, emitter.broadcast(stride, at.width));
    sum = sum ? b.createOrFold<arith::AddIOp>(emitter.loc, sum, scaled) : scaled;
  };
  for (auto [dim, operand] : llvm::enumerate(extract.getIndices())) {
    Value stride = emitter.stride(buffer, dim), index = isSmall(buffer, dim) ? narrowIndex(operand) : Value();
    if (index && isa<VectorType>(index.getType())) {
      accumulate(narrow, index, arith::ConstantIntOp::create(b, emitter.loc, *getConstantIntValue(stride), 32));
      continue;
    }
    index = get(operand);
    if (isa<VectorType>(index.getType()))
      accumulate(wide, index, stride);
    else
      uniform = emitter.add(uniform, emitter.mul(index, stride));
  }
  if (!wide && !narrow)
    return memref::LoadOp::create(b, emitter.loc, emitter.buffer(slot), uniform);
  if (wide && narrow)
    wide = b.createOrFold<arith::AddIOp>(
        emitter.loc, wide, arith::IndexCastOp::create(b, emitter.loc, wide.getType(), narrow).getResult());
  return emitter.gather(emitter.buffer(slot), uniform, wide ? wide : narrow, at.mask);
}

bool cpu::isHeavy(const KernelGeneric &generic) {
  return llvm::count_if(generic.body(), [](Operation &op) { return !isa<arith::ConstantOp>(op); }) > costs::manyOps;
}

void Body::inlineOp(Operation *op) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand));
  bool vector = llvm::any_of(operands, [](Value operand) { return isa<VectorType>(operand.getType()); });
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(vector ? VectorType::get({at.width}, type) : type);
  if (vector)
    for (Value &operand : operands)
      operand = emitter.broadcast(operand, at.width);
  OperationState state(emitter.loc, op->getName(), operands, types);
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *inlined = emitter.b.create(state);
  for (auto [from, to] : llvm::zip_equal(op->getResults(), inlined->getResults()))
    values[from] = to;
}
