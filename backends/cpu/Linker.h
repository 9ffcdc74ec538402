// Objects to one shared object, with lld in this process.
#ifndef VAE_BACKENDS_CPU_LINKER_H
#define VAE_BACKENDS_CPU_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace vae::cpu {

/// Links object files into a shared object. Leaves no files behind; threads take turns.
llvm::Expected<std::vector<char>> linkShared(llvm::ArrayRef<llvm::StringRef> objects);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_LINKER_H
