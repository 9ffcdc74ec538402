// Running an entry that draws.
#include "runtime/vae-run/verbs/Samples.h"
#include "runtime/formats/pictures/PictureGrid.h"

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
static Result<std::string> countSymbol(const ProgramSignature &entry, const Words &words) {
  std::vector<std::string> open = entry.symbols;
  for (const std::string &word : words) {
    const auto split = splitWord(word);
    if (!split || std::erase(open, split->first) == 0)
      continue;
    if (const std::optional<int64_t> size = sizeOf(split->second); !size || *size < 1)
      return fail(StatusCode::invalidArgument, "size '", split->first, "': '", split->second, "' is not a size");
  }
  if (open.size() == 1 && !entry.outputs.empty())
    return open[0];
  return fail(StatusCode::invalidArgument, "entry '", entry.name, "' has ", open.size(),
              " sizes open; samples are counted by exactly one");
}

Result<Arguments> sampleArguments(const ProgramSignature &entry, const InputWords &words, GridSize grid) {
  VAE_ASSIGN_OR_RETURN(std::string symbol, countSymbol(entry, words.arguments));
  return Arguments::read(entry, words, {}, ItemCount{symbol, grid.rows * grid.columns});
}

Result<HostTensor> makeSamples(vae_session *session, const ProgramSignature &entry, Arguments &arguments,
                               uint64_t seed) {
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

Result<Picture> drawSamples(vae_session *session, const ProgramSignature &entry, Arguments &arguments, GridSize grid,
                            uint64_t seed) {
  const Field &field = entry.outputs.front();
  if (field.element != ElementType::f32)
    return fail(StatusCode::invalidArgument, "entry '", entry.name, "' draws ", field.text(),
                ", which is not a picture; a .npy file takes it");
  VAE_ASSIGN_OR_RETURN(HostTensor samples, makeSamples(session, entry, arguments, seed));
  return pictureGrid(samples, grid.rows, grid.columns, field.low, field.high);
}

} // namespace vae::runtime::tool
