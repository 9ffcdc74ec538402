// Strategy for kernels without reductions: every thread computes a few elements, each independent.
#include "backends/vulkan/BodyWriter.h"
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/Strategy.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

/// Any rank, permuted and broadcast inputs, several results, results written over inputs. Four elements a thread where
/// the innermost loop's length is a multiple of four, else one.
static Shader emitElementwise(const KernelView &kernel) {
  const KernelGeneric &root = kernel.root;
  int lanes = getLanes(root);
  Emitter shader(kernel, {costs::groupThreads, 1, 1});
  Value begin = shader.add(shader.mul(shader.groupId(0), shader.index(costs::groupThreads)), shader.threadId(0));
  Value step = shader.mul(shader.groupCount(0), shader.index(costs::groupThreads));
  Value count = shader.div(shader.volume(root.loops), lanes);
  shader.loop(begin, count, step, [&](Value iv) {
    Point point;
    point.flat = shader.mul(iv, shader.index(lanes));
    point.loops = shader.split(point.flat, root.loops);
    point.lanes = lanes;
    point.laneLoop = lanes > 1 ? static_cast<int>(root.loops.size()) - 1 : -1;
    BodyWriter body(shader, root, point);
    body.storeResults();
  });
  return shader.finish({getFlatGrid(root.loops, costs::groupThreads * costs::elementsPerThread)});
}

const Strategy vulkan::elementwise{{"Elementwise", KernelForm::Elementwise, estimateOperations}, emitElementwise};
