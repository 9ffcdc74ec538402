// vae-run run: one run of a program, or one in batches; files in, files out.
#include "runtime/vae-run/verbs/Run.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/vae-run/profile/Trace.h"
#include "runtime/vae-run/verbs/BatchRun.h"

#include <cmath>

namespace vae::runtime::tool {
namespace {

/// Smallest, mean and largest value of an f32 tensor.
struct Summary {
  double low = INFINITY, mean = 0, high = -INFINITY;

  explicit Summary(const HostTensor &tensor) {
    for (float x : tensor.as<float>()) {
      low = std::fmin(low, static_cast<double>(x));
      high = std::fmax(high, static_cast<double>(x));
      mean += static_cast<double>(x);
    }
    mean /= static_cast<double>(tensor.count());
  }
};

/// The input that a picture of `tensor` is compared with: the first of the same shape.
Result<const HostTensor *> compared(const ProgramSignature &signature, const Arguments &arguments,
                                    const HostTensor &tensor) {
  for (const Field &input : signature.inputs)
    if (const HostTensor *given = arguments.find(input.name); given && given->shape() == tensor.shape())
      return given;
  return fail(StatusCode::invalidArgument, "--compare: no input has the shape ", shapeText(tensor.shape()),
              " of the result");
}

Status checkFiles(const RunOptions &options, const std::vector<OutputFile> &files) {
  Words inputs = options.arguments, outputs;
  inputs.insert(inputs.end(), options.noise.begin(), options.noise.end());
  for (const OutputFile &file : files)
    outputs.push_back(file.path);
  if (!options.trace.empty())
    outputs.push_back(options.trace);
  return checkOutputs(options.model, inputs, outputs);
}

Status writeOutputs(const RunOptions &options, const ProgramSignature &signature, const std::vector<OutputFile> &files,
                    const Arguments &arguments, const std::vector<Outcome> &outcomes) {
  FileSet set;
  for (const OutputFile &file : files)
    for (const Outcome &outcome : outcomes) {
      if (outcome.field != file.field)
        continue;
      const HostTensor *above = nullptr;
      if (options.compare && file.path.ends_with(".png")) {
        VAE_ASSIGN_OR_RETURN(above, compared(signature, arguments, outcome.tensor));
      }
      VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes,
                           encodeOutput(file.path, outcome.tensor, *outcome.field, above));
      set.add(file.path, std::move(bytes));
    }
  return set.write();
}

Json describe(const Outcome &outcome) {
  Json json = {{"name", outcome.field->name},
               {"element", elementName(outcome.tensor.element())},
               {"shape", outcome.tensor.shape()}};
  if (outcome.tensor.element() != ElementType::f32 || outcome.tensor.count() == 0)
    return json;
  if (outcome.tensor.shape().empty()) {
    json["value"] = outcome.tensor.as<float>()[0];
    return json;
  }
  Summary summary(outcome.tensor);
  json.update({{"min", summary.low}, {"mean", summary.mean}, {"max", summary.high}});
  return json;
}

void print(const Outcome &outcome) {
  std::printf("%s", outcome.field->name.c_str());
  if (!outcome.tensor.shape().empty())
    std::printf(": %s%s", std::string(elementName(outcome.tensor.element())).c_str(),
                shapeText(outcome.tensor.shape()).c_str());
  if (outcome.tensor.element() != ElementType::f32 || outcome.tensor.count() == 0) {
    std::printf("\n");
  } else if (outcome.tensor.shape().empty()) {
    std::printf(" = %.9g\n", static_cast<double>(outcome.tensor.as<float>()[0]));
  } else {
    Summary summary(outcome.tensor);
    std::printf(", min %.6g, mean %.6g, max %.6g\n", summary.low, summary.mean, summary.high);
  }
}

void report(const RunOptions &options, const Model &model, const std::vector<Outcome> &outcomes, double seconds) {
  if (!options.json) {
    for (const Outcome &outcome : outcomes)
      print(outcome);
    return;
  }
  Json results = Json::array();
  for (const Outcome &outcome : outcomes)
    results.push_back(describe(outcome));
  printJson({{"program", options.program},
             {"device", vae_device_name(model.device.get())},
             {"target", vae_session_target(model.session.get())},
             {"seconds", seconds},
             {"results", results}});
}

/// An input that is not finite is named by itself.
Status withCure(const Status &status, const RunOptions &options) {
  if (status.code() != StatusCode::nonFinite || options.check || status.message().starts_with("input "))
    return status;
  return Status(status.code(), status.message() + "; --check finds where it begins");
}

vae_run requestFor(const RunOptions &options, const ProgramSignature &signature) {
  vae_run request{};
  request.program = signature.name.c_str();
  request.seed = options.model.seed;
  request.check_inputs = request.check_outputs = options.allowNonFinite ? 0 : 1;
  request.check_kernels = options.check ? 1 : 0;
  return request;
}

Status runInBatches(const RunOptions &options, PackageHandle package, const ProgramSignature &signature,
                    const std::vector<OutputFile> &files, const std::vector<Field> &noise, Trace &trace) {
  if (options.compare)
    return fail(StatusCode::invalidArgument, "--compare wants all inputs at once, --batch only some");
  VAE_ASSIGN_OR_RETURN(BatchRun batches, BatchRun::read(signature, options, noise));
  VAE_ASSIGN_OR_RETURN(Model model,
                       openModel(std::move(package), options.model, WeightsRule::required, {signature.name}));
  Stopwatch watch;
  VAE_ASSIGN_OR_RETURN(std::vector<Outcome> outcomes,
                       batches.run(model.session.get(), requestFor(options, signature), trace));
  double seconds = watch.seconds();
  VAE_RETURN_IF_ERROR(trace.write(model));
  VAE_RETURN_IF_ERROR(writeOutputs(options, signature, files, {}, outcomes));
  report(options, model, outcomes, seconds);
  return {};
}

} // namespace

Status run(const RunOptions &options) {
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(ProgramSignature signature, signatureOf(package.get(), options.program));
  VAE_ASSIGN_OR_RETURN(std::vector<OutputFile> files, resolveOutputs(signature, options.outputs));
  VAE_RETURN_IF_ERROR(checkFiles(options, files));
  Trace trace(options.trace);
  VAE_RETURN_IF_ERROR(trace.check());
  VAE_ASSIGN_OR_RETURN(std::vector<Field> noise, noiseInputs(package.get(), signature));
  if (options.batch)
    return runInBatches(options, std::move(package), signature, files, noise, trace);
  VAE_ASSIGN_OR_RETURN(Arguments arguments,
                       Arguments::read(signature, {options.arguments, options.noise, options.pictures}, noise));
  VAE_ASSIGN_OR_RETURN(Model model,
                       openModel(std::move(package), options.model, WeightsRule::required, {signature.name}));

  vae_run request = requestFor(options, signature);
  arguments.bind(request);
  Stopwatch watch;
  Result<ResultHandle> result = trace.run(model.session.get(), request);
  if (!result.ok())
    return withCure(result.status(), options);
  double seconds = watch.seconds();
  VAE_RETURN_IF_ERROR(trace.write(model));
  VAE_ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, collect(signature, result->get()));
  VAE_RETURN_IF_ERROR(writeOutputs(options, signature, files, arguments, outcomes));
  report(options, model, outcomes, seconds);
  return {};
}

} // namespace vae::runtime::tool
