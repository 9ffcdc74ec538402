// Clusters of nodes: kernel forms, and merging by memory traffic saved.
#include "passes/fused/Clusters.h"
#include <queue>

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
      if (!addRoot(op(node)))
        return std::nullopt;
    for (unsigned node : nodes)
      if (!place(node))
        return std::nullopt;
    if (!readsFoldedAxes())
      return std::nullopt;
    return form;
  }

private:
  Operation *op(unsigned node) const { return graph.getNodes()[node].op; }
  bool addRoot(Operation *op);
  bool place(unsigned node);
  bool readsFoldedAxes() const;

  const DependenceGraph &graph;
  ArrayRef<unsigned> nodes;
  Cluster::Form form;
  bool hasRoot = false;
  llvm::DenseMap<unsigned, bool> late; // node -> runs after the root, in the epilogue
};

Shape getResultShape(Operation *op) { return getShape(op->getResult(0)); }

} // namespace

/// At most one contraction, or any number of reductions of one shape over the same axes. Elementwise ops decide the
/// space only where there is neither. A search for codes is a kernel by itself.
bool FormDeriver::addRoot(Operation *op) {
  OpRole role = getRole(op);
  if (role == OpRole::NearestCode) {
    form = {role, getResultShape(op), {}, {}};
    return nodes.size() == 1;
  }
  if (role == OpRole::Elementwise) {
    if (!hasRoot && form.root == OpRole::Elementwise && form.space.empty())
      form.space = getResultShape(op);
    return true;
  }
  Cluster::Form own{role, getResultShape(op), {}, {}};
  if (role == OpRole::Reduction)
    own = {role, getShape(op->getOperand(0)), getResultShape(op), cast<ReductionOpInterface>(op).getReducedAxes()};
  if (hasRoot)
    return role == OpRole::Reduction && form.root == role && form.space == own.space && form.axes == own.axes;
  form = own;
  return hasRoot = true;
}

/// Finds whether the node runs in the root or after it; false where it can't run in this kernel.
bool FormDeriver::place(unsigned node) {
  OpRole role = getRole(op(node));
  bool afterRoot = false, insideRoot = false;
  for (auto dependence : graph.getNodes()[node].dependences) {
    auto found = late.find(dependence.node);
    if (found == late.end())
      continue;
    if (!dependence.aligned)
      return false;
    (found->second ? afterRoot : insideRoot) = true;
  }
  Shape shape = getResultShape(op(node));
  if (role == OpRole::Contraction) {
    late[node] = true;
    return !afterRoot && !insideRoot;
  }
  if (role == OpRole::Reduction) {
    late[node] = true;
    return !afterRoot;
  }
  if (form.root == OpRole::Reduction && shape == form.reduced && !insideRoot)
    return late[node] = true;
  late[node] = form.root == OpRole::Contraction;
  return shape == form.space && (!afterRoot || form.root == OpRole::Contraction);
}

/// Whether the root reads a tensor along every axis that it folds, which gives the loop its length.
bool FormDeriver::readsFoldedAxes() const {
  auto inside = [&](Operation *op) {
    return llvm::any_of(nodes, [&](unsigned node) { return graph.getNodes()[node].op == op; });
  };
  return llvm::all_of(form.axes, [&](int64_t axis) {
    return llvm::any_of(nodes, [&](unsigned node) {
      bool inRoot = getRole(op(node)) == OpRole::Reduction || !late.lookup(node);
      return inRoot && graph.isReadAlong(getRole(op(node)) == OpRole::Reduction ? op(node)->getOperand(0)
                                                                                : op(node)->getResult(0),
                                         axis, inside);
    });
  });
}

std::optional<Cluster::Form> vae::deriveForm(const DependenceGraph &graph, ArrayRef<unsigned> nodes) {
  return FormDeriver(graph, nodes).derive();
}

//===-- Merging ----------------------------------------------------------------===//

namespace {

/// Below this many elements a kernel costs its launch, not its traffic; merging any two such kernels pays.
constexpr double smallKernelElements = 4096;
/// Every Vulkan device binds at least this many buffers to a shader.
constexpr unsigned maxBuffers = 16;

/// Merges clusters, the pair that saves the most traffic first.
class ClusterMerger {
public:
  explicit ClusterMerger(const DependenceGraph &graph);
  std::vector<Cluster> run();

private:
  struct Candidate {
    double benefit;
    unsigned preference; // between pairs of equal benefit
    unsigned first, second;
    bool operator<(const Candidate &other) const {
      return std::tuple(benefit, preference, other.first, other.second) <
             std::tuple(other.benefit, other.preference, first, second);
    }
  };
  void connect(unsigned cluster);
  void propose(unsigned first, unsigned second);
  void merge(unsigned first, unsigned second, Cluster::Form form);
  bool wouldCycle(unsigned from, unsigned to) const;
  double getBenefit(unsigned first, unsigned second) const;
  bool followsAlone(unsigned cluster, unsigned contraction) const;
  unsigned getPreference(unsigned first, unsigned second) const;
  bool fits(ArrayRef<unsigned> nodes) const;
  bool leaves(Value value, llvm::function_ref<bool(unsigned)> inside) const;
  SmallVector<unsigned> joined(unsigned first, unsigned second) const;
  std::vector<Cluster> sorted() const;

