// The numbers that grouping ops into kernels hangs on, and where each comes from.
#ifndef VAE_PASSES_FUSED_COSTS_H
#define VAE_PASSES_FUSED_COSTS_H

#include "ir/program/Layout.h"

#include <cstddef>
#include <cstdint>

namespace vae::costs {

/// The most scalar ops that a kernel repeats to avoid storing a value. A value stored and read again moves eight bytes
/// an element, in the time of some 20 to 30 operations where memory feeds several cores. Chosen by that, not measured.
inline constexpr unsigned recomputedOps = 24;

/// What one draw of noise counts among them: ten rounds of Philox, of about four operations each, make four at once.
inline constexpr unsigned noiseOps = 10;

/// The most ops, views and slices too, through which a reader looks: what computing a value again may cost the compiler.
inline constexpr unsigned recipeOps = 64;

/// Below so many elements a kernel costs its launch, not its traffic; merging any two such kernels pays. 4096 floats
/// are read in under a microsecond, and a launch on the CPU takes about as long. Chosen by that, not measured.
inline constexpr double smallKernelElements = 4096;

/// The most scalar ops of a kernel. What compiling a kernel takes grows faster than its body, and a body of hundreds of
/// ops is bound by arithmetic: storing one value more costs nothing then. No example has a kernel half as long.
inline constexpr unsigned kernelOps = 256;

/// With how many readers of a value, or small clusters of its shape, a cluster is compared on either side: all of a
/// model's updates read the learning rate, and comparing all with all costs the square of the model.
inline constexpr unsigned comparedNeighbours = 32;

/// The most edges that a search for a circle of kernels follows. In a chain and its gradient, each forward op and its
/// backward op read one value, and all that runs between the two lies on paths between them; without a bound, finding
/// that for each pair costs the square of the chain. No group of an example changes by it.
inline constexpr size_t followedEdges = 2048;

/// The most elements that one step of a reduction folds into one, where it can fold fewer. Some drivers bound the rounds
/// of a loop (lavapipe ends an invocation after 65,535 in all), and a quarter of that leaves room for a nest.
inline constexpr double foldedElements = 16384;

/// How much larger than the largest parameter it is made of a prepared tensor may be: as much as one row of a matrix
/// grows in a panel. What grows more repeats elements, and its readers repeat them for nothing.
inline constexpr int64_t preparedGrowth = program::matrixPanel;

} // namespace vae::costs

#endif // VAE_PASSES_FUSED_COSTS_H
