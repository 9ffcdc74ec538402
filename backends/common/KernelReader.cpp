// Reads a `program.kernel` into the view and checks that it has one of the canonical forms.
#include "backends/common/KernelView.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

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
  LogicalResult classify();
  LogicalResult readWindows(Operation *op);
  void readBuffersOf(OpResult value, KernelResult &result);
  LogicalResult readGemm();
  LogicalResult readNearestCode(linalg::GenericOp choice);
  LogicalResult readEpilogue(linalg::GenericOp op);
  LogicalResult checkReduction();
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
    if (!isa_and_nonnull<linalg::GenericOp, program::ConvolutionOp, program::FilterGradientOp>(
            yield->getOperand(result).getDefiningOp()))
      return op.emitOpError() << "result " << result << " comes from neither a generic nor a root over windows";
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
  if (isa_and_nonnull<program::ConvolutionOp, program::FilterGradientOp>(op))
    return shapeOf(op->getOperand(2));
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
void KernelReader::readBuffersOf(OpResult value, KernelResult &result) {
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
    if (isa<linalg::IndexOp, math::SqrtOp, math::AbsFOp, math::FloorOp, math::FmaOp>(op) ||
        isa<arith::ArithDialect>(op.getDialect()))
      continue;
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    if (!extract)
      return op.emitOpError() << "has no place in a kernel's body";
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

/// The body `accumulator + a * b` on the two inputs.
static bool isMultiplyAdd(const KernelGeneric &generic) {
  if (generic.inputs.size() != 2 || generic.results.size() != 1 || !generic.results[0].reduced)
    return false;
  auto mul = generic.results[0].term.getDefiningOp<arith::MulFOp>();
  Value a = generic.inputs[0].scalar, b = generic.inputs[1].scalar;
  return mul && isa<arith::AddFOp>(generic.results[0].combiner) &&
         matchPattern(generic.results[0].neutral, m_AnyZeroFloat()) &&
         ((mul.getLhs() == a && mul.getRhs() == b) || (mul.getLhs() == b && mul.getRhs() == a));
}

/// Fills the form where the maps are those of a matrix product; false where they are not.
static bool matchGemm(const KernelGeneric &root, GemmForm &form) {
  AffineMap lhs = root.inputs[0].map, rhs = root.inputs[1].map, out = root.results[0].map;
  unsigned rank = out.getNumResults();
  if (rank < 2 || root.loops.size() != rank + 1 || !out.isProjectedPermutation())
    return false;
  SmallVector<unsigned> kept;
  for (AffineExpr expr : out.getResults())
    kept.push_back(cast<AffineDimExpr>(expr).getPosition());
  form.n = kept.pop_back_val();
  form.m = kept.pop_back_val();
  form.batch.assign(kept.begin(), kept.end());
  for (unsigned loop = 0; loop < root.loops.size(); ++loop)
    if (!out.isFunctionOfDim(loop))
      form.k = loop;
  // An input may be the same along batch loops.
  auto is = [&](AffineMap map, unsigned row, unsigned column) {
    SmallVector<unsigned> loops;
    llvm::copy_if(form.batch, std::back_inserter(loops), [&](unsigned loop) { return map.isFunctionOfDim(loop); });
    loops.append({row, column});
    return map == AffineMap::getMultiDimMapWithTargets(map.getNumDims(), loops, map.getContext());
  };
  form.lhsTransposed = is(lhs, form.k, form.m);
  form.rhsTransposed = is(rhs, form.n, form.k);
  return is(out, form.m, form.n) && (form.lhsTransposed || is(lhs, form.m, form.k)) &&
         (form.rhsTransposed || is(rhs, form.k, form.n));
}

LogicalResult KernelReader::readGemm() {
  kernel.form = KernelForm::Gemm;
  for (unsigned side = 0; side < 2; ++side) {
    KernelOperand &input = kernel.root.inputs[side];
    if (input.producer) {
      KernelGeneric prologue;
      auto op = cast<linalg::GenericOp>(input.producer.getOwner());
      if (failed(readGeneric(op, prologue)))
        return failure();
      if (prologue.results.size() != 1 || prologue.results[0].reduced || !prologue.results[0].map.isIdentity())
        return op.emitOpError() << "is no prologue: it needs one result in the order of its loops";
      kernel.prologues[side] = std::move(prologue);
    } else if (kernel.buffers[input.buffer].panels32 && (side == 0 || !kernel.gemm.rhsTransposed)) {
      return kernel.root.op.emitOpError() << "reads a `panels32` input that is not its right side in (n, k) order";
    }
  }
  return success();
}

/// The score where the body is `less = score < best; yield less ? score : best, less ? index(n) : code`, started at
/// infinity and zero; null where it is something else.
static Value matchChoice(const KernelGeneric &choice) {
  if (choice.results.size() != 2 || choice.op.getNumLoops() == 0)
    return {};
  const KernelResult &best = choice.results[0], &code = choice.results[1];
  auto keepBest = best.yielded.getDefiningOp<arith::SelectOp>(),
       keepCode = code.yielded.getDefiningOp<arith::SelectOp>();
  if (!best.reduced || !code.reduced || !keepBest || !keepCode)
    return {};
  auto less = keepBest.getCondition().getDefiningOp<arith::CmpFOp>();
  auto number = keepCode.getTrueValue().getDefiningOp<arith::IndexCastOp>();
  auto index = number ? number.getIn().getDefiningOp<linalg::IndexOp>() : linalg::IndexOp();
  bool fits = less && less.getPredicate() == arith::CmpFPredicate::OLT && less.getRhs() == best.accumulator &&
              less.getLhs() == keepBest.getTrueValue() && keepBest.getFalseValue() == best.accumulator &&
              keepCode.getCondition() == less && keepCode.getFalseValue() == code.accumulator && index &&
              index.getDim() + 1 == choice.op.getNumLoops() && code.element.isInteger(32) &&
              best.accumulator.hasNUses(2) && code.accumulator.hasOneUse();
  return fits && matchPattern(best.neutral, m_PosInfFloat()) && matchPattern(code.neutral, m_Zero())
             ? keepBest.getTrueValue()
             : Value();
}

/// The root's products are read by the choice alone, at their own place.
LogicalResult KernelReader::readNearestCode(linalg::GenericOp op) {
  const GemmForm &form = kernel.gemm;
  KernelGeneric &choice = kernel.nearestCode.choice;
  if (kernel.form != KernelForm::Gemm || kernel.prologues[0] || kernel.prologues[1] || !form.rhsTransposed ||
      kernel.root.inputs[1].map.getNumResults() != 2 || kernel.buffers[kernel.root.inputs[1].buffer].panels32)
    return op.emitOpError() << "chooses among what is no product of plain rows and an (n, k) table";
  if (failed(readGeneric(op, choice, /*chooses=*/true)))
    return failure();
  kernel.form = KernelForm::NearestCode;
  kernel.nearestCode.score = matchChoice(choice);
  unsigned rank = choice.loops.size();
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank, op.getContext());
  bool fits = kernel.nearestCode.score && kernel.root.results[0].buffers.empty() && choice.results[0].buffers.empty() &&
              choice.results[0].map == all.dropResult(rank - 1) && choice.results[1].map == choice.results[0].map;
  for (const KernelOperand &input : choice.inputs)
    fits &= !input.producer || (input.producer.getOwner() == kernel.root.op && input.map == all);
  return fits ? success() : op.emitOpError() << "is no choice of the least score along its last loop";
}

