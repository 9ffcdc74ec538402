// Resolving, encoding and writing of results.
#include "runtime/vae-run/Outputs.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/FileIdentity.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/pictures/PictureGrid.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/inputs/Arguments.h"

#include <algorithm>

namespace vae::runtime::tool {

static std::string outputNames(const ProgramSignature &signature) {
  std::string names;
  for (const Field &output : signature.outputs)
    names += (names.empty() ? "" : ", ") + output.name;
  return names;
}

/// The one result of a program, beside reported terms; null where there are several.
static const Field *onlyResult(const ProgramSignature &signature) {
  const Field *only = nullptr;
  for (const Field &output : signature.outputs) {
    if (output.report)
      continue;
    if (only)
      return nullptr;
    only = &output;
  }
  return only;
}

static Result<OutputFile> resolve(const ProgramSignature &signature, const std::string &word) {
  auto split = splitWord(word);
  OutputFile file{split ? signature.findOutput(split->first) : nullptr, word};
  if (file.field)
    file.path = split->second;
  else if (split && split->first.find('/') == std::string::npos)
    return fail(StatusCode::invalidArgument, "program '", signature.name, "' gives no '", split->first,
                "'; results: ", outputNames(signature));
  else
    file.field = onlyResult(signature);
  if (!file.field)
    return fail(StatusCode::invalidArgument, "program '", signature.name, "' gives ", outputNames(signature),
                "; say which: -o NAME=", word);
  if (!file.path.ends_with(".npy") && !file.path.ends_with(".png"))
    return fail(StatusCode::invalidArgument, "cannot tell the format of '", file.path, "'; .npy or .png wanted");
  return file;
}

Result<std::vector<OutputFile>> resolveOutputs(const ProgramSignature &signature, const Words &words) {
  std::vector<OutputFile> files;
  for (const std::string &word : words) {
    VAE_ASSIGN_OR_RETURN(OutputFile file, resolve(signature, word));
    files.push_back(std::move(file));
  }
  return files;
}

Status checkOutputs(const ModelOptions &model, const Words &words, const Words &outputs) {
  Words inputs = {model.package};
  for (const std::string &word : model.weights)
    inputs.push_back(weightsFileOf(word).path);
  for (const std::string &word : words) {
    auto split = splitWord(word);
    for (const std::string &text : {word, split ? split->second : word})
      for (std::string &file : filesOf(text))
        inputs.push_back(std::move(file));
  }
  if (std::find(outputs.begin(), outputs.end(), "-") != outputs.end())
    return fail(StatusCode::invalidArgument, "'-' is not a file, and standard output has the report; name a file");
  return checkDistinct(inputs, outputs);
}

Result<std::vector<Outcome>> collect(const ProgramSignature &signature, vae_result *result) {
  std::vector<Outcome> outcomes;
  for (const Field &field : signature.outputs) {
    vae_tensor *tensor = vae_result_find(result, field.name.c_str());
    if (!tensor)
      return fail(StatusCode::internal, "the run gave no '", field.name, "'");
    VAE_ASSIGN_OR_RETURN(HostTensor copy, hostTensor(tensor));
    outcomes.push_back({&field, std::move(copy)});
  }
  return outcomes;
}

Status FileSet::write() {
  DeferInterrupts whole;
  std::vector<AtomicFile> open;
  for (const auto &[path, bytes] : files) {
    VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
    VAE_RETURN_IF_ERROR(file.write(bytes));
    open.push_back(std::move(file));
  }
  for (AtomicFile &file : open)
    VAE_RETURN_IF_ERROR(file.settle());
  for (AtomicFile &file : open)
    VAE_RETURN_IF_ERROR(file.publish());
  return {};
}

/// Items [first, first + count) of a batch.
static Result<HostTensor> slice(const HostTensor &batch, int64_t first, int64_t count) {
  std::vector<int64_t> shape = batch.shape();
  size_t item = batch.bytes().size() / static_cast<size_t>(shape[0]);
  shape[0] = count;
  return HostTensor::copyOf(
      batch.element(), shape,
      batch.bytes().subspan(static_cast<size_t>(first) * item, static_cast<size_t>(count) * item));
}

/// Rows of `above` and `below` in turn, 16 pictures wide at most.
static Result<Picture> comparison(const HostTensor &above, const HostTensor &below, const Field &field) {
  constexpr int64_t widest = 16;
  int64_t count = below.shape()[0];
  std::vector<Picture> rows;
  for (int64_t first = 0; first < count; first += widest)
    for (const HostTensor *batch : {&above, &below}) {
      VAE_ASSIGN_OR_RETURN(HostTensor part, slice(*batch, first, std::min(widest, count - first)));
      VAE_ASSIGN_OR_RETURN(Picture row, pictureGrid(part, 1, std::min(widest, count), field.low, field.high));
      rows.push_back(std::move(row));
    }
  return stackPictures(rows);
}

static Result<std::vector<std::byte>> encodePicture(const HostTensor &tensor, const Field &field,
                                                    const HostTensor *above) {
  if (!above)
    return encodePictures(tensor, field.low, field.high);
  VAE_RETURN_IF_ERROR(pictureShape(tensor).status());
  VAE_ASSIGN_OR_RETURN(Picture picture, comparison(*above, tensor, field));
  return encodePng(picture);
}

Result<std::vector<std::byte>> encodeOutput(const std::string &path, const HostTensor &tensor, const Field &field,
                                            const HostTensor *above) {
  Result<std::vector<std::byte>> bytes =
      path.ends_with(".npy") ? encodeNpy(tensor) : encodePicture(tensor, field, above);
  if (!bytes.ok())
    return bytes.status().withContext("result '" + field.name + "'");
  return bytes;
}

} // namespace vae::runtime::tool
