// Size formulas as `info` shows them ("784", "B", "8*H", "B*H + 1"), evaluated.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H

#include "runtime/base/Status.h"

#include <functional>
#include <optional>
#include <string>

namespace vae::runtime::tool {

/// The value of `text`: sums and differences of products and exact quotients of numbers and symbols. Unknown symbols,
/// remainders, overflow and anything else are invalidArgument.
Result<int64_t> evaluateSize(const std::string &text,
                             const std::function<std::optional<int64_t>(const std::string &)> &valueOf);

/// A value of the only symbol of a size.
struct LeastValue {
  std::string symbol;
  int64_t value = 0; ///< from 1 on
  int64_t size = 0;  ///< what it gives
};

/// The least value of the symbol in `text` by which it is `size` or more: of "8*H" and 380 that is H = 48, which gives
/// 384. Nothing for other texts than a whole multiple of one symbol and a number to be added, and for sizes out of range.
std::optional<LeastValue> leastValueFor(const std::string &text, int64_t size);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_SIZETEXT_H
