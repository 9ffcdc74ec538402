// A bitmap font for charts: letters, digits and the signs of numbers and names.
#ifndef VAE_RUNTIME_VAE_RUN_PICTURES_FONT_H
#define VAE_RUNTIME_VAE_RUN_PICTURES_FONT_H

#include <cstdint>

namespace vae::runtime::tool::font {

/// Dots of a letter; the last two rows are for what hangs below the line.
constexpr int64_t width = 5;
constexpr int64_t height = 9;

/// Whether the dot is black; a letter that is missing here is an empty box.
bool inked(char letter, int64_t x, int64_t y);

} // namespace vae::runtime::tool::font

#endif // VAE_RUNTIME_VAE_RUN_PICTURES_FONT_H
