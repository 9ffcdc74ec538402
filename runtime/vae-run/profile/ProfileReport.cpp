// Tables of kernels and of strategies.
#include "runtime/vae-run/profile/ProfileReport.h"
#include "runtime/vae-run/Model.h"

#include <algorithm>

namespace vae::runtime::tool {
namespace {

double rate(double work, double seconds) { return seconds > 0 ? work / seconds : 0; }

double allSeconds(const std::vector<KernelCost> &kernels) {
  double all = 0;
  for (const KernelCost &kernel : kernels)
    all += kernel.seconds;
  return all;
}

/// The kernels of one strategy, by which `name` they are called.
struct StrategyCost : KernelCost {
  uint64_t kernels = 0;
};

std::vector<StrategyCost> strategiesOf(const std::vector<KernelCost> &kernels) {
  std::vector<StrategyCost> all;
  for (const KernelCost &kernel : kernels) {
    auto found =
        std::find_if(all.begin(), all.end(), [&](const StrategyCost &cost) { return cost.name == kernel.strategy; });
    if (found == all.end()) {
      found = all.insert(all.end(), StrategyCost());
      found->name = kernel.strategy;
    }
    ++found->kernels;
    found->calls += kernel.calls;
    found->seconds += kernel.seconds;
    found->flops += kernel.flops;
    found->bytes += kernel.bytes;
  }
  std::sort(all.begin(), all.end(), isSlower);
  return all;
}

/// Which roof work stands under, and the share of it that is reached.
struct Roof {
  const char *bound = "unknown";
  double share = 0;
};

Roof roofOf(const KernelCost &cost, const vae_device_peak &peak) {
  if (peak.flops <= 0 || peak.bytes <= 0)
    return {};
  const double arithmetic = cost.flops / peak.flops, memory = cost.bytes / peak.bytes; // the least seconds of each
  return {arithmetic >= memory ? "arithmetic" : "memory", rate(std::max(arithmetic, memory), cost.seconds)};
}

void printPeak(const vae_device_peak &peak) {
  if (peak.flops > 0 && peak.bytes > 0)
    std::printf("\nat best: %.1f GFLOP/s of multiply-adds, %.1f GB/s copied\n", peak.flops * 1e-9, peak.bytes * 1e-9);
  else
    std::printf("\n");
}

Json measures(const KernelCost &cost, double all) {
  return {{"calls", cost.calls},
          {"ms", cost.seconds * 1e3},
          {"share", rate(cost.seconds, all)},
          {"gflops", rate(cost.flops, cost.seconds) * 1e-9},
          {"gbs", rate(cost.bytes, cost.seconds) * 1e-9},
          {"flops", cost.flops},
          {"bytes", cost.bytes}};
}

Json kernelJson(const KernelCost &kernel, const vae_device_peak &peak, double all) {
  Json json = {
      {"name", kernel.name}, {"strategy", kernel.strategy}, {"location", kernel.location}, {"shapes", kernel.shapes}};
  json.update(measures(kernel, all));
  json["peak_share"] = peak.flops > 0 ? Json(rate(kernel.flops, kernel.seconds) / peak.flops) : Json();
  return json;
}

Json strategyJson(const StrategyCost &strategy, const vae_device_peak &peak, double all) {
  const Roof roof = roofOf(strategy, peak);
  Json json = {{"name", strategy.name}, {"kernels", strategy.kernels}};
  json.update(measures(strategy, all));
  json["bound"] = roof.share > 0 ? Json(roof.bound) : Json();
  json["roof_share"] = roof.share > 0 ? Json(roof.share) : Json();
  return json;
}

/// The longest name, at least as long as the heading.
template <typename Cost> int nameWidth(const std::vector<Cost> &costs, const char *heading) {
  size_t width = std::string(heading).size();
  for (const Cost &cost : costs)
    width = std::max(width, cost.name.size());
  return static_cast<int>(width);
}

} // namespace

void ProfileReport::printKernels() const {
  const bool known = peak.flops > 0;
  const int width = nameWidth(kernels, "kernel");
  const double all = allSeconds(kernels);
  printPeak(peak);
  std::printf("%-*s %-12s %6s %10s %6s %9s %s%8s %9s  %s\n", width, "kernel", "strategy", "calls", "ms", "share",
              "GFLOP/s", known ? "of peak " : "", "GB/s", "MB", "source");
  for (const KernelCost &cost : kernels) {
    std::printf("%-*s %-12s %6llu %10.3f %5.1f%% %9.1f ", width, cost.name.c_str(), cost.strategy.c_str(),
                static_cast<unsigned long long>(cost.calls), cost.seconds * 1e3, 100 * rate(cost.seconds, all),
                rate(cost.flops, cost.seconds) * 1e-9);
    if (known)
      std::printf("%6.1f%% ", 100 * rate(cost.flops, cost.seconds) / peak.flops);
    std::printf("%8.1f %9.2f  %s\n", rate(cost.bytes, cost.seconds) * 1e-9, cost.bytes * 1e-6,
                shortLocation(cost.location.c_str()).c_str());
  }
}

void ProfileReport::printSummary() const {
  const std::vector<StrategyCost> strategies = strategiesOf(kernels);
  const int width = nameWidth(strategies, "strategy");
  const double all = allSeconds(kernels);
  printPeak(peak);
  std::printf("%-*s %7s %6s %10s %6s %9s %8s %10s  %s\n", width, "strategy", "kernels", "calls", "ms", "share",
              "GFLOP/s", "GB/s", "FLOP/byte", "bound by");
  for (const StrategyCost &cost : strategies) {
    std::printf("%-*s %7llu %6llu %10.3f %5.1f%% %9.1f %8.1f %10.2f  ", width, cost.name.c_str(),
                static_cast<unsigned long long>(cost.kernels), static_cast<unsigned long long>(cost.calls),
                cost.seconds * 1e3, 100 * rate(cost.seconds, all), rate(cost.flops, cost.seconds) * 1e-9,
                rate(cost.bytes, cost.seconds) * 1e-9, rate(cost.flops, cost.bytes));
    const Roof roof = roofOf(cost, peak);
    if (roof.share > 0)
      std::printf("%s, at %.0f%%\n", roof.bound, 100 * roof.share);
    else
      std::printf("%s\n", roof.bound);
  }
}

void ProfileReport::addTo(Json &json) const {
  const double all = allSeconds(kernels);
  json["peak"] = peak.flops > 0 ? Json{{"gflops", peak.flops * 1e-9}, {"gbs", peak.bytes * 1e-9}} : Json();
  json["kernels"] = Json::array();
  for (const KernelCost &kernel : kernels)
    json["kernels"].push_back(kernelJson(kernel, peak, all));
  json["strategies"] = Json::array();
  for (const StrategyCost &strategy : strategiesOf(kernels))
    json["strategies"].push_back(strategyJson(strategy, peak, all));
}

} // namespace vae::runtime::tool