  const DependenceGraph &graph;
  std::vector<Cluster> clusters; // emptied ones were merged away
  SmallVector<unsigned> owner;   // node -> cluster
  SmallVector<llvm::SmallSetVector<unsigned, 8>> before, after;
  DenseMap<Value, SmallVector<unsigned>> readers; // stored value -> nodes
  DenseMap<Operation *, unsigned> numbers;
  std::priority_queue<Candidate> queue;
};

} // namespace

ClusterMerger::ClusterMerger(const DependenceGraph &graph) : graph(graph) {
  unsigned count = graph.getNodes().size();
  before.resize(count);
  after.resize(count);
  for (unsigned node = 0; node < count; ++node) {
    clusters.push_back({{node}, *deriveForm(graph, {node})});
    owner.push_back(node);
    numbers[graph.getNodes()[node].op] = node;
    for (Value input : graph.getNodes()[node].inputs)
      readers[input].push_back(node);
    for (auto dependence : graph.getNodes()[node].dependences) {
      before[node].insert(dependence.node);
      after[dependence.node].insert(node);
    }
  }
}

std::vector<Cluster> ClusterMerger::run() {
  for (unsigned cluster = 0; cluster < clusters.size(); ++cluster)
    connect(cluster);
  while (!queue.empty()) {
    auto [benefit, preference, first, second] = queue.top();
    queue.pop();
    if (clusters[first].nodes.empty() || clusters[second].nodes.empty() || benefit != getBenefit(first, second))
      continue;
    if (wouldCycle(first, second) || wouldCycle(second, first))
      continue;
    SmallVector<unsigned> nodes = joined(first, second);
    if (std::optional<Cluster::Form> form = deriveForm(graph, nodes); form && fits(nodes))
      merge(first, second, *form);
  }
  return sorted();
}

/// Proposes the cluster with every other that makes or reads what it makes or reads, and with small ones of its shape.
void ClusterMerger::connect(unsigned cluster) {
  llvm::SmallSetVector<unsigned, 16> others;
  for (unsigned node : clusters[cluster].nodes) {
    for (Value input : graph.getNodes()[node].inputs)
      for (unsigned reader : readers.lookup(input))
        others.insert(owner[reader]);
    for (const auto &near : {before[cluster], after[cluster]})
      for (unsigned other : near)
        others.insert(other);
  }
  if (getNominalElements(clusters[cluster].form.space) <= smallKernelElements)
    for (unsigned other = 0; other < clusters.size(); ++other)
      if (clusters[other].form.space == clusters[cluster].form.space)
        others.insert(other);
  for (unsigned other : others)
    if (other != cluster && !clusters[other].nodes.empty())
      propose(std::min(cluster, other), std::max(cluster, other));
}

void ClusterMerger::propose(unsigned first, unsigned second) {
  double a = getNominalElements(clusters[first].form.space), b = getNominalElements(clusters[second].form.space);
  double benefit = getBenefit(first, second);
  bool bothSmall = clusters[first].form.space == clusters[second].form.space && a <= smallKernelElements;
  if (benefit >= std::min(a, b) || bothSmall)
    queue.push({benefit, getPreference(first, second), first, second});
}

SmallVector<unsigned> ClusterMerger::joined(unsigned first, unsigned second) const {
  SmallVector<unsigned> nodes(clusters[first].nodes);
  nodes.append(clusters[second].nodes);
  llvm::sort(nodes);
  return nodes;
}

/// Whether a node outside reads the value, or something other than a kernel body.
bool ClusterMerger::leaves(Value value, llvm::function_ref<bool(unsigned)> inside) const {
  auto found = readers.find(value);
  bool escapes =
      found != readers.end() && llvm::any_of(found->second, [&](unsigned reader) { return !inside(reader); });
  if (escapes)
    return true;
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return getRole(user) == OpRole::Host || (getRole(user) == OpRole::View && graph.isRequired(user->getResult(0)));
  });
}

