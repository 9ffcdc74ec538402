// A program with numbers in place of formulas: the symbols' values, every shape, every byte count, every place in the
// arena.
#ifndef VAE_RUNTIME_SESSION_SIZES_SIZEDPROGRAM_H
#define VAE_RUNTIME_SESSION_SIZES_SIZEDPROGRAM_H

#include "runtime/package/Package.h"
#include "runtime/session/sizes/Placer.h"

namespace vae::runtime {

/// What a program needs for given symbols; the same numbers for every device with the same alignment.
struct SizedProgram {
  std::vector<int64_t> symbols;
  std::vector<std::vector<int64_t>> shapes; ///< by buffer
  std::vector<uint64_t> bytes;              ///< by buffer, exact
  std::vector<uint32_t> arenaBuffers;       ///< those that live in the arena and are not another's memory
  Placement placement;                      ///< of arenaBuffers
};

/// Bytes of the program's buffers of a kind; what outlives runs (a parameter, a state) once, however often it is bound.
uint64_t bytesOfKind(const PackageProgram &program, const SizedProgram &sized, BufferKind kind);

/// A program at its sizes, as messages name it: "decode (B = 64)".
std::string programText(const PackageProgram &program, std::span<const int64_t> symbols);

/// What makes a buffer, for errors about its size: the first kernel that binds it, with the model's line,
/// "decode_conv2d_17 at vae.vae:40:9"; empty where none does.
std::string makerOf(const Package &package, const PackageProgram &program, uint32_t buffer);

/// Evaluates and places a program of the package. invalidArgument, with the kernel and its place in the model, where a
/// size isn't positive or whole, overflows, or an alias's bytes differ from its source's.
Result<SizedProgram> sizeProgram(const Package &package, const PackageProgram &program, std::vector<int64_t> symbols,
                                 uint64_t alignment);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_SIZES_SIZEDPROGRAM_H
