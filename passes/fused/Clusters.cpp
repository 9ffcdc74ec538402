// Clusters of nodes: merging by memory traffic saved.
#include "passes/fused/Clusters.h"
#include "passes/fused/ClusterGraph.h"
#include "passes/fused/Costs.h"
#include <queue>
#include <set>

using namespace mlir;
using namespace vae;

namespace {

/// A value that nodes read or make.
struct StoredValue {
  double elements = 0;
  std::optional<unsigned> producer; // the node that makes it
  SmallVector<unsigned> readers;    // nodes, in order
  bool readByHost = false;          // by something other than a kernel body
};

/// Merges clusters, the pair that saves the most traffic first.
class ClusterMerger {
public:
  explicit ClusterMerger(const DependenceGraph &graph);
  std::vector<Cluster> run();

private:
  /// Two clusters as they were when the pair was proposed.
  struct Candidate {
    double benefit;
    unsigned preference; // between pairs of equal benefit
    unsigned first, second, firstVersion, secondVersion;
    bool operator<(const Candidate &other) const {
      return std::tuple(benefit, preference, other.first, other.second) <
             std::tuple(other.benefit, other.preference, first, second);
    }
  };
  unsigned addValue(Value value);
  void connect(unsigned cluster);
  void addReaders(unsigned cluster, llvm::SmallSetVector<unsigned, 16> &others) const;
  void addSmall(unsigned cluster, llvm::SmallSetVector<unsigned, 16> &others);
  void propose(unsigned first, unsigned second);
  void tryMerge(const Candidate &candidate);
  bool isSmall(unsigned cluster) const { return elements[cluster] <= costs::smallKernelElements; }
  double getBenefit(unsigned first, unsigned second) const;
  llvm::SmallSetVector<unsigned, 16> getInputs(unsigned cluster) const;
  bool followsAlone(unsigned cluster, unsigned contraction) const;
  unsigned getPreference(unsigned first, unsigned second) const;
  bool fits(unsigned first, unsigned second) const;
  bool leaves(unsigned value, unsigned first, unsigned second) const;
  bool isInside(unsigned node, unsigned first, unsigned second) const {
    return owner[node] == first || owner[node] == second;
  }
  bool mayShare(const Cluster &first, const Cluster &second) const;
  std::vector<Cluster> sorted() const;

  const DependenceGraph &graph;
  ClusterGraph order;
  std::vector<Cluster> clusters;               // emptied ones were merged away
  std::vector<unsigned> owner, costs, version; // node -> cluster; cluster -> its scalar ops, how often it changed
  std::vector<double> elements;                // cluster -> elements of its space
  std::vector<StoredValue> values;
  DenseMap<Value, unsigned> valueNumbers;
  std::vector<SmallVector<unsigned>> inputs, results; // node -> values
  std::map<Shape, std::set<unsigned>> small;          // space -> small clusters of it
  std::priority_queue<Candidate> queue;
};

} // namespace

unsigned ClusterMerger::addValue(Value value) {
  auto [entry, fresh] = valueNumbers.try_emplace(value, values.size());
  if (fresh) {
    bool host = llvm::any_of(value.getUsers(), [&](Operation *user) { return graph.isReadByHost(user); });
    values.push_back({getNominalElements(getShape(value)), std::nullopt, {}, host});
  }
  return entry->second;
}

ClusterMerger::ClusterMerger(const DependenceGraph &graph) : graph(graph), order(graph.getNodes()) {
  for (auto [number, node] : llvm::enumerate(graph.getNodes())) {
    clusters.push_back({{static_cast<unsigned>(number)}, *deriveForm(graph, {static_cast<unsigned>(number)})});
    owner.push_back(number);
    costs.push_back(node.cost);
    elements.push_back(getNominalElements(clusters.back().form.space));
    inputs.emplace_back();
    results.emplace_back();
    for (Value input : node.inputs) {
      inputs.back().push_back(addValue(input));
      values[inputs.back().back()].readers.push_back(number);
    }
    for (Value result : node.op->getResults()) {
      results.back().push_back(addValue(result));
      values[results.back().back()].producer = number;
    }
    if (isSmall(number))
      small[clusters.back().form.space].insert(number);
  }
  version.assign(clusters.size(), 0);
}

