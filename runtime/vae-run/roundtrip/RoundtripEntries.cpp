// The rules that find entries and sizes.
#include "runtime/vae-run/roundtrip/RoundtripEntries.h"
#include "runtime/vae-run/inputs/InputFile.h"
#include "runtime/vae-run/inputs/SizeText.h"

#include <algorithm>
#include <map>

namespace vae::runtime::tool {
namespace {

bool isLedBySize(const Field &field) { return !field.shape.empty() && !sizeOf(field.shape[0]); }

/// The pictures that an entry takes; null where it takes something else.
const Field *picturesOf(const ProgramSignature &entry) {
  const Field *input = entry.requiredInput();
  const bool pictures = input && input->element == ElementType::f32 && input->hasRange && input->shape.size() >= 2 &&
                        input->shape.size() <= 4 && isLedBySize(*input);
  return pictures ? input : nullptr;
}

/// The first result, where it may be pictures like those of `input`.
const Field *picturesLike(const Field &input, const ProgramSignature &entry) {
  const bool alike = !entry.outputs.empty() && entry.outputs[0].element == ElementType::f32 &&
                     entry.outputs[0].shape.size() == input.shape.size() && isLedBySize(entry.outputs[0]);
  return alike ? &entry.outputs[0] : nullptr;
}

/// A range that is not declared is that of the pictures.
Field withRangeOf(const Field &input, Field output) {
  if (!output.hasRange) {
    output.low = input.low;
    output.high = input.high;
  }
  return output;
}

std::optional<RoundtripEntries> asReconstruction(const ProgramSignature &entry) {
  const Field *input = picturesOf(entry), *output = input ? picturesLike(*input, entry) : nullptr;
  if (!output)
    return std::nullopt;
  return RoundtripEntries{entry, *input, std::nullopt, {}, withRangeOf(*input, *output)};
}

/// Whether a result may be given as an input: the element, the axes, and the sizes that are numbers are the same.
bool isLike(const Field &result, const Field &input) {
  return result.element == input.element &&
         std::equal(result.shape.begin(), result.shape.end(), input.shape.begin(), input.shape.end(),
                    [](const std::string &a, const std::string &b) { return a == b || (!sizeOf(a) && !sizeOf(b)); });
}

/// Data declares a range, what is made of it does not, but for codes.
bool mayBeLatent(const Field &field) { return !field.report && (!field.hasRange || field.element == ElementType::i32); }

std::optional<RoundtripEntries> asPair(const ProgramSignature &encoder, const ProgramSignature &decoder) {
  const Field *pictures = picturesOf(encoder), *output = pictures ? picturesLike(*pictures, decoder) : nullptr;
  if (!output || encoder.name == decoder.name)
    return std::nullopt;
  std::vector<RoundtripLink> links;
  for (const Field &input : decoder.inputs) {
    if (input.optional)
      continue;
    auto gives = [&](const Field &result) { return mayBeLatent(result) && isLike(result, input); };
    const Field *named = encoder.findOutput(input.name);
    auto found = std::find_if(encoder.outputs.begin(), encoder.outputs.end(), gives);
    if (named && gives(*named))
      links.push_back({named->name, input.name});
    else if (mayBeLatent(input) && isLedBySize(input) && found != encoder.outputs.end())
      links.push_back({found->name, input.name});
    else
      return std::nullopt;
  }
  if (links.empty())
    return std::nullopt;
  return RoundtripEntries{encoder, *pictures, decoder, links, withRangeOf(*pictures, *output)};
}

Result<RoundtripEntries> findPair(const std::vector<ProgramSignature> &all, const WantedEntries &wanted) {
  std::vector<RoundtripEntries> found;
  std::string names;
  for (const ProgramSignature &encoder : all)
    for (const ProgramSignature &decoder : all) {
      if ((!wanted.encoder.empty() && encoder.name != wanted.encoder) ||
          (!wanted.decoder.empty() && decoder.name != wanted.decoder))
        continue;
      if (std::optional<RoundtripEntries> pair = asPair(encoder, decoder)) {
        names += concat(names.empty() ? "" : ", ", encoder.name, " and ", decoder.name);
        found.push_back(std::move(*pair));
      }
    }
  if (found.size() == 1)
    return std::move(found[0]);
  for (const char *decoder : {"decode", "decode_codes"})
    for (RoundtripEntries &pair : found)
      if (pair.first.name == "encode" && pair.second->name == decoder)
        return std::move(pair);
  if (!found.empty())
    return invalidArgument("say with --encoder and --decoder what pictures go through: ", names);
  if (!wanted.encoder.empty() || !wanted.decoder.empty())
    return invalidArgument("no pictures go through ", wanted.encoder.empty() ? "any encoder" : wanted.encoder, " and ",
                           wanted.decoder.empty() ? "any decoder" : wanted.decoder,
                           ": the one must require an f32 input of a declared range alone, the other take its results");
  return invalidArgument(
      "no entry reconstructs pictures: there is neither a 'reconstruct' whose only required input is "
      "f32 of a declared range, nor one that encodes and one that decodes; --entry names another");
}

using Values = std::map<std::string, int64_t>;

/// The least values of symbols by which the last two axes are as long as the picture, or longer.
Result<Values> leastValues(const Field &input, RowsAndColumns picture) {
  Values values = {{input.shape[0], 1}};
  const size_t rank = input.shape.size();
  for (const auto &[formula, size] :
       {std::pair(input.shape[rank - 2], picture.height), {input.shape[rank - 1], picture.width}}) {
    if (sizeOf(formula))
      continue;
    std::optional<LeastValue> least = leastValueFor(formula, size);
    if (!least)
      return invalidArgument("input ", input.text(), " has a size '", formula, "' that no picture can be padded to");
    int64_t &value = values[least->symbol];
    value = std::max(value, least->value);
  }
  return values;
}

Status planFor(vae_package *package, const ProgramSignature &entry, const Values &values) {
  std::vector<vae_size> sizes;
  for (const auto &[symbol, value] : values)
    sizes.push_back({symbol.c_str(), value});
  vae_memory_info memory{};
  return call([&](vae_error *error) {
    return vae_program_memory(package, entry.index, sizes.data(), sizes.size(), &memory, error);
  });
}

} // namespace

Result<RoundtripEntries> findRoundtrip(vae_package *package, const WantedEntries &wanted) {
  const bool pair = !wanted.encoder.empty() || !wanted.decoder.empty();
  if (!wanted.reconstructing.empty() && pair)
    return invalidArgument(
        "--entry names what encodes and decodes at once; --encoder and --decoder have no place beside it");
  for (const std::string &name : {wanted.reconstructing, wanted.encoder, wanted.decoder})
    if (!name.empty())
      VAE_RETURN_IF_ERROR(signatureOf(package, name).status());
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> all, entriesOf(package));
  const std::string name = wanted.reconstructing.empty() ? "reconstruct" : wanted.reconstructing;
  auto named = std::find_if(all.begin(), all.end(), [&](const ProgramSignature &entry) { return entry.name == name; });
  if (std::optional<RoundtripEntries> found = named == all.end() || pair ? std::nullopt : asReconstruction(*named))
    return std::move(*found);
  if (!wanted.reconstructing.empty())
    return invalidArgument("'", name,
                           "' reconstructs no pictures: its only required input would be f32[B, ..] in a "
                           "declared range, its first result f32 with as many axes");
  return findPair(all, wanted);
}

