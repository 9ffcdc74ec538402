// How long the compiler's steps take.
#ifndef VAE_BACKENDS_VAEC_TIMING_H
#define VAE_BACKENDS_VAEC_TIMING_H

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include <chrono>
#include <map>
#include <string>

namespace vae {

/// How often something was done, and for how long in all.
struct StepTime {
  unsigned count = 0;
  double milliseconds = 0;

  void add(double time) { ++count, milliseconds += time; }
};

/// Steps by their names, in the order in which they first came.
using StepTimes = llvm::MapVector<std::string, StepTime, std::map<std::string, unsigned>>;

/// A clock that begins again whenever it is read.
class StepClock {
public:
  double milliseconds();

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

/// The passes of a stage.
struct StageTime {
  std::string name;
  double milliseconds = 0;
  StepTimes passes;
};

/// Watches a pipeline; `stages` is filled as it runs, and outlives it. Of a stage those passes are counted that run up
/// to its check, which ends it.
std::unique_ptr<mlir::PassInstrumentation> watchPasses(std::vector<StageTime> &stages);

/// A line, its name moved in by two columns a level.
void printTime(unsigned level, llvm::StringRef name, StepTime time);
void printTimes(unsigned level, const StepTimes &times);
void printTimes(unsigned level, llvm::ArrayRef<StageTime> stages);

} // namespace vae

#endif // VAE_BACKENDS_VAEC_TIMING_H
