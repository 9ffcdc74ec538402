// The dependence graph of a flat function, with cheap values looked through.
#include "passes/fused/DependenceGraph.h"
#include "ir/ops/Model.h"
#include "passes/Refusals.h"
#include "passes/fused/Costs.h"

using namespace mlir;
using namespace vae;

static unsigned getCost(Operation *op) {
  if (isa<NoiseOpInterface>(op))
    return costs::noiseOps;
  auto scalar = dyn_cast<ScalarBodyOpInterface>(op);
  return scalar ? scalar.getBodyCost() : 0;
}

DependenceGraph::DependenceGraph(func::FuncOp function, unsigned maxBuffers) : maxBuffers(maxBuffers) {
  Block &block = function.getBody().front();
  findRequired(block);
  for (Operation &op : block)
    findCheap(&op);
  for (auto root : block.getOps<KernelRootOpInterface>())
    storeBroadcasts(root);
  for (Operation &op : block)
    if (runsInKernel(&op) && !isCheap(&op))
      addNode(&op);
  orderUpdates(block);
}

/// Values that host ops and roots that do not compute their operands read. A view that must be in memory needs its operand there; it
/// costs nothing then.
void DependenceGraph::findRequired(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    auto root = dyn_cast<KernelRootOpInterface>(op);
    if (readsStored(&op) || isReadByHost(&op))
      for (Value operand : op.getOperands()) {
        bool through = root && root.getFusion().readsThrough && isReadThrough(operand);
        through ? required.insert_range(operand.getDefiningOp()->getOperands()) : void(required.insert(operand));
      }
  }
}

/// Whether the leaf is about as large as the op's result, so that reading it costs as much as reading the result.
static bool isFull(Value leaf, Operation *op) {
  return getNominalElements(getShape(leaf)) * 8 > getNominalElements(getShape(op->getResult(0)));
}

DependenceGraph::Recipe DependenceGraph::makeRecipe(Operation *op) const {
  Recipe recipe;
  for (Value operand : op->getOperands())
    if (auto found = cheap.find(operand.getDefiningOp()); found != cheap.end()) {
      recipe.leaves.insert_range(found->second.leaves);
      recipe.ops.insert_range(found->second.ops);
    } else {
      recipe.leaves.insert(operand);
    }
  recipe.ops.insert(op);
  return recipe;
}

/// The operand that is computed again from most stored values; null where all are stored.
Value DependenceGraph::findLargest(Operation *op) const {
  Value largest;
  size_t most = 1;
  for (Value operand : op->getOperands())
    if (auto found = cheap.find(operand.getDefiningOp()); found != cheap.end() && found->second.leaves.size() > most) {
      largest = operand;
      most = found->second.leaves.size();
    }
  return largest;
}

/// Notes the op as cheap where it is. What reads more than a kernel binds has some of it stored.
void DependenceGraph::findCheap(Operation *op) {
  if (isHost(op))
    return;
  Recipe recipe = makeRecipe(op);
  for (Value large; recipe.leaves.size() + op->getNumResults() > maxBuffers && (large = findLargest(op));
       recipe = makeRecipe(op))
    forceStored(large);
  if (isa<KernelRootOpInterface>(op) || llvm::any_of(op->getResults(), [&](Value value) { return isRequired(value); }))
    return;
  if (recipe.ops.size() > costs::recipeOps) {
    if (isView(op))
      forceStored(op->getResult(0));
    return;
  }
  if (isView(op) || isReadThrough(op->getResult(0)) || isWorthRecomputing(op, recipe))
    cheap[op] = std::move(recipe);
}

