// Writes what a root over windows sums: its result, and what its epilogue makes of it.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_WINDOWRESULT_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_WINDOWRESULT_H

#include "backends/vulkan/BodyWriter.h"

namespace vae::vulkan {

/// Four neighbouring sums along the result's last axis: `column` is the first's number among a group's `columns`, `point`
/// the group's first output. Sums beyond the last are left out.
void storeSums(Emitter &shader, const Point &point, mlir::Value column, int64_t columns, mlir::Value sums);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_WINDOWRESULT_H
