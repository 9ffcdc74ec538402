// Minimal filtering of rows: some outputs of a filter of three taps from fewer products than taps times outputs, by
// transforming inputs, filter and products. (Winograd, Arithmetic Complexity of Computations, 1980; for convolutions
// Lavin and Gray, arXiv:1509.09308.) Applied along columns, then along rows, it filters pictures.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_WINOGRADTRANSFORMS_H
#define VAE_BACKENDS_CPU_STRATEGIES_WINOGRADTRANSFORMS_H

#include "backends/cpu/Emitter.h"
#include <array>

namespace vae::cpu {

/// One way to filter along an axis. Values are vectors, whose lanes are independent.
struct MinimalFilter {
  static constexpr int64_t taps = 3, outputs = 4;

  int64_t patch;                                          // inputs that four outputs read
  int64_t step;                                           // inputs between the patches of neighbouring tiles
  int64_t forms;                                          // functions of the inputs that products take
  llvm::SmallVector<int64_t, 6> sources;                  // for each product: the function that it takes
  llvm::SmallVector<std::array<double, taps>, 6> filters; // for each product: the filter's taps in its other factor
  llvm::SmallVector<mlir::Value> (*transformInputs)(Emitter &emitter, mlir::ValueRange inputs);
  llvm::SmallVector<mlir::Value> (*transformProducts)(Emitter &emitter, mlir::ValueRange products);

  int64_t products() const { return static_cast<int64_t>(sources.size()); }
};

/// F(4, 3): 6 products where 12 are counted. Points 0, 1/sqrt(2), -1/sqrt(2), sqrt(2), -sqrt(2) and infinity, which round
/// less than integers do.
const MinimalFilter &getPlainFilter();

/// The same of inputs that each stand twice, from the inputs as they were: 5 products. Of the six, one vanishes, and two pairs of
/// the others are the same function of the inputs, so that all constants are 0, 1 and 1/2.
const MinimalFilter &getDoublingFilter();

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_WINOGRADTRANSFORMS_H
