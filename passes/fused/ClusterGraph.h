// Which clusters of nodes wait for which, while they merge.
#ifndef VAE_PASSES_FUSED_CLUSTERGRAPH_H
#define VAE_PASSES_FUSED_CLUSTERGRAPH_H

#include "passes/fused/Clusters.h"

namespace vae {

/// An acyclic graph whose nodes join. It keeps a topological order of them (Pearce and Kelly's), so that whether a join
/// would close a circle is looked for between the two only.
class ClusterGraph {
public:
  explicit ClusterGraph(llvm::ArrayRef<DependenceGraph::Node> nodes);

  /// Joins `second` into `first`; false, and nothing changes, where a path leads from one to the other through a third,
  /// or where that takes too long to find out.
  bool join(unsigned first, unsigned second);
  using Neighbours = llvm::SmallDenseSet<unsigned, 4>;
  const Neighbours &getBefore(unsigned cluster) const { return before[cluster]; }
  const Neighbours &getAfter(unsigned cluster) const { return after[cluster]; }

private:
  using Edges = std::vector<Neighbours>;
  using Between = std::optional<llvm::SmallVector<unsigned>>;
  Between findBetween(unsigned from, unsigned to, const Edges &edges) const;
  void place(unsigned joined, llvm::SmallVector<unsigned> earlier, llvm::SmallVector<unsigned> later,
             llvm::ArrayRef<unsigned> own);
  void redirect(unsigned first, unsigned second, Edges &edges, Edges &reverse);

  Edges before, after;
  std::vector<unsigned> positions; // cluster -> its place in a topological order
};

} // namespace vae

#endif // VAE_PASSES_FUSED_CLUSTERGRAPH_H
