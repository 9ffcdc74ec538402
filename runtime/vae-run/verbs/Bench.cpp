// vae-run bench: how long a program takes, and where the time goes.
#include "runtime/vae-run/verbs/Bench.h"
#include "runtime/base/Random.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/vae-run/inputs/SizeText.h"
#include "runtime/vae-run/profile/ProfileReport.h"
#include "runtime/vae-run/profile/Trace.h"

#include <algorithm>

namespace vae::runtime::tool {
namespace {

struct Timing {
  double loadSeconds = 0;  ///< package, device and session
  double firstSeconds = 0; ///< the first run, which binds the program
  std::vector<double> runs;
  KernelProfile kernels;
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

Status measure(const BenchOptions &options, const Model &model, vae_run request, Timing &timing, Trace &trace) {
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
  request.profile = 1;
  for (uint64_t i = 0; options.profiles() && i < std::min(options.repeat, Trace::steps); ++i) {
    request.step = options.repeat + 1 + i;
    VAE_ASSIGN_OR_RETURN(ResultHandle result, trace.run(model.session.get(), request));
    timing.kernels.add(result.get());
  }
  return trace.write(model);
}

/// What was measured, beside what the device does at best.
Result<ProfileReport> reportOf(const Model &model, const Timing &timing) {
  ProfileReport report{timing.kernels.kernels()};
  VAE_RETURN_IF_ERROR(
      call([&](vae_error *error) { return vae_device_measure(model.device.get(), &report.peak, error); }));
  return report;
}

Status printJsonReport(const BenchOptions &options, const Model &model, const Timing &timing) {
  Json json = {{"program", options.program},
               {"device", vae_device_name(model.device.get())},
               {"target", vae_session_target(model.session.get())},
               {"repeat", options.repeat},
               {"load_ms", timing.loadSeconds * 1e3},
               {"first_ms", timing.firstSeconds * 1e3},
               {"median_ms", quantile(timing.runs, 0.5) * 1e3},
               {"min_ms", quantile(timing.runs, 0) * 1e3},
               {"max_ms", quantile(timing.runs, 1) * 1e3}};
  if (!options.profile.empty()) {
    VAE_ASSIGN_OR_RETURN(ProfileReport report, reportOf(model, timing));
    report.addTo(json);
  }
  printJson(json);
  return {};
}

Status printReport(const BenchOptions &options, const Model &model, const Timing &timing) {
  std::printf("%s on %s (%s): median %.3f ms, min %.3f, max %.3f of %llu runs; load %.1f ms, first run %.1f ms\n",
              options.program.c_str(), vae_device_name(model.device.get()), vae_session_target(model.session.get()),
              quantile(timing.runs, 0.5) * 1e3, quantile(timing.runs, 0) * 1e3, quantile(timing.runs, 1) * 1e3,
              static_cast<unsigned long long>(options.repeat), timing.loadSeconds * 1e3, timing.firstSeconds * 1e3);
  if (options.profile.empty())
    return {};
  VAE_ASSIGN_OR_RETURN(ProfileReport report, reportOf(model, timing));
  if (options.profile == "summary")
    report.printSummary();
  else
    report.printKernels();
  return {};
}

} // namespace

Status bench(const BenchOptions &options) {
  Timing timing;
  Stopwatch reading;
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  timing.loadSeconds = reading.seconds();
  VAE_ASSIGN_OR_RETURN(ProgramSignature signature, signatureOf(package.get(), options.program));
  VAE_ASSIGN_OR_RETURN(Arguments arguments, Arguments::read(signature, {options.arguments, {}, {}}));
  Trace trace(options.trace);
  if (trace.isOn())
    VAE_RETURN_IF_ERROR(checkOutputs(options.model, options.arguments, {options.trace}));
  VAE_RETURN_IF_ERROR(trace.check());
  VAE_RETURN_IF_ERROR(fillInputs(signature, arguments, options.model.seed));

  Stopwatch opening;
  VAE_ASSIGN_OR_RETURN(Model model,
                       openModel(std::move(package), options.model, WeightsRule::initialAllowed, {signature.name}));
  timing.loadSeconds += opening.seconds();
  vae_run request{};
  request.program = signature.name.c_str();
  request.seed = options.model.seed;
  arguments.bind(request);
  VAE_RETURN_IF_ERROR(measure(options, model, request, timing, trace));
  return options.json ? printJsonReport(options, model, timing) : printReport(options, model, timing);
}

} // namespace vae::runtime::tool
