// Names and shapes of weights, read.
#include "backends/checkpoints/TensorShapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace vae::checkpoints {

bool has(const Tensors &tensors, const Twine &name) { return tensors.contains(name.str()); }

std::optional<int64_t> extent(const Tensors &tensors, const Twine &name, size_t axis) {
  auto found = tensors.find(name.str());
  if (found == tensors.end() || axis >= found->second.shape.size())
    return std::nullopt;
  return found->second.shape[axis];
}

void bindExtent(Bindings &bindings, StringRef name, std::optional<int64_t> value) {
  if (value)
    bindings[name.str()] = std::to_string(*value);
}

static StringRef truthText(bool value) { return value ? "true" : "false"; }

void bindPresence(Bindings &bindings, StringRef name, bool present) { bindings[name.str()] = truthText(present); }

std::string listText(ArrayRef<int64_t> values) {
  return "[" + join(map_range(values, [](int64_t value) { return std::to_string(value); }), ", ") + "]";
}

std::vector<int64_t> levelWidths(const Tensors &tensors, StringRef levels) {
  std::vector<int64_t> widths;
  while (auto width = extent(tensors, levels + "." + Twine(widths.size()) + ".resnets.0.conv2.weight", 0))
    widths.push_back(*width);
  return widths;
}

int64_t countLayers(const Tensors &tensors, const Twine &layer, StringRef ending) {
  const std::string before = layer.str();
  int64_t count = 0;
  while (has(tensors, before + Twine(count) + ending))
    ++count;
  return count;
}

std::string attendedText(const Tensors &tensors, StringRef levels, StringRef attention) {
  std::vector<StringRef> attended;
  for (size_t level = 0, count = levelWidths(tensors, levels).size(); level < count; ++level)
    attended.push_back(truthText(has(tensors, levels + "." + Twine(level) + "." + attention)));
  return "[" + join(attended, ", ") + "]";
}

} // namespace vae::checkpoints
