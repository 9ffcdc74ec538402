// Text of strangers in messages.
#ifndef VAE_RUNTIME_FORMATS_EXCERPT_H
#define VAE_RUNTIME_FORMATS_EXCERPT_H

#include <string>
#include <string_view>

namespace vae::runtime {

/// The text for one line of a message: at most 120 bytes and "..." (whole characters of UTF-8), '?' for control
/// characters.
std::string excerpt(std::string_view text);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_EXCERPT_H