std::vector<Cluster> ClusterMerger::run() {
  for (unsigned cluster = 0; cluster < clusters.size(); ++cluster)
    connect(cluster);
  while (!queue.empty()) {
    Candidate candidate = queue.top();
    queue.pop();
    if (version[candidate.first] == candidate.firstVersion && version[candidate.second] == candidate.secondVersion)
      tryMerge(candidate);
  }
  return sorted();
}

//===-- Candidates ---------------------------------------------------------------===//

/// Proposes the cluster with others that make or read what it makes or reads, and with small ones of its shape.
void ClusterMerger::connect(unsigned cluster) {
  llvm::SmallSetVector<unsigned, 16> others;
  addReaders(cluster, others);
  for (const auto *near : {&order.getBefore(cluster), &order.getAfter(cluster)})
    for (unsigned other : *near)
      others.insert(other);
  addSmall(cluster, others);
  for (unsigned other : others)
    if (other != cluster)
      propose(std::min(cluster, other), std::max(cluster, other));
}

/// Those that read the same values, the nearest on either side.
void ClusterMerger::addReaders(unsigned cluster, llvm::SmallSetVector<unsigned, 16> &others) const {
  for (unsigned node : clusters[cluster].nodes)
    for (unsigned input : inputs[node]) {
      ArrayRef<unsigned> readers = values[input].readers;
      size_t own = llvm::lower_bound(readers, node) - readers.begin();
      size_t begin = own < costs::comparedNeighbours ? 0 : own - costs::comparedNeighbours;
      for (unsigned reader : readers.slice(begin).take_front(own - begin + costs::comparedNeighbours + 1))
        others.insert(owner[reader]);
    }
}

void ClusterMerger::addSmall(unsigned cluster, llvm::SmallSetVector<unsigned, 16> &others) {
  if (!isSmall(cluster))
    return;
  const std::set<unsigned> &same = small[clusters[cluster].form.space];
  auto up = same.upper_bound(cluster), down = same.lower_bound(cluster);
  for (unsigned count = 0; count < costs::comparedNeighbours && up != same.end(); ++count)
    others.insert(*up++);
  for (unsigned count = 0; count < costs::comparedNeighbours && down != same.begin(); ++count)
    others.insert(*--down);
}

/// Whether a kernel could hold both, as far as their forms and lengths tell.
bool ClusterMerger::mayShare(const Cluster &first, const Cluster &second) const {
  const Cluster::Form &a = first.form, &b = second.form;
  if (bool(a.root) == bool(b.root))
    return a.space == b.space && (!a.root || areSiblings(a, b));
  const Cluster::Form &root = a.root ? a : b, &other = a.root ? b : a;
  return (root.fusion.prologue && other.space == root.space) || (root.fusion.epilogue && other.space == root.result);
}

void ClusterMerger::propose(unsigned first, unsigned second) {
  if (costs[first] + costs[second] > costs::kernelOps || !mayShare(clusters[first], clusters[second]))
    return;
  double benefit = getBenefit(first, second);
  bool bothSmall = clusters[first].form.space == clusters[second].form.space && isSmall(first);
  if (benefit >= std::min(elements[first], elements[second]) || bothSmall)
    queue.push({benefit, getPreference(first, second), first, second, version[first], version[second]});
}

/// Whether a node outside these two clusters reads the value, or something other than a kernel body.
bool ClusterMerger::leaves(unsigned value, unsigned first, unsigned second) const {
  return values[value].readByHost ||
         llvm::any_of(values[value].readers, [&](unsigned reader) { return !isInside(reader, first, second); });
}

llvm::SmallSetVector<unsigned, 16> ClusterMerger::getInputs(unsigned cluster) const {
  llvm::SmallSetVector<unsigned, 16> result;
  for (unsigned node : clusters[cluster].nodes)
    result.insert_range(inputs[node]);
  return result;
}

