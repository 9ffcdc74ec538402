// Size formulas as `info` shows them ("784", "B", "8*H", "B*H + 1"), evaluated.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H

#include "runtime/base/Status.h"

#include <functional>
#include <optional>

namespace vae::runtime::tool {

/// The value of `text`: sums and differences of products and exact quotients of numbers and symbols. Unknown symbols,
/// remainders, overflow and anything else are invalidArgument.
Result<int64_t> evaluateSize(const std::string &text,
                             const std::function<std::optional<int64_t>(const std::string &)> &valueOf);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H
