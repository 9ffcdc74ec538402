// Points to start from, the latents between them, and their picture.
#include "runtime/vae-run/verbs/LatentWalk.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Random.h"
#include "runtime/formats/pictures/PictureGrid.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/vae-run/inputs/Dataset.h"
#include "runtime/vae-run/verbs/LatentEntries.h"

#include <algorithm>
#include <cmath>

namespace vae::runtime::tool {
namespace {

constexpr double reach = 3; // traversals go from -reach to reach
constexpr uint64_t usualColumns = 11;

/// What the words of the command line say about where to start.
struct Source {
  std::string input; ///< empty: nothing is given, the seed decides
  Words files;
};

Result<Source> readSource(const Words &words) {
  Source source;
  for (const std::string &word : words) {
    auto split = splitWord(word);
    if (!split)
      return fail(StatusCode::invalidArgument, "'", word, "' is not name=file");
    if (!source.input.empty() && split->first != source.input)
      return fail(StatusCode::invalidArgument, "a walk starts from one input, but '", source.input, "' and '",
                  split->first, "' are given");
    source.input = split->first;
    source.files.push_back(split->second);
  }
  return source;
}

/// Items of the files, counted through all of them, as one tensor.
Result<TensorHandle> gatherItems(const Field &field, const Source &source, std::span<const uint64_t> items,
                                 const PictureFit &pictures) {
  std::vector<Dataset> sets;
  uint64_t count = 0;
  for (const std::string &file : source.files) {
    VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(field, file, pictures));
    count += set.items();
    sets.push_back(std::move(set));
  }
  VAE_ASSIGN_OR_RETURN(TensorHandle all, sets[0].makeBatch(items.size()));
  VAE_ASSIGN_OR_RETURN(TensorHandle one, sets[0].makeBatch(1));
  size_t bytes = vae_tensor_bytes(one.get());
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i] >= count)
      return fail(StatusCode::invalidArgument, "a walk needs item ", items[i], ", but ", source.files[0],
                  source.files.size() > 1 ? " and the others have " : " has ", count);
    uint64_t index = items[i];
    auto set = sets.begin();
    for (; index >= set->items(); ++set)
      index -= set->items();
    if (Status status = set->gather({&index, 1}, one.get()); status.code() == StatusCode::internal)
      return fail(StatusCode::invalidArgument, set->path(), ": its items are not shaped like those of ",
                  sets[0].path());
    else if (!status.ok())
      return status;
    std::memcpy(static_cast<std::byte *>(vae_tensor_data(all.get())) + i * bytes, vae_tensor_data(one.get()), bytes);
  }
  return all;
}

/// Runs an entry on one input and gives one result.
Result<HostTensor> runEntry(vae_session *session, const std::string &entry, const std::string &input,
                            vae_tensor *tensor, const std::string &output, uint64_t seed) {
  vae_input given{input.c_str(), tensor};
  vae_run request{};
  request.program = entry.c_str();
  request.inputs = &given;
  request.input_count = 1;
  request.seed = seed;
  request.check_inputs = request.check_outputs = 1;
  VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                         return vae_session_run(session, &request, handle, error);
                       }));
  vae_tensor *found = vae_result_find(result.get(), output.c_str());
  if (!found)
    return fail(StatusCode::internal, "the run gave no '", output, "'");
  return hostTensor(found);
}

Result<HostTensor> drawPoints(uint64_t count, const Decoder &decoder, uint64_t seed) {
  VAE_ASSIGN_OR_RETURN(HostTensor points,
                       HostTensor::create(ElementType::f32, {static_cast<int64_t>(count), decoder.size}));
  for (uint64_t i = 0; i < points.count(); ++i)
    points.as<float>()[i] = static_cast<float>(normalFromWord(noiseWord(seed, 0, 0, i)));
  return points;
}

/// One latent a start, [starts, size].
Result<HostTensor> startPoints(const SampleOptions &options, const Decoder &decoder, const Model &model,
                               const Source &source, const std::optional<Encoder> &encoder) {
  std::vector<uint64_t> items = options.items;
  uint64_t wanted = options.interpolate.empty() ? 1 : 2;
  if (source.input.empty())
    return drawPoints(wanted, decoder, options.model.seed);
  for (uint64_t next = 0; items.size() < wanted; ++next)
    items.push_back(next);
  VAE_ASSIGN_OR_RETURN(TensorHandle batch,
                       gatherItems(encoder ? encoder->input : decoder.latent, source, items, options.pictures));
  VAE_ASSIGN_OR_RETURN(HostTensor points, encoder ? runEntry(model.session.get(), encoder->entry.name, source.input,
                                                             batch.get(), encoder->result, options.model.seed)
                                                  : hostTensor(batch.get()));
  if (Status status = points.reshape({static_cast<int64_t>(wanted), decoder.size}); !status.ok())
    return status.withContext("latents of '" + source.input + "'");
  return points;
}

/// What can be said before any file is read.
Status checkOptions(const SampleOptions &options) {
  if (!options.traverse.empty() && !options.interpolate.empty())
    return fail(StatusCode::invalidArgument, "--traverse and --interpolate are two pictures; give one of them");
  if (!options.grid.empty())
    return fail(StatusCode::invalidArgument, "a walk has a row a dimension; --columns sets its length, not --grid");
  if (!options.interpolate.empty() && options.interpolate != "spherical" && options.interpolate != "linear")
    return fail(StatusCode::invalidArgument, "--interpolate=", options.interpolate, " is neither spherical nor linear");
  size_t wanted = options.interpolate.empty() ? 1 : 2;
  if (!options.items.empty() && options.items.size() != wanted)
    return fail(StatusCode::invalidArgument, "--items names ", options.items.size(),
                " items where the walk starts from ", wanted);
  if (options.arguments.empty() && (!options.items.empty() || !options.encoder.empty()))
    return fail(StatusCode::invalidArgument, "--items and --encoder are about an input, and none is given");
  return {};
}

