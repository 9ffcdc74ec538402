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
  llvm::DenseMap<unsigned, bool> late; // node -> runs after the root, in the epilogue
};

} // namespace

bool vae::areSiblings(const Cluster::Form &a, const Cluster::Form &b) {
  return a.fusion.siblings && b.fusion.siblings &&
         KernelRootOpInterface(a.root).getForm() == KernelRootOpInterface(b.root).getForm() && a.space == b.space &&
         a.axes == b.axes;
}

/// At most one root, or some that may stand beside each other. Elementwise ops decide the space only where there is
/// none.
bool FormDeriver::addRoot(const Node &node) {
  KernelRootOpInterface root = node.root;
  if (!root) {
    if (!form.root && form.space.empty())
      form.space = node.shape;
    return true;
  }
  Cluster::Form own{root, root.getFusion(), getShape(root.getSpace()), node.shape, root.getFoldedAxes()};
  if (!own.fusion.epilogue && nodes.size() != 1)
    return VAE_REFUSE("fused", node.op, "is a kernel by itself");
  if (form.root)
    return areSiblings(form, own) ||
           VAE_REFUSE("fused", node.op, "the kernel has a root already, and not over the same axes of the same shape");
  form = own;
  return true;
}

/// Finds whether the node runs in the root or after it; false where it can't run in this kernel.
bool FormDeriver::place(unsigned node) {
  const auto &[op, root, shape, cost, inputs, dependences] = get(node);
  bool afterRoot = false, insideRoot = false;
  for (auto dependence : dependences) {
    auto found = late.find(dependence.node);
    if (found == late.end())
      continue;
    if (!dependence.aligned)
      return VAE_REFUSE("fused", op, "reads elements of the kernel's that other iterations make");
    (found->second ? afterRoot : insideRoot) = true;
  }
  if (root) {
    late[node] = true;
    if (insideRoot && !form.fusion.prologue)
      return VAE_REFUSE("fused", op, "has its operands in memory, and reads what the kernel makes");
    return !afterRoot || VAE_REFUSE("fused", op, "reads a value of an earlier root");
  }
  late[node] = form.fusion.epilogue && shape == form.result && !insideRoot;
  if (late[node])
    return true;
  if (shape != form.space || form.takesEpilogueOnly())
    return VAE_REFUSE("fused", op, "its shape is not the kernel's");
  return !afterRoot || VAE_REFUSE("fused", op, "reads the result of a reduction, which is whole only after the loop");
}

/// Whether the root reads a tensor along every axis that it folds, which gives the loop its length.
bool FormDeriver::readsFoldedAxes() const {
  llvm::SmallPtrSet<Operation *, 16> ops;
  for (unsigned node : nodes)
    ops.insert(get(node).op);
  auto inside = [&](Operation *op) { return ops.contains(op); };
  return llvm::all_of(form.axes, [&](int64_t axis) {
    return llvm::any_of(nodes, [&](unsigned node) {
      const auto &[op, root, shape, cost, inputs, dependences] = get(node);
      if (root)
        return graph.isReadAlong(KernelRootOpInterface(root).getSpace(), axis, inside);
      return !late.lookup(node) && graph.isReadAlong(op->getResult(0), axis, inside);
    });
  });
}

std::optional<Cluster::Form> vae::deriveForm(const DependenceGraph &graph, ArrayRef<unsigned> nodes) {
  return FormDeriver(graph, nodes).derive();
}
