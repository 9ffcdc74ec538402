// Joins in a graph that stays acyclic.
#include "passes/fused/ClusterGraph.h"
#include "passes/fused/Costs.h"

using namespace mlir;
using namespace vae;

ClusterGraph::ClusterGraph(ArrayRef<DependenceGraph::Node> nodes)
    : before(nodes.size()), after(nodes.size()), positions(nodes.size()) {
  for (unsigned node = 0; node < nodes.size(); ++node) {
    positions[node] = node;
    for (auto dependence : nodes[node].dependences) {
      before[node].insert(dependence.node);
      after[dependence.node].insert(node);
    }
  }
}

/// What lies on paths along the edges from one cluster, and not beyond the other in the order; none where the other is
/// met there, or the search takes too long.
ClusterGraph::Between ClusterGraph::findBetween(unsigned from, unsigned to, const Edges &edges) const {
  auto [low, high] = std::minmax(positions[from], positions[to]);
  llvm::SetVector<unsigned> seen;
  seen.insert(from);
  unsigned followed = 0;
  for (unsigned index = 0; index < seen.size(); ++index)
    for (unsigned next : edges[seen[index]]) {
      if (++followed > costs::followedEdges || (next == to && index != 0))
        return std::nullopt;
      if (positions[next] > low && positions[next] < high)
        seen.insert(next);
    }
  return SmallVector<unsigned>(llvm::drop_begin(seen));
}

/// Gives the positions of all of these anew: what comes earlier, then the joined cluster, then what comes later.
void ClusterGraph::place(unsigned joined, SmallVector<unsigned> earlier, SmallVector<unsigned> later,
                         ArrayRef<unsigned> own) {
  auto byPosition = [&](unsigned a, unsigned b) { return positions[a] < positions[b]; };
  llvm::sort(earlier, byPosition);
  llvm::sort(later, byPosition);
  SmallVector<unsigned> order(earlier);
  order.push_back(joined);
  order.append(later);
  SmallVector<unsigned> free = llvm::map_to_vector(llvm::concat<const unsigned>(earlier, own, later),
                                                   [&](unsigned cluster) { return positions[cluster]; });
  llvm::sort(free);
  // One position stays unused; the last, so that all that comes later only moves up where something else was.
  for (auto [cluster, position] : llvm::zip(order, free))
    positions[cluster] = position;
}

/// Moves the edges of `second` to `first`.
void ClusterGraph::redirect(unsigned first, unsigned second, Edges &edges, Edges &reverse) {
  for (unsigned other : edges[second]) {
    reverse[other].erase(second);
    if (other == first)
      continue;
    edges[first].insert(other);
    reverse[other].insert(first);
  }
  edges[second].clear();
  edges[first].erase(second);
}

bool ClusterGraph::join(unsigned first, unsigned second) {
  auto [early, late] = positions[first] < positions[second] ? std::pair(first, second) : std::pair(second, first);
  Between later = findBetween(early, late, after);
  if (!later)
    return false;
  Between earlier = later->empty() ? Between(std::in_place) : findBetween(late, early, before);
  if (!earlier)
    return false;
  if (later->empty())
    positions[first] = positions[late];
  else
    place(first, std::move(*earlier), std::move(*later), {early, late});
  redirect(first, second, before, after);
  redirect(first, second, after, before);
  return true;
}
