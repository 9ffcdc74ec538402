// What upstream's path to SPIR-V leaves undone for Vulkan.
#ifndef VAE_BACKENDS_VULKAN_SHADERFIXUPS_H
#define VAE_BACKENDS_VULKAN_SHADERFIXUPS_H

namespace mlir::spirv {
class ModuleOp;
} // namespace mlir::spirv

namespace vae::vulkan {

/// Upstream's loops write what they carry out into variables as rounds end. So after no round at all it is undefined, and
/// in a loop within another, drivers keep the values of the round before alive in registers. Here it starts as what the
/// loop carries in.
void startLoopResults(mlir::spirv::ModuleOp module);

/// Asks that signed zeros, infinities and NaN of 32-bit floats be preserved. Marks floating-point arithmetic NoContraction, variables that share a binding Aliased, buffers that are only read
/// NonWritable. Without the first, drivers rewrite the algebra of expanded functions and their values come out wrong,
/// not merely rounded differently. Contraction loops use GL.Fma, which stays free.
void decorate(mlir::spirv::ModuleOp module);

/// Asks drivers not to unroll the module's loops.
void forbidUnrolling(mlir::spirv::ModuleOp module);

/// Upstream's version step picks the lowest version that knows every op, 1.0, although entry points list all their
/// variables (a 1.4 rule), and names extensions that are core by now.
void restoreVersion(mlir::spirv::ModuleOp module);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_SHADERFIXUPS_H
