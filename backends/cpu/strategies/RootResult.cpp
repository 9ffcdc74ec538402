// Stores results of roots that are ops of their own.
#include "backends/cpu/strategies/RootResult.h"
#include "backends/cpu/BodyWriter.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

/// Everything is computed before anything is stored: a result may lie over an input.
void cpu::storeRootResult(Emitter &emitter, Value values, const Point &at) {
  const KernelView &kernel = emitter.kernel;
  SmallVector<std::pair<Value, const KernelResult *>> results{{values, &kernel.root.results[0]}};
  if (kernel.epilogue) {
    BodyWriter body(emitter, *kernel.epilogue, at);
    for (const KernelOperand &input : kernel.epilogue->inputs)
      if (input.producer)
        body.bind(input, values);
    for (const KernelResult &result : kernel.epilogue->results)
      results.push_back({body.get(result.yielded), &result});
  }
  for (auto [value, result] : results)
    for (int64_t buffer : result->buffers)
      emitter.store(value, emitter.buffer(buffer), emitter.address(kernel.buffers[buffer], result->map, at), at);
}
