// One axis of a convolution's windows, as shaders walk it.
#include "backends/vulkan/strategies/Window.h"
#include <numeric>

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

/// An output moved by divisor / gcd(stride, divisor) sees the taps that it saw, as does a tap moved by
/// divisor / gcd(dilation, divisor).
Window::Window(program::WindowAttr window)
    : stride(window.getStride()), dilation(window.getDilation()), divisor(window.getDivisor()) {
  if (!window.getExact()) {
    counts = {window.getKernel()};
    firsts = {0};
    offsets = {window.getOffset()};
    return;
  }
  phases = divisor / std::gcd(stride, divisor);
  tapStep = divisor / std::gcd(dilation, divisor);
  for (int64_t phase = 0; phase < phases; ++phase) {
    auto at = [&](int64_t tap) { return phase * stride + tap * dilation + window.getOffset(); };
    int64_t first = 0;
    while (first < window.getKernel() && at(first) % divisor != 0)
      ++first;
    counts.push_back((window.getKernel() - first + tapStep - 1) / tapStep);
    firsts.push_back(counts.back() > 0 ? first : 0);
    offsets.push_back(counts.back() > 0 ? at(first) / divisor : 0);
  }
  stride = stride * phases / divisor;
  dilation = dilation * tapStep / divisor;
  divisor = 1;
}

Value Window::count(ShaderBuilder &shader, Value outputs, Value phase) const {
  return shader.div(shader.sub(shader.add(outputs, shader.index(phases - 1)), phase), phases);
}
