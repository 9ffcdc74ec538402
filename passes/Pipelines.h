// The named stages, and the passes that lead to each.
#ifndef VAE_PASSES_PIPELINES_H
#define VAE_PASSES_PIPELINES_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace vae {

/// What a module is between the frontend and the backends.
enum class Stage {
  Vae,     // as written: vae ops in functions that call each other
  Grad,    // flat functions, one a program; gradients and training steps built
  Fused,   // each function a list of groups
  Kernels, // groups outlined to kernels; functions are lists of launches
  Plan,    // functions are programs over buffers
};

/// Appends the passes from the frontend's output up to and including the stage; each stage ends with a check of what
/// may exist then.
void buildPipeline(mlir::OpPassManager &manager, Stage last);

/// Everything the pipelines load.
void registerDialects(mlir::DialectRegistry &registry);

/// For command lines: every pass, and `--vae-to-<stage>` pipelines.
void registerPassesAndPipelines();

} // namespace vae

#endif // VAE_PASSES_PIPELINES_H
