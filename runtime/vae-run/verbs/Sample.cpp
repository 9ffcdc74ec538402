// vae-run sample: a grid of samples as one picture, or as a tensor.
#include "runtime/vae-run/verbs/Sample.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/verbs/LatentWalk.h"
#include "runtime/vae-run/verbs/Samples.h"

namespace vae::runtime::tool {

/// The samples as the bytes of the file that was asked for.
static Result<std::vector<std::byte>> encodeSamples(const SampleOptions &options, const Model &model,
                                                    const ProgramSignature &entry, Arguments &arguments,
                                                    GridSize grid) {
  if (options.output.ends_with(".npy")) {
    VAE_ASSIGN_OR_RETURN(HostTensor samples, makeSamples(model.session.get(), entry, arguments, options.model.seed));
    return encodeOutput(options.output, samples, entry.outputs.front());
  }
  VAE_ASSIGN_OR_RETURN(Picture picture, drawSamples(model.session.get(), entry, arguments, grid, options.model.seed));
  return encodePng(picture);
}

Status sample(const SampleOptions &options) {
  bool walk = options.walks();
  if (!options.output.ends_with(".png") && (walk || !options.output.ends_with(".npy")))
    return fail(StatusCode::invalidArgument, "cannot tell the format of '", options.output, "'; .png",
                walk ? "" : " or .npy", " wanted");
  VAE_RETURN_IF_ERROR(checkOutputs(options.model, options.arguments, {options.output}));
  if (walk)
    return drawLatentWalk(options);
  if (options.columns || !options.items.empty() || !options.encoder.empty())
    return fail(StatusCode::invalidArgument,
                "--columns, --items and --encoder belong to --traverse or --interpolate, which are not given");
  VAE_ASSIGN_OR_RETURN(GridSize grid, parseGrid(options.grid.empty() ? "16x16" : options.grid));
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(ProgramSignature entry,
                       signatureOf(package.get(), options.entry.empty() ? "sample" : options.entry));
  VAE_ASSIGN_OR_RETURN(Arguments arguments, sampleArguments(entry, {options.arguments, {}, options.pictures}, grid));
  VAE_ASSIGN_OR_RETURN(Model model, openModel(std::move(package), options.model, WeightsRule::required, {entry.name}));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, encodeSamples(options, model, entry, arguments, grid));
  FileSet set;
  set.add(options.output, std::move(bytes));
  return set.write();
}

} // namespace vae::runtime::tool
