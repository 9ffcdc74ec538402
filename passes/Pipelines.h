// The passes that lead to each stage.
#ifndef VAE_PASSES_PIPELINES_H
#define VAE_PASSES_PIPELINES_H

#include "ir/program/Limits.h"
#include "ir/program/Stages.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace vae {

/// Appends the passes from the frontend's output up to and including the stage, one that is a module; each stage ends
/// with a check of what may exist then. No kernel reads and writes more than `maxBuffers` tensors.
void buildPipeline(mlir::OpPassManager &manager, Stage last, unsigned maxBuffers = limits::buffers);

/// Everything the pipelines load.
void registerDialects(mlir::DialectRegistry &registry);

/// For command lines: every pass, and `--vae-to-<stage>` pipelines.
void registerPassesAndPipelines();

} // namespace vae

#endif // VAE_PASSES_PIPELINES_H