/// Elements that need not be read or written once both run in one kernel.
double ClusterMerger::getBenefit(unsigned first, unsigned second) const {
  auto inside = [&](unsigned node) { return owner[node] == first || owner[node] == second; };
  llvm::SmallSetVector<Value, 16> inputs[2];
  for (auto [side, cluster] : {std::pair(0u, first), std::pair(1u, second)})
    for (unsigned node : clusters[cluster].nodes)
      inputs[side].insert_range(graph.getNodes()[node].inputs);
  double saved = 0;
  for (auto [side, other] : {std::pair(0u, second), std::pair(1u, first)})
    for (Value input : inputs[side]) {
      auto producer = numbers.find(input.getDefiningOp());
      double elements = getNominalElements(getShape(input));
      if (producer != numbers.end() && owner[producer->second] == other)
        saved += leaves(input, inside) ? elements : 2 * elements;
      else if (side == 0 && inputs[1].contains(input))
        saved += elements;
    }
  return saved;
}

/// Whether elementwise ops read nothing large but the contraction's result: bias and activation of a layer.
bool ClusterMerger::followsAlone(unsigned cluster, unsigned contraction) const {
  const Cluster::Form &form = clusters[cluster].form;
  if (form.root != OpRole::Elementwise || clusters[contraction].form.root != OpRole::Contraction)
    return false;
  for (unsigned node : clusters[cluster].nodes)
    for (Value input : graph.getNodes()[node].inputs) {
      auto producer = numbers.find(input.getDefiningOp());
      bool known =
          producer != numbers.end() && (owner[producer->second] == cluster || owner[producer->second] == contraction);
      if (!known && getNominalElements(getShape(input)) * 8 > getNominalElements(form.space))
        return false;
    }
  return true;
}

/// A layer's bias and activation stay with it; other elementwise ops rather end in a reduction than in a contraction's
/// epilogue.
unsigned ClusterMerger::getPreference(unsigned first, unsigned second) const {
  if (followsAlone(first, second) || followsAlone(second, first))
    return 2;
  return clusters[first].form.root == OpRole::Reduction || clusters[second].form.root == OpRole::Reduction;
}

/// Whether a path leads from one cluster to the other through a third.
bool ClusterMerger::wouldCycle(unsigned from, unsigned to) const {
  llvm::DenseSet<unsigned> seen{from, to};
  SmallVector<unsigned> stack;
  for (unsigned next : after[from])
    if (seen.insert(next).second)
      stack.push_back(next);
  while (!stack.empty()) {
    unsigned cluster = stack.pop_back_val();
    if (after[cluster].contains(to))
      return true;
    for (unsigned next : after[cluster])
      if (seen.insert(next).second)
        stack.push_back(next);
  }
  return false;
}

/// Whether one kernel may bind all that these nodes read and leave behind.
bool ClusterMerger::fits(ArrayRef<unsigned> nodes) const {
  auto inside = [&](unsigned node) { return llvm::is_contained(nodes, node); };
  llvm::SmallSetVector<Value, 16> buffers;
  for (unsigned node : nodes) {
    for (Value input : graph.getNodes()[node].inputs) {
      auto producer = numbers.find(input.getDefiningOp());
      if (producer == numbers.end() || !inside(producer->second))
        buffers.insert(input);
    }
    for (Value result : graph.getNodes()[node].op->getResults())
      if (leaves(result, inside))
        buffers.insert(result);
  }
  return buffers.size() <= maxBuffers;
}

void ClusterMerger::merge(unsigned first, unsigned second, Cluster::Form form) {
  clusters[first] = {joined(first, second), std::move(form)};
  clusters[second].nodes.clear();
  for (unsigned node : clusters[first].nodes)
    owner[node] = first;
  auto redirect = [&](auto &edges, auto &reverse) {
    for (unsigned other : edges[second]) {
      reverse[other].remove(second);
      if (other == first)
        continue;
      edges[first].insert(other);
      reverse[other].insert(first);
    }
    edges[second].clear();
    edges[first].remove(second);
  };
  redirect(before, after);
  redirect(after, before);
  connect(first);
}

/// Clusters in the order of their first nodes, as far as dependences allow.
std::vector<Cluster> ClusterMerger::sorted() const {
  std::vector<Cluster> result;
  SmallVector<unsigned> waiting;
  std::priority_queue<unsigned, std::vector<unsigned>, std::greater<>> ready;
  for (unsigned cluster = 0; cluster < clusters.size(); ++cluster) {
    waiting.push_back(before[cluster].size());
    if (!clusters[cluster].nodes.empty() && before[cluster].empty())
      ready.push(cluster);
  }
  while (!ready.empty()) {
    unsigned cluster = ready.top();
    ready.pop();
    result.push_back(clusters[cluster]);
    for (unsigned next : after[cluster])
      if (--waiting[next] == 0)
        ready.push(next);
  }
  return result;
}

std::vector<Cluster> vae::formClusters(const DependenceGraph &graph) { return ClusterMerger(graph).run(); }