Status checkDimensions(const SampleOptions &options, const Decoder &decoder) {
  for (uint64_t dimension : options.traverse)
    if (dimension >= static_cast<uint64_t>(decoder.size))
      return fail(StatusCode::invalidArgument, "--traverse=", dimension, ": input ", decoder.latent.text(), " of '",
                  decoder.entry.name, "' has dimensions 0 to ", decoder.size - 1);
  return {};
}

Result<Picture> decodeWalk(vae_session *session, const Decoder &decoder, HostTensor latents, int64_t columns,
                           uint64_t seed) {
  int64_t count = latents.shape()[0];
  std::vector<int64_t> shape{count};
  for (size_t i = 1; i < decoder.latent.shape.size(); ++i)
    shape.push_back(sizeOf(decoder.latent.shape[i]).value_or(0));
  VAE_RETURN_IF_ERROR(latents.reshape(shape));
  VAE_ASSIGN_OR_RETURN(TensorHandle input, apiTensor(latents));
  const Field &field = decoder.entry.outputs.front();
  VAE_ASSIGN_OR_RETURN(HostTensor pictures,
                       runEntry(session, decoder.entry.name, decoder.latent.name, input.get(), field.name, seed));
  return pictureGrid(pictures, count / columns, columns, field.low, field.high);
}

} // namespace

Result<HostTensor> traversal(std::span<const float> base, std::span<const uint64_t> dimensions, uint64_t columns) {
  size_t size = base.size();
  VAE_ASSIGN_OR_RETURN(HostTensor latents,
                       HostTensor::create(ElementType::f32, {static_cast<int64_t>(dimensions.size() * columns),
                                                             static_cast<int64_t>(size)}));
  std::span<float> out = latents.as<float>();
  for (size_t row = 0; row < dimensions.size(); ++row)
    for (size_t k = 0; k < columns; ++k) {
      std::span<float> latent = out.subspan((row * columns + k) * size, size);
      std::copy(base.begin(), base.end(), latent.begin());
      double at = static_cast<double>(k) / static_cast<double>(columns - 1);
      latent[dimensions[row]] = static_cast<float>(-reach + 2 * reach * at);
    }
  return latents;
}

Result<HostTensor> interpolation(std::span<const float> from, std::span<const float> to, uint64_t columns,
                                 bool spherical) {
  size_t size = from.size();
  double product = 0, fromSquare = 0, toSquare = 0;
  for (size_t i = 0; i < size; ++i) {
    product += static_cast<double>(from[i]) * static_cast<double>(to[i]);
    fromSquare += static_cast<double>(from[i]) * static_cast<double>(from[i]);
    toSquare += static_cast<double>(to[i]) * static_cast<double>(to[i]);
  }
  double cosine = product / std::sqrt(fromSquare * toSquare); // NaN where one is zero
  double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  // Nearly parallel, the arc is straight; nearly opposite, any arc would do and none is right.
  bool arc = spherical && std::sin(angle) > 1e-4;
  VAE_ASSIGN_OR_RETURN(HostTensor latents, HostTensor::create(ElementType::f32, {static_cast<int64_t>(columns),
                                                                                 static_cast<int64_t>(size)}));
  for (size_t k = 0; k < columns; ++k) {
    double t = static_cast<double>(k) / static_cast<double>(columns - 1);
    double a = arc ? std::sin((1 - t) * angle) / std::sin(angle) : 1 - t;
    double b = arc ? std::sin(t * angle) / std::sin(angle) : t;
    for (size_t i = 0; i < size; ++i)
      latents.as<float>()[k * size + i] =
          static_cast<float>(a * static_cast<double>(from[i]) + b * static_cast<double>(to[i]));
  }
  return latents;
}

Status drawLatentWalk(const SampleOptions &options) {
  VAE_RETURN_IF_ERROR(checkOptions(options));
  VAE_ASSIGN_OR_RETURN(Source source, readSource(options.arguments));
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(Decoder decoder, findDecoder(package.get(), options.entry));
  VAE_RETURN_IF_ERROR(checkDimensions(options, decoder));
  std::optional<Encoder> encoder;
  if (!source.input.empty() && (source.input != decoder.latent.name || !options.encoder.empty())) {
    VAE_ASSIGN_OR_RETURN(encoder, findEncoder(package.get(), decoder, options.encoder, source.input));
  }
  Words programs = {decoder.entry.name};
  if (encoder)
    programs.push_back(encoder->entry.name);
  VAE_ASSIGN_OR_RETURN(Model model, openModel(std::move(package), options.model, WeightsRule::required, programs));
  VAE_ASSIGN_OR_RETURN(HostTensor points, startPoints(options, decoder, model, source, encoder));
  uint64_t columns = options.columns.value_or(usualColumns);
  size_t size = static_cast<size_t>(decoder.size);
  std::span<const float> values = points.as<float>();
  VAE_ASSIGN_OR_RETURN(HostTensor latents, options.interpolate.empty()
                                               ? traversal(values.first(size), options.traverse, columns)
                                               : interpolation(values.first(size), values.subspan(size, size), columns,
                                                               options.interpolate == "spherical"));
  VAE_ASSIGN_OR_RETURN(Picture picture, decodeWalk(model.session.get(), decoder, std::move(latents),
                                                   static_cast<int64_t>(columns), options.model.seed));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, encodePng(picture));
  FileSet set;
  set.add(options.output, std::move(bytes));
  return set.write();
}

} // namespace vae::runtime::tool
