// Blocks of axes of a reshape.
#include "passes/fused/ReshapeAxes.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;

/// Cuts both shapes into the shortest blocks of equal size; none where sizes at run time do not show them.
std::optional<ReshapeAxes> ReshapeAxes::get(ReshapeOp reshape) {
  ReshapeAxes axes{getShape(reshape.getX()), getShape(reshape.getResult()), {}};
  size_t i = 0, o = 0;
  while (i < axes.inner.size() && o < axes.outer.size()) {
    AxisBlock block{{i}, {o}};
    Size before = axes.inner[i++], after = axes.outer[o++];
    while (before != after) {
      bool extendsInner = getNominalElements({before}) < getNominalElements({after});
      if (extendsInner ? i == axes.inner.size() : o == axes.outer.size())
        return std::nullopt;
      if (extendsInner) {
        before = before * axes.inner[i];
        block.inner.push_back(i++);
      } else {
        after = after * axes.outer[o];
        block.outer.push_back(o++);
      }
    }
    axes.blocks.push_back(block);
  }
  // What is left on one side are axes of one.
  for (; i < axes.inner.size() && !axes.blocks.empty(); ++i)
    axes.blocks.back().inner.push_back(i);
  for (; o < axes.outer.size() && !axes.blocks.empty(); ++o)
    axes.blocks.back().outer.push_back(o);
  return axes.blocks.empty() ? std::nullopt : std::optional(axes);
}
