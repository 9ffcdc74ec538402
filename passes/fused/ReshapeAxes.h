// How the axes of the two shapes of a reshape belong together.
#ifndef VAE_PASSES_FUSED_RESHAPEAXES_H
#define VAE_PASSES_FUSED_RESHAPEAXES_H

#include "ir/ops/Shapes.h"
#include "passes/fused/Roles.h"

namespace vae {

/// Neighbouring axes of two shapes that hold equally many elements.
struct AxisBlock {
  llvm::SmallVector<size_t, 4> inner, outer; // axes before and after the reshape
};

/// A reshape, and how axes of the shape before it (inner) and after it (outer) belong together.
class ReshapeAxes {
public:
  static std::optional<ReshapeAxes> get(ReshapeOp reshape);

  Shape inner, outer;
  llvm::SmallVector<AxisBlock, 4> blocks;
};

} // namespace vae

#endif // VAE_PASSES_FUSED_RESHAPEAXES_H
