// The dependence graph of a flat function, with cheap values looked through.
#include "passes/fused/Clusters.h"

using namespace mlir;
using namespace vae;

/// The most scalar ops that a kernel repeats to avoid storing a value, and what one draw of noise counts.
static constexpr unsigned maxRecomputedOps = 24, noiseOps = 10;

DependenceGraph::DependenceGraph(func::FuncOp function) {
  Block &block = function.getBody().front();
  findRequired(block);
  for (Operation &op : block)
    findCheap(&op);
  for (auto reduction : block.getOps<ReductionOpInterface>())
    storeBroadcasts(reduction);
  for (Operation &op : block)
    if (OpRole role = getRole(&op); role != OpRole::Host && role != OpRole::View && !isCheap(&op))
      addNode(&op);
  orderUpdates(block);
}

/// Values that contractions, searches and host ops read. A view that must be in memory needs its operand there; it
/// costs nothing then.
void DependenceGraph::findRequired(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    OpRole role = getRole(&op);
    bool stored = role == OpRole::Host || role == OpRole::Contraction || role == OpRole::NearestCode ||
                  (role == OpRole::View && isRequired(op.getResult(0)));
    if (stored)
      for (Value operand : op.getOperands()) {
        bool through = role == OpRole::Contraction && isReadThrough(operand);
        through ? required.insert_range(operand.getDefiningOp()->getOperands()) : void(required.insert(operand));
      }
  }
}

/// Whether the leaf is about as large as the op's result, so that reading it costs as much as reading the result.
static bool isFull(Value leaf, Operation *op) {
  return getNominalElements(getShape(leaf)) * 8 > getNominalElements(getShape(op->getResult(0)));
}

void DependenceGraph::findCheap(Operation *op) {
  OpRole role = getRole(op);
  if ((role != OpRole::Elementwise && role != OpRole::View) ||
      llvm::any_of(op->getResults(), [&](Value value) { return isRequired(value); }))
    return;
  Recipe recipe;
  for (Value operand : op->getOperands())
    if (auto found = cheap.find(operand.getDefiningOp()); found != cheap.end()) {
      recipe.leaves.insert_range(found->second.leaves);
      recipe.ops.insert_range(found->second.ops);
    } else {
      recipe.leaves.insert(operand);
    }
  if (role == OpRole::Elementwise)
    recipe.ops.insert(op);
  if (role == OpRole::View || isReadThrough(op->getResult(0)) || isWorthRecomputing(op, recipe))
    cheap[op] = std::move(recipe);
}

/// Few ops over at most one stored tensor of its own size. What follows a contraction or reduction is better done where
/// that ends.
bool DependenceGraph::isWorthRecomputing(Operation *op, const Recipe &recipe) const {
  unsigned cost = 0, full = 0;
  for (Operation *part : recipe.ops)
    cost += isa<NoiseOpInterface>(part) ? noiseOps : cast<ScalarBodyOpInterface>(part).getBodyCost();
  for (Value leaf : recipe.leaves) {
    Operation *producer = leaf.getDefiningOp();
    bool anchor = producer && isa<ContractionOpInterface, ReductionOpInterface>(producer);
    if (anchor && getShape(leaf) == getShape(op->getResult(0)))
      return false;
    full += isFull(leaf, op);
  }
  return cost <= maxRecomputedOps && full <= 1;
}

/// The axis before a view of what is one of its axes; none for an axis of one.
static std::optional<int64_t> throughView(const Shape &operand, const Shape &result, int64_t axis) {
  if (result[axis] == Size(1))
    return std::nullopt;
  auto isWide = [](const Size &size) { return size != Size(1); };
  int64_t position = std::count_if(result.begin(), result.begin() + axis, isWide);
  for (auto [own, size] : llvm::enumerate(operand))
    if (isWide(size) && position-- == 0)
      return own;
  return std::nullopt;
}

