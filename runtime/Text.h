// Messages made of text and numbers.
#ifndef VAE_RUNTIME_TEXT_H
#define VAE_RUNTIME_TEXT_H

#include "runtime/Status.h"

#include <string>
#include <string_view>
#include <type_traits>

namespace vae::runtime {

namespace detail {
inline void append(std::string &out, std::string_view text) { out += text; }
inline void append(std::string &out, char letter) { out += letter; }
template <typename Number>
  requires std::is_arithmetic_v<Number>
void append(std::string &out, Number number) {
  out += std::to_string(number);
}
} // namespace detail

/// Concatenates: `concat("input '", name, "' has rank ", rank)`.
template <typename... Parts> std::string concat(const Parts &...parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// A failure whose message is `concat(parts...)`.
template <typename... Parts> Status fail(StatusCode code, const Parts &...parts) { return {code, concat(parts...)}; }

} // namespace vae::runtime

#endif // VAE_RUNTIME_TEXT_H
