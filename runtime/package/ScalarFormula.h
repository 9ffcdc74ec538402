// Numbers that change from step to step (learning rates, schedules), computed on the host before a run.
#ifndef VAE_RUNTIME_PACKAGE_SCALARFORMULA_H
#define VAE_RUNTIME_PACKAGE_SCALARFORMULA_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace vae::runtime {

/// Postfix words in double precision: numbers, `step` (from 0), `epoch`, + - * / pow min max sqrt cos exp log.
/// "0.001 1 0.999 step 1 + pow - sqrt *" is 0.001 * sqrt(1 - 0.999^(step + 1)).
class ScalarFormula {
public:
  /// Checks words and stack once (invalidFile).
  static Result<ScalarFormula> parse(std::string_view text);

  double evaluate(double step, double epoch) const;

private:
  enum class Op : uint8_t { number, step, epoch, add, subtract, multiply, divide, pow, min, max, sqrt, cos, exp, log };
  struct Word {
    Op op;
    double number = 0;
  };
  static Result<Word> parseWord(std::string_view text);
  static double applyOp(Op op, double a, double b);
  static int operandCount(Op op);
  std::vector<Word> words;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_SCALARFORMULA_H
