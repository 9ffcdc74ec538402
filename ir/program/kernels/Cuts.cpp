// From a kernel's body to the axes along which it may run in pieces.
#include "ir/program/kernels/Cuts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

namespace {

/// Follows one axis of the first result through the body, from the results to the arguments.
class CutFinder {
public:
  CutFinder(KernelOp kernel, unsigned axis) : kernel(kernel), axis(axis) {}
  std::optional<Cut> find();

private:
  bool seedResults();
  bool follow(Operation &op);
  bool follow(RootOpInterface root);
  bool follow(linalg::GenericOp generic);
  bool followIndices(linalg::GenericOp generic, unsigned loop);
  bool followIndex(Operation &op);
  bool followExtract(tensor::ExtractOp extract);
  bool shift(Operation &op, int64_t sign);
  bool isLastElement(Value bound);
  bool need(Value tensor, const Reach &reach);
  bool isFree(Value value) const { return !indices.contains(value); }
  bool checkSizes();
  std::optional<Cut> collect();

  KernelOp kernel;
  unsigned axis;
  int64_t size = -1;                           // the size argument of the axis
  Reach loopReach;                             // how the loop that is followed in a generic goes with the results
  DenseMap<Value, Reach> reaches;              // of tensors
  DenseMap<Value, Reach> indices;              // of a generic's body: values that go with the loop
  llvm::SmallSetVector<int64_t, 4> sizes;      // of the axes that are cut
  llvm::SmallPtrSet<OpOperand *, 8> clampUses; // of sizes, as the last element's index plus 1
};

} // namespace

/// `outer` of `inner`, where one of them is the identity.
static std::optional<Reach> compose(const Reach &outer, const Reach &inner) {
  if (!outer.isSame() && !inner.isSame())
    return std::nullopt;
  Reach result = outer.isSame() ? inner : outer;
  result.axis = inner.axis;
  return result;
}

std::optional<Cut> CutFinder::find() {
  if (!seedResults())
    return std::nullopt;
  for (Operation &op : llvm::reverse(kernel.getBody().front().without_terminator()))
    if (!follow(op))
      return std::nullopt;
  return checkSizes() ? collect() : std::nullopt;
}

/// Every result has the axis once: where its size is.
bool CutFinder::seedResults() {
  size = kernel.getResultSizes(0)[axis];
  if (size < 0)
    return false;
  for (auto [number, value] : llvm::enumerate(kernel.getBody().front().getTerminator()->getOperands())) {
    SmallVector<int64_t> resultSizes = kernel.getResultSizes(number);
    auto found = llvm::find(resultSizes, size);
    if (llvm::count(resultSizes, size) != 1 || !need(value, Reach{found - resultSizes.begin()}))
      return false;
  }
  sizes.insert(size);
  return true;
}

/// Notes what of a tensor is needed; false where that does not go with what was noted before.
bool CutFinder::need(Value tensor, const Reach &reach) {
  auto [entry, fresh] = reaches.try_emplace(tensor, reach);
  Reach &known = entry->second;
  if (fresh)
    return true;
  if (known.axis != reach.axis || known.stride != reach.stride || known.divisor != reach.divisor)
    return false;
  known.low = std::min(known.low, reach.low);
  known.high = std::max(known.high, reach.high);
  return true;
}

bool CutFinder::follow(Operation &op) {
  if (auto root = dyn_cast<RootOpInterface>(op))
    return follow(root);
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return follow(generic);
  if (auto fill = dyn_cast<linalg::FillOp>(op)) {
    auto found = reaches.find(fill.getResult(0));
    return found == reaches.end() || need(fill.getOutputs()[0], Reach(found->second));
  }
  return isa<tensor::EmptyOp, arith::ConstantOp>(op);
}

/// All results go along with one axis of it, element by element.
bool CutFinder::follow(RootOpInterface root) {
  std::optional<int64_t> rootAxis;
  for (Value result : root->getResults()) {
    auto found = reaches.find(result);
    if (found == reaches.end())
      continue;
    if (found->second.isWhole() || !found->second.isSame() ||
        rootAxis.value_or(found->second.axis) != found->second.axis)
      return false;
    rootAxis = found->second.axis;
  }
  for (auto [number, tensor] : llvm::enumerate(root.getTensors())) {
    std::optional<Reach> reach = rootAxis ? root.findReach(*rootAxis, number) : std::nullopt;
    if (!reach || !need(tensor, *reach))
      return false;
  }
  return true;
}

/// The results' axis is one of its parallel loops.
bool CutFinder::follow(linalg::GenericOp generic) {
  std::optional<unsigned> loop;
  for (OpResult result : generic->getResults()) {
    auto found = reaches.find(result);
    if (found == reaches.end())
      continue;
    if (found->second.isWhole())
      return false;
    auto dim = dyn_cast<AffineDimExpr>(generic.getIndexingMapMatchingResult(result).getResult(found->second.axis));
    if (!dim || loop.value_or(dim.getPosition()) != dim.getPosition())
      return false;
    loop = dim.getPosition();
    loopReach = found->second;
  }
  if (!loop || generic.getIteratorTypesArray()[*loop] != utils::IteratorType::parallel)
    return false;
  for (OpOperand &operand : generic->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    Reach reach;
    for (auto [position, expr] : llvm::enumerate(generic.getMatchingIndexingMap(&operand).getResults())) {
      if (!expr.isFunctionOfDim(*loop))
        continue;
      if (!isa<AffineDimExpr>(expr) || !reach.isWhole())
        return false;
      reach = loopReach;
      reach.axis = position;
    }
    if (!need(operand.get(), reach))
      return false;
  }
  return followIndices(generic, *loop);
}

