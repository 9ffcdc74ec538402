// vae-run roundtrip: pictures through an autoencoder, and how much they are like what they were.
#include "runtime/vae-run/verbs/Roundtrip.h"
#include "runtime/base/File.h"
#include "runtime/base/FileIdentity.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/ProgressBar.h"
#include "runtime/vae-run/roundtrip/Similarity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vae::runtime::tool {
namespace {

/// How much a picture is like the one that came back.
struct Likeness {
  double psnr = 0;
  std::optional<double> ssim;
};

class Roundtrip {
public:
  Roundtrip(const RoundtripOptions &options, const RoundtripEntries &entries, const Model &model)
      : options(options), entries(entries), model(model), reader(entries, options) {}

  /// Runs one picture and writes what comes back.
  Result<Likeness> process(const RoundtripItem &item);

private:
  Result<ResultHandle> runEntry(const ProgramSignature &entry, const std::vector<vae_input> &inputs) const;
  Result<HostTensor> reconstruct(const HostTensor &tensor) const;

  const RoundtripOptions &options;
  const RoundtripEntries &entries;
  const Model &model;
  ItemReader reader;
};

Result<ResultHandle> Roundtrip::runEntry(const ProgramSignature &entry, const std::vector<vae_input> &inputs) const {
  vae_run request{};
  request.program = entry.name.c_str();
  request.seed = options.model.seed;
  request.inputs = inputs.data();
  request.input_count = inputs.size();
  request.check_inputs = request.check_outputs = 1;
  return make<ResultHandle>([&](vae_result **handle, vae_error *error) {
    return vae_session_run(model.session.get(), &request, handle, error);
  });
}

Result<HostTensor> Roundtrip::reconstruct(const HostTensor &tensor) const {
  VAE_ASSIGN_OR_RETURN(TensorHandle pictures, apiTensor(tensor));
  VAE_ASSIGN_OR_RETURN(ResultHandle result, runEntry(entries.first, {{entries.input.name.c_str(), pictures.get()}}));
  ResultHandle encoded;
  if (entries.second) {
    encoded = std::move(result);
    std::vector<vae_input> inputs;
    for (const RoundtripLink &link : entries.links)
      inputs.push_back({link.input.c_str(), vae_result_find(encoded.get(), link.result.c_str())});
    VAE_ASSIGN_OR_RETURN(result, runEntry(*entries.second, inputs));
  }
  VAE_ASSIGN_OR_RETURN(HostTensor back, hostTensor(vae_result_find(result.get(), entries.output.name.c_str())));
  if (back.shape() != tensor.shape())
    return invalidArgument("'", entries.names().back(), "' gives ", shapeText(back.shape()), " for pictures ",
                           shapeText(tensor.shape()), "; only pictures of one size can be compared");
  return back;
}

Result<Likeness> Roundtrip::process(const RoundtripItem &item) {
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, reader.read(item.path, item.at));
  VAE_ASSIGN_OR_RETURN(HostTensor given, padded(item, tensor));
  VAE_ASSIGN_OR_RETURN(HostTensor whole, reconstruct(given));
  VAE_ASSIGN_OR_RETURN(HostTensor back, cropped(item, whole));
  VAE_ASSIGN_OR_RETURN(Picture picture, pictureGrid(back, 1, 1, entries.output.low, entries.output.high));
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, encodePng(picture));
  VAE_RETURN_IF_ERROR(makeFolder(item.output.substr(0, item.output.rfind('/'))));
  FileSet file;
  file.add(item.output, std::move(bytes));
  VAE_RETURN_IF_ERROR(file.write());

  Planes original{item.shape.channels, item.shape.height, item.shape.width, {}};
  const auto [low, high] = std::pair(entries.input.low, entries.input.high);
  for (float value : tensor.as<float>())
    original.values.push_back((value - low) / (high - low));
  const Planes made = Planes::of(picture);
  return Likeness{psnr(original, made), ssim(original, made)};
}

Likeness meanOf(const std::vector<Likeness> &all) {
  Likeness mean{0, 0};
  for (const Likeness &one : all) {
    mean.psnr += one.psnr / static_cast<double>(all.size());
    mean.ssim =
        mean.ssim && one.ssim ? std::optional(*mean.ssim + *one.ssim / static_cast<double>(all.size())) : std::nullopt;
  }
  return mean;
}

