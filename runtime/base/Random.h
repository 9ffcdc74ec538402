// Random numbers as pure functions of (seed, stream, index): initial weights and the order of data. Also the scalar
// definition of the noise that compiled programs draw.
#ifndef VAE_RUNTIME_BASE_RANDOM_H
#define VAE_RUNTIME_BASE_RANDOM_H

#include "runtime/base/Tensor.h"

#include <array>

namespace vae::runtime {

/// Philox4x32-10 (Salmon et al. 2011): four random words from a counter and a key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// Word `index` of random site `site` at `step`, as compiled programs draw it.
uint32_t noiseWord(uint64_t seed, uint32_t step, uint32_t site, uint64_t index);

/// The seed of the `stream`-th of several programs that draw in one step; stream 0 is the seed itself.
uint64_t streamSeed(uint64_t seed, uint32_t stream);

/// The quantile function of the standard normal distribution, for 0 < p < 1; relative error about 1e-15 (Wichura, AS
/// 241).
double normalQuantile(double p);

/// The word as a uniform number in [0, 1), a multiple of 2^-24.
float uniformFromWord(uint32_t word);
/// The word as a standard normal number by inversion, evaluated in double; compiled programs approximate this within
/// 1e-6.
double normalFromWord(uint32_t word);

/// How a parameter starts; numbered as InitKind in runtime/abi/package.fbs.
enum class InitialValues : uint8_t { zeros = 0, constant = 1, uniform = 2, normal = 3 };

/// Fills an f32 tensor with constant `a`, uniform numbers of [a, b) or normal ones of mean a and deviation b. A
/// function of (seed, path, element index) alone: other parameters, their order and the device make no difference.
Status fillInitial(HostTensor &tensor, InitialValues kind, double a, double b, uint64_t seed, std::string_view path);

/// The order in which epoch `epoch` visits `count` samples: a permutation of 0 .. count - 1, every one equally likely.
std::vector<uint64_t> epochOrder(uint64_t seed, uint64_t epoch, uint64_t count);

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_RANDOM_H
