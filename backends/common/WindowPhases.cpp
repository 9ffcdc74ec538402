// Phases of a window.
#include "backends/common/WindowPhases.h"
#include <numeric>

using namespace mlir;
using namespace vae;

/// An output moved by divisor / gcd(stride, divisor) sees the taps that it saw, as does a tap moved by
/// divisor / gcd(dilation, divisor).
WindowPhases::WindowPhases(program::WindowAttr window)
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
    bool hits = first < window.getKernel();
    counts.push_back(hits ? (window.getKernel() - first + tapStep - 1) / tapStep : 0);
    firsts.push_back(hits ? first : 0);
    offsets.push_back(hits ? at(first) / divisor : 0);
  }
  stride = stride * phases / divisor;
  dilation = dilation * tapStep / divisor;
  divisor = 1;
}

Value WindowPhases::count(IndexBuilder &b, Value outputs, Value phase) const {
  return b.div(b.sub(b.add(outputs, b.index(phases - 1)), phase), phases);
}
