// vae-run bench: how long a program takes, and where the time goes.
#include "runtime/vae-run/verbs/Bench.h"
#include "runtime/base/Random.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/vae-run/inputs/SizeText.h"

#include <algorithm>
#include <map>

namespace vae::runtime::tool {
namespace {

/// What the dispatches of one kernel cost in all profiled runs.
struct KernelCost {
  std::string location, strategy;
  uint64_t calls = 0;
  double seconds = 0, flops = 0, bytes = 0;
};

struct Timing {
  double loadSeconds = 0;  ///< package, device and session
  double firstSeconds = 0; ///< the first run, which binds the program
  std::vector<double> runs;
  std::map<std::string, KernelCost> kernels;

  double quantile(double q) const {
    std::vector<double> sorted = runs;
    std::sort(sorted.begin(), sorted.end());
    double position = q * static_cast<double>(sorted.size() - 1);
    size_t below = static_cast<size_t>(position);
    size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
  }
};

/// Random numbers in the declared range for every input that is not given and has no default; whole ones go through it.
Status fillInputs(const ProgramSignature &signature, Arguments &arguments, uint64_t seed) {
  for (const Field &field : signature.inputs) {
    if (arguments.has(field.name) || field.optional)
      continue;
    std::vector<int64_t> shape;
    for (const std::string &formula : field.shape) {
      Result<int64_t> size = evaluateSize(formula, [&](const std::string &symbol) { return arguments.size(symbol); });
      if (!size.ok())
        return size.status().withContext("input '" + field.name + "' is not given");
      shape.push_back(*size);
    }
    VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(field.element, shape));
    if (field.element == ElementType::f32)
      VAE_RETURN_IF_ERROR(fillInitial(tensor, InitialValues::uniform, static_cast<double>(field.low),
                                      static_cast<double>(field.high), seed, field.name));
    if (field.element == ElementType::i32 && field.hasRange)
      for (size_t i = 0; i < tensor.count(); ++i)
        tensor.as<int32_t>()[i] = static_cast<int32_t>(field.low) +
                                  static_cast<int32_t>(i % (static_cast<size_t>(field.high - field.low) + 1));
    VAE_ASSIGN_OR_RETURN(TensorHandle handle, apiTensor(tensor));
    arguments.add(field.name, std::move(tensor), std::move(handle));
  }
  return {};
}

Status addProfile(vae_result *result, Timing &timing) {
  vae_dispatch_time time{};
  for (size_t i = 0; vae_result_dispatch(result, i, &time, nullptr) == VAE_OK; ++i) {
    KernelCost &cost = timing.kernels[time.kernel];
    cost.location = time.location;
    cost.strategy = time.strategy;
    cost.calls += time.runs;
    cost.seconds += time.seconds;
    cost.flops += time.flops;
    cost.bytes += static_cast<double>(time.bytes);
  }
  return {};
}

Status measure(const BenchOptions &options, const Model &model, vae_run request, Timing &timing) {
  for (uint64_t i = 0; i <= options.repeat; ++i) {
    request.step = i;
    Stopwatch watch;
    VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                           return vae_session_run(model.session.get(), &request, handle, error);
                         }));
    double seconds = watch.seconds();
    if (i == 0)
      timing.firstSeconds = seconds;
    else
      timing.runs.push_back(seconds);
  }
  // Profiling slows a run down, so it is not timed.
  request.profile = 1;
  for (uint64_t i = 0; options.profile && i < std::min<uint64_t>(options.repeat, 10); ++i) {
    request.step = options.repeat + 1 + i;
    VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                           return vae_session_run(model.session.get(), &request, handle, error);
                         }));
    VAE_RETURN_IF_ERROR(addProfile(result.get(), timing));
  }
  return {};
}

/// Kernels with their names, the slowest first.
std::vector<std::pair<std::string, KernelCost>> sorted(const Timing &timing) {
  std::vector<std::pair<std::string, KernelCost>> kernels(timing.kernels.begin(), timing.kernels.end());
  std::sort(kernels.begin(), kernels.end(),
            [](const auto &a, const auto &b) { return a.second.seconds > b.second.seconds; });
  return kernels;
}

