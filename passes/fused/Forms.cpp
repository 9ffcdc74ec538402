// The kernel forms that sets of nodes have.
#include "ir/Interfaces.h"
#include "passes/Refusals.h"
#include "passes/fused/Clusters.h"

using namespace mlir;
using namespace vae;

//===-- Forms ----------------------------------------------------------------===//

namespace {

/// Derives the form of a set of nodes.
class FormDeriver {
public:
  FormDeriver(const DependenceGraph &graph, ArrayRef<unsigned> nodes) : graph(graph), nodes(nodes) {}
  std::optional<Cluster::Form> derive() {
    for (unsigned node : nodes)
      if (!addRoot(get(node)))
        return std::nullopt;
    for (unsigned node : nodes)
      if (!place(node))
        return std::nullopt;
    if (!readsFoldedAxes())
      return std::nullopt;
    return form;
  }

private:
  using Node = DependenceGraph::Node;
  const Node &get(unsigned node) const { return graph.getNodes()[node]; }
  bool addRoot(const Node &node);
  bool place(unsigned node);
  bool readsFoldedAxes() const;

  const DependenceGraph &graph;
  ArrayRef<unsigned> nodes;
  Cluster::Form form;
  bool hasRoot = false;
  llvm::DenseMap<unsigned, bool> late; // node -> runs after the root, in the epilogue
};

} // namespace

/// At most one contraction, or any number of reductions of one shape over the same axes. Elementwise ops decide the
/// space only where there is neither. A search for codes is a kernel by itself.
bool FormDeriver::addRoot(const Node &node) {
  if (node.role == OpRole::NearestCode) {
    form = {node.role, node.shape, {}, {}};
    return nodes.size() == 1 || VAE_REFUSE("fused", node.op, "a search for codes is a kernel by itself");
  }
  if (node.role == OpRole::Elementwise) {
    if (!hasRoot && form.root == OpRole::Elementwise && form.space.empty())
      form.space = node.shape;
    return true;
  }
  Cluster::Form own{node.role, node.shape, {}, {}};
  if (auto reduction = dyn_cast<ReductionOpInterface>(node.op))
    own = {node.role, getShape(node.op->getOperand(0)), node.shape, reduction.getReducedAxes()};
  if (hasRoot)
    return (node.role == OpRole::Reduction && form.root == node.role && form.space == own.space &&
            form.axes == own.axes) ||
           VAE_REFUSE("fused", node.op, "the kernel has a root already, and not over the same axes of the same shape");
  form = own;
  return hasRoot = true;
}

/// Finds whether the node runs in the root or after it; false where it can't run in this kernel.
bool FormDeriver::place(unsigned node) {
  const auto &[op, role, shape, cost, inputs, dependences] = get(node);
  bool afterRoot = false, insideRoot = false;
  for (auto dependence : dependences) {
    auto found = late.find(dependence.node);
    if (found == late.end())
      continue;
    if (!dependence.aligned)
      return VAE_REFUSE("fused", op, "reads elements of the kernel's that other iterations make");
    (found->second ? afterRoot : insideRoot) = true;
  }
  if (role == OpRole::Contraction) {
    late[node] = true;
    return (!afterRoot && !insideRoot) || VAE_REFUSE("fused", op, "a contraction reads what the kernel makes");
  }
  if (role == OpRole::Reduction) {
    late[node] = true;
    return !afterRoot || VAE_REFUSE("fused", op, "reads a value of an earlier root");
  }
  if (form.root == OpRole::Reduction && shape == form.reduced && !insideRoot)
    return late[node] = true;
  late[node] = form.root == OpRole::Contraction;
  if (shape != form.space)
    return VAE_REFUSE("fused", op, "its shape is not the kernel's");
  return !afterRoot || form.root == OpRole::Contraction ||
         VAE_REFUSE("fused", op, "reads the result of a reduction, which is whole only after the loop");
}

/// Whether the root reads a tensor along every axis that it folds, which gives the loop its length.
bool FormDeriver::readsFoldedAxes() const {
  llvm::SmallPtrSet<Operation *, 16> ops;
  for (unsigned node : nodes)
    ops.insert(get(node).op);
  auto inside = [&](Operation *op) { return ops.contains(op); };
  return llvm::all_of(form.axes, [&](int64_t axis) {
    return llvm::any_of(nodes, [&](unsigned node) {
      const auto &[op, role, shape, cost, inputs, dependences] = get(node);
      if (role == OpRole::Reduction)
        return graph.isReadAlong(op->getOperand(0), axis, inside);
      return !late.lookup(node) && graph.isReadAlong(op->getResult(0), axis, inside);
    });
  });
}

std::optional<Cluster::Form> vae::deriveForm(const DependenceGraph &graph, ArrayRef<unsigned> nodes) {
  return FormDeriver(graph, nodes).derive();
}
