// The values of a program's symbols.
#ifndef VAE_RUNTIME_SESSION_SIZES_SYMBOLS_H
#define VAE_RUNTIME_SESSION_SIZES_SYMBOLS_H

#include "runtime/package/PackageProgram.h"

#include <map>

namespace vae::runtime {

using NamedSizes = std::map<std::string, int64_t, std::less<>>;

/// An input that a caller gave: buffer of the program, and the tensor's shape.
struct GivenShape {
  uint32_t buffer;
  std::span<const int64_t> shape;
};

/// Finds the program's symbols from the inputs' shapes and the sizes given by name, and checks that all of them agree.
/// invalidArgument names the input, the axis and, where two disagree, both places.
Result<std::vector<int64_t>> bindSymbols(const PackageProgram &program, std::span<const GivenShape> inputs,
                                         const NamedSizes &sizes);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_SIZES_SYMBOLS_H
