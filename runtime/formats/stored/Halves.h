// Floating-point numbers of 16 bits as f32, which holds every one of them.
#ifndef VAE_RUNTIME_FORMATS_STORED_HALVES_H
#define VAE_RUNTIME_FORMATS_STORED_HALVES_H

#include <bit>
#include <cstdint>

namespace vae::runtime {

/// Of IEEE's 16 bits (f16).
inline float halfToFloat(uint16_t bits) {
  uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31u, fraction = bits & 1023u;
  if (exponent == 0)
    return std::bit_cast<float>(std::bit_cast<uint32_t>(static_cast<float>(fraction) * 0x1p-24f) | sign);
  return std::bit_cast<float>(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

/// Of the upper half of an f32 (bf16).
inline float brainToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_STORED_HALVES_H
