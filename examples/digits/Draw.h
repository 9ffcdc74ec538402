// One digit as a 28x28 picture, a function of (seed, index).
#ifndef VAE_EXAMPLES_DIGITS_DRAW_H
#define VAE_EXAMPLES_DIGITS_DRAW_H

#include <cstdint>
#include <span>

namespace vae::digits {

constexpr int side = 28;

/// Draws digit number `index` of the set `seed` into side * side grey bytes (0 background) and returns its class, 0
/// to 9.
int drawDigit(uint64_t seed, uint64_t index, std::span<uint8_t> pixels);

} // namespace vae::digits

#endif // VAE_EXAMPLES_DIGITS_DRAW_H
