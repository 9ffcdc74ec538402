// The layouts of tensors that do not lie row by row: what each is, once, for all that pack, read or measure.
#ifndef VAE_IR_PROGRAM_LAYOUT_H
#define VAE_IR_PROGRAM_LAYOUT_H

#include "ir/program/Size.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectImplementation.h"

#include "ir/program/ProgramEnums.h.inc"

namespace vae::program {

/// A tensor of rank `rank` lies in panels: its axis `axis` is cut into stretches of `width`, zeros where the last has no
/// element, and the place within a stretch becomes the innermost axis.
struct Packing {
  unsigned rank, axis;
  int64_t width;
};

/// Rows of a matrix side by side. Kernels are written for these widths: 32 floats are what the widest tile of a product
/// takes of each step, 16 a cache line, two vectors of AVX2 or one of AVX-512.
inline constexpr int64_t matrixPanel = 32, filterPanel = 16;

/// panels32: a matrix [n, k] as [ceil(n / 32), k, 32], the right side of products. panels16: a filter [groups, outputs,
/// height, width, inputs] as [groups, ceil(outputs / 16), height, width, inputs, 16].
constexpr Packing getPacking(Layout layout) {
  switch (layout) {
  case Layout::panels32:
    return {2, 0, matrixPanel};
  case Layout::panels16:
    return {5, 1, filterPanel};
  }
  llvm_unreachable("covered");
}

/// The shape of the row-major tensor that holds one of this shape, whose size along the packed axis is constant.
llvm::SmallVector<Size> getPackedShape(Layout layout, llvm::ArrayRef<Size> shape);

} // namespace vae::program

#endif // VAE_IR_PROGRAM_LAYOUT_H