bool DependenceGraph::isReadAlong(Value value, int64_t axis, llvm::function_ref<bool(Operation *)> inside) const {
  Operation *producer = value.getDefiningOp();
  if (!producer || (!isCheap(producer) && !inside(producer)))
    return true;
  Shape shape = getShape(value);
  if (getRole(producer) == OpRole::View) {
    Value viewed = producer->getOperand(0);
    std::optional<int64_t> own = throughView(getShape(viewed), shape, axis);
    return own && isReadAlong(viewed, *own, inside);
  }
  return llvm::any_of(producer->getOpOperands(), [&](OpOperand &operand) {
    Shape own = getShape(operand.get());
    int64_t ownAxis = axis - static_cast<int64_t>(shape.size() - own.size());
    return !isIndexed(operand) && ownAxis >= 0 && own[ownAxis] == shape[axis] &&
           isReadAlong(operand.get(), ownAxis, inside);
  });
}

/// A loop's length comes from the tensors read along it, so a value that only repeats along a folded axis must be one.
void DependenceGraph::storeBroadcasts(ReductionOpInterface reduction) {
  auto none = [](Operation *) { return false; };
  for (int64_t axis : reduction.getReducedAxes())
    if (!isReadAlong(reduction->getOperand(0), axis, none))
      forceStored(reduction->getOperand(0));
}

void DependenceGraph::forceStored(Value value) {
  required.insert(value);
  Operation *producer = value.getDefiningOp();
  if (!producer || !cheap.erase(producer))
    return;
  if (getRole(producer) == OpRole::View)
    forceStored(producer->getOperand(0));
}

void DependenceGraph::addNode(Operation *op) {
  numbers[op] = nodes.size();
  Node node{op, {}, {}};
  DenseMap<Value, bool> seen;
  for (OpOperand &operand : op->getOpOperands()) {
    bool direct = !isa<ContractionOpInterface, NearestCodeOpInterface>(op) && !isIndexed(operand);
    bool sameShape = isa<ReductionOpInterface>(op) || getShape(operand.get()) == getShape(op->getResult(0));
    collect(operand.get(), direct && sameShape, node, seen);
  }
  nodes.push_back(std::move(node));
}

/// Adds what the value is read from: itself where it is stored, else the leaves of its recipe.
void DependenceGraph::collect(Value value, bool aligned, Node &node, DenseMap<Value, bool> &seen) {
  auto [entry, fresh] = seen.try_emplace(value, aligned);
  if (!fresh && (entry->second == aligned || !entry->second))
    return;
  entry->second = aligned;
  Operation *producer = value.getDefiningOp();
  if (!producer || !isCheap(producer)) {
    node.inputs.insert(value);
    depend(node, value, aligned);
    return;
  }
  for (OpOperand &operand : producer->getOpOperands()) {
    bool same = !isIndexed(operand) && getShape(operand.get()) == getShape(producer->getResult(0));
    collect(operand.get(), aligned && same, node, seen);
  }
}

/// The node that makes the value, itself or behind host ops.
void DependenceGraph::depend(Node &node, Value value, bool aligned) {
  Operation *producer = value.getDefiningOp();
  if (!producer)
    return;
  if (auto found = numbers.find(producer); found != numbers.end()) {
    node.dependences.push_back({found->second, aligned});
    return;
  }
  for (Value operand : producer->getOperands())
    depend(node, operand, /*aligned=*/false);
}

/// The next value of a parameter, or of what a loop carries, is made after everything else that reads the old one, so
/// that it can be made in place.
void DependenceGraph::orderUpdates(Block &block) {
  for (auto update : block.getOps<UpdateOp>())
    orderUpdate(update.getValue(), [&](Value input) {
      auto read = input.getDefiningOp<ReadOp>();
      return read && read.getRefAttr() == update.getRefAttr();
    });
  if (!isLoopBody(block.getParentOp()))
    return;
  for (auto [next, argument] : llvm::zip(block.getTerminator()->getOperands(), block.getArguments()))
    orderUpdate(next, [argument = Value(argument)](Value input) { return input == argument; });
}

/// Puts the node that makes `next` behind those before it that read an old value.
void DependenceGraph::orderUpdate(Value next, llvm::function_ref<bool(Value)> isOld) {
  auto writer = numbers.find(next.getDefiningOp());
  if (writer == numbers.end())
    return;
  for (auto [number, node] : llvm::enumerate(nodes))
    if (number < writer->second && llvm::any_of(node.inputs, isOld))
      nodes[writer->second].dependences.push_back({static_cast<unsigned>(number), false});
}