/// Few ops over at most one stored tensor of its own size. What follows a root is better done where that ends.
bool DependenceGraph::isWorthRecomputing(Operation *op, const Recipe &recipe) const {
  unsigned cost = 0, full = 0;
  for (Operation *part : recipe.ops)
    cost += getCost(part);
  for (Value leaf : recipe.leaves) {
    auto root = leaf.getDefiningOp<KernelRootOpInterface>();
    if (root && root.getFusion().epilogue && getShape(leaf) == getShape(op->getResult(0)))
      return VAE_REFUSE("repeated in its readers", op, "follows a contraction or reduction, and is better done there");
    full += isFull(leaf, op);
  }
  if (full > 1)
    return VAE_REFUSE("repeated in its readers", op, "reads more than one stored tensor of its own size");
  return cost <= costs::recomputedOps || VAE_REFUSE("repeated in its readers", op, "takes too many scalar ops");
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

bool DependenceGraph::isReadAlong(Value value, int64_t axis, Inside inside, Places &seen) const {
  Operation *producer = value.getDefiningOp();
  if (!producer || (!isCheap(producer) && !inside(producer)))
    return true;
  // A value that was seen is being asked already, or the answer was no.
  if (!seen.insert({value, axis}).second)
    return false;
  Shape shape = getShape(value);
  if (isView(producer)) {
    Value viewed = producer->getOperand(0);
    std::optional<int64_t> own = throughView(getShape(viewed), shape, axis);
    return own && isReadAlong(viewed, *own, inside, seen);
  }
  return llvm::any_of(producer->getOpOperands(), [&](OpOperand &operand) {
    Shape own = getShape(operand.get());
    int64_t ownAxis = axis - static_cast<int64_t>(shape.size() - own.size());
    return !isIndexed(operand) && ownAxis >= 0 && own[ownAxis] == shape[axis] &&
           isReadAlong(operand.get(), ownAxis, inside, seen);
  });
}

/// A loop's length comes from the tensors read along it, so a value that only repeats along a folded axis must be one.
void DependenceGraph::storeBroadcasts(KernelRootOpInterface root) {
  auto none = [](Operation *) { return false; };
  for (int64_t axis : root.getFoldedAxes())
    if (!isReadAlong(root.getSpace(), axis, none))
      forceStored(root.getSpace());
}

/// Keeps the value in memory; a view costs nothing there, but needs its operand.
void DependenceGraph::forceStored(Value value) {
  for (Operation *producer; required.insert(value).second && (producer = value.getDefiningOp());
       value = producer->getOperand(0)) {
    cheap.erase(producer);
    if (!isView(producer))
      return;
  }
}

void DependenceGraph::addNode(Operation *op) {
  Node node{op, dyn_cast<KernelRootOpInterface>(op), getShape(op->getResult(0)), getCost(op), {}, {}};
  DenseMap<Value, bool> seen;
  for (OpOperand &operand : op->getOpOperands()) {
    bool direct = !readsStored(op) && !isIndexed(operand);
    bool ownPlace = node.root || getShape(operand.get()) == node.shape;
    collect(operand.get(), direct && ownPlace, node, seen);
  }
  numbers[op] = nodes.size();
  nodes.push_back(std::move(node));
}

/// Adds what the value is read from: itself where it is stored, else the leaves of its recipe.
void DependenceGraph::collect(Value value, bool aligned, Node &node, DenseMap<Value, bool> &seen) const {
  SmallVector<std::pair<Value, bool>> open = {{value, aligned}};
  while (!open.empty()) {
    auto [next, exact] = open.pop_back_val();
    auto [entry, fresh] = seen.try_emplace(next, exact);
    if (!fresh && (entry->second == exact || !entry->second))
      continue;
    entry->second = exact;
    Operation *producer = next.getDefiningOp();
    if (!producer || !isCheap(producer)) {
      node.inputs.insert(next);
      depend(node, next, exact);
      continue;
    }
    if (fresh)
      node.cost += getCost(producer);
    for (OpOperand &operand : llvm::reverse(producer->getOpOperands())) {
      bool same = !isIndexed(operand) && getShape(operand.get()) == getShape(producer->getResult(0));
      open.push_back({operand.get(), exact && same});
    }
  }
}

/// The nodes that make the value, itself or behind host ops.
void DependenceGraph::depend(Node &node, Value value, bool aligned) const {
  SmallVector<Value> open = {value};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!open.empty()) {
    Operation *producer = open.pop_back_val().getDefiningOp();
    if (!producer || !seen.insert(producer).second)
      continue;
    if (auto found = numbers.find(producer); found != numbers.end())
      node.dependences.push_back({found->second, aligned && producer == value.getDefiningOp()});
    else
      llvm::append_range(open, llvm::reverse(producer->getOperands()));
  }
}

/// The next value of a parameter, or of what a loop carries, is made after everything else that reads the old one, so
/// that it can be made in place.
void DependenceGraph::orderUpdates(Block &block) {
  DenseMap<Attribute, SmallVector<unsigned>> readers; // parameter -> nodes
  DenseMap<Value, SmallVector<unsigned>> argumentReaders;
  for (auto [number, node] : llvm::enumerate(nodes))
    for (Value input : node.inputs) {
      if (auto read = input.getDefiningOp<ReadOp>())
        readers[read.getRefAttr()].push_back(number);
      else if (isa<BlockArgument>(input))
        argumentReaders[input].push_back(number);
    }
  for (auto update : block.getOps<UpdateOp>())
    orderUpdate(update.getValue(), readers.lookup(update.getRefAttr()));
  if (!isLoopBody(block.getParentOp()))
    return;
  for (auto [next, argument] : llvm::zip(block.getTerminator()->getOperands(), block.getArguments()))
    orderUpdate(next, argumentReaders.lookup(argument));
}

/// Puts the node that makes `next` behind those before it that read the old value.
void DependenceGraph::orderUpdate(Value next, ArrayRef<unsigned> oldReaders) {
  auto writer = numbers.find(next.getDefiningOp());
  if (writer == numbers.end())
    return;
  for (unsigned reader : oldReaders)
    if (reader < writer->second)
      nodes[writer->second].dependences.push_back({reader, false});
}
