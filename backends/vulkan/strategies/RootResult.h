// Writes the result of a root that is an op of its own, and what its epilogue makes of it.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_ROOTRESULT_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_ROOTRESULT_H

#include "backends/vulkan/BodyWriter.h"

namespace vae::vulkan {

/// The value at one point of the result, or four along its last axis.
void storeRootResult(Emitter &shader, const Point &point, mlir::Value value);

/// Four neighbouring sums along the result's last axis: `column` is the first's number among a group's `columns`, `point`
/// the group's first output. Sums beyond the last are left out.
void storeSums(Emitter &shader, const Point &point, mlir::Value column, int64_t columns, mlir::Value sums);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_ROOTRESULT_H
