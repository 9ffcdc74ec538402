// The geometry that convolutions share: windows, their steps, sizes before and after. Private to ir.
#ifndef VAE_IR_OPS_WINDOWAXIS_H
#define VAE_IR_OPS_WINDOWAXIS_H

#include "ir/program/Size.h"
#include "llvm/ADT/SmallVector.h"

namespace vae {

/// One axis of a window that moves over a picture.
struct WindowAxis {
  /// Tokens of the number of windows: strides over upsampled pictures nest formulas, which double with each such layer.
  static constexpr size_t largestFormula = 128;

  int64_t kernel, stride, dilation, before, after;

  /// Elements from the window's first tap to its last.
  int64_t extent() const { return dilation * (kernel - 1) + 1; }
  /// How many windows fit `size` elements and the zeros around them, rounded down as in torch. None where the formula
  /// would outgrow its limit.
  std::optional<Size> windows(const Size &size) const;
  /// How many elements `count` windows span without the zeros; what `windows` undoes, up to its rounding.
  Size span(const Size &count) const;
  /// Whether `count` windows spread over `size` elements: what `span` says and what a stride, or with torch a dilation,
  /// may leave behind them.
  bool spreads(const Size &count, const Size &size) const;
  /// What lies behind the last window is less than this.
  int64_t largestRest() const { return std::max(stride, dilation); }
};

/// The windows over height and width of an op with the attributes of a convolution and the kernel's sides.
template <typename OpT> llvm::SmallVector<WindowAxis, 2> getWindow(OpT op, llvm::ArrayRef<Size> weight) {
  llvm::SmallVector<WindowAxis, 2> window;
  for (unsigned axis = 0; axis < 2; ++axis)
    window.push_back({weight[2 + axis].getConstant().value_or(1), op.getStride()[axis], op.getDilation()[axis],
                      op.getPadding()[2 * axis], op.getPadding()[2 * axis + 1]});
  return window;
}

} // namespace vae

#endif // VAE_IR_OPS_WINDOWAXIS_H
