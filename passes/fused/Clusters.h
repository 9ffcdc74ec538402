// Group formation: which ops of a flat function become one kernel together.
#ifndef VAE_PASSES_FUSED_CLUSTERS_H
#define VAE_PASSES_FUSED_CLUSTERS_H

#include "passes/fused/DependenceGraph.h"
#include <optional>

namespace vae {

/// Nodes that become one kernel.
struct Cluster {
  /// What the kernel is: its root's index space, and for a reduction the axes folded and the shape that is left.
  struct Form {
    OpRole root = OpRole::Elementwise;
    Shape space, reduced;
    llvm::SmallVector<int64_t> axes;
  };
  llvm::SmallVector<unsigned> nodes; // in program order
  Form form;
};

/// The form of a kernel made of these nodes; none where they fit no canonical form.
std::optional<Cluster::Form> deriveForm(const DependenceGraph &graph, llvm::ArrayRef<unsigned> nodes);

/// All nodes in clusters, in an order in which they can run.
std::vector<Cluster> formClusters(const DependenceGraph &graph);

} // namespace vae

#endif // VAE_PASSES_FUSED_CLUSTERS_H
