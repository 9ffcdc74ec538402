// From a kernel's gpu.module to a SPIR-V 1.5 module that Vulkan 1.2 takes.
#ifndef VAE_BACKENDS_VULKAN_SHADERLOWERING_H
#define VAE_BACKENDS_VULKAN_SHADERLOWERING_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LogicalResult.h"
#include <cstdint>
#include <vector>

namespace mlir::spirv {
class TargetEnvAttr;
} // namespace mlir::spirv

namespace vae::vulkan {

/// What shaders may rely on: SPIR-V 1.5 with the capability Shader and nothing else, so that every Vulkan 1.2 device
/// runs them.
mlir::spirv::TargetEnvAttr getTargetEnv(mlir::MLIRContext *context);

/// Turns the one gpu.module in `shader` into the one spirv.module, valid for Vulkan. Reports through diagnostics what
/// has no SPIR-V form.
mlir::LogicalResult lowerToSPIRV(mlir::ModuleOp shader);

/// The binary form of the spirv.module in `shader`.
mlir::FailureOr<std::vector<uint32_t>> serialize(mlir::ModuleOp shader);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_SHADERLOWERING_H
