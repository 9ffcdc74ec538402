// Reads a `program.kernel` of a verified form into the view.
#include "backends/common/KernelView.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vae;

namespace vae {
class KernelReader {
public:
  explicit KernelReader(program::KernelOp op) { kernel.op = op; }
  LogicalResult read();
  KernelView kernel;

private:
  LogicalResult readBuffers();
  LogicalResult readGeneric(linalg::GenericOp op, KernelGeneric &generic, bool chooses = false);
  LogicalResult readInput(KernelGeneric &generic, OpOperand &operand);
  LogicalResult readResult(KernelGeneric &generic, OpResult result, bool chooses);
  LogicalResult readReduced(KernelGeneric &generic, KernelResult &result);
  LogicalResult readLoops(KernelGeneric &generic);
  LogicalResult checkBody(const KernelGeneric &generic);
  LogicalResult readRoot();
  LogicalResult readProduct();
  LogicalResult readChoice(linalg::GenericOp op);
  LogicalResult readOwnRoot(program::RootOpInterface op);
  void readWindows();
  void readAttention();
  void readBuffersOf(Value value, KernelResult &result);
  FailureOr<SmallVector<Extent, 4>> shapeOf(Value tensor);
};
} // namespace vae

static LogicalResult toExtents(program::KernelOp op, RankedTensorType type, ArrayRef<int64_t> sizes,
                               SmallVectorImpl<Extent> &shape) {
  if (sizes.size() != static_cast<size_t>(type.getRank()))
    return op.emitOpError() << "tensor " << type << " has " << sizes.size() << " entries in `program.sizes`";
  for (auto [fixed, size] : llvm::zip_equal(type.getShape(), sizes))
    shape.push_back(ShapedType::isDynamic(fixed) ? Extent{ShapedType::kDynamic, size} : Extent{fixed, -1});
  return success();
}

LogicalResult KernelReader::readBuffers() {
  program::KernelOp op = kernel.op;
  for (unsigned input = 0; input < op.getNumTensorInputs(); ++input) {
    KernelBuffer buffer;
    buffer.type = cast<RankedTensorType>(op.getArgumentTypes()[input]);
    buffer.read = true;
    if (auto layout = op.getArgAttrOfType<program::LayoutAttr>(input, program::layoutAttrName)) {
      if (layout.getValue() != program::Layout::panels32)
        return op.emitOpError() << "input " << input << " of type " << buffer.type << " has layout " << layout
                                << ", which no root reads";
      buffer.panels32 = true;
    }
    if (failed(toExtents(op, buffer.type, op.getArgumentSizes(input), buffer.shape)))
      return failure();
    kernel.buffers.push_back(std::move(buffer));
  }
  Operation *yield = op.getBody().front().getTerminator();
  for (auto [result, tie] : llvm::enumerate(op.getTies())) {
    if (!isa_and_nonnull<linalg::GenericOp, program::RootOpInterface>(yield->getOperand(result).getDefiningOp()))
      return op.emitOpError() << "result " << result << " comes from neither a generic nor the root";
    if (tie >= 0) {
      kernel.buffers[tie].written = true;
      continue;
    }
    KernelBuffer buffer;
    buffer.type = cast<RankedTensorType>(op.getResultTypes()[result]);
    buffer.written = true;
    if (failed(toExtents(op, buffer.type, op.getResultSizes(result), buffer.shape)))
      return failure();
    kernel.buffers.push_back(std::move(buffer));
  }
  return success();
}

