// Group formation: which ops of a flat function become one kernel together.
#ifndef VAE_PASSES_FUSED_CLUSTERS_H
#define VAE_PASSES_FUSED_CLUSTERS_H

#include "passes/fused/DependenceGraph.h"
#include <optional>

namespace vae {

/// Nodes that become one kernel.
struct Cluster {
  /// What the kernel is built around: the space of its root's loops, the axes folded and the shape of what is left. Without
  /// a root, elementwise ops run over the space.
  struct Form {
    KernelRootOpInterface root;
    RootFusion fusion;
    Shape space, result;
    llvm::SmallVector<int64_t> axes;

    /// Whether elementwise ops run after the root only, as bias and activation do after a product.
    bool takesEpilogueOnly() const { return root && fusion.epilogue && !fusion.prologue; }
  };
  llvm::SmallVector<unsigned> nodes; // in program order
  Form form;
};

/// The form of a kernel made of these nodes; none where they fit no canonical form.
std::optional<Cluster::Form> deriveForm(const DependenceGraph &graph, llvm::ArrayRef<unsigned> nodes);

/// Whether one kernel may be built around both roots: of one form, folding the same axes of the same space.
bool areSiblings(const Cluster::Form &a, const Cluster::Form &b);

/// All nodes in clusters, in an order in which they can run.
std::vector<Cluster> formClusters(const DependenceGraph &graph);

} // namespace vae

#endif // VAE_PASSES_FUSED_CLUSTERS_H
