// Shapes of packed tensors.
#include "ir/program/Layout.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace vae;

SmallVector<Size> program::getPackedShape(Layout layout, ArrayRef<Size> shape) {
  Packing packing = getPacking(layout);
  assert(shape.size() == packing.rank && "the layout is for tensors of another rank");
  SmallVector<Size> packed(shape);
  packed[packing.axis] = Size(static_cast<int64_t>(divideCeil(*shape[packing.axis].getConstant(), packing.width)));
  packed.push_back(Size(packing.width));
  return packed;
}