/// The shape of a value inside the kernel, traced to arguments and `tensor.empty`.
FailureOr<SmallVector<Extent, 4>> KernelReader::shapeOf(Value tensor) {
  if (int64_t buffer = kernel.getBuffer(tensor); buffer >= 0)
    return kernel.buffers[buffer].shape;
  Operation *op = tensor.getDefiningOp();
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(op))
    return shapeOf(fill.getOutputs()[0]);
  if (auto generic = dyn_cast_or_null<linalg::GenericOp>(op))
    return shapeOf(generic.getOutputs()[cast<OpResult>(tensor).getResultNumber()]);
  if (auto root = dyn_cast_or_null<program::RootOpInterface>(op))
    return shapeOf(root.getInto(cast<OpResult>(tensor).getResultNumber()));
  auto empty = dyn_cast_or_null<tensor::EmptyOp>(op);
  if (!empty)
    return kernel.op.emitOpError() << "cannot tell the shape of " << tensor;
  SmallVector<Extent, 4> shape;
  unsigned dynamic = 0;
  for (int64_t fixed : empty.getType().getShape()) {
    shape.push_back({fixed, -1});
    if (!ShapedType::isDynamic(fixed))
      continue;
    Value size = empty.getDynamicSizes()[dynamic++];
    if (auto argument = dyn_cast<BlockArgument>(size)) {
      shape.back().size = argument.getArgNumber() - kernel.op.getNumTensorInputs();
    } else if (auto dim = size.getDefiningOp<tensor::DimOp>(); dim && dim.getConstantIndex()) {
      FailureOr<SmallVector<Extent, 4>> source = shapeOf(dim.getSource());
      if (failed(source))
        return failure();
      shape.back() = (*source)[*dim.getConstantIndex()];
    } else {
      return empty.emitOpError() << "size " << size << " is not an argument of the kernel";
    }
  }
  return shape;
}

LogicalResult KernelReader::readLoops(KernelGeneric &generic) {
  generic.loops.resize(generic.op.getNumLoops());
  llvm::SmallBitVector known(generic.loops.size());
  auto use = [&](Value tensor, AffineMap map) -> LogicalResult {
    FailureOr<SmallVector<Extent, 4>> shape = shapeOf(tensor);
    if (failed(shape))
      return failure();
    for (auto [expr, extent] : llvm::zip_equal(map.getResults(), *shape)) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      // A static length is worth more than a run-time one that must equal it.
      if (!dim || (known[dim.getPosition()] && !extent.isStatic()))
        continue;
      known.set(dim.getPosition());
      generic.loops[dim.getPosition()] = extent;
    }
    return success();
  };
  for (OpOperand &operand : generic.op->getOpOperands())
    if (failed(use(operand.get(), generic.op.getMatchingIndexingMap(&operand))))
      return failure();
  return known.all() ? success() : generic.op.emitOpError() << "has a loop whose length no operand gives";
}

/// Loops and zeros only: what both backends can address.
static LogicalResult checkMap(linalg::GenericOp op, AffineMap map) {
  llvm::SmallBitVector seen(map.getNumDims());
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if ((!dim || seen[dim.getPosition()]) && (!constant || constant.getValue() != 0))
      return op.emitOpError() << "map " << AffineMapAttr::get(map) << " is not a projected permutation";
    if (dim)
      seen.set(dim.getPosition());
  }
  return success();
}

LogicalResult KernelReader::readInput(KernelGeneric &generic, OpOperand &operand) {
  KernelOperand input;
  input.operand = &operand;
  input.map = generic.op.getMatchingIndexingMap(&operand);
  input.scalar = generic.op.getMatchingBlockArgument(&operand);
  input.buffer = kernel.getBuffer(operand.get());
  if (failed(checkMap(generic.op, input.map)))
    return failure();
  if (input.buffer < 0) {
    input.producer = dyn_cast<OpResult>(operand.get());
    if (!input.producer || input.producer.getOwner()->getBlock() != generic.op->getBlock())
      return generic.op.emitOpError() << "operand " << operand.getOperandNumber()
                                      << " is neither an argument nor another op's result";
  }
  generic.inputs.push_back(input);
  return success();
}

LogicalResult KernelReader::readReduced(KernelGeneric &generic, KernelResult &result) {
  result.combiner = result.yielded.getDefiningOp();
  if (!result.combiner || result.combiner->getNumOperands() != 2 || result.combiner->getBlock() != &generic.body())
    return generic.op.emitOpError() << "reduces with something that is not one operation on two values";
  bool first = result.combiner->getOperand(0) == result.accumulator;
  result.term = result.combiner->getOperand(first ? 1 : 0);
  if (!first && result.combiner->getOperand(1) != result.accumulator)
    return generic.op.emitOpError() << "reduces with an operation that does not take the accumulator";
  return result.accumulator.hasOneUse() ? success()
                                        : generic.op.emitOpError() << "uses an accumulator beside its reduction";
}

/// The ABI buffers that hold the value.
void KernelReader::readBuffersOf(Value value, KernelResult &result) {
  unsigned untied = kernel.op.getNumTensorInputs();
  Operation *yield = kernel.op.getBody().front().getTerminator();
  for (auto [index, tie] : llvm::enumerate(kernel.op.getTies())) {
    int64_t buffer = tie >= 0 ? tie : untied++;
    if (yield->getOperand(index) == value)
      result.buffers.push_back(buffer);
  }
}

