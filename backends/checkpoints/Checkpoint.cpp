// Finding the files, the family, and the weights of each parameter.
#include "backends/checkpoints/Checkpoint.h"
#include "backends/checkpoints/Families.h"
#include "runtime/base/File.h"
#include "runtime/formats/Excerpt.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;
using vae::runtime::Result;
using vae::runtime::Status;

namespace vae::checkpoints {
namespace {

constexpr StringRef weightEndings[] = {".safetensors", ".ckpt", ".pt", ".pth", ".bin"};

std::string inFolder(StringRef folder, StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return std::string(path);
}

Status unsupported(const std::string &path, StringRef what) {
  return runtime::fail(runtime::StatusCode::unsupported, path, ": ", std::string(what));
}

/// The file of weights in a folder of diffusers: its own name for it, else the only one.
Result<std::string> findWeights(const std::string &folder) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> files, runtime::listFolder(folder, runtime::FolderPart::files));
  std::vector<std::string> found;
  for (const std::string &file : files) {
    if (sys::path::filename(file) == "diffusion_pytorch_model.safetensors")
      return file;
    if (StringRef(file).ends_with(".safetensors.index.json"))
      return unsupported(file, "the weights are split over several files; in Python, "
                               "Model.from_pretrained(folder).save_pretrained(new, max_shard_size=\"100GB\") makes one "
                               "of them");
    if (StringRef(file).ends_with(".safetensors"))
      found.push_back(file);
  }
  if (found.size() == 1)
    return found.front();
  if (!found.empty())
    return unsupported(folder, "has " + std::to_string(found.size()) + " files of weights, " +
                                   sys::path::filename(found[0]).str() + " and others; name one of them");
  for (const std::string &file : files)
    if (any_of(weightEndings, [&](StringRef ending) { return StringRef(file).ends_with(ending); }))
      return unsupported(file, "pickled weights are not read; in Python, Model.from_pretrained(folder).save_pretrained("
                               "new, safe_serialization=True) writes safetensors");
  return runtime::fail(runtime::StatusCode::notFound, folder, ": no weights (.safetensors) in this folder");
}

/// The folder itself, or that of the autoencoder in a pipeline's, of the denoiser where it has none.
std::string modelFolder(const std::string &path, std::vector<std::string> &notes) {
  if (sys::fs::exists(inFolder(path, "config.json")) || !sys::fs::exists(inFolder(path, "model_index.json")))
    return path;
  const bool encodes = sys::fs::exists(inFolder(path, "vae")) || !sys::fs::exists(inFolder(path, "unet"));
  const std::string folder = inFolder(path, encodes ? "vae" : "unet");
  notes.push_back(path + ": a whole pipeline; its " + (encodes ? "autoencoder" : "denoiser") + " is taken, from " +
                  folder);
  return folder;
}

Status openWeights(const std::string &path, Checkpoint &checkpoint) {
  VAE_ASSIGN_OR_RETURN(runtime::SafetensorsFile file, runtime::SafetensorsFile::open(path));
  checkpoint.file = std::make_shared<const runtime::SafetensorsFile>(std::move(file));
  VAE_ASSIGN_OR_RETURN(checkpoint.weights, nameTensors(*checkpoint.file));
  if (checkpoint.weights.passedOver > 0)
    checkpoint.notes.push_back(path + ": the model's weights are those under '" + checkpoint.weights.prefix + "'; " +
                               std::to_string(checkpoint.weights.passedOver) + " other tensors are passed over");
  return {};
}

/// What the weights show of the model; a config says the rest.
void adopt(const Family &family, Checkpoint &checkpoint) {
  checkpoint.family = family.name;
  checkpoint.source = family.source;
  checkpoint.alone = family.alone;
  checkpoint.bindings = family.infer(checkpoint.weights.tensors);
}

/// Takes what a config says over what is known already.
Status obey(const json::Object &config, Fields fields, UnknownField unknown, const std::string &path,
            Checkpoint &checkpoint) {
  VAE_ASSIGN_OR_RETURN(Bindings said, bindConfig(config, checkpoint.family, fields, path, unknown));
  for (auto &[name, value] : said)
    checkpoint.bindings[name] = value;
  return {};
}

/// Where the scheduler of a denoiser says how noise was added: in its folder, or in the pipeline's.
std::string findScheduler(const std::string &folder) {
  const std::string pipeline = inFolder(folder, ".."), own = inFolder(folder, "scheduler_config.json");
  return sys::fs::exists(own) ? own : inFolder(inFolder(pipeline, "scheduler"), "scheduler_config.json");
}

/// A network alone does not say what it was trained to tell of the noise.
Status readScheduler(const Family &family, const std::string &folder, Checkpoint &checkpoint) {
  if (family.scheduler.empty())
    return {};
  const std::string path = findScheduler(folder);
  if (!sys::fs::exists(path)) {
    checkpoint.notes.push_back(folder + ": no scheduler_config.json here or in ../scheduler; beta_start, beta_end, "
                                        "beta_schedule and prediction_type have the model's defaults, or what -D says");
    return {};
  }
  VAE_ASSIGN_OR_RETURN(json::Object config, readConfig(path));
  return obey(config, family.scheduler, UnknownField::ignored, path, checkpoint);
}

