// What a strategy is on every device: a way to run kernels of one form. Each backend has a table of them
// (strategies/Strategies.def); of those that take a kernel, the cheapest writes it.
#ifndef VAE_BACKENDS_COMMON_STRATEGY_H
#define VAE_BACKENDS_COMMON_STRATEGY_H

#include "backends/common/KernelView.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace vae {

/// What a strategy says of a kernel: what a run costs, or why the strategy cannot take it.
struct Match {
  std::optional<double> cost; // operations of a run (see estimateOperations); none where the kernel is refused
  std::string reason;         // what was counted, or why the kernel is refused
};
Match refuse(const llvm::Twine &reason);

/// What the choice needs to know of a strategy.
struct StrategyEntry {
  llvm::StringLiteral name;
  KernelForm form; // `match` and `emit` see kernels of this form only
  Match (*match)(const KernelView &kernel);
};

/// A strategy with the function that writes a kernel; its type is the backend's.
template <typename Emit> struct StrategyOf : StrategyEntry {
  Emit *emit;
};

using StrategyTable = llvm::ArrayRef<const StrategyEntry *>;

/// The strategy that the kernel wishes, else the one that takes it at the least cost, the first of equal ones. Reports every
/// refusal where none does, and warns where the one that is wished refuses.
mlir::FailureOr<const StrategyEntry *> chooseStrategy(const KernelView &kernel, StrategyTable table);

/// Prints what each strategy of the kernel's form says of it, the one chosen with a star.
void printMatches(const KernelView &kernel, StrategyTable table, llvm::raw_ostream &out);
/// Prints the kernel's form and what its loops and operands are for.
void printForm(const KernelView &kernel, llvm::raw_ostream &out);

/// Iterations of a nest of loops; a length that is known at run time only counts as `nominalLength`.
double countIterations(llvm::ArrayRef<Extent> loops);
/// The batch size that examples train with: costs are compared, so only that it is neither tiny nor huge matters.
inline constexpr int64_t nominalLength = 64;

/// The simple model of cost: for each op of the kernel, its iterations times what one does (an operation of the body, an
/// element read or stored: one each). A strategy that does more, or less, counts for itself.
Match estimateOperations(const KernelView &kernel);
/// Multiply-adds of a root that is an op of its own.
double countProducts(const KernelView &kernel);

} // namespace vae

#endif // VAE_BACKENDS_COMMON_STRATEGY_H
