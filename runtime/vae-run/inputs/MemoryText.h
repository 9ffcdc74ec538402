// Amounts of memory as people write them.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_MEMORYTEXT_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_MEMORYTEXT_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace vae::runtime::tool {

/// Bytes of "450MiB", "1.5GiB", "2GB", "600 MB", "1048576"; units of 1000 or, with an i, 1024, in any case. Nothing for
/// other texts, 0 and what exceeds 2^63.
std::optional<uint64_t> memoryOf(std::string_view text);

/// Bytes of this process in memory; 0 where the system does not say.
uint64_t residentMemory();

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_MEMORYTEXT_H
