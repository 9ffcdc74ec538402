// What a strategy is: it decides how a kernel's work is cut into blocks and writes the loops of one block.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H
#define VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H

#include "backends/Backend.h"
#include "backends/cpu/Emitter.h"

namespace vae::cpu {

class Strategy {
public:
  virtual ~Strategy() = default;
  virtual llvm::StringRef getName() const = 0;
  /// Writes the loop over blocks into the emitter's function, and states block count and scratch in `compiled`.
  virtual mlir::LogicalResult emit(Emitter &emitter, CompiledKernel &compiled) = 0;
};

/// The strategy for a kernel's form.
std::unique_ptr<Strategy> createStrategy(KernelForm form);
std::unique_ptr<Strategy> createElementwise();
std::unique_ptr<Strategy> createReduction();
std::unique_ptr<Strategy> createGemm();
std::unique_ptr<Strategy> createVectorQuantize();
std::unique_ptr<Strategy> createConvolution();
std::unique_ptr<Strategy> createFilterGradient();

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H