void printJsonReport(const BenchOptions &options, const Model &model, const Timing &timing) {
  Json json = {{"program", options.program},
               {"device", vae_device_name(model.device.get())},
               {"target", vae_session_target(model.session.get())},
               {"repeat", options.repeat},
               {"load_ms", timing.loadSeconds * 1e3},
               {"first_ms", timing.firstSeconds * 1e3},
               {"median_ms", timing.quantile(0.5) * 1e3},
               {"min_ms", timing.quantile(0) * 1e3},
               {"max_ms", timing.quantile(1) * 1e3}};
  if (options.profile) {
    json["kernels"] = Json::array();
    for (const auto &[name, cost] : sorted(timing))
      json["kernels"].push_back({{"name", name},
                                 {"strategy", cost.strategy},
                                 {"location", cost.location},
                                 {"calls", cost.calls},
                                 {"ms", cost.seconds * 1e3},
                                 {"gflops", cost.seconds > 0 ? cost.flops / cost.seconds / 1e9 : 0},
                                 {"gbs", cost.seconds > 0 ? cost.bytes / cost.seconds / 1e9 : 0}});
  }
  printJson(json);
}

void printTable(const Timing &timing) {
  double all = 0;
  int width = 6;
  for (const auto &[name, cost] : timing.kernels) {
    all += cost.seconds;
    width = std::max(width, static_cast<int>(name.size()));
  }
  std::printf("\n%-*s %-12s %6s %10s %6s %9s %8s  %s\n", width, "kernel", "strategy", "calls", "ms", "share", "GFLOP/s",
              "GB/s", "source");
  for (const auto &[name, cost] : sorted(timing)) {
    double seconds = std::max(cost.seconds, 1e-12);
    std::printf("%-*s %-12s %6llu %10.3f %5.1f%% %9.1f %8.1f  %s\n", width, name.c_str(), cost.strategy.c_str(),
                static_cast<unsigned long long>(cost.calls), cost.seconds * 1e3,
                100 * cost.seconds / std::max(all, 1e-12), cost.flops / seconds / 1e9, cost.bytes / seconds / 1e9,
                shortLocation(cost.location.c_str()).c_str());
  }
}

} // namespace

Status bench(const BenchOptions &options) {
  Timing timing;
  Stopwatch reading;
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  timing.loadSeconds = reading.seconds();
  VAE_ASSIGN_OR_RETURN(ProgramSignature signature, signatureOf(package.get(), options.program));
  VAE_ASSIGN_OR_RETURN(Arguments arguments, Arguments::read(signature, {options.arguments, {}, {}}));
  VAE_RETURN_IF_ERROR(fillInputs(signature, arguments, options.model.seed));

  Stopwatch opening;
  VAE_ASSIGN_OR_RETURN(Model model,
                       openModel(std::move(package), options.model, WeightsRule::initialAllowed, {signature.name}));
  timing.loadSeconds += opening.seconds();
  vae_run request{};
  request.program = signature.name.c_str();
  request.seed = options.model.seed;
  arguments.bind(request);
  VAE_RETURN_IF_ERROR(measure(options, model, request, timing));
  if (options.json) {
    printJsonReport(options, model, timing);
    return {};
  }
  std::printf("%s on %s (%s): median %.3f ms, min %.3f, max %.3f of %llu runs; load %.1f ms, first run %.1f ms\n",
              signature.name.c_str(), vae_device_name(model.device.get()), vae_session_target(model.session.get()),
              timing.quantile(0.5) * 1e3, timing.quantile(0) * 1e3, timing.quantile(1) * 1e3,
              static_cast<unsigned long long>(options.repeat), timing.loadSeconds * 1e3, timing.firstSeconds * 1e3);
  if (options.profile)
    printTable(timing);
  return {};
}

} // namespace vae::runtime::tool
