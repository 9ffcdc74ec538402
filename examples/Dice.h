// The random numbers of one drawn picture, one after the other.
#ifndef VAE_EXAMPLES_DICE_H
#define VAE_EXAMPLES_DICE_H

#include "runtime/base/Random.h"

#include <cstddef>

namespace vae::examples {

/// A picture is a stream of its own, so the first pictures of a set do not depend on its size. `kind` keeps drawers
/// apart that are given the same seed.
class Dice {
public:
  Dice(uint64_t seed, uint64_t picture, uint32_t kind)
      : seed(seed), low(static_cast<uint32_t>(picture)), high(static_cast<uint32_t>(picture >> 32) ^ kind) {}

  uint32_t word() { return runtime::noiseWord(seed, low, high, next++); }
  int below(size_t bound) { return static_cast<int>(static_cast<uint64_t>(word()) * bound >> 32); }
  double uniform(double from, double to) {
    return from + static_cast<double>(runtime::uniformFromWord(word())) * (to - from);
  }
  double normal(double deviation) { return runtime::normalFromWord(word()) * deviation; }

private:
  uint64_t seed;
  uint32_t low, high;
  uint64_t next = 0;
};

} // namespace vae::examples

#endif // VAE_EXAMPLES_DICE_H
