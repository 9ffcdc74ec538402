// The scalar body of a generic, written for many lanes at once.
#include "backends/cpu/Body.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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
    return emitter.size(argument.getArgNumber() - emitter.kernel.op->getRegion(0).getNumArguments() + emitter.kernel.getNumSizes());
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

Value Body::loadInput(BlockArgument argument) {
  const KernelOperand &input = *llvm::find_if(generic.inputs, [&](const KernelOperand &input) { return input.scalar == argument; });
  assert(input.buffer >= 0 && "a producer's value must be provided");
  const KernelBuffer &buffer = emitter.kernel.buffers[input.buffer];
  return emitter.load(emitter.buffer(input.buffer), emitter.address(buffer, input.map, at), at);
}

Value Body::index(int64_t loop) {
  Value first = at.index[loop] ? at.index[loop] : emitter.constant(0);
  if (loop != at.lane || at.width == 1)
    return first;
  Value lanes = emitter.lanes(at.width);
  return emitter.b.createOrFold<arith::AddIOp>(emitter.loc, emitter.broadcast(first, at.width), lanes);
}

/// The lane loop's index in a narrower type: narrowed before lanes are added, so that vectors stay narrow. Null where it is something else.
Value Body::castIndex(Operation *cast) {
  auto loop = cast->getOperand(0).getDefiningOp<linalg::IndexOp>();
  Type type = cast->getResult(0).getType();
  if (!loop || static_cast<int64_t>(loop.getDim()) != at.lane || at.width == 1)
    return {};
  OpBuilder &b = emitter.b;
  Value first = at.index[at.lane] ? at.index[at.lane] : emitter.constant(0);
  Value narrow = b.createOrFold<arith::IndexCastOp>(emitter.loc, type, first);
  SmallVector<APInt> lanes;
  for (int64_t lane = 0; lane < at.width; ++lane)
    lanes.emplace_back(type.getIntOrFloatBitWidth(), lane);
  auto vector = VectorType::get({at.width}, type);
  Value steps = arith::ConstantOp::create(b, emitter.loc, DenseElementsAttr::get(vector, lanes));
  return b.createOrFold<arith::AddIOp>(emitter.loc, emitter.broadcast(narrow, at.width), steps);
}

Value Body::extract(Operation *op) {
  auto extract = cast<tensor::ExtractOp>(op);
  int64_t slot = emitter.kernel.getBuffer(extract.getTensor());
  const KernelBuffer &buffer = emitter.kernel.buffers[slot];
  OpBuilder &b = emitter.b;
  Value uniform = emitter.constant(0), varying;
  for (auto [dim, operand] : llvm::enumerate(extract.getIndices())) {
    Value index = get(operand), stride = emitter.stride(buffer, dim);
    if (!isa<VectorType>(index.getType())) {
      uniform = emitter.add(uniform, emitter.mul(index, stride));
      continue;
    }
    Value scaled = b.createOrFold<arith::MulIOp>(emitter.loc, index, emitter.broadcast(stride, at.width));
    varying = varying ? b.createOrFold<arith::AddIOp>(emitter.loc, varying, scaled) : scaled;
  }
  if (!varying)
    return memref::LoadOp::create(b, emitter.loc, emitter.buffer(slot), uniform);
  return emitter.gather(emitter.buffer(slot), uniform, varying, at.mask);
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
