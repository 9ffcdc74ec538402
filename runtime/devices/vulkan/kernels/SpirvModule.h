// What the runtime must know of a SPIR-V module before it hands it to a driver.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_KERNELS_SPIRVMODULE_H
#define VAE_RUNTIME_DEVICES_VULKAN_KERNELS_SPIRVMODULE_H

#include "runtime/base/Status.h"
#include "runtime/devices/vulkan/context/PhysicalDevice.h"

#include <array>
#include <span>
#include <vector>

namespace vae::runtime::vulkan {

/// Words of a module, in host order.
using SpirvWords = std::vector<uint32_t>;

/// The facts that device limits bear on.
struct SpirvModule {
  uint32_t version = 0; ///< 0x00010500 is 1.5
  std::vector<uint32_t> capabilities;
  std::array<uint32_t, 3> localSize = {0, 0, 0};
  uint64_t sharedBytes = 0;  ///< workgroup memory
  uint32_t bindingCount = 0; ///< highest binding + 1

  /// invalidFile where the words are no module: header, instruction lengths, no or several local sizes.
  static Result<SpirvModule> parse(std::span<const uint32_t> words);

  /// unsupported where the device cannot run the module; the message names the limit or the capability.
  Status checkAgainst(const PhysicalDevice &device) const;
};

/// Takes out of a module what asks that signed zeros, infinities and NaN be preserved, for devices that cannot promise it.
/// Leaves what is malformed for `parse` to find.
void dropPreservation(SpirvWords &words);

/// Words from bytes; invalidFile where the count is not a multiple of 4.
Result<SpirvWords> spirvWords(std::span<const std::byte> bytes);

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_KERNELS_SPIRVMODULE_H