/// A root over windows reads two arguments; its result's axes are the loops that an epilogue runs over.
LogicalResult KernelReader::readWindows(Operation *op) {
  auto convolution = dyn_cast<program::ConvolutionOp>(op);
  auto gradient = dyn_cast<program::FilterGradientOp>(op);
  kernel.form = convolution ? KernelForm::Convolution : KernelForm::FilterGradient;
  ConvolutionForm &form = kernel.convolution;
  form.rows = convolution ? convolution.getRows() : gradient.getRows();
  form.columns = convolution ? convolution.getColumns() : gradient.getColumns();
  form.picture = kernel.getBuffer(convolution ? convolution.getX() : gradient.getX());
  form.other = kernel.getBuffer(convolution ? convolution.getFilter() : gradient.getGradient());
  if (form.picture < 0 || form.other < 0)
    return op->emitOpError() << "reads a tensor that is not an argument of the kernel";
  FailureOr<SmallVector<Extent, 4>> shape = shapeOf(op->getResult(0));
  if (failed(shape))
    return failure();
  form.groups = convolution ? kernel.buffers[form.other].shape[0].fixed : shape->front().fixed;
  kernel.root.loops.assign(shape->begin(), shape->end());
  KernelResult result;
  result.map = AffineMap::getMultiDimIdentityMap(shape->size(), op->getContext());
  result.element = getElementTypeOrSelf(op->getResult(0).getType());
  readBuffersOf(cast<OpResult>(op->getResult(0)), result);
  kernel.root.results.push_back(std::move(result));
  kernel.rootOp = op;
  return success();
}

