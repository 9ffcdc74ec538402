// Files of weights that are not safetensors.
#ifndef VAE_RUNTIME_FORMATS_FOREIGNWEIGHTS_H
#define VAE_RUNTIME_FORMATS_FOREIGNWEIGHTS_H

#include <cstddef>
#include <span>
#include <string>

namespace vae::runtime {

/// What a file that begins with `bytes` is, and the command that makes it safetensors: "a pickled PyTorch file; ...".
/// Empty where its bytes do not tell.
std::string describeForeignWeights(std::span<const std::byte> bytes, const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_FOREIGNWEIGHTS_H
