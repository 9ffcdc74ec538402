// Gathering what kernels cost.
#include "runtime/vae-run/profile/KernelProfile.h"

#include <algorithm>

namespace vae::runtime::tool {

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

bool isSlower(const KernelCost &a, const KernelCost &b) {
  return a.seconds != b.seconds ? a.seconds > b.seconds : a.name < b.name;
}

/// All dispatches of one kernel in a run.
static KernelCost sumOf(const std::vector<vae_dispatch_time> &dispatches) {
  const vae_dispatch_time &first = dispatches.front();
  KernelCost cost{first.kernel, first.strategy, first.location, first.shapes};
  for (const vae_dispatch_time &time : dispatches) {
    cost.calls += time.runs;
    cost.seconds += time.seconds;
    cost.flops += time.flops;
    cost.bytes += static_cast<double>(time.bytes);
  }
  return cost;
}

void KernelProfile::add(const vae_result *result) {
  std::map<std::string, std::vector<vae_dispatch_time>> dispatches;
  vae_dispatch_time time{};
  for (size_t i = 0; vae_result_dispatch(result, i, &time, nullptr) == VAE_OK; ++i)
    dispatches[time.kernel].push_back(time);
  for (const auto &[name, times] : dispatches) {
    KernelCost cost = sumOf(times);
    samples[name].seconds.push_back(cost.seconds);
    samples[name].cost = std::move(cost);
  }
}

std::vector<KernelCost> KernelProfile::kernels() const {
  std::vector<KernelCost> costs;
  for (const auto &[name, kernel] : samples) {
    costs.push_back(kernel.cost);
    costs.back().seconds = quantile(kernel.seconds, 0.5);
  }
  std::sort(costs.begin(), costs.end(), isSlower);
  return costs;
}

} // namespace vae::runtime::tool
