// Bins of steps.
#include "runtime/vae-run/training/LossCurve.h"

#include <algorithm>

namespace vae::runtime::tool {

void LossCurve::add(uint64_t step, std::span<const float> values) {
  uint64_t index = (step - 1) / width;
  if (kept.empty() || kept.back().index != index)
    kept.push_back({index, 0, std::vector<Span>(names.size())});
  Bin &bin = kept.back();
  for (size_t i = 0; i < names.size(); ++i) {
    Span &span = bin.terms[i];
    span.sum += static_cast<double>(values[i]);
    span.low = bin.count == 0 ? values[i] : std::min(span.low, values[i]);
    span.high = bin.count == 0 ? values[i] : std::max(span.high, values[i]);
  }
  ++bin.count;
  first = first == 0 ? step : first;
  last = step;
  if (kept.size() > maxBins)
    joinNeighbours();
}

void LossCurve::joinNeighbours() {
  width *= 2;
  std::vector<Bin> joined;
  for (Bin &bin : kept) {
    bin.index /= 2;
    if (joined.empty() || joined.back().index != bin.index) {
      joined.push_back(std::move(bin));
      continue;
    }
    Bin &left = joined.back();
    left.count += bin.count;
    for (size_t i = 0; i < names.size(); ++i) {
      left.terms[i].sum += bin.terms[i].sum;
      left.terms[i].low = std::min(left.terms[i].low, bin.terms[i].low);
      left.terms[i].high = std::max(left.terms[i].high, bin.terms[i].high);
    }
  }
  kept = std::move(joined);
}

} // namespace vae::runtime::tool
