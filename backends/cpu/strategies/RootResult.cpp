// Stores results of roots that are ops of their own.
#include "backends/cpu/strategies/RootResult.h"
#include "backends/cpu/BodyWriter.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

void cpu::storeRootResult(Emitter &emitter, Value values, const Point &at) {
  const KernelView &kernel = emitter.kernel;
  if (kernel.epilogue) {
    BodyWriter body(emitter, *kernel.epilogue, at);
    body.bindProducer(cast<OpResult>(kernel.rootOp->getResult(0)), values);
    body.storeResults();
  }
  emitter.storeResult(values, kernel.root.results[0], at);
}
