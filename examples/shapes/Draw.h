// One coloured picture of shapes, a function of (seed, index).
#ifndef VAE_EXAMPLES_SHAPES_DRAW_H
#define VAE_EXAMPLES_SHAPES_DRAW_H

#include <cstdint>
#include <span>

namespace vae::shapes {

constexpr int side = 32;
constexpr int channels = 3;

/// circle, ring, square, triangle, star, cross
constexpr int classCount = 6;

/// Draws picture number `index` of the set `seed` into channels * side * side bytes, one colour plane after the other,
/// and returns the class of the shape in front, 0 to classCount - 1.
int drawShapes(uint64_t seed, uint64_t index, std::span<uint8_t> planes);

} // namespace vae::shapes

#endif // VAE_EXAMPLES_SHAPES_DRAW_H