/// Reads one result; with `chooses`, how it accumulates is left to the caller.
LogicalResult KernelReader::readResult(KernelGeneric &generic, OpResult opResult, bool chooses) {
  OpOperand *out = generic.op.getDpsInitOperand(opResult.getResultNumber());
  BlockArgument argument = generic.op.getMatchingBlockArgument(out);
  KernelResult result;
  result.map = generic.op.getMatchingIndexingMap(out);
  result.yielded = generic.body().getTerminator()->getOperand(opResult.getResultNumber());
  result.element = getElementTypeOrSelf(opResult.getType());
  if (failed(checkMap(generic.op, result.map)))
    return failure();
  for (unsigned loop = 0; loop < result.map.getNumDims(); ++loop)
    result.reduced |= !result.map.isFunctionOfDim(loop);
  readBuffersOf(opResult, result);
  if (result.reduced) {
    result.accumulator = argument;
    auto fill = out->get().getDefiningOp<linalg::FillOp>();
    if (!fill || !matchPattern(fill.getInputs()[0], m_Constant(&result.neutral)))
      return generic.op.emitOpError() << "reduces into a value that is not filled with a constant";
    if (!chooses && failed(readReduced(generic, result)))
      return failure();
  } else if (!argument.use_empty()) {
    return generic.op.emitOpError() << "reads its own result " << opResult.getResultNumber();
  }
  generic.results.push_back(std::move(result));
  return success();
}

LogicalResult KernelReader::checkBody(const KernelGeneric &generic) {
  for (Operation &op : generic.body().without_terminator()) {
    if (!program::isScalarOp(&op))
      return op.emitOpError() << "has no place in a kernel's body";
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    if (!extract)
      continue;
    int64_t buffer = kernel.getBuffer(extract.getTensor());
    if (buffer < 0 || kernel.buffers[buffer].written || kernel.buffers[buffer].panels32)
      return op.emitOpError() << "reads a tensor that is not a plain read-only argument";
  }
  return success();
}

LogicalResult KernelReader::readGeneric(linalg::GenericOp op, KernelGeneric &generic, bool chooses) {
  generic.op = op;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (failed(readInput(generic, *operand)))
      return failure();
  for (OpResult result : op->getResults())
    if (failed(readResult(generic, result, chooses)))
      return failure();
  return success(succeeded(readLoops(generic)) && succeeded(checkBody(generic)));
}

/// The loops that the form names; an input in the other order than (m, k) or (k, n) is transposed.
LogicalResult KernelReader::readProduct() {
  GemmForm &form = kernel.gemm;
  program::FormAttr roles = kernel.op.getFormAttr();
  form.m = *roles.findLoop("m");
  form.n = *roles.findLoop("n");
  form.k = *roles.findLoop("k");
  for (unsigned loop = 0; loop < kernel.root.loops.size(); ++loop)
    if (loop != form.m && loop != form.n && loop != form.k)
      form.batch.push_back(loop);
  auto endsIn = [&](unsigned side, unsigned loop) {
    AffineMap map = kernel.root.inputs[side].map;
    return map.getResults().back() == getAffineDimExpr(loop, map.getContext());
  };
  form.lhsTransposed = endsIn(0, form.m);
  form.rhsTransposed = endsIn(1, form.k);
  form.chooses = kernel.root.results[0].term.getDefiningOp<arith::SelectOp>() != nullptr;
  for (unsigned side = 0; side < 2; ++side)
    if (OpResult producer = kernel.root.inputs[side].producer)
      if (failed(readGeneric(cast<linalg::GenericOp>(producer.getOwner()), kernel.prologues[side].emplace())))
        return failure();
  return success();
}

LogicalResult KernelReader::readChoice(linalg::GenericOp op) {
  KernelGeneric &choice = kernel.nearestCode.choice;
  if (failed(readGeneric(op, choice, /*chooses=*/true)))
    return failure();
  kernel.nearestCode.score = choice.results[0].yielded.getDefiningOp<arith::SelectOp>().getTrueValue();
  return success();
}

