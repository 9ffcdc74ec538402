// A loss curve as a chart: the loss and its terms over the steps, axes, ticks, a legend.
#ifndef VAE_RUNTIME_VAE_RUN_PICTURES_LOSSPLOT_H
#define VAE_RUNTIME_VAE_RUN_PICTURES_LOSSPLOT_H

#include "runtime/formats/pictures/Picture.h"
#include "runtime/vae-run/training/LossCurve.h"

namespace vae::runtime::tool {

/// Marks of an axis from `low` to `high` (finite, low < high): 1, 2 or 5 times a power of ten apart, about `wanted` of
/// them; on a logarithmic axis (low > 0) such numbers themselves.
std::vector<double> axisTicks(double low, double high, int wanted, bool logarithmic);

/// Draws a curve of one step at least. Lines are means of bins, the pale bands behind them go from the lowest to the
/// highest value. The value axis is logarithmic where all is positive and the loss itself spans a factor of twenty.
Picture drawLossPlot(const LossCurve &curve, const std::string &title);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PICTURES_LOSSPLOT_H