Status readFolder(const std::string &path, Checkpoint &checkpoint) {
  const std::string folder = modelFolder(path, checkpoint.notes), configPath = inFolder(folder, "config.json");
  if (!sys::fs::exists(configPath))
    return runtime::fail(runtime::StatusCode::notFound, folder,
                         ": no config.json in this folder; name a file of "
                         "weights alone, or a .vae file");
  VAE_ASSIGN_OR_RETURN(json::Object config, readConfig(configPath));
  VAE_ASSIGN_OR_RETURN(const Family *family, familyOfClass(config.getString("_class_name").value_or(""), configPath));
  VAE_ASSIGN_OR_RETURN(std::string weights, findWeights(folder));
  VAE_RETURN_IF_ERROR(openWeights(weights, checkpoint));
  adopt(*family, checkpoint);
  VAE_RETURN_IF_ERROR(obey(config, family->fields, UnknownField::refused, configPath, checkpoint));
  return readScheduler(*family, folder, checkpoint);
}

Status readFile(const std::string &path, Checkpoint &checkpoint) {
  VAE_RETURN_IF_ERROR(openWeights(path, checkpoint));
  VAE_ASSIGN_OR_RETURN(const Family *family, familyOfWeights(checkpoint.weights.tensors, path));
  adopt(*family, checkpoint);
  checkpoint.notes.push_back(path + ": taken to be " + checkpoint.family + " by its names and shapes");
  if (!family->unseen.empty())
    checkpoint.notes.push_back(path + ": weights do not show " + family->unseen.str() + "; -D " + family->unseen.str() +
                               "=... gives it, else it has the model's default");
  return {};
}

Status checkFinite(const runtime::SafetensorsFile &file, const runtime::SafetensorsEntry &entry) {
  std::optional<size_t> place = file.firstNonFinite(entry);
  if (!place)
    return {};
  return runtime::fail(runtime::StatusCode::nonFinite, file.path(), ": tensor '", runtime::excerpt(entry.name),
                       "' holds NaN or infinity, first at element ", *place);
}

/// Bookkeeping, and what training keeps beside an autoencoder, as the discriminator of latent diffusion (`loss.`): none
/// of the model's own parts.
bool isOfModel(StringRef name, ArrayRef<WantedParameter> wanted) {
  StringRef part = name.take_until([](char c) { return c == '.'; });
  return !name.ends_with(".num_batches_tracked") && any_of(wanted, [&](const WantedParameter &parameter) {
    return StringRef(parameter.path).take_until([](char c) { return c == '.'; }) == part;
  });
}

/// How a file fails to be the model, in one line.
struct Mismatch {
  size_t fitting = 0, missing = 0, different = 0, extra = 0;
  std::string first;

  void add(size_t &count, const std::string &text) {
    if (first.empty())
      first = text;
    ++count;
  }
  bool any() const { return missing + different + extra > 0; }
  std::string text() const {
    return std::to_string(fitting) + " weights fit, " + std::to_string(missing) + " are missing, " +
           std::to_string(different) + " have another shape, " + std::to_string(extra) +
           " have no place in the model; the first: " + first;
  }
};

} // namespace

bool namesCheckpoint(StringRef path) {
  return runtime::isFolder(path.str()) ||
         any_of(weightEndings, [&](StringRef ending) { return path.ends_with(ending); }) ||
         path.ends_with(".safetensors.index.json");
}

Result<Checkpoint> openCheckpoint(const std::string &path) {
  Checkpoint checkpoint;
  if (StringRef(path).ends_with(".json"))
    return unsupported(path, "the list of the parts of a model; name the folder");
  VAE_RETURN_IF_ERROR(runtime::isFolder(path) ? readFolder(path, checkpoint) : readFile(path, checkpoint));
  return checkpoint;
}

Result<std::vector<runtime::SafetensorsItem>> matchWeights(const Checkpoint &checkpoint,
                                                           ArrayRef<WantedParameter> wanted) {
  const runtime::SafetensorsFile &file = *checkpoint.file;
  std::vector<runtime::SafetensorsItem> items;
  std::set<std::string, std::less<>> used;
  Mismatch mismatch;
  for (const WantedParameter &parameter : wanted) {
    auto found = checkpoint.weights.tensors.find(parameter.path);
    if (found == checkpoint.weights.tensors.end()) {
      mismatch.add(mismatch.missing, runtime::concat("'", parameter.path, "' is missing"));
      continue;
    }
    used.insert(parameter.path);
    const auto &[entry, shape] = found->second;
    if (shape != parameter.shape || !entry->element ||
        !runtime::isReadableAs(*entry->element, runtime::ElementType::f32)) {
      mismatch.add(mismatch.different,
                   runtime::concat("'", runtime::excerpt(entry->name), "' is ", runtime::excerpt(entry->typeName),
                                   runtime::shapeText(entry->shape), ", not f32", runtime::shapeText(parameter.shape)));
      continue;
    }
    ++mismatch.fitting;
    items.push_back(file.item(*entry, parameter.path));
    items.back().shape = shape;
  }
  for (const auto &[name, tensor] : checkpoint.weights.tensors)
    if (!used.contains(name) && (checkpoint.alone || isOfModel(name, wanted)))
      mismatch.add(mismatch.extra, runtime::concat("the model has no '", runtime::excerpt(name), "'"));
  if (mismatch.any())
    return runtime::invalidFile(file.path(), ": not quite ", checkpoint.family, " as configured: ", mismatch.text());
  for (const WantedParameter &parameter : wanted)
    VAE_RETURN_IF_ERROR(checkFinite(file, *checkpoint.weights.tensors.find(parameter.path)->second.entry));
  return items;
}

} // namespace vae::checkpoints