/// One line about all pictures that are padded.
void sayPadded(const std::vector<RoundtripItem> &items) {
  auto isPadded = [](const RoundtripItem &item) { return item.isPadded(); };
  const auto count = std::count_if(items.begin(), items.end(), isPadded);
  if (count == 0)
    return;
  const RoundtripItem &first = *std::find_if(items.begin(), items.end(), isPadded);
  std::fprintf(stderr, "vae-run: note: %s, %lld x %lld, is padded with its edge to %lld x %lld and cropped back",
               first.name.c_str(), static_cast<long long>(first.shape.width),
               static_cast<long long>(first.shape.height), static_cast<long long>(first.taken.width),
               static_cast<long long>(first.taken.height));
  if (count > 1)
    std::fprintf(stderr, "; so are %lld more, each to a size that the model takes", static_cast<long long>(count - 1));
  std::fprintf(stderr, "\n");
}

std::string numberOr(std::optional<double> value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value.value_or(0));
  return value ? text : "-";
}

void printLikeness(int width, const std::string &name, const std::string &size, const Likeness &likeness) {
  std::printf("%-*s %13s %9s %8s\n", width, name.c_str(), size.c_str(), numberOr(likeness.psnr, 2).c_str(),
              numberOr(likeness.ssim, 4).c_str());
}

/// JSON has no infinity: pictures that are equal have no number there.
Json likenessJson(Json json, const Likeness &likeness) {
  json["psnr"] = std::isfinite(likeness.psnr) ? Json(likeness.psnr) : Json();
  json["ssim"] = likeness.ssim ? Json(*likeness.ssim) : Json();
  return json;
}

void printRoundtripJson(const RoundtripEntries &entries, const Model &model, const std::vector<RoundtripItem> &items,
                        const std::vector<Likeness> &found) {
  Json pictures = Json::array();
  for (size_t i = 0; i < items.size(); ++i)
    pictures.push_back(likenessJson({{"picture", items[i].name},
                                     {"output", items[i].output},
                                     {"width", items[i].shape.width},
                                     {"height", items[i].shape.height},
                                     {"padded_width", items[i].taken.width},
                                     {"padded_height", items[i].taken.height}},
                                    found[i]));
  printJson(likenessJson({{"programs", entries.names()},
                          {"device", vae_device_name(model.device.get())},
                          {"target", vae_session_target(model.session.get())},
                          {"pictures", pictures}},
                         meanOf(found)));
}

Status processAll(const RoundtripOptions &options, const RoundtripEntries &entries, const Model &model,
                  const std::vector<RoundtripItem> &items) {
  Roundtrip work(options, entries, model);
  std::vector<Likeness> found;
  const std::string mean = "mean of " + std::to_string(items.size());
  const int width =
      std::accumulate(items.begin(), items.end(), static_cast<int>(mean.size()),
                      [](int most, const auto &item) { return std::max(most, static_cast<int>(item.name.size())); });
  if (!options.json)
    std::printf("%-*s %13s %9s %8s\n", width, "picture", "size", "PSNR (dB)", "SSIM");
  ProgressBar bar;
  for (const RoundtripItem &item : items) {
    if (bar.due())
      bar.draw("pictures", found.size(), items.size(), item.name);
    Result<Likeness> likeness = work.process(item);
    if (!likeness.ok())
      return likeness.status().withContext(item.name);
    found.push_back(*likeness);
    if (notedSignal() && found.size() < items.size()) // one that came while a file was moved to its place
      return fail(StatusCode::cancelled, "stopped by ", notedSignalName(), " after ", found.size(), " of ",
                  items.size(), " pictures");
    if (options.json)
      continue;
    bar.clear();
    printLikeness(width, item.name, concat(item.shape.width, " x ", item.shape.height), found.back());
    std::fflush(stdout);
  }
  bar.clear();
  if (options.json)
    printRoundtripJson(entries, model, items, found);
  else
    printLikeness(width, mean, "", meanOf(found));
  return {};
}

} // namespace

Status roundtrip(const RoundtripOptions &options) {
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(RoundtripEntries entries, findRoundtrip(package.get(), options.entries));
  VAE_ASSIGN_OR_RETURN(std::vector<RoundtripItem> items, listItems(package.get(), entries, options));
  Words outputs;
  for (const RoundtripItem &item : items)
    outputs.push_back(item.output);
  VAE_RETURN_IF_ERROR(checkOutputs(options.model, {options.pictures}, outputs));
  VAE_RETURN_IF_ERROR(checkDistinct(std::span(&options.pictures, 1), outputs));
  VAE_ASSIGN_OR_RETURN(Model model,
                       openModel(std::move(package), options.model, WeightsRule::required, entries.names()));
  sayPadded(items);
  return processAll(options, entries, model, items);
}

} // namespace vae::runtime::tool