/// Elements that need not be read or written once both run in one kernel.
double ClusterMerger::getBenefit(unsigned first, unsigned second) const {
  llvm::SmallSetVector<unsigned, 16> read[2] = {getInputs(first), getInputs(second)};
  double saved = 0;
  for (auto [side, other] : {std::pair(0u, second), std::pair(1u, first)})
    for (unsigned input : read[side]) {
      const StoredValue &value = values[input];
      if (value.producer && owner[*value.producer] == other)
        saved += leaves(input, first, second) ? value.elements : 2 * value.elements;
      else if (side == 0 && read[1].contains(input))
        saved += value.elements;
    }
  return saved;
}

/// Whether elementwise ops read nothing large but the contraction's result: bias and activation of a layer.
bool ClusterMerger::followsAlone(unsigned cluster, unsigned contraction) const {
  if (clusters[cluster].form.root || !clusters[contraction].form.takesEpilogueOnly())
    return false;
  return llvm::all_of(clusters[cluster].nodes, [&](unsigned node) {
    return llvm::all_of(inputs[node], [&](unsigned input) {
      const StoredValue &value = values[input];
      bool known = value.producer && isInside(*value.producer, cluster, contraction);
      return known || value.elements * 8 <= elements[cluster];
    });
  });
}

/// A layer's bias and activation stay with it; other elementwise ops rather end in a reduction than in a contraction's
/// epilogue.
unsigned ClusterMerger::getPreference(unsigned first, unsigned second) const {
  if (followsAlone(first, second) || followsAlone(second, first))
    return 2;
  return clusters[first].form.fusion.prologue || clusters[second].form.fusion.prologue;
}

//===-- Merging ----------------------------------------------------------------===//

/// Whether one kernel may bind all that these clusters read and leave behind.
bool ClusterMerger::fits(unsigned first, unsigned second) const {
  llvm::SmallSetVector<unsigned, 16> buffers;
  for (unsigned cluster : {first, second})
    for (unsigned node : clusters[cluster].nodes) {
      for (unsigned input : inputs[node])
        if (!values[input].producer || !isInside(*values[input].producer, first, second))
          buffers.insert(input);
      for (unsigned result : results[node])
        if (leaves(result, first, second))
          buffers.insert(result);
    }
  return buffers.size() <= graph.getMaxBuffers();
}

/// Merges two clusters where that leaves a kernel form, whose buffers a kernel can bind, and no circle of kernels.
void ClusterMerger::tryMerge(const Candidate &candidate) {
  unsigned first = candidate.first, second = candidate.second;
  Cluster joined;
  llvm::append_range(joined.nodes, clusters[first].nodes);
  llvm::append_range(joined.nodes, clusters[second].nodes);
  llvm::sort(joined.nodes);
  std::optional<Cluster::Form> form = deriveForm(graph, joined.nodes);
  if (!form || !fits(first, second) || !order.join(first, second))
    return;
  joined.form = *form;
  for (unsigned cluster : {first, second}) {
    if (isSmall(cluster))
      small[clusters[cluster].form.space].erase(cluster);
    ++version[cluster];
  }
  for (unsigned node : clusters[second].nodes)
    owner[node] = first;
  costs[first] += costs[second];
  clusters[second].nodes.clear();
  clusters[first] = std::move(joined);
  elements[first] = getNominalElements(clusters[first].form.space);
  if (isSmall(first))
    small[clusters[first].form.space].insert(first);
  connect(first);
}

/// Clusters in the order of their first nodes, as far as dependences allow.
std::vector<Cluster> ClusterMerger::sorted() const {
  std::vector<Cluster> result;
  std::vector<unsigned> waiting;
  std::priority_queue<unsigned, std::vector<unsigned>, std::greater<>> ready;
  for (unsigned cluster = 0; cluster < clusters.size(); ++cluster) {
    waiting.push_back(order.getBefore(cluster).size());
    if (!clusters[cluster].nodes.empty() && waiting.back() == 0)
      ready.push(cluster);
  }
  while (!ready.empty()) {
    unsigned cluster = ready.top();
    ready.pop();
    result.push_back(clusters[cluster]);
    for (unsigned next : order.getAfter(cluster))
      if (--waiting[next] == 0)
        ready.push(next);
  }
  return result;
}

std::vector<Cluster> vae::formClusters(const DependenceGraph &graph) { return ClusterMerger(graph).run(); }
