// The rules that find decoder and encoder.
#include "runtime/vae-run/verbs/LatentEntries.h"
#include "runtime/base/Checked.h"
#include "runtime/vae-run/inputs/Arguments.h"

#include <algorithm>

namespace vae::runtime::tool {
namespace {

/// Elements of an item of [B, numbers..]; nothing for other shapes.
std::optional<int64_t> itemSize(const Field &field) {
  if (field.element != ElementType::f32 || field.shape.size() < 2 || sizeOf(field.shape[0]))
    return std::nullopt;
  std::vector<int64_t> sizes;
  for (size_t i = 1; i < field.shape.size(); ++i)
    sizes.push_back(sizeOf(field.shape[i]).value_or(-1));
  std::optional<uint64_t> product = checkedProduct(sizes);
  return product && *product > 0 ? checkedNarrow<int64_t>(*product) : std::nullopt;
}

std::optional<Decoder> asDecoder(const ProgramSignature &entry) {
  const Field *latent = entry.requiredInput();
  std::optional<int64_t> size = latent ? itemSize(*latent) : std::nullopt;
  bool decodes = size && !entry.outputs.empty() && entry.outputs[0].shape.size() >= 2 &&
                 entry.outputs[0].shape[0] == latent->shape[0];
  if (!decodes)
    return std::nullopt;
  return Decoder{entry, *latent, *size};
}

std::optional<Encoder> asEncoder(const ProgramSignature &entry, const Decoder &decoder, const std::string &input) {
  const Field *data = entry.requiredInput();
  if (!data || data->shape.empty() || (!input.empty() && data->name != input))
    return std::nullopt;
  for (const Field &output : entry.outputs)
    if (!output.hasRange && !output.report && itemSize(output) &&
        std::equal(output.shape.begin() + 1, output.shape.end(), decoder.latent.shape.begin() + 1,
                   decoder.latent.shape.end()))
      return Encoder{entry, *data, output.name};
  return std::nullopt;
}

/// The only candidate, else the one with the usual name; nothing where that decides nothing.
template <typename Found> std::optional<Found> pick(const std::vector<Found> &found, const std::string &usual) {
  if (found.size() == 1)
    return found[0];
  auto named = std::find_if(found.begin(), found.end(), [&](const Found &f) { return f.entry.name == usual; });
  return named == found.end() ? std::nullopt : std::optional(*named);
}

template <typename Found> std::string namesOf(const std::vector<Found> &found) {
  std::string names;
  for (const Found &f : found)
    names += (names.empty() ? "" : ", ") + f.entry.name;
  return names;
}

} // namespace

Result<Decoder> findDecoder(vae_package *package, const std::string &wanted) {
  if (!wanted.empty()) {
    VAE_ASSIGN_OR_RETURN(ProgramSignature entry, signatureOf(package, wanted));
    if (std::optional<Decoder> decoder = asDecoder(entry))
      return *decoder;
    return fail(StatusCode::invalidArgument, "entry '", wanted,
                "' decodes no latents: its only required input would be f32[B, size], its first result [B, ..]");
  }
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> all, entriesOf(package));
  std::vector<Decoder> found;
  for (const ProgramSignature &entry : all)
    if (std::optional<Decoder> decoder = asDecoder(entry); decoder && !decoder->latent.hasRange)
      found.push_back(std::move(*decoder));
  if (std::optional<Decoder> decoder = pick(found, "decode"))
    return *decoder;
  if (found.empty())
    return fail(StatusCode::invalidArgument, "no entry decodes latents: one would require a single input "
                                             "f32[B, size] without a declared range; --entry names another");
  return fail(StatusCode::invalidArgument, "say with --entry which entry decodes latents: ", namesOf(found));
}

Result<Encoder> findEncoder(vae_package *package, const Decoder &decoder, const std::string &wanted,
                            const std::string &input) {
  if (!wanted.empty()) {
    VAE_ASSIGN_OR_RETURN(ProgramSignature entry, signatureOf(package, wanted));
    if (std::optional<Encoder> encoder = asEncoder(entry, decoder, input))
      return *encoder;
    return fail(StatusCode::invalidArgument, "entry '", wanted, "' does not make latents ", decoder.latent.text(),
                " of '", input, "' alone");
  }
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> all, entriesOf(package));
  std::vector<Encoder> found;
  for (const ProgramSignature &entry : all)
    if (std::optional<Encoder> encoder = asEncoder(entry, decoder, input))
      found.push_back(std::move(*encoder));
  if (std::optional<Encoder> encoder = pick(found, "encode"))
    return *encoder;
  if (found.empty())
    return fail(StatusCode::invalidArgument, "no entry makes latents ", decoder.latent.text(), " of '", input,
                "' alone");
  return fail(StatusCode::invalidArgument, "say with --encoder which entry makes latents: ", namesOf(found));
}

} // namespace vae::runtime::tool
