// What the names and shapes of weights show of a model.
#ifndef VAE_BACKENDS_CHECKPOINTS_TENSORSHAPES_H
#define VAE_BACKENDS_CHECKPOINTS_TENSORSHAPES_H

#include "backends/checkpoints/Config.h"
#include "backends/checkpoints/Names.h"
#include "llvm/ADT/Twine.h"
#include <optional>

namespace vae::checkpoints {

bool has(const Tensors &tensors, const llvm::Twine &name);
/// Extent `axis` of a tensor; nothing where it is not there.
std::optional<int64_t> extent(const Tensors &tensors, const llvm::Twine &name, size_t axis);
void bindExtent(Bindings &bindings, llvm::StringRef name, std::optional<int64_t> value);
void bindPresence(Bindings &bindings, llvm::StringRef name, bool present);

/// "[1, 2]", as -D takes a list.
std::string listText(llvm::ArrayRef<int64_t> values);
/// The widths of the levels below `levels` ("encoder.down_blocks"), from the top.
std::vector<int64_t> levelWidths(const Tensors &tensors, llvm::StringRef levels);
/// How many of `layer` + number + `ending` there are, from 0 on.
int64_t countLayers(const Tensors &tensors, const llvm::Twine &layer, llvm::StringRef ending);
/// "[false, true]": in which of the levels below `levels` the tensor `attention` is.
std::string attendedText(const Tensors &tensors, llvm::StringRef levels, llvm::StringRef attention);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_TENSORSHAPES_H
