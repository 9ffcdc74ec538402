// From the names of original latent diffusion, and of older versions of diffusers, to today's.
#include "backends/checkpoints/Names.h"
#include "runtime/formats/Excerpt.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <optional>

using namespace llvm;

namespace vae::checkpoints {
namespace {

/// Tensors that every model of a family has, whatever stands before. A file with an autoencoder and a denoiser is taken
/// for the first.
constexpr StringRef anchors[] = {"decoder.conv_in.weight", "decoder.layers.0.weight", "time_embedding.linear_1.weight"};

std::optional<std::string> findPrefix(const runtime::SafetensorsFile &file, StringRef anchor) {
  std::optional<std::string> found;
  for (const runtime::SafetensorsEntry &entry : file.entries()) {
    StringRef name = entry.name;
    // A training checkpoint may hold the moving averages of all weights beside them; they are flat, without dots.
    if (name.consume_back(anchor) && (name.empty() || name.ends_with(".")) && (!found || name.size() < found->size()))
      found = name.str();
  }
  return found;
}

/// What stands before the model's names: nothing, where they begin a file, or where it has no model that is known.
std::string findPrefix(const runtime::SafetensorsFile &file) {
  for (StringRef anchor : anchors)
    if (std::optional<std::string> found = findPrefix(file, anchor))
      return *found;
  return "";
}

constexpr StringRef attentionMatrices[] = {".to_q.weight", ".to_k.weight", ".to_v.weight", ".to_out.0.weight"};

std::string dotted(ArrayRef<StringRef> words) { return llvm::join(words, "."); }

/// The parts of a residual block or an attention in original names.
std::string renamePart(StringRef part) {
  return StringSwitch<StringRef>(part)
      .Case("nin_shortcut", "conv_shortcut")
      .Case("norm", "group_norm")
      .Case("q", "to_q")
      .Case("k", "to_k")
      .Case("v", "to_v")
      .Case("proj_out", "to_out.0")
      .Default(part)
      .str();
}

std::string renameParts(ArrayRef<StringRef> words) {
  std::string text;
  for (StringRef word : words)
    text += "." + renamePart(word);
  return text;
}

/// `mid.block_1.norm1.weight`, without the side.
std::string renameMiddle(ArrayRef<StringRef> words) {
  std::string place = StringSwitch<StringRef>(words[1])
                          .Case("block_1", "resnets.0")
                          .Case("attn_1", "attentions.0")
                          .Case("block_2", "resnets.1")
                          .Default(words[1])
                          .str();
  return "mid_block." + place + renameParts(words.drop_front(2));
}

/// `up.3.block.0.conv1.weight` or `down.0.downsample.conv.weight`, without the side.
std::string renameLevel(ArrayRef<StringRef> words, unsigned levels) {
  const bool up = words[0] == "up";
  unsigned level = 0;
  if (words[1].getAsInteger(10, level) || level >= levels)
    return dotted(words);
  std::string head = (up ? "up_blocks." : "down_blocks.") + std::to_string(up ? levels - 1 - level : level) + ".";
  if (words[2] == "block" || words[2] == "attn")
    return head + (words[2] == "block" ? "resnets." : "attentions.") + words[3].str() +
           renameParts(words.drop_front(4));
  if (words[2] == "upsample" || words[2] == "downsample")
    return head + words[2].str() + "rs.0." + dotted(words.drop_front(3));
  return head + dotted(words.drop_front(2));
}

/// A name of original latent diffusion: `encoder.`, then one of the above or a name that has stayed.
std::string renameOriginal(StringRef name, unsigned levels) {
  SmallVector<StringRef> words;
  name.split(words, '.');
  if (words.size() < 3 || (words[0] != "encoder" && words[0] != "decoder"))
    return name.str();
  ArrayRef<StringRef> rest = ArrayRef(words).drop_front();
  std::string side = words[0].str() + ".";
  if (rest[0] == "mid")
    return side + renameMiddle(rest);
  if ((rest[0] == "up" || rest[0] == "down") && rest.size() >= 5)
    return side + renameLevel(rest, levels);
  if (rest[0] == "norm_out")
    return side + "conv_norm_out." + dotted(rest.drop_front());
  return name.str();
}

/// diffusers' names of attention before version 0.17.
std::string renameOldAttention(StringRef name) {
  SmallVector<StringRef> words;
  name.split(words, '.');
  if (words.size() < 4 || words[words.size() - 4] != "attentions")
    return name.str();
  StringRef &part = words[words.size() - 2];
  part = StringSwitch<StringRef>(part)
             .Case("query", "to_q")
             .Case("key", "to_k")
             .Case("value", "to_v")
             .Case("proj_attn", "to_out.0")
             .Default(part);
  return dotted(words);
}

/// How many levels the original names count.
unsigned countLevels(const runtime::SafetensorsFile &file, StringRef prefix) {
  unsigned levels = 0;
  while (file.find((prefix + "decoder.up." + Twine(levels) + ".block.0.conv1.weight").str()))
    ++levels;
  return levels;
}

/// A matrix of attention over a picture may be stored as a 1x1 convolution.
std::vector<int64_t> shapeOf(const runtime::SafetensorsEntry &entry, StringRef name) {
  std::vector<int64_t> shape = entry.shape;
  const bool isMatrix = any_of(attentionMatrices, [&](StringRef ending) { return name.ends_with(ending); });
  if (isMatrix && name.contains(".attentions.") && shape.size() == 4 && shape[2] == 1 && shape[3] == 1)
    shape.resize(2);
  return shape;
}

} // namespace

runtime::Result<NamedTensors> nameTensors(const runtime::SafetensorsFile &file) {
  NamedTensors named;
  named.prefix = findPrefix(file);
  const unsigned levels = countLevels(file, named.prefix);
  for (const runtime::SafetensorsEntry &entry : file.entries()) {
    StringRef given = entry.name;
    if (!given.consume_front(named.prefix)) {
      ++named.passedOver;
      continue;
    }
    std::string name = renameOldAttention(levels > 0 ? renameOriginal(given, levels) : given.str());
    std::vector<int64_t> shape = shapeOf(entry, name);
    auto [place, isNew] = named.tensors.try_emplace(name, StoredTensor{&entry, std::move(shape)});
    if (!isNew)
      return runtime::invalidFile(file.path(), ": '", runtime::excerpt(entry.name), "' and '",
                                  runtime::excerpt(place->second.entry->name), "' are names of the same weight, '",
                                  runtime::excerpt(name), "'");
  }
  return named;
}

} // namespace vae::checkpoints