/// What the body computes of the loop's index may be nothing but indices of what it reads.
bool CutFinder::followIndices(linalg::GenericOp generic, unsigned loop) {
  indices.clear();
  for (Operation &op : generic.getBody()->without_terminator()) {
    auto index = dyn_cast<linalg::IndexOp>(op);
    if (index && index.getDim() == loop)
      indices[index] = Reach{0};
    else if (auto extract = dyn_cast<tensor::ExtractOp>(op); extract ? !followExtract(extract) : !followIndex(op))
      return false;
  }
  return llvm::all_of(generic.getBody()->getTerminator()->getOperands(), [&](Value value) { return isFree(value); });
}

bool CutFinder::followExtract(tensor::ExtractOp extract) {
  Reach reach;
  for (auto [position, value] : llvm::enumerate(extract.getIndices())) {
    auto found = indices.find(value);
    if (found == indices.end())
      continue;
    std::optional<Reach> composed = compose(loopReach, found->second);
    if (!composed || !reach.isWhole())
      return false;
    reach = *composed;
    reach.axis = position;
  }
  return need(extract.getTensor(), reach);
}

/// An op of the body that may shift, spread or clamp the loop's index.
bool CutFinder::followIndex(Operation &op) {
  if (llvm::all_of(op.getOperands(), [&](Value value) { return isFree(value); }))
    return true;
  if (op.getNumOperands() != 2 || op.getNumRegions() != 0 || !indices.contains(op.getOperand(0)))
    return false;
  APInt number;
  bool isNumber = matchPattern(op.getOperand(1), m_ConstantInt(&number));
  Reach reach = indices[op.getOperand(0)];
  if (isa<arith::MinSIOp>(op) && isLastElement(op.getOperand(1))) {
    indices[op.getResult(0)] = reach;
    return true;
  }
  if (!isNumber)
    return false;
  if (isa<arith::AddIOp>(op))
    return shift(op, number.getSExtValue());
  if (isa<arith::SubIOp>(op))
    return shift(op, -number.getSExtValue());
  if (isa<arith::MaxSIOp>(op) && number.isZero()) {
    indices[op.getResult(0)] = reach;
    return true;
  }
  bool divides = isa<arith::DivSIOp, arith::DivUIOp, arith::FloorDivSIOp>(op) && number.isStrictlyPositive();
  if (!divides || reach.divisor != 1)
    return false;
  reach.divisor = number.getSExtValue();
  indices[op.getResult(0)] = reach;
  return true;
}

bool CutFinder::shift(Operation &op, int64_t by) {
  Reach reach = indices[op.getOperand(0)];
  if (reach.divisor != 1)
    return false;
  reach.low += by;
  reach.high += by;
  indices[op.getResult(0)] = reach;
  return true;
}

/// Whether the value is a size less 1: an index that is no larger is left alone inside a stretch.
bool CutFinder::isLastElement(Value bound) {
  auto sub = bound.getDefiningOp<arith::SubIOp>();
  auto argument = sub ? dyn_cast<BlockArgument>(sub.getLhs()) : BlockArgument();
  if (!argument || argument.getOwner() != &kernel.getBody().front() || !matchPattern(sub.getRhs(), m_One()) ||
      !llvm::all_of(sub->getUsers(), llvm::IsaPred<arith::MinSIOp>))
    return false;
  clampUses.insert(&sub.getLhsMutable());
  return true;
}

/// The sizes of the axes that are cut say nothing else.
bool CutFinder::checkSizes() {
  unsigned tensors = kernel.getNumTensorInputs();
  for (unsigned argument = 0; argument < tensors; ++argument) {
    auto found = reaches.find(kernel.getBody().getArgument(argument));
    if (found == reaches.end() || found->second.isWhole())
      continue;
    int64_t own = kernel.getArgumentSizes(argument)[found->second.axis];
    if (own < 0)
      return false;
    sizes.insert(own);
  }
  for (unsigned argument = 0; argument < tensors; ++argument) {
    auto found = reaches.find(kernel.getBody().getArgument(argument));
    int64_t cut = found == reaches.end() ? -1 : found->second.axis;
    for (auto [position, number] : llvm::enumerate(kernel.getArgumentSizes(argument)))
      if (static_cast<int64_t>(position) != cut && sizes.contains(number))
        return false;
  }
  return llvm::all_of(sizes, [&](int64_t number) {
    return llvm::all_of(kernel.getBody().getArgument(tensors + number).getUses(), [&](OpOperand &use) {
      return isa<tensor::EmptyOp>(use.getOwner()) || clampUses.contains(&use) || use.getOwner()->use_empty();
    });
  });
}

std::optional<Cut> CutFinder::collect() {
  Cut cut;
  for (unsigned argument = 0; argument < kernel.getNumTensorInputs(); ++argument)
    cut.reaches.push_back(reaches.lookup(kernel.getBody().getArgument(argument)));
  auto yielded = kernel.getBody().front().getTerminator()->getOperands();
  for (auto [tie, value] : llvm::zip_equal(kernel.getTies(), yielded)) {
    Reach reach = reaches.lookup(value);
    if (tie < 0)
      cut.reaches.push_back(reach);
    else if (cut.reaches[tie] != reach)
      return std::nullopt;
  }
  cut.sizes.assign(sizes.begin(), sizes.end());
  return cut;
}

SmallVector<Cut> program::findCuts(KernelOp kernel) {
  SmallVector<Cut> cuts;
  auto first = cast<RankedTensorType>(kernel.getResultTypes()[0]);
  for (unsigned axis : llvm::seq<unsigned>(first.getRank()))
    if (std::optional<Cut> cut = CutFinder(kernel, axis).find())
      cuts.push_back(std::move(*cut));
  return cuts;
}
