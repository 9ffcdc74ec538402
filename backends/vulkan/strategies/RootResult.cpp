// Writes the result of a root that is an op of its own, and what its epilogue makes of it.
#include "backends/vulkan/strategies/RootResult.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

void vulkan::storeRootResult(Emitter &shader, const Point &point, Value value) {
  const KernelView &kernel = shader.getKernel();
  if (kernel.epilogue) {
    BodyWriter epilogue(shader, *kernel.epilogue, point);
    epilogue.bindProducer(cast<OpResult>(kernel.rootOp->getResult(0)), value);
    epilogue.storeResults();
  }
  BodyWriter(shader, kernel.root, point).store(kernel.root.results[0], value);
}

/// Four at once where columns come in fours, else one by one.
void vulkan::storeSums(Emitter &shader, const Point &point, Value column, int64_t columns, Value sums) {
  int lanes = columns % 4 == 0 ? 4 : 1;
  for (int lane = 0; lane < 4; lane += lanes) {
    Value own = shader.add(column, shader.index(lane));
    Point at = point;
    at.lanes = lanes;
    at.laneLoop = lanes > 1 ? static_cast<int>(point.loops.size()) - 1 : -1;
    at.loops.back() = shader.add(at.loops.back(), own);
    shader.when(shader.lessThan(own, shader.index(columns)),
                [&] { storeRootResult(shader, at, lanes > 1 ? sums : shader.lane(sums, lane)); });
  }
}
