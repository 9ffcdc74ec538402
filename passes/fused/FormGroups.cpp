// FormGroups: clusters of ops become `vae.group` ops, each with its own copies of the cheap values it reads.
#include "ir/ops/Regions.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/fused/Clusters.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_FORMGROUPS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Rebuilds a flat function as a list of groups.
class GroupBuilder {
public:
  GroupBuilder(func::FuncOp function, unsigned maxBuffers)
      : function(function), graph(function, maxBuffers), builder(function.getContext()) {
    for (auto [number, node] : llvm::enumerate(graph.getNodes()))
      for (Value input : node.inputs)
        readers[input].push_back(number);
  }
  void run();

private:
  void build(const Cluster &cluster);
  Value store(Value value);
  void clone(Operation *op, IRMapping &mapping, OpBuilder &body);
  SmallVector<Value> getEscaping(const Cluster &cluster);
  void finish(ArrayRef<Operation *> old);

  func::FuncOp function;
  DependenceGraph graph;
  OpBuilder builder;
  DenseMap<Value, SmallVector<unsigned>> readers; // stored value -> nodes
  IRMapping stored;                               // value of the old function -> result of a group
  llvm::DenseSet<Operation *> placed;             // host ops moved between the groups already
};

} // namespace

void GroupBuilder::run() {
  Block &block = function.getBody().front();
  SmallVector<Operation *> old;
  for (Operation &op : block.without_terminator())
    old.push_back(&op);
  std::vector<Cluster> clusters = formClusters(graph);
  builder.setInsertionPoint(block.getTerminator());
  for (const Cluster &cluster : clusters)
    build(cluster);
  finish(old);
}

/// The value in the new function. Reshapes of groups' results move behind the group.
Value GroupBuilder::store(Value value) {
  if (Value found = stored.lookupOrNull(value))
    return found;
  Operation *op = value.getDefiningOp();
  bool moves = op && op->getNumOperands() != 0 && !runsInKernel(op);
  if (!moves || !placed.insert(op).second)
    return value;
  for (OpOperand &operand : op->getOpOperands())
    operand.set(store(operand.get()));
  op->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
  return value;
}

/// Results that something outside the cluster reads.
SmallVector<Value> GroupBuilder::getEscaping(const Cluster &cluster) {
  SmallVector<Value> escaping;
  llvm::DenseSet<unsigned> inside(cluster.nodes.begin(), cluster.nodes.end());
  for (unsigned node : cluster.nodes)
    for (Value result : graph.getNodes()[node].op->getResults()) {
      bool host = llvm::any_of(result.getUsers(), [&](Operation *user) { return graph.isReadByHost(user); });
      if (host || llvm::any_of(readers[result], [&](unsigned reader) { return !inside.contains(reader); }))
        escaping.push_back(result);
    }
  return escaping;
}

/// Copies an op with the cheap ops that it reads.
void GroupBuilder::clone(Operation *op, IRMapping &mapping, OpBuilder &body) {
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (producer && graph.isCheap(producer) && !mapping.contains(operand))
      clone(producer, mapping, body);
  }
  body.clone(*op, mapping);
}

void GroupBuilder::build(const Cluster &cluster) {
  IRMapping mapping;
  SmallVector<Location> locations;
  for (unsigned node : cluster.nodes) {
    locations.push_back(graph.getNodes()[node].op->getLoc());
    for (Value input : graph.getNodes()[node].inputs)
      mapping.map(input, store(input));
  }
  SmallVector<Value> escaping = getEscaping(cluster);
  auto group = GroupOp::create(builder, locations.size() == 1 ? locations.front() : builder.getFusedLoc(locations),
                               TypeRange(ValueRange(escaping)));
  OpBuilder body = OpBuilder::atBlockBegin(&group.getBody().emplaceBlock());
  for (unsigned node : cluster.nodes)
    clone(graph.getNodes()[node].op, mapping, body);
  SmallVector<Value> results = llvm::map_to_vector(escaping, [&](Value value) { return mapping.lookup(value); });
  YieldOp::create(body, group.getLoc(), results);
  for (auto [value, result] : llvm::zip_equal(escaping, group.getResults()))
    stored.map(value, result);
}

/// Host ops that end a value's life go last; what the groups copied goes away.
void GroupBuilder::finish(ArrayRef<Operation *> old) {
  Operation *terminator = function.getBody().front().getTerminator();
  for (Operation *op : old)
    if (op->getNumResults() == 0) {
      for (OpOperand &operand : op->getOpOperands())
        operand.set(store(operand.get()));
      op->moveBefore(terminator);
    }
  for (OpOperand &operand : terminator->getOpOperands())
    operand.set(store(operand.get()));
  for (Operation *op : llvm::reverse(old))
    if (op->getNumResults() != 0 && op->use_empty())
      op->erase();
}

namespace {
struct FormGroupsPass : vae::impl::FormGroupsBase<FormGroupsPass> {
  using vae::impl::FormGroupsBase<FormGroupsPass>::FormGroupsBase;

  void runOnOperation() override { GroupBuilder(getOperation(), maxBuffers).run(); }
};
} // namespace
