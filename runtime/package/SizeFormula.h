// Sizes of a program's tensors as formulas over its symbols.
#ifndef VAE_RUNTIME_PACKAGE_SIZEFORMULA_H
#define VAE_RUNTIME_PACKAGE_SIZEFORMULA_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vae::runtime {

/// Numbered as in runtime/abi/package.fbs.
enum class SizeOp : uint8_t { constant = 0, symbol = 1, add = 2, mul = 3, divide = 4, floorDivide = 5 };

struct SizeToken {
  SizeOp op = SizeOp::constant;
  int64_t value = 0;
};

/// Postfix words over symbols, checked once when made: evaluation can only overflow or fail to divide.
class SizeFormula {
public:
  /// Refuses stack underflow, leftovers, symbols outside [0, symbolCount) and unknown operations (invalidFile).
  static Result<SizeFormula> create(std::vector<SizeToken> tokens, size_t symbolCount);

  /// The value for `symbols`, one value each. invalidArgument, naming the formula, where it overflows, divides by zero,
  /// or `divide` leaves a remainder. `names` are the symbols' names, for the message.
  Result<int64_t> evaluate(std::span<const int64_t> symbols, std::span<const std::string> names) const;

  /// The value of a formula without symbols; nothing otherwise or where it has none.
  std::optional<int64_t> constantValue() const;

  /// The only index in `symbols` without a value that the formula uses, solved for so that the formula gives `target`.
  /// Nothing where no or several symbols are unknown, or the formula isn't linear in the unknown one, or there is no
  /// whole solution.
  struct Solution {
    size_t symbol;
    int64_t value;
  };
  std::optional<Solution> solve(std::span<const std::optional<int64_t>> symbols, int64_t target) const;

  /// As a person writes it: "8*H", "B*H + 1".
  std::string text(std::span<const std::string> names) const;

  /// Whether it mentions symbol `index`.
  bool uses(size_t index) const;

private:
  std::vector<SizeToken> tokens;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_SIZEFORMULA_H