LogicalResult KernelReader::readEpilogue(linalg::GenericOp op) {
  kernel.epilogue.emplace();
  KernelGeneric &epilogue = *kernel.epilogue;
  if (failed(readGeneric(op, epilogue)))
    return failure();
  if (kernel.form == KernelForm::Elementwise)
    return op.emitOpError() << "is an epilogue without a reduction";
  bool chooses = kernel.form == KernelForm::NearestCode;
  OpResult chosen = chooses ? cast<OpResult>(kernel.nearestCode.choice.op->getResult(1)) : OpResult();
  if (chooses && epilogue.loops.size() != kernel.nearestCode.choice.loops.size())
    return op.emitOpError() << "does not run over batch, m and k";
  // Where codes are chosen, the last loop is the one that neither the choice nor its result has.
  AffineMap kept = AffineMap::getMultiDimIdentityMap(epilogue.loops.size(), op.getContext());
  kept = chooses ? kept.dropResult(kept.getNumResults() - 1) : kept;
  for (const KernelResult &result : epilogue.results)
    if (result.reduced && (!chooses || result.map != kept))
      return op.emitOpError() << "is an epilogue that reduces";
  for (const KernelOperand &input : epilogue.inputs)
    if (input.producer &&
        (chooses ? input.producer != chosen || input.map != kept : input.producer.getOwner() != kernel.rootOp))
      return op.emitOpError() << "reads something that is not the root's result";
  return success();
}

LogicalResult KernelReader::checkReduction() {
  kernel.form = KernelForm::Reduction;
  AffineMap map;
  for (const KernelResult &result : kernel.root.results) {
    if (!result.reduced)
      continue;
    if (map && map != result.map)
      return kernel.root.op.emitOpError() << "reduces over two different spaces";
    map = result.map;
  }
  for (unsigned loop = 0; loop < kernel.root.loops.size(); ++loop)
    if (!map || kernel.root.isReduction(loop) == map.isFunctionOfDim(loop))
      return kernel.root.op.emitOpError() << "has reduction iterators that differ from its results' maps";
  return success();
}

LogicalResult KernelReader::classify() {
  bool reduces = llvm::any_of(kernel.root.results, [](const KernelResult &result) { return result.reduced; });
  if (reduces && isMultiplyAdd(kernel.root) && matchGemm(kernel.root, kernel.gemm))
    return readGemm();
  for (const KernelOperand &input : kernel.root.inputs) {
    if (input.producer)
      return kernel.root.op.emitOpError() << "has a prologue but is no gemm";
    if (kernel.buffers[input.buffer].panels32)
      return kernel.root.op.emitOpError() << "reads a `panels32` input but is no gemm";
  }
  return reduces ? checkReduction() : success();
}

LogicalResult KernelReader::read() {
  if (failed(readBuffers()))
    return failure();
  linalg::GenericOp root, choice, epilogue;
  Operation *windows = nullptr;
  for (Operation &op : kernel.op.getBody().front()) {
    if (!isa<arith::ConstantOp, arith::IndexCastOp, tensor::EmptyOp, tensor::DimOp, linalg::FillOp, linalg::GenericOp,
             program::YieldOp, program::ConvolutionOp, program::FilterGradientOp>(op))
      return op.emitOpError() << "has no place in a kernel";
    if (isa<program::ConvolutionOp, program::FilterGradientOp>(op)) {
      if (windows)
        return op.emitOpError() << "is a second root";
      windows = &op;
    }
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (!generic)
      continue;
    auto role = op.getAttrOfType<StringAttr>(program::roleAttrName);
    StringRef name = role ? role.getValue() : "";
    if ((name == "root" && root) || (name == "choice" && choice) || (name == "epilogue" && epilogue) ||
        !llvm::is_contained({"root", "choice", "epilogue", "prologue"}, name))
      return op.emitOpError() << "has a role \"" << name << "\" that is unknown or taken";
    if (name == "root")
      root = generic;
    if (name == "choice")
      choice = generic;
    if (name == "epilogue")
      epilogue = generic;
  }
  if (!root == !windows)
    return kernel.op.emitOpError() << (root ? "has two roots" : "has no root");
  kernel.rootOp = root;
  if (windows ? failed(readWindows(windows)) : failed(readGeneric(root, kernel.root)) || failed(classify()))
    return failure();
  if (choice && failed(readNearestCode(choice)))
    return failure();
  return epilogue ? readEpilogue(epilogue) : success();
}

FailureOr<KernelView> KernelView::read(program::KernelOp op) {
  KernelReader reader(op);
  if (failed(reader.read()))
    return failure();
  return std::move(reader.kernel);
}