Result<RowsAndColumns> sizeTaken(vae_package *package, const RoundtripEntries &entries, RowsAndColumns picture) {
  const Field &input = entries.input;
  if (input.shape.size() < 3)
    return picture;
  VAE_ASSIGN_OR_RETURN(Values least, leastValues(input, picture));
  // A program may divide its sizes further than its input says so.
  constexpr int64_t mostSteps = 256;
  Status refusal;
  for (int64_t step = 1; step <= mostSteps; ++step) {
    Values values = least;
    for (auto &[symbol, value] : values)
      if (symbol != input.shape[0])
        value = (value + step - 1) / step * step;
    Status planned = planFor(package, entries.first, values);
    if (!planned.ok()) {
      refusal = step == 1 ? planned : refusal;
      continue;
    }
    auto valueOf = [&](const std::string &symbol) {
      auto found = values.find(symbol);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    };
    VAE_ASSIGN_OR_RETURN(int64_t height, evaluateSize(input.shape[input.shape.size() - 2], valueOf));
    VAE_ASSIGN_OR_RETURN(int64_t width, evaluateSize(input.shape.back(), valueOf));
    return RowsAndColumns{height, width};
  }
  return refusal.withContext(concat("a picture of ", picture.width, " x ", picture.height));
}

} // namespace vae::runtime::tool
