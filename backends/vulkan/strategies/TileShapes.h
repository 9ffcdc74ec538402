// How a workgroup shares a matrix product out among its threads.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_TILESHAPES_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_TILESHAPES_H

#include <cstdint>

namespace vae::vulkan {

/// A thread sums `rows` rows by 4 `quads` columns in registers, read from buffers.
struct TileShape {
  int64_t rows, quads, threadsM, threadsN;

  int64_t groupRows() const { return rows * threadsM; }
  int64_t groupColumns() const { return 4 * quads * threadsN; }
};

/// A thread sums 4 `rowQuads` rows by 4 `columnQuads` columns, for every `parts`-th step of k; `depth` steps lie in
/// shared memory at a time, of which a thread takes `unrolled` in a round of its innermost loop. Every Vulkan device
/// takes 128 threads and 16 KiB.
struct SharedTileShape {
  int64_t rowQuads, columnQuads, threadsM, threadsN, parts, depth, unrolled;

  constexpr int64_t rows() const { return 4 * rowQuads * threadsM; }
  constexpr int64_t columns() const { return 4 * columnQuads * threadsN; }
  constexpr int64_t threads() const { return threadsM * threadsN * parts; }
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_TILESHAPES_H
