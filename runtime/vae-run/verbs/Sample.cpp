// vae-run sample: a grid of samples as one picture, or as a tensor.
#include "runtime/formats/PictureGrid.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/verbs/LatentWalk.h"
#include "runtime/vae-run/verbs/Samples.h"

namespace vae::runtime::tool {

Result<GridSize> parseGrid(const std::string &text) {
  size_t cross = text.find('x');
  std::optional<int64_t> rows = sizeOf(text.substr(0, cross));
  std::optional<int64_t> columns = cross == std::string::npos ? std::nullopt : sizeOf(text.substr(cross + 1));
  constexpr int64_t most = 1024;
  if (!rows || !columns || *rows < 1 || *columns < 1 || *rows > most || *columns > most)
    return fail(StatusCode::invalidArgument, "--grid=", text, " is not ROWSxCOLUMNS of 1 to ", most);
  return GridSize{*rows, *columns};
}

/// The entry's size that counts samples: its only one that no word gives.
static Result<std::string> countSymbol(const Signature &entry, const Words &words) {
  std::vector<std::string> open = entry.symbols;
  for (const std::string &word : words)
    if (auto split = splitWord(word))
      std::erase(open, split->first);
  if (open.size() == 1 && !entry.outputs.empty())
    return open[0];
  return fail(StatusCode::invalidArgument, "entry '", entry.name, "' has ", open.size(),
              " sizes open; samples are counted by exactly one");
}

Result<Arguments> sampleArguments(const Signature &entry, const Words &words, GridSize grid) {
  VAE_ASSIGN_OR_RETURN(std::string symbol, countSymbol(entry, words));
  return Arguments::read(entry, words, {}, {}, ItemCount{symbol, grid.rows * grid.columns});
}

Result<HostTensor> makeSamples(vae_session *session, const Signature &entry, Arguments &arguments, uint64_t seed) {
  vae_run request{};
  arguments.bind(request);
  request.program = entry.name.c_str();
  request.seed = seed;
  request.check_outputs = 1;
  VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                         return vae_session_run(session, &request, handle, error);
                       }));
  return hostTensor(vae_result_find(result.get(), entry.outputs.front().name.c_str()));
}

Result<Picture> drawSamples(vae_session *session, const Signature &entry, Arguments &arguments, GridSize grid,
                            uint64_t seed) {
  const Value &value = entry.outputs.front();
  if (value.element != ElementType::f32)
    return fail(StatusCode::invalidArgument, "entry '", entry.name, "' draws ", value.text(),
                ", which is no picture; a .npy file takes it");
  VAE_ASSIGN_OR_RETURN(HostTensor samples, makeSamples(session, entry, arguments, seed));
  return pictureGrid(samples, grid.rows, grid.columns, value.low, value.high);
}

/// The samples as the bytes of the file that was asked for.
static Result<std::vector<std::byte>> encodeSamples(const SampleOptions &options, const Model &model,
                                                    const Signature &entry, Arguments &arguments, GridSize grid) {
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
  if (walk)
    return drawLatentWalk(options);
  if (options.columns || !options.items.empty() || !options.encoder.empty())
    return fail(StatusCode::invalidArgument,
                "--columns, --items and --encoder belong to --traverse or --interpolate, which are not given");
  VAE_ASSIGN_OR_RETURN(GridSize grid, parseGrid(options.grid.empty() ? "16x16" : options.grid));
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(Signature entry, signatureOf(package.get(), options.entry.empty() ? "sample" : options.entry));
  VAE_ASSIGN_OR_RETURN(Arguments arguments, sampleArguments(entry, options.arguments, grid));
  VAE_ASSIGN_OR_RETURN(Model model, openModel(std::move(package), options.model, WeightsRule::required));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, encodeSamples(options, model, entry, arguments, grid));
  VAE_RETURN_IF_ERROR(checkInterrupt());
  FileSet set;
  set.add(options.output, std::move(bytes));
  return set.write();
}

} // namespace vae::runtime::tool
