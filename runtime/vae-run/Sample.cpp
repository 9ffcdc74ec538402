// vae-run sample: a grid of samples as one picture.
#include "runtime/PictureGrid.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/LatentWalk.h"
#include "runtime/vae-run/Samples.h"

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

Result<std::string> sampleCountSymbol(const Signature &entry, const Arguments &arguments) {
  std::vector<std::string> open;
  for (const std::string &symbol : entry.symbols)
    if (!arguments.size(symbol))
      open.push_back(symbol);
  if (open.size() == 1 && !entry.outputs.empty())
    return open[0];
  return fail(StatusCode::invalidArgument, "entry '", entry.name, "' has ", open.size(),
              " sizes open; samples are counted by exactly one");
}

Result<Picture> drawSamples(vae_session *session, const Signature &entry, Arguments &arguments, GridSize grid,
                            uint64_t seed) {
  VAE_ASSIGN_OR_RETURN(std::string symbol, sampleCountSymbol(entry, arguments));
  vae_run request{};
  arguments.bind(request);
  std::vector<vae_size> sizes(request.sizes, request.sizes + request.size_count);
  sizes.push_back({symbol.c_str(), grid.rows * grid.columns});
  request.program = entry.name.c_str();
  request.sizes = sizes.data();
  request.size_count = sizes.size();
  request.seed = seed;
  request.check_outputs = 1;
  VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                         return vae_session_run(session, &request, handle, error);
                       }));
  const Value &value = entry.outputs.front();
  VAE_ASSIGN_OR_RETURN(HostTensor samples, hostTensor(vae_result_find(result.get(), value.name.c_str())));
  return pictureGrid(samples, grid.rows, grid.columns, value.low, value.high);
}

Status sample(const SampleOptions &options) {
  if (!options.output.ends_with(".png"))
    return fail(StatusCode::invalidArgument, "cannot tell the format of '", options.output, "'; .png wanted");
  if (options.walks())
    return drawLatentWalk(options);
  if (options.columns || !options.items.empty() || !options.encoder.empty())
    return fail(StatusCode::invalidArgument,
                "--columns, --items and --encoder belong to --traverse or --interpolate, which are not given");
  VAE_ASSIGN_OR_RETURN(GridSize grid, parseGrid(options.grid.empty() ? "16x16" : options.grid));
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(Signature entry, signatureOf(package.get(), options.entry.empty() ? "sample" : options.entry));
  VAE_ASSIGN_OR_RETURN(Arguments arguments, Arguments::read(entry, options.arguments, {}, {}));
  VAE_ASSIGN_OR_RETURN(Model model, openModel(std::move(package), options.model, WeightsRule::required));
  VAE_ASSIGN_OR_RETURN(Picture picture, drawSamples(model.session.get(), entry, arguments, grid, options.model.seed));
  VAE_RETURN_IF_ERROR(checkInterrupt());
  return writePng(options.output, picture);
}

} // namespace vae::runtime::tool
