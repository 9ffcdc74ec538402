// Why a pass left something as it was: `vaec --why` and `vae-opt --why` print each refusal.
#ifndef VAE_PASSES_REFUSALS_H
#define VAE_PASSES_REFUSALS_H

#include "mlir/IR/Operation.h"

namespace vae {

/// Whether refusals are to be seen.
bool showsRefusals();

/// Prints, where refusals are to be seen, that `what` is not done at `op`: "mnist.vae:5:13: vae.exp: not fused: reads ...".
void printRefusal(llvm::StringRef what, mlir::Operation *op, llvm::StringRef why);

} // namespace vae

/// Says why `what` ("fused", "in place") is not done at an op; an expression of value false, for conditions that refuse.
/// The reason is made only where it is seen: groups are tried by the thousand.
#define VAE_REFUSE(what, op, why) (::vae::showsRefusals() ? ::vae::printRefusal(what, op, why) : void(), false)

#endif // VAE_PASSES_REFUSALS_H
