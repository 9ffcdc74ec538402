// Which family a class or weights are of.
#include "backends/checkpoints/Families.h"
#include "backends/checkpoints/TensorShapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using vae::runtime::Result;

namespace vae::checkpoints {
namespace {

auto families() { return concat<const Family>(autoencoders(), denoisers()); }

std::string familyNames() {
  return join(map_range(families(), [](const Family &family) { return family.name; }), ", ");
}

} // namespace

Result<const Family *> familyOfClass(StringRef className, const std::string &path) {
  for (const Family &family : families())
    if (family.name == className)
      return &family;
  return runtime::fail(runtime::StatusCode::unsupported, path, ": a model of the class '", std::string(className),
                       "'; vaec's library has ", familyNames());
}

Result<const Family *> familyOfWeights(const Tensors &tensors, const std::string &path) {
  for (const Family &family : families())
    if (auto found = tensors.lower_bound(family.mark);
        found != tensors.end() && StringRef(found->first).starts_with(family.mark))
      return &family;
  const bool original = has(tensors, "model.diffusion_model.input_blocks.0.0.weight");
  return runtime::fail(runtime::StatusCode::unsupported, path, ": ",
                       original ? "the weights of a denoiser, under the names of original latent diffusion"
                                : "not the weights of a model that vaec's library has",
                       "; it has ", familyNames(),
                       original
                           ? " by the names of diffusers, whose from_single_file(...).unet.save_pretrained(folder) "
                             "writes them"
                           : ". A model of your own is a .vae file, and takes weights by --weights");
}

} // namespace vae::checkpoints