/// A root that is an op of its own reads arguments; its first result's axes are the loops that an epilogue runs over.
LogicalResult KernelReader::readOwnRoot(program::RootOpInterface op) {
  for (Value operand : op.getTensors()) {
    kernel.operands.push_back(kernel.getBuffer(operand));
    if (kernel.operands.back() < 0)
      return op->emitOpError() << "reads a tensor that is not an argument of the kernel";
  }
  FailureOr<SmallVector<Extent, 4>> shape = shapeOf(op->getResult(0));
  if (failed(shape))
    return failure();
  kernel.root.loops.assign(shape->begin(), shape->end());
  for (OpResult value : op->getResults()) {
    auto type = cast<RankedTensorType>(value.getType());
    KernelResult result;
    result.map = AffineMap::getMultiDimIdentityMap(type.getRank(), op->getContext());
    result.element = type.getElementType();
    readBuffersOf(value, result);
    kernel.root.results.push_back(std::move(result));
  }
  return success();
}

/// What roots of attention say of themselves.
void KernelReader::readAttention() {
  AttentionForm &form = kernel.attention;
  auto read = [&](auto op) {
    form.query = kernel.getBuffer(op.getQuery());
    form.key = kernel.getBuffer(op.getKey());
    form.value = kernel.getBuffer(op.getValue());
    form.mask = op.getMask() ? kernel.getBuffer(op.getMask()) : -1;
    form.heads = op.getHeads();
    form.kvHeads = op.getKvHeads();
    form.width = kernel.buffers[form.query].shape[2].fixed / form.heads;
    form.valueWidth = kernel.buffers[form.value].shape[2].fixed / form.kvHeads;
    form.causal = op.getCausal();
    form.scale = op.getScale().convertToDouble();
    form.functions = &op.getFunctions().front();
  };
  auto readGradient = [&](auto op) {
    read(op);
    form.gradient = kernel.getBuffer(op.getGradient());
    form.sums = kernel.getBuffer(op.getSums());
    form.deltas = kernel.getBuffer(op.getDeltas());
  };
  llvm::TypeSwitch<Operation *>(kernel.rootOp)
      .Case([&](program::AttentionOp op) { read(op); })
      .Case<program::AttentionQueryGradientOp, program::AttentionKeyGradientOp>(readGradient);
}

/// What roots over windows say of them.
void KernelReader::readWindows() {
  ConvolutionForm &form = kernel.convolution;
  auto read = [&](auto op, int64_t picture, int64_t other) {
    form.rows = op.getRows();
    form.columns = op.getColumns();
    form.picture = kernel.operands[picture];
    form.other = kernel.operands[other];
  };
  if (auto convolution = dyn_cast<program::ConvolutionOp>(kernel.rootOp)) {
    read(convolution, 0, 1);
    form.groups = kernel.buffers[form.other].shape[0].fixed;
  } else if (auto gradient = dyn_cast<program::FilterGradientOp>(kernel.rootOp)) {
    read(gradient, 1, 0);
    form.groups = kernel.root.loops[0].fixed;
  }
}

LogicalResult KernelReader::readRoot() {
  kernel.rootOp = kernel.op.findPart("root");
  if (auto own = dyn_cast<program::RootOpInterface>(kernel.rootOp)) {
    if (failed(readOwnRoot(own)))
      return failure();
    readWindows();
    readAttention();
    return success();
  }
  if (failed(readGeneric(cast<linalg::GenericOp>(kernel.rootOp), kernel.root)))
    return failure();
  bool multiplies = kernel.form == KernelForm::Gemm || kernel.form == KernelForm::NearestCode;
  return multiplies ? readProduct() : success();
}

LogicalResult KernelReader::read() {
  program::FormAttr form = kernel.op.getFormAttr();
  if (!form)
    return kernel.op.emitOpError() << "has no form";
  kernel.form = form.getKind();
  if (failed(readBuffers()) || failed(readRoot()))
    return failure();
  if (auto choice = cast_or_null<linalg::GenericOp>(kernel.op.findPart("choice")); choice && failed(readChoice(choice)))
    return failure();
  auto epilogue = cast_or_null<linalg::GenericOp>(kernel.op.findPart("epilogue"));
  return epilogue ? readGeneric(epilogue, kernel.epilogue.emplace()) : success();
}

FailureOr<KernelView> KernelView::read(program::KernelOp op) {
  KernelReader reader(op);
  if (failed(reader.read()))
    return failure();
  return std::move(reader.kernel);
}
